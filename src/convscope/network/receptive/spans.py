"""What every unit of a tensor sees, as exact intervals of input pixels along each axis.

A unit of a convolutional map sees, along one axis, the pixels `first` to `last`. The next unit
sees the same interval moved by the stride, except after upsampling, where the intervals repeat
with a period of several units. `Span` holds one interval per unit of that period, so that
windows, unions and upsampling are exact integer arithmetic. `Reach` puts spans to the dimensions
of a tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import gcd, lcm
from typing import TypeAlias

MAX_PERIOD = 128  # units; five upsamplings by two have 32, beyond this a field has no use

Tap: TypeAlias = tuple[int, int]  # first and last unit of the layer below, both inclusive


class UnknownReachError(Exception):
    """An operation after which the receptive field is not defined, or not known to us."""


@dataclass(frozen=True, slots=True)
class Span:
    """The input pixels that the units along one dimension of a tensor see."""

    axis: int  # spatial axis of the input, 0 is the first after the channels
    step: int  # pixels from the interval of unit i to that of unit i + period
    bounds: tuple[Tap, ...]  # (first, last) pixel, both inclusive, of the units 0 to period - 1

    @property
    def period(self) -> int:
        """After how many units the intervals repeat, moved by `step` pixels."""
        return len(self.bounds)

    def at(self, unit: int) -> Tap:
        """Give the first and the last input pixel that a unit sees (may lie outside the input)."""
        turn, phase = divmod(unit, self.period)
        first, last = self.bounds[phase]
        return first + turn * self.step, last + turn * self.step


@dataclass(frozen=True, slots=True)
class Merged:
    """A dimension made by flattening several, of which at least one is spatial."""

    parts: tuple[tuple[int, Span | None], ...]  # (size, span) from the slowest to the fastest


Dim: TypeAlias = Span | Merged | None  # None: batch, channels or any other dimension without place


@dataclass(frozen=True, slots=True)
class Reach:
    """What the units of a tensor see: a dimension each, and whatever no dimension tells apart.

    A spatial axis of the input that appears in no dimension was pooled: every unit sees all of it.
    """

    dims: tuple[Dim, ...]
    gated: bool = False  # besides its intervals, every unit sees the whole input (squeeze-excite)
    parts: int = 0  # channels see differently: so many equal parts were joined; -1 parts unequal

    @property
    def axes(self) -> frozenset[int]:
        """The spatial axes of the input that the tensor still tells apart."""
        return frozenset(span.axis for dim in self.dims for span in spans_of(dim))

    @property
    def whole(self) -> bool:
        """Whether every unit sees the whole input."""
        return not any(self.dims)

    @property
    def paired(self) -> bool:
        """Whether every unit stands for several places (attention scores): it has no one box."""
        return sum(len(spans_of(dim)) for dim in self.dims) != len(self.axes)

    def with_dims(self, dims: Iterable[Dim]) -> Reach:
        """Give the same with other dimensions."""
        return replace(self, dims=tuple(dims))

    def pooled(self, dims: Iterable[int], *, keep: bool) -> Reach:
        """Give what a reduction over some dimensions sees: all places along their axes."""
        gone = {dim % len(self.dims) for dim in dims} if self.dims else set()
        axes = {span.axis for dim in gone for span in spans_of(self.dims[dim])}
        left = [
            None if i in gone else _without(dim, axes)
            for i, dim in enumerate(self.dims)
            if keep or i not in gone
        ]
        mixes_channels = bool(gone - {0})
        return replace(self, dims=tuple(left), parts=0 if mixes_channels else self.parts)

    def normalised(self, dims: Iterable[int]) -> Reach:
        """Give what a normalisation with statistics over some dimensions sees."""
        spatial = any(self.dims[dim] is not None for dim in dims)
        return replace(self, gated=self.gated or spatial)


def _without(dim: Dim, axes: set[int]) -> Dim:
    """Give a dimension without the spans of some axes: all of them is seen anyway."""
    if axes.isdisjoint(span.axis for span in spans_of(dim)):
        return dim
    if isinstance(dim, Merged):
        return merged((n, None if s and s.axis in axes else s) for n, s in dim.parts)
    return None


def spans_of(dim: Dim) -> tuple[Span, ...]:
    """Give the spans inside a dimension: none, one, or those of a flattened one."""
    if isinstance(dim, Span):
        return (dim,)
    return tuple(span for _, span in dim.parts if span) if dim else ()


@lru_cache(maxsize=4096)
def resample(span: Span, taps: tuple[Tap, ...], advance: int) -> Span:
    """Give the span of units that each see several units of the layer below.

    Parameters
    ----------
    span
        The units of the layer below.
    taps
        For the new units 0 to len(taps) - 1, the first and the last unit that they see.
    advance
        How many units further the next len(taps) new units look.

    Returns
    -------
    Span
        The union of what those units see. Every span is monotone, so its ends decide.

    Raises
    ------
    UnknownReachError
        When the result would not be monotone, or its period too long.
    """
    after = (*taps[1:], (taps[0][0] + advance, taps[0][1] + advance))
    if any(a[0] > b[0] or a[1] > b[1] for a, b in zip(taps, after, strict=True)):
        raise UnknownReachError
    turns = span.period // gcd(span.period, advance)
    if turns * len(taps) > MAX_PERIOD:
        raise UnknownReachError
    bounds = tuple(
        (span.at(lo + turn * advance)[0], span.at(hi + turn * advance)[1])
        for turn in range(turns)
        for lo, hi in taps
    )
    return _shortest(Span(span.axis, turns * advance * span.step // span.period, bounds))


def window(span: Span, size: int, stride: int, padding: int, dilation: int) -> Span:
    """Give the span after a sliding window (convolution, pooling)."""
    return resample(span, ((-padding, dilation * (size - 1) - padding),), stride)


def transposed_window(span: Span, size: int, stride: int, padding: int, dilation: int) -> Span:
    """Give the span after a transposed convolution: unit j takes i where j = s·i − p + d·k."""
    taps = []
    for unit in range(stride):
        reached = [
            (unit + padding - dilation * k) // stride
            for k in range(size)
            if (unit + padding - dilation * k) % stride == 0
        ]
        if not reached:  # a unit that sees the bias only
            raise UnknownReachError
        taps.append((min(reached), max(reached)))
    return resample(span, tuple(taps), 1)


@lru_cache(maxsize=4096)
def union(a: Span, b: Span) -> Span:
    """Give the span of units that see what both see; the strides must be the same."""
    if a.axis != b.axis or a.step * b.period != b.step * a.period:
        raise UnknownReachError
    period = lcm(a.period, b.period)
    if period > MAX_PERIOD:
        raise UnknownReachError
    pairs = [(a.at(unit), b.at(unit)) for unit in range(period)]
    bounds = tuple((min(p[0], q[0]), max(p[1], q[1])) for p, q in pairs)
    return _shortest(Span(a.axis, a.step * period // a.period, bounds))


def _shortest(span: Span) -> Span:
    """Give the same span with the shortest period."""
    for period in range(1, span.period):
        if span.period % period == 0 and (span.step * period) % span.period == 0:
            step = span.step * period // span.period
            short = Span(span.axis, step, span.bounds[:period])
            if all(short.at(unit) == span.at(unit) for unit in range(span.period)):
                return short
    return span


def join(a: Dim, b: Dim) -> Dim:
    """Give what two operands see along one dimension of the same size."""
    if a is None or b is None or a == b:
        return a or b
    if isinstance(a, Span) and isinstance(b, Span):
        return union(a, b)
    if not isinstance(a, Merged) or not isinstance(b, Merged):
        raise UnknownReachError
    if [size for size, _ in a.parts] != [size for size, _ in b.parts]:
        raise UnknownReachError
    pairs = zip(a.parts, b.parts, strict=True)
    return merged([(size, union(p, q) if p and q else p or q) for (size, p), (_, q) in pairs])


def merge(reaches: Sequence[Reach]) -> Reach:
    """Give what an operation sees that combines tensors of one shape place by place."""
    if len(reaches) == 1:
        return reaches[0]
    dims: list[Dim] = list(reaches[0].dims)
    for other in reaches[1:]:
        dims = [join(a, b) for a, b in zip(dims, other.dims, strict=True)]
    seen = reaches[0].with_dims(dims)
    # An operand that has lost an axis the others still have brings all of it along: a gate.
    gated = any(reach.gated or reach.axes != seen.axes for reach in reaches)
    parts = {reach.parts for reach in reaches} - {0}
    joined = 0 if not parts else parts.pop() if len(parts) == 1 else -1
    return Reach(seen.dims, gated=gated and not seen.whole, parts=joined)


def merged(parts: Iterable[tuple[int, Span | None]]) -> Dim:
    """Give the dimension that holds these parts, from the slowest to the fastest."""
    kept: list[tuple[int, Span | None]] = []
    for size, span in parts:
        if span is None and (size == 1 or (kept and kept[-1][1] is None)):
            if size > 1:
                kept[-1] = (kept[-1][0] * size, None)
            continue
        kept.append((size, span))
    if len(kept) == 1:
        return kept[0][1]
    return Merged(tuple(kept)) if kept else None


def reshape(reach: Reach, shape: Sequence[int], target: Sequence[int]) -> Reach:
    """Give what a tensor sees after a view: flattened dimensions keep their parts in mind."""
    if 0 in shape:
        raise UnknownReachError
    same = _equal_start(shape, target)
    atoms: list[tuple[int, Span | None]] = []
    for size, dim in zip(shape[same:], reach.dims[same:], strict=True):
        for piece in dim.parts if isinstance(dim, Merged) else ((size, dim),):
            if piece[1] is None and atoms and atoms[-1][1] is None:
                atoms[-1] = (atoms[-1][0] * piece[0], None)
            else:
                atoms.append(piece)
    atoms = [atom for atom in atoms if atom != (1, None)]
    groups = [_take(atoms, size) for size in target[same:]]
    if atoms and not groups:
        raise UnknownReachError
    if groups:
        groups[-1] += atoms  # what is left has size 1
    return reach.with_dims((*reach.dims[:same], *map(merged, groups)))


def _equal_start(shape: Sequence[int], target: Sequence[int]) -> int:
    """Count the leading dimensions that a view leaves alone."""
    same = 0
    while same < min(len(shape), len(target)) and shape[same] == target[same]:
        same += 1
    return same - 1 if same and same == len(target) < len(shape) else same


def _take(atoms: list[tuple[int, Span | None]], need: int) -> list[tuple[int, Span | None]]:
    """Take from the front what makes a dimension of this size."""
    if need == 1:
        return [atoms.pop(0)] if atoms and atoms[0][0] == 1 else []
    group = []
    while need > 1:
        size, span = atoms[0]
        if need % size == 0:
            group.append(atoms.pop(0))
            need //= size
        elif span is None and size % need == 0:
            group.append((need, None))
            atoms[0] = (size // need, None)
            need = 1
        else:  # a spatial axis cut into windows
            raise UnknownReachError
    return group
