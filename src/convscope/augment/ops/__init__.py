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
from convscope.augment.ops.erase import CoarseDropout, Cutout, RandomErasing
from convscope.augment.ops.hue import HSVShift, HueShift
from convscope.augment.ops.mix import CutMix, MixUp
from convscope.augment.ops.noise import GaussianNoise, SaltAndPepper
from convscope.augment.ops.texture import GaussianBlur, JpegCompression, Sharpen
from convscope.augment.ops.tilt import Perspective, Skew
from convscope.augment.ops.tone import (
    AutoContrast,
    BlackAndWhite,
    Equalise,
    Gamma,
    Posterise,
    Solarise,
)
from convscope.augment.ops.turn import Flip, Rotate, Rotate90
from convscope.augment.ops.window import CropFraction, CropSize, RandomResizedCrop, Zoom

__all__ = [
    "Affine",
    "AutoContrast",
    "BlackAndWhite",
    "Brightness",
    "CoarseDropout",
    "ColorJitter",
    "Contrast",
    "CropFraction",
    "CropSize",
    "Custom",
    "CutMix",
    "Cutout",
    "Elastic",
    "ElasticGrid",
    "Equalise",
    "Flip",
    "Gamma",
    "GaussianBlur",
    "GaussianDistortion",
    "GaussianNoise",
    "Greyscale",
    "HSVShift",
    "HueShift",
    "Invert",
    "JpegCompression",
    "MixUp",
    "Pad",
    "PadFraction",
    "PadTo",
    "Perspective",
    "Posterise",
    "RGBShift",
    "RandomErasing",
    "RandomResizedCrop",
    "Resize",
    "ResizeShorter",
    "Rotate",
    "Rotate90",
    "SaltAndPepper",
    "Saturation",
    "Scale",
    "Sharpen",
    "Shear",
    "Skew",
    "Solarise",
    "Translate",
    "Zoom",
]
