"""The operations, by what they do."""

from convscope.augment.ops.affine import Affine, Shear, Translate
from convscope.augment.ops.bend import Elastic, ElasticGrid, GaussianDistortion
from convscope.augment.ops.canvas import Pad, PadFraction, PadTo, Resize, ResizeShorter, Scale
from convscope.augment.ops.colour import (
    Brightness,
    ColorJitter,
    Contrast,
    Greyscale,
    Invert,
    RGBShift,
    Saturation,
)
from convscope.augment.ops.custom import Custom
from convscope.augment.ops.tilt import Perspective, Skew
from convscope.augment.ops.turn import Flip, Rotate, Rotate90
from convscope.augment.ops.window import CropFraction, CropSize, RandomResizedCrop, Zoom

__all__ = [
    "Affine",
    "Brightness",
    "ColorJitter",
    "Contrast",
    "CropFraction",
    "CropSize",
    "Custom",
    "Elastic",
    "ElasticGrid",
    "Flip",
    "GaussianDistortion",
    "Greyscale",
    "Invert",
    "Pad",
    "PadFraction",
    "PadTo",
    "Perspective",
    "RGBShift",
    "RandomResizedCrop",
    "Resize",
    "ResizeShorter",
    "Rotate",
    "Rotate90",
    "Saturation",
    "Scale",
    "Shear",
    "Skew",
    "Translate",
    "Zoom",
]
