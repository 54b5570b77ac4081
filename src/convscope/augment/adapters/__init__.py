"""Pipelines that the user already has, of torchvision, kornia or Albumentations, to preview.

None of these libraries is imported: a pipeline is known by the module of its class.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from convscope.augment.previewable import Previewable

_ADAPTERS = {
    "torchvision": "Torchvision",
    "kornia": "Kornia",
    "albumentations": "Albumentations",
}


def adapt(pipe: Any, *, seed: int = 0) -> Previewable:
    """Return a pipeline of another library with the interface of `Previewable`.

    Parameters
    ----------
    pipe : object
        A torchvision ``Compose``, a kornia ``AugmentationSequential``, an Albumentations
        ``Compose``, an ``nn.Sequential`` of transforms, or one transform. It is never changed.
    seed : int
        What its draws begin with.

    Returns
    -------
    Previewable

    Raises
    ------
    ValueError
        If the library is not one of these.
    """
    library = _library(pipe)
    if library is None:
        raise ValueError(
            f"pipe: a {type(pipe).__module__}.{type(pipe).__qualname__} is no pipeline of "
            "convscope.augment, torchvision, kornia or Albumentations"
        )
    module = importlib.import_module(f"{__name__}.{library}")
    adapter: Previewable = getattr(module, _ADAPTERS[library])(pipe, seed=seed)
    return adapter


def recognises(pipe: Any) -> bool:
    """Return whether `adapt` takes it."""
    return _library(pipe) is not None


def _library(pipe: Any) -> str | None:
    for kind in type(pipe).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in _ADAPTERS:
            return root
    if type(pipe).__module__.startswith("torch.nn.") and isinstance(pipe, Iterable):
        return next((found for each in pipe if (found := _library(each))), None)
    return None
