"""Pipelines of other libraries, much alike, and an image for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from convscope.augment.previewable import Inputs
from peers import albumentations as A
from peers import kornia, v2

K = kornia.augmentation


def _torchvision() -> Any:
    return v2.Compose(
        [
            v2.RandomRotation((-20, 30)),
            v2.RandomApply([v2.ColorJitter(brightness=(0.5, 1.5), hue=0.1)], p=0.5),
            v2.RandomChoice([v2.GaussianBlur(5), v2.RandomHorizontalFlip(1.0)], p=[0.25, 0.75]),
        ]
    )


def _kornia() -> Any:
    return K.AugmentationSequential(
        K.RandomAffine((-20.0, 30.0), translate=(0.1, 0.2), p=1.0),
        K.ColorJiggle(brightness=(0.5, 1.5), hue=0.1, p=0.5),
        K.RandomHorizontalFlip(p=0.5),
        data_keys=["input", "mask"],
    )


def _albumentations() -> Any:
    return A.Compose(
        [
            A.Affine(rotate=(-20, 30), scale=(0.9, 1.1), p=1),
            A.OneOf([A.GaussianBlur(p=1), A.RandomBrightnessContrast(p=1)], p=0.8),
            A.HorizontalFlip(p=0.5),
        ],
        bbox_params=A.BboxParams("coco", label_fields=["classes"]),
    )


PIPES: dict[str, Callable[[], Any]] = {
    "torchvision": _torchvision,
    "kornia": _kornia,
    "albumentations": _albumentations,
}


def image(height: int = 40, width: int = 60) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([y * 5, x * 4, (x + y) % 7 * 30]).to(torch.uint8)


def inputs(n: int = 4) -> Inputs:
    return Inputs(torch.stack([image()] * n))
