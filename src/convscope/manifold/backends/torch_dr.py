"""UMAP and t-SNE with TorchDR, on a CUDA device."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convscope.manifold.backends.affinity import ITERATIONS
from convscope.manifold.backends.start import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch


def layout(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch, *, device: str = "cuda"
) -> NDArray[np.float32]:
    """Return TorchDR's places for vectors (N, d), (N, 2), from their first two components on."""
    with watch.stage("laying out", ITERATIONS) as tick, _randomness_kept():
        model = _watched(parameters, watch, tick, spread(vectors, 1.0, parameters.seed), device)
        found = model.fit_transform(torch.from_numpy(vectors).to(device))
    xy = np.ascontiguousarray(found.detach().cpu().numpy(), dtype=np.float32)
    watch.layout(xy, 1.0, last=True)
    return xy


def _watched(
    parameters: Parameters, watch: Watch, tick: Any, start: NDArray[np.float32], device: str
) -> Any:
    """Return TorchDR's model, which tells of every tenth iteration."""
    import torchdr

    kind = torchdr.UMAP if parameters.method == "umap" else torchdr.TSNE

    class Watched(kind):  # type: ignore[misc, valid-type]  # known only when it is installed
        def on_training_step_end(self) -> None:
            super().on_training_step_end()
            turn = int(self.n_iter_) + 1
            if turn % 10 == 0 or turn == ITERATIONS:
                xy = self.embedding_.detach().cpu().numpy()
                watch.layout(xy, turn / ITERATIONS)
                tick(turn)

    own = (
        {"n_neighbors": parameters.neighbours, "min_dist": parameters.min_dist}
        if parameters.method == "umap"
        else {"perplexity": parameters.perplexity}
    )
    return Watched(
        init=start,
        max_iter=ITERATIONS,
        device=device,
        backend="faiss" if importlib.util.find_spec("faiss") else None,
        random_state=parameters.seed,
        **own,
    )


@contextmanager
def _randomness_kept() -> Iterator[None]:
    """Give back the generators of torch, NumPy and Python, which TorchDR seeds."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
