"""From images to vectors: what a layer makes of each, streamed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.manifold.parameters import check_seed
from convscope.manifold.pooling import Pool, check_pool, pooled
from convscope.manifold.watch import Progress, Watch

if TYPE_CHECKING:
    from convscope.inputs import Errors
    from convscope.scope import Scope


@dataclass(frozen=True, eq=False)
class Embedded:
    """The vectors of images at some layers.

    Attributes
    ----------
    vectors
        For each layer (N, C), float32.
    indices
        (N,), which of the images each row is.
    given
        How many images were given, also those that could not be read.
    """

    vectors: dict[str, Tensor]
    indices: Tensor
    given: int


def embed(
    scope: Scope,
    images: Any,
    layers: Sequence[str] | str,
    *,
    pool: Pool = "mean",
    seed: int = 0,
    batch_size: int = 32,
    errors: Errors = "raise",
    progress: bool | Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Embedded:
    """Return one vector for each image and layer, from one pass.

    Parameters
    ----------
    scope
        The network.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    layers
        Names of layers.
    pool
        How a map (C, H, W) becomes a vector: the ``"mean"`` or ``"max"`` over its positions, the
        vector at its ``"center"`` or at a ``"random"`` position, or all of it, ``"flatten"``.
    seed
        Of random positions; they depend on it and on the number of the image alone.
    batch_size
        How many images run at once.
    errors
        ``"skip"`` leaves out files that can't be read, with a warning that names them.
    progress, stop
        As in `project`.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> found = embed(digits.scope, digits.images[:8], ["conv1", "conv2"], pool="max")
    >>> [tuple(each.shape) for each in found.vectors.values()]
    [(8, 16), (8, 32)]
    """
    check_pool(pool)
    seed = check_seed(seed)
    watch = Watch(progress, stop)
    given = scope.inputs.gather(images, errors)
    indices: list[int] = []
    filled: dict[str, Tensor] = {}
    with watch.stage("running the network", len(given)) as tick:
        for batch in scope.iter_activations(
            given, layers, batch_size=batch_size, errors=errors, device=None
        ):
            for name, maps in batch.activations.items():
                part = _vectors(maps, batch.indices, pool, seed)
                if name not in filled:
                    filled[name] = torch.empty(len(given), part.shape[1])
                filled[name][len(indices) : len(indices) + len(part)] = part
            indices += batch.indices
            tick(batch.indices[-1] + 1)
    if not indices:
        raise ValueError("images: none could be read")
    vectors = {name: each[: len(indices)] for name, each in filled.items()}
    return Embedded(vectors, torch.tensor(indices), len(given))


def _vectors(maps: Tensor, indices: list[int], pool: Pool, seed: int) -> Tensor:
    return pooled(maps, pool, indices, seed=seed).to("cpu", torch.float32)
