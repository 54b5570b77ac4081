"""Rules for convolutions, pooling and padding."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from .calls import Call, Operand, known, main_rule
from .spans import Dim, Merged, Reach, Span, UnknownReachError, resample, transposed_window, window


@main_rule("convolution", "_convolution", "convolution_overrideable")
def convolution(call: Call, main: Operand) -> Reach:
    """Slide a kernel, also a transposed one, and mix the channels of each group."""
    sizes = call.arguments["weight"].shape[2:]
    count, groups = len(sizes), int(call.arguments["groups"])
    sizing = zip(
        sizes,
        call.per_axis("stride", count),
        call.per_axis("padding", count, default=0),
        call.per_axis("dilation", count),
        strict=True,
    )
    reach = known(main)
    start = list(reach.dims[:-count])
    if start[-1] is not None and groups > 1:
        raise UnknownReachError
    start[-1] = None
    slide = transposed_window if call.arguments["transposed"] else window
    moved = [
        slide(dim, *numbers) if isinstance(dim, Span) else _unmoved(dim, *numbers[:3])
        for dim, numbers in zip(reach.dims[-count:], sizing, strict=True)
    ]
    return replace(reach, parts=_grouped(reach.parts, groups)).with_dims([*start, *moved])


def _unmoved(dim: Dim, size: int, stride: int, padding: int) -> Dim:
    """Slide along a dimension that is no single spatial axis."""
    if isinstance(dim, Merged) and (size, stride, padding) != (1, 1, 0):
        raise UnknownReachError
    return dim


def _grouped(parts: int, groups: int) -> int:
    """Give the number of joined parts after a convolution in groups."""
    if groups == 1 or parts == 0:
        return 0
    return parts if parts > 0 and groups % parts == 0 else -1


@main_rule(
    *(f"avg_pool{n}d" for n in (1, 2, 3)),
    *(f"max_pool{n}d" for n in (1, 2, 3)),
    *(f"max_pool{n}d_with_indices" for n in (2, 3)),
)
def pool(call: Call, main: Operand) -> Reach:
    """Slide a pooling window; one window over all of a map is a global pooling."""
    count = int(call.name[8])
    sizes = call.per_axis("kernel_size", count)
    strides = call.per_axis("stride", count) if call.arguments["stride"] else sizes
    paddings = call.per_axis("padding", count, default=0)
    dilations = call.per_axis("dilation", count)
    reach = known(main)
    dims = list(reach.dims)
    for place in range(-count, 0):
        dim, numbers = dims[place], (sizes[place], strides[place], paddings[place])
        if paddings[place] == 0 and 1 < sizes[place] == main.shape[place]:
            dims[place] = None
        elif isinstance(dim, Span):
            dims[place] = window(dim, *numbers, dilations[place])
        else:
            dims[place] = _unmoved(dim, *numbers)
    return reach.with_dims(dims)


@main_rule(
    *(f"adaptive_avg_pool{n}d" for n in (1, 2, 3)),
    *(f"_adaptive_avg_pool{n}d" for n in (2, 3)),
    *(f"adaptive_max_pool{n}d" for n in (1, 2, 3)),
)
def adaptive_pool(call: Call, main: Operand) -> Reach:
    """Pool m places to n units: unit j sees the places floor(j·m/n) to ceil((j+1)·m/n) − 1."""
    count = int(call.name[-2])
    reach = known(main)
    dims = list(reach.dims)
    for place in range(-count, 0):
        dim, scale = dims[place], Fraction(main.shape[place], call.shapes[0][place])
        if call.shapes[0][place] == 1:
            dims[place] = None
        elif isinstance(dim, Span):
            units = range(scale.denominator)
            taps = tuple((floor(j * scale), ceil((j + 1) * scale) - 1) for j in units)
            dims[place] = resample(dim, taps, scale.numerator)
        elif dim is not None:
            raise UnknownReachError
    return reach.with_dims(dims)


@main_rule(
    "constant_pad_nd",
    *(f"{kind}_pad{n}d" for kind in ("reflection", "replication") for n in (1, 2, 3)),
)
def pad(call: Call, main: Operand) -> Reach:
    """Pad or crop: the units move, and those of the border look over the edge."""
    reach = known(main)
    amounts = call.arguments["pad" if call.name == "constant_pad_nd" else "padding"]
    dims = list(reach.dims)
    for place, before in enumerate(amounts[::2]):
        dim = dims[-1 - place]
        if isinstance(dim, Span):
            dims[-1 - place] = resample(dim, ((-int(before), -int(before)),), 1)
        elif dim is not None and (before or amounts[2 * place + 1]):
            raise UnknownReachError
    return reach.with_dims(dims)
