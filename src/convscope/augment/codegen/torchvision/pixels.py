"""Operations that change pixels in their place, as torchvision code for uint8 images."""

# ruff: noqa: ARG001  # the functions of a table are called alike

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.script import (
    Context,
    Step,
    Table,
    block,
    kernel,
    literal,
    number,
    pair,
)
from convscope.augment.codegen.torchvision.phrases import applied


def _jitter(name: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        return applied(f"v2.ColorJitter({name}={literal(op.factor)})", op.p)

    return write


def _color_jitter(op: Any, context: Context) -> Step:
    """One after another: torchvision would draw the order."""
    names = ("brightness", "contrast", "saturation")
    told = {name: getattr(op, name) for name in names if tuple(getattr(op, name)) != (1, 1)}
    note = ""
    if tuple(op.hue) != (0, 0):
        told["hue"] = pair(op.hue, 1 / 360)
        note = "hue turns in HSV here, which makes other colours of the same angle"
    steps = [f"v2.ColorJitter({name}={literal(each)})" for name, each in told.items()]
    if not steps:
        return Step("v2.Identity()")
    one = steps[0] if len(steps) == 1 else block("v2.Compose([", [f"{s}," for s in steps], "])")
    return applied(one, op.p, note)


def _hue_shift(op: Any, context: Context) -> Step:
    return applied(f"v2.ColorJitter(hue={literal(pair(op.degrees, 1 / 360))})", op.p)


def _blur(op: Any, context: Context) -> Step:
    low, high = op.sigma
    if high == 0:
        return Step("v2.Identity()")
    told = f"{kernel(high)}, sigma={literal((max(low, 0.001), high))}"
    return applied(f"v2.GaussianBlur({told})", op.p)


def _hsv_shift(op: Any, context: Context) -> Step:
    if tuple(op.saturation) != (1, 1) or any((*op.saturation_shift, *op.value_shift)):
        return Step(note="no counterpart, saturation is not that of HSV")
    told: dict[str, Any] = {}
    if tuple(op.hue) != (0, 0):
        told["hue"] = pair(op.hue, 1 / 360)
    if tuple(op.value) != (1, 1):
        told["brightness"] = op.value
    steps = [f"v2.ColorJitter({name}={literal(each)})" for name, each in told.items()]
    one = steps[0] if len(steps) == 1 else block("v2.Compose([", [f"{s}," for s in steps], "])")
    return applied(one, op.p) if steps else Step("v2.Identity()")


def _drawn(name: str, argument: str, function: str, factor: float = 1.0) -> Any:
    """Write a transform that has one value for all images, or a helper that draws one for each."""

    def write(op: Any, context: Context) -> Step:
        low, high = pair(getattr(op, name), factor)
        if low == high and function in _FIXED:
            return applied(_FIXED[function].format(literal(low)), op.p)
        told = f"v2.functional.{function}, {argument}=({literal(low)}, {literal(high)})"
        return applied(f"{context.needs('Drawn')}({told})", op.p)

    return write


_FIXED = {
    "adjust_sharpness": "v2.RandomAdjustSharpness({}, p=1)",
    "solarize": "v2.RandomSolarize({}, p=1)",
    "gaussian_noise": "v2.GaussianNoise(sigma={})",
}


def _posterise(op: Any, context: Context) -> Step:
    low, high = op.bits
    steps = [f"v2.RandomPosterize({bits}, p=1)" for bits in range(low, high + 1)]
    one = steps[0] if low == high else f"v2.RandomChoice([{', '.join(steps)}])"
    return applied(one, op.p)


def _jpeg(op: Any, context: Context) -> Step:
    return applied(f"v2.JPEG({literal(list(op.quality))})", op.p)


def _black_and_white(op: Any, context: Context) -> Step:
    return Step(note="no counterpart, nothing compares with a threshold")


def _erasing(op: Any, context: Context) -> Step:
    told = f"scale={literal(op.area)}, ratio={literal(op.ratio)}"
    if op.content == "noise":  # its own noise is normal, and wraps round in bytes
        return Step(f"{context.needs('Noise')}({told}, p={literal(op.p)})")
    if op.content == "mean":
        return Step(note="no counterpart, v2.RandomErasing does not know the mean colour")
    value = literal(number(op.value * 255, 2))
    return Step(f"v2.RandomErasing({told}, value={value}, p={literal(op.p)})")


def _for_batches(name: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        call = f"v2.{name}(alpha={literal(op.alpha)}, num_classes=...)"
        return Step(note=f"takes batches with labels: {call} goes into the collate function")

    return write


def _plain(name: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        return Step(f"v2.{name}(p={literal(op.p)})")

    return write


PIXELS: Table = {
    "HueShift": _hue_shift,
    "HSVShift": _hsv_shift,
    "GaussianBlur": _blur,
    "Gamma": _drawn("gamma", "gamma", "adjust_gamma"),
    "Solarise": _drawn("threshold", "threshold", "solarize", 255),
    "Posterise": _posterise,
    "Equalise": _plain("RandomEqualize"),
    "AutoContrast": _plain("RandomAutocontrast"),
    "BlackAndWhite": _black_and_white,
    "Sharpen": _drawn("factor", "sharpness_factor", "adjust_sharpness"),
    "GaussianNoise": _drawn("std", "sigma", "gaussian_noise"),
    "JpegCompression": _jpeg,
    "RandomErasing": _erasing,
    "MixUp": _for_batches("MixUp"),
    "CutMix": _for_batches("CutMix"),
    "Brightness": _jitter("brightness"),
    "Contrast": _jitter("contrast"),
    "Saturation": _jitter("saturation"),
    "ColorJitter": _color_jitter,
    "Invert": _plain("RandomInvert"),
    "Greyscale": _plain("RandomGrayscale"),
}
