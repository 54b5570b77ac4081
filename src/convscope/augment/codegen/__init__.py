"""Code that makes a pipeline: with convscope itself, torchvision, kornia or Albumentations."""

from __future__ import annotations

import importlib
from typing import Literal, TypeAlias, get_args

from convscope.augment.pipeline import Pipeline

Target: TypeAlias = Literal["convscope", "torchvision", "kornia", "albumentations"]


def to_code(pipe: Pipeline, target: Target = "convscope") -> str:
    """Return Python code that defines ``pipeline``, a pipeline that does the same.

    Parameters
    ----------
    pipe : Pipeline
    target : {"convscope", "torchvision", "kornia", "albumentations"}
        With which library. Code for convscope makes an equal pipeline; code for the others the same
        in distribution, and what they can't do is a comment that says so.

    Returns
    -------
    str

    Examples
    --------
    >>> from convscope import augment
    >>> from convscope.augment.codegen import to_code
    >>> print(to_code(augment.Pipeline([augment.Flip(p=0.5)], seed=7), "albumentations"))
    import albumentations as A
    <BLANKLINE>
    # For NumPy images (height, width, channels), uint8.
    pipeline = A.Compose([
        A.HorizontalFlip(p=0.5),
    ])
    <BLANKLINE>
    """
    if target not in get_args(Target):
        known = ", ".join(repr(each) for each in get_args(Target))
        raise ValueError(f"target: {target!r} isn't known; choose {known}")
    code: str = importlib.import_module(f"{__name__}.{target}").written(pipe)
    return code
