"""Maps of several layers, laid over one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convscope.manifold.alignment import align
from convscope.manifold.embedding import embed
from convscope.manifold.pooling import Pool
from convscope.manifold.project import project
from convscope.manifold.projection import Projection
from convscope.manifold.watch import Progress

if TYPE_CHECKING:
    from convscope.inputs import Errors
    from convscope.scope import Scope


def project_layers(
    scope: Scope,
    images: Any,
    layers: Sequence[str],
    *,
    pool: Pool = "mean",
    batch_size: int = 32,
    errors: Errors = "raise",
    progress: bool | Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
    **options: Any,
) -> dict[str, Projection]:
    """Return a map for each layer, each laid over the one before, so that points can move along.

    Parameters
    ----------
    scope
        The network.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    layers
        Names, in the order in which the maps shall follow one another.
    pool, batch_size
        As :meth:`convscope.Scope.embed` has them. All layers share one pass.
    errors
        ``"skip"`` leaves out images that can't be read, and those of which a layer makes NaN or
        infinite values, with warnings that name them.
    progress, stop, **options
        Those of `project`. All maps have the same seed, and so the same landmarks unless a layer
        has rows that are left out.

    Returns
    -------
    dict of str to Projection
        By layer; ``indices`` are those of the images.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> maps = project_layers(digits.scope, digits.images, ["conv1", "conv2"], method="pca")
    >>> list(maps)
    ['conv1', 'conv2']
    """
    found = embed(
        scope,
        images,
        layers,
        pool=pool,
        batch_size=batch_size,
        errors=errors,
        progress=progress,
        stop=stop,
    )
    numbers = found.indices.numpy()
    maps = []
    for vectors in found.vectors.values():
        each = project(vectors, errors=errors, progress=progress, stop=stop, **options)
        maps.append(replace(each, indices=numbers[each.indices], given=found.given))
    return dict(zip(found.vectors, align(maps), strict=True))
