"""The libraries that convscope is compared with, ready to import: ``from peers import v2, kornia``.

PyPI's torchvision is built for CUDA: beside a CPU build of torch its compiled operators do not
load, and the import ends because `nms` has no schema. Its transforms need none of them, so two
empty schemas are all that is missing. Where torchvision is complete nothing is added.
"""

# ruff: noqa: E402  # what follows can be imported only after that

from __future__ import annotations

import os
import sys

import torch

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its version


def _schemas() -> torch.library.Library:
    """Declare the operators without which torchvision ends its import; keep what this returns."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # half imported
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


try:
    import torchvision
except RuntimeError as error:
    if "torchvision::nms" not in str(error):
        raise
    _KEPT = _schemas()
    import torchvision

import albumentations
import Augmentor
import kornia
import kornia.augmentation
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import v2

__all__ = ["Augmentor", "albumentations", "kornia", "torchvision", "tv_tensors", "v1", "v2"]
