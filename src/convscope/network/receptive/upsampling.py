"""Rules for interpolation and pixel shuffling.

Exact only where the pattern of source places repeats: nearest by an integer factor up or down,
linear and cubic by any ratio without `align_corners`. All else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import TypeAlias

from .calls import Call, Operand, known, main_rule
from .spans import Reach, Span, Tap, UnknownReachError, resample, window

Taps: TypeAlias = tuple[Tap, ...]
TapsOf: TypeAlias = Callable[[Fraction], Taps]  # from old size / new size


@main_rule(
    *(f"{name}{n}d" for name in ("upsample_nearest", "_upsample_nearest_exact") for n in "123")
)
def nearest(call: Call, main: Operand) -> Reach:
    """Repeat places, or take every n-th."""

    def taps(scale: Fraction) -> Taps:
        if scale.numerator != 1 and scale.denominator != 1:
            raise UnknownReachError  # the rounding of floats decides
        place = scale / 2 if "exact" in call.name and scale > 1 else Fraction(0)
        return ((floor(place), floor(place)),) * scale.denominator

    return _resized(call, main, int(call.name[-2]), taps)


@main_rule("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d")
def smooth(call: Call, main: Operand) -> Reach:
    """Mix the two (linear) or four (cubic) places around a point."""
    margin = 1 if "cubic" in call.name else 0

    def taps(scale: Fraction) -> Taps:
        if call.arguments["align_corners"]:
            raise UnknownReachError  # the pattern never repeats
        points = [
            (unit + Fraction(1, 2)) * scale - Fraction(1, 2) for unit in range(scale.denominator)
        ]
        return tuple(
            (floor(at), floor(at))
            if at.denominator == 1
            else (floor(at) - margin, floor(at) + 1 + margin)
            for at in points
        )

    return _resized(call, main, int(call.name[-2]), taps)


def _resized(call: Call, main: Operand, count: int, taps: TapsOf) -> Reach:
    """Resample the last dimensions."""
    reach = known(main)
    dims = list(reach.dims)
    for place in range(-count, 0):
        old, new, dim = main.shape[place], call.shapes[0][place], dims[place]
        if dim is None or old == new:
            continue
        if not isinstance(dim, Span):
            raise UnknownReachError
        _check_scale(call, place, Fraction(new, old))
        if old == 1:  # all units see the one place
            dims[place] = resample(dim, ((0, 0),) * new, 1)
        else:
            scale = Fraction(old, new)
            dims[place] = resample(dim, taps(scale), scale.numerator)
    return reach.with_dims(dims)


def _check_scale(call: Call, place: int, ratio: Fraction) -> None:
    """Stop when a factor is given that is not the ratio of the sizes."""
    given = call.arguments.get("scale_factors")
    if given is None:
        names = ("scales_d", "scales_h", "scales_w")
        given = [call.arguments.get(name) for name in names]
        given[-1] = call.arguments.get("scales", given[-1])
    factor = given[place]
    if factor is not None and factor != float(ratio):
        raise UnknownReachError


@main_rule("pixel_shuffle")
def pixel_shuffle(call: Call, main: Operand) -> Reach:
    """Spread channels over r × r places."""
    factor = int(call.arguments["upscale_factor"])
    return _shuffled(known(main), lambda span: resample(span, ((0, 0),) * factor, 1), parts=0)


@main_rule("pixel_unshuffle")
def pixel_unshuffle(call: Call, main: Operand) -> Reach:
    """Put r × r places into channels, which so see different places."""
    factor = int(call.arguments["downscale_factor"])
    return _shuffled(known(main), lambda span: window(span, factor, factor, 0, 1), parts=-1)


def _shuffled(reach: Reach, move: Callable[[Span], Span], *, parts: int) -> Reach:
    if any(dim is not None for dim in reach.dims[:-2]):
        raise UnknownReachError
    dims = [move(dim) if isinstance(dim, Span) else dim for dim in reach.dims]
    return replace(reach, parts=parts).with_dims(dims)
