"""Which library lays points out."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, get_args

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch

Method = Literal["umap", "tsne", "pca"]
Backend = Literal["convscope", "umap-learn", "scikit-learn", "openTSNE", "cuML", "TorchDR"]

BACKENDS: tuple[str, ...] = get_args(Backend)

# For each method the libraries in the order in which they are taken; those on a GPU need one.
_ORDER: dict[str, tuple[Backend, ...]] = {
    "umap": ("cuML", "TorchDR", "umap-learn"),
    "tsne": ("cuML", "TorchDR", "openTSNE", "scikit-learn"),
    "pca": ("convscope",),
}
_ON_GPU = ("cuML", "TorchDR")
_MODULES = {
    "umap-learn": "umap",
    "scikit-learn": "sklearn",
    "openTSNE": "openTSNE",
    "cuML": "cuml",
    "TorchDR": "torchdr",
}


def installed(backend: str) -> bool:
    """Tell whether a library is there."""
    return backend == "convscope" or importlib.util.find_spec(_MODULES[backend]) is not None


def has_gpu() -> bool:
    """Tell whether there is a CUDA device."""
    return torch.cuda.is_available()


def choose(
    method: str,
    wanted: str | None = None,
    *,
    is_installed: Callable[[str], bool] = installed,
    gpu: Callable[[], bool] = has_gpu,
) -> Backend:
    """Return the library to use: the fastest of those that are installed and can run here.

    Parameters
    ----------
    method
        ``"umap"``, ``"tsne"`` or ``"pca"``.
    wanted
        A library by name; None leaves the choice.
    is_installed, gpu
        Tell whether a library, or a GPU, is there.

    Raises
    ------
    ValueError
        If there is no such library for the method.
    ImportError
        If the wanted one isn't installed.
    RuntimeError
        If it needs a GPU and there is none.
    """
    order = _ORDER[method]
    if wanted is None:
        return next(b for b in order if is_installed(b) and (b not in _ON_GPU or gpu()))
    chosen = next((b for b in order if b.lower() == str(wanted).lower()), None)
    if chosen is None:
        raise ValueError(
            f"backend: {wanted!r} does no {method}; choose one of {', '.join(order)}, or None"
        )
    if not is_installed(chosen):
        raise ImportError(f"backend: {chosen} is not installed; install it, or pass backend=None")
    if chosen in _ON_GPU and not gpu():
        raise RuntimeError(
            f"backend: {chosen} needs a CUDA device and there is none; pass backend=None"
        )
    return chosen


def layout(
    backend: Backend,
    vectors: NDArray[np.float32],
    parameters: Parameters,
    watch: Watch,
) -> NDArray[np.float32]:
    """Return the places of vectors (N, d) in a map, (N, 2) float32.

    Parameters
    ----------
    backend
        What `choose` gave.
    vectors
        (N, d), the principal components, whose first two are the start.
    parameters
        Method, neighbours, perplexity, seed.
    watch
        Hears how far it is, sees the layout as it forms, and may stop it.
    """
    home = {
        "convscope": "linear",
        "umap-learn": "umap_learn",
        "scikit-learn": "scikit_learn",
        "openTSNE": "open_tsne",
        "cuML": "cu_ml",
        "TorchDR": "torch_dr",
    }[backend]
    room = importlib.import_module(f"convscope.manifold.backends.{home}")
    found: NDArray[np.float32] = room.layout(vectors, parameters, watch)
    return found
