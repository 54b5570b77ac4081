"""Operations that change pixels in their place, as Albumentations code for uint8 images."""

# ruff: noqa: ARG001  # the functions of a table are called alike

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.albumentations.phrases import EVENLY, probability
from convscope.augment.codegen.script import (
    Context,
    Step,
    Table,
    arguments,
    block,
    literal,
    number,
    pair,
)


def _jitter(name: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        return Step(_one_jitter(name, op.factor, op.p))

    return write


def _color_jitter(op: Any, context: Context) -> Step:
    """One after another: Albumentations would draw the order."""
    names = ("brightness", "contrast", "saturation")
    told = {name: getattr(op, name) for name in names if tuple(getattr(op, name)) != (1, 1)}
    note = ""
    if tuple(op.hue) != (0, 0):
        told["hue"] = pair(op.hue, 1 / 360)
        note = "hue turns in HSV here, which makes other colours of the same angle"
    codes = [f"{_one_jitter(name, each, 1)}," for name, each in told.items()]
    return Step(
        block("A.Sequential([", codes, f"], {probability(op)})") if codes else "A.NoOp()", note
    )


def _rgb_shift(op: Any, context: Context) -> Step:
    told = {
        f"{name[0]}_shift_limit": pair(getattr(op, name), 255) for name in ("red", "green", "blue")
    }
    return Step(f"A.RGBShift({arguments(told)}, {probability(op)})")


def _hue_shift(op: Any, context: Context) -> Step:
    return Step(_one_jitter("hue", pair(op.degrees, 1 / 360), op.p))


def _blur(op: Any, context: Context) -> Step:
    told = f"blur_limit=0, sigma_limit={literal(op.sigma)}"
    return Step(f"A.GaussianBlur({told}, {probability(op)})")


def _hsv_shift(op: Any, context: Context) -> Step:
    if tuple(op.saturation) != (1, 1) or tuple(op.value) != (1, 1):
        return Step(note="no counterpart, saturation and value are only shifted")
    told = {
        "hue_shift_limit": pair(op.hue, 1 / 2),
        "sat_shift_limit": pair(op.saturation_shift, 255),
        "val_shift_limit": pair(op.value_shift, 255),
    }
    return Step(f"A.HueSaturationValue({arguments(told)}, {probability(op)})")


def _gamma(op: Any, context: Context) -> Step:
    return Step(f"A.RandomGamma({literal(pair(op.gamma, 100))}, {probability(op)})")


def _ranged(name: str, argument: str, code: str) -> Any:
    """Write a transform with one range, such as ``A.Posterize(num_bits=(3, 6), p=1)``."""

    def write(op: Any, context: Context) -> Step:
        span = literal(getattr(op, name))
        return Step(f"A.{code.format(f'{argument}={span}')}, {probability(op)})")

    return write


def _jpeg(op: Any, context: Context) -> Step:
    told = f"quality_range={literal(op.quality)}"
    note = "it takes red for blue, so colours lose otherwise"
    return Step(f"A.ImageCompression({told}, {probability(op)})", note)


def _sharpen(op: Any, context: Context) -> Step:
    return Step(note="no counterpart, A.Sharpen weighs the neighbours otherwise")


def _erasing(op: Any, context: Context) -> Step:
    filled = _covered(op)
    if not filled:
        return Step(note="no counterpart, holes are not filled with the mean colour")
    ratio = pair([1 / each for each in op.ratio])  # width over height
    note = "" if op.ratio[0] == op.ratio[1] else EVENLY
    told = f"scale={literal(op.area)}, ratio={literal(ratio)}"
    return Step(f"A.Erasing({told}, {filled}, {probability(op)})", note)


def _coarse_dropout(op: Any, context: Context) -> Step:
    filled = _covered(op)
    if not filled:
        return Step(note="no counterpart, holes are not filled with the mean colour")
    told = {"num_holes_range": op.holes, "hole_height_range": op.size, "hole_width_range": op.size}
    note = "" if op.size[0] == op.size[1] else "each hole draws its own height and width"
    return Step(f"A.CoarseDropout({arguments(told)}, {filled}, {probability(op)})", note)


def _plain(code: str) -> Any:
    def write(op: Any, context: Context) -> Step:
        return Step(f"A.{code}{', ' if not code.endswith('(') else ''}{probability(op)})")

    return write


PIXELS: Table = {
    "HueShift": _hue_shift,
    "HSVShift": _hsv_shift,
    "GaussianBlur": _blur,
    "Gamma": _gamma,
    "Solarise": _ranged("threshold", "threshold_range", "Solarize({}"),
    "Posterise": _ranged("bits", "num_bits", "Posterize({}"),
    "Equalise": _plain('Equalize(mode="pil"'),
    "AutoContrast": _plain('AutoContrast(method="pil"'),
    "Sharpen": _sharpen,
    "GaussianNoise": _ranged("std", "std_range", "GaussNoise({}"),
    "SaltAndPepper": _ranged("amount", "amount", "SaltAndPepper({}, salt_vs_pepper=(0.5, 0.5)"),
    "JpegCompression": _jpeg,
    "RandomErasing": _erasing,
    "CoarseDropout": _coarse_dropout,
    "Brightness": _jitter("brightness"),
    "Contrast": _jitter("contrast"),
    "Saturation": _jitter("saturation"),
    "ColorJitter": _color_jitter,
    "RGBShift": _rgb_shift,
    "Invert": _plain("InvertImg("),
    "Greyscale": _plain("ToGray(num_output_channels=3"),
}


def _covered(op: Any) -> str:
    if op.content == "noise":
        return 'fill="random"'
    return "" if op.content == "mean" else f"fill={literal(number(op.value * 255, 2))}"


def _one_jitter(name: str, factor: Any, p: float) -> str:
    told: dict[str, Any] = dict.fromkeys(("brightness", "contrast", "saturation"), (1, 1))
    told |= {"hue": (0, 0), name: factor}
    return f"A.ColorJitter({arguments(told)}, p={literal(p)})"
