"""Runs generated code, and the pipelines that it makes, on images of ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor


def made(code: str, **names: Any) -> Any:
    """Run code that defines ``pipeline``, and return that."""
    space: dict[str, Any] = dict(names)
    exec(code, space)
    return space["pipeline"]


def seed(pipeline: Any, target: str, number: int) -> None:
    """Seed what a pipeline of another library draws from."""
    torch.manual_seed(number)
    if target == "albumentations":
        pipeline.set_random_seed(number)


def run(target: str, pipeline: Any, image: Tensor) -> Tensor:
    """Run one image (3, H, W) in [0, 1] through a pipeline of another library."""
    if target == "kornia":
        return pipeline(image[None])[0]
    levels = image.mul(255).round().byte()
    if target == "torchvision":
        return pipeline(levels).float() / 255
    found = pipeline(image=levels.permute(1, 2, 0).numpy())["image"]
    return torch.from_numpy(np.ascontiguousarray(found)).permute(2, 0, 1).float() / 255


def smooth(height: int = 60, width: int = 84) -> Tensor:
    """Return an image (3, H, W) in [0.1, 0.9] without edges, another on each side."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    waves = [0.5 + 0.4 * torch.sin(6 * x + 2 * y), 0.5 + 0.35 * torch.cos(5 * y - x)]
    return torch.stack([*waves, 0.2 + 0.6 * x * y])
