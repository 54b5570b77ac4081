"""Operations that change pixels in their place, as kornia code for float images in [0, 1]."""

# ruff: noqa: ARG001  # the functions of a table are called alike

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.kornia.phrases import EVENLY, probability
from convscope.augment.codegen.script import (
    Context,
    Step,
    Table,
    arguments,
    block,
    kernel,
    literal,
    pair,
)


def _jitter(name: str, most: float = 1e9) -> Any:
    def write(op: Any, context: Context) -> Step:
        if op.factor[1] > most:
            return Step(note=f"no counterpart, the factor is at most {literal(most)}")
        return Step(f"K.ColorJitter({name}={literal(op.factor)}, {probability(op)})")

    return write


def _color_jitter(op: Any, context: Context) -> Step:
    """Write all in one: kornia has them in an order of its own."""
    if op.brightness[1] > 2:
        return Step(note="no counterpart, brightness is at most 2")
    told = {name: getattr(op, name) for name in ("brightness", "contrast", "saturation")}
    note = ""
    if tuple(op.hue) != (0, 0):
        told["hue"] = pair(op.hue, 1 / 360)
        note = "hue turns in HSV here, which makes other colours of the same angle"
    order = "order=[0, 1, 2, 3]"
    return Step(f"K.ColorJitter({arguments(told)}, {order}, {probability(op)})", note)


def _rgb_shift(op: Any, context: Context) -> Step:
    if any(abs(end) > 0.5 for each in (op.red, op.green, op.blue) for end in each):
        return Step(note="no counterpart, shifts are at most 0.5")
    told = {f"{name[0]}_shift_limit": getattr(op, name) for name in ("red", "green", "blue")}
    return Step(f"K.RandomRGBShift({arguments(told)}, {probability(op)})")


def _hue_shift(op: Any, context: Context) -> Step:
    return Step(f"K.ColorJiggle(hue={literal(pair(op.degrees, 1 / 360))}, {probability(op)})")


def _blur(op: Any, context: Context) -> Step:
    low, high = op.sigma
    if high == 0:
        return Step("nn.Identity()")
    told = f"{kernel(high)}, {literal((max(low, 0.001), high))}"
    return Step(f"K.RandomGaussianBlur({told}, {probability(op)})")


def _hsv_shift(op: Any, context: Context) -> Step:
    if any((*op.saturation_shift, *op.value_shift)):
        return Step(note="no counterpart, saturation and value are only multiplied")
    told = {"saturation": op.saturation, "hue": pair(op.hue, 1 / 360)}
    one = f"K.ColorJiggle({arguments(told)}, order=[3, 2], {probability(op)})"
    if tuple(op.value) == (1, 1):
        return Step(one)
    if op.p not in (0, 1):
        return Step(note="no counterpart, hue and value would be drawn apart: p must be 1")
    if op.value[1] > 2:
        return Step(note="no counterpart, brightness is at most 2")
    bright = f"K.ColorJitter(brightness={literal(op.value)}, {probability(op)}),"
    return Step(block("K.ImageSequential(", [f"{one},", bright]))


def _gamma(op: Any, context: Context) -> Step:
    return Step(f"K.RandomGamma({literal(op.gamma)}, {probability(op)})")


def _solarise(op: Any, context: Context) -> Step:
    told = f"thresholds={literal(op.threshold)}, additions=(0, 0)"
    return Step(f"K.RandomSolarize({told}, {probability(op)})")


def _posterise(op: Any, context: Context) -> Step:
    low, high = op.bits
    if low == high:
        return Step(f"K.RandomPosterize(bits=({low}, {high}), {probability(op)})")
    note = "8 bits come half as often as the others" if high == 8 else ""
    span = literal((low - 0.5, min(high + 0.5, 8)))  # what is drawn is rounded
    return Step(f"K.RandomPosterize(bits={span}, {probability(op)})", note)


def _sharpen(op: Any, context: Context) -> Step:
    return Step(f"K.RandomSharpness({literal(op.factor)}, {probability(op)})")


def _noise(op: Any, context: Context) -> Step:
    low, high = op.std
    if low != high:
        return Step(note="no counterpart, K.RandomGaussianNoise has one deviation for all images")
    note = "values may leave 0 … 1"
    return Step(f"K.RandomGaussianNoise(mean=0, std={literal(low)}, {probability(op)})", note)


def _salt_and_pepper(op: Any, context: Context) -> Step:
    told = f"amount={literal(op.amount)}, salt_vs_pepper=(0.5, 0.5)"
    return Step(f"K.RandomSaltAndPepperNoise({told}, {probability(op)})")


def _jpeg(op: Any, context: Context) -> Step:
    return Step(f"K.RandomJPEG(jpeg_quality={literal(op.quality)}, {probability(op)})")


def _erasing(op: Any, context: Context) -> Step:
    if op.content != "constant":
        return Step(note="no counterpart, K.RandomErasing covers with one value")
    told = f"scale={literal(op.area)}, ratio={literal(op.ratio)}, value={literal(op.value)}"
    note = "" if op.ratio[0] == op.ratio[1] else EVENLY
    return Step(f"K.RandomErasing({told}, {probability(op)})", note)


def _mixing(name: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        return Step(note=f"no counterpart, K.{name} draws other shares")

    return write


def _plain(name: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        return Step(f"K.{name}({probability(op)})")

    return write


PIXELS: Table = {
    "HueShift": _hue_shift,
    "HSVShift": _hsv_shift,
    "GaussianBlur": _blur,
    "Gamma": _gamma,
    "Solarise": _solarise,
    "Posterise": _posterise,
    "Equalise": _plain("RandomEqualize"),
    "AutoContrast": _plain("RandomAutoContrast"),
    "Sharpen": _sharpen,
    "GaussianNoise": _noise,
    "SaltAndPepper": _salt_and_pepper,
    "JpegCompression": _jpeg,
    "RandomErasing": _erasing,
    "MixUp": _mixing("RandomMixUpV2"),
    "CutMix": _mixing("RandomCutMixV2"),
    "Brightness": _jitter("brightness", 2),
    "Contrast": _jitter("contrast"),
    "Saturation": _jitter("saturation"),
    "ColorJitter": _color_jitter,
    "RGBShift": _rgb_shift,
    "Invert": _plain("RandomInvert"),
    "Greyscale": _plain("RandomGrayscale"),
}
