"""The receptive field of a layer, in pixels of the network's input."""

from __future__ import annotations

from dataclasses import dataclass, field

from .spans import Reach, Span, Tap, spans_of


@dataclass(frozen=True)
class ReceptiveField:
    """Which input pixels the units of a map see, along each spatial axis.

    Unit i sees `size` pixels around `start + i * stride`. The box of a unit next to the border
    may lie partly outside the input, where the network saw its padding. Channels that see
    differently (inception branches) are taken together.

    After upsampling, units of one map see differently: `size` and `start` are then those of the
    unit that sees most and of unit 0, `stride` may be a fraction, and `box` stays exact.

    Examples
    --------
    >>> ReceptiveField(size=(5, 7), stride=(2, 2), start=(0.0, 1.0)).box(3, 4)
    (4, 6, 9, 13)
    """

    size: tuple[int, ...]  # pixels; the whole extent of the input along a pooled axis
    stride: tuple[int | float, ...]  # pixels from one unit to the next; 0 along a pooled axis
    start: tuple[float, ...]  # input coordinate of the centre of unit 0, pixel centres at integers
    gated: bool = False  # a gate or a normalisation brings in all of the input (squeeze-excite)
    whole: bool = False  # every unit sees the whole input
    spans: tuple[Span | None, ...] = field(
        default=(), repr=False
    )  # where units differ, after upsampling

    def box(self, *position: int) -> tuple[int, ...]:
        """Give the input pixels that a unit sees, half-open and not clipped to the input.

        Parameters
        ----------
        *position
            Index of the unit along each axis (y, x). May be left out where `whole` is true.

        Returns
        -------
        tuple[int, ...]
            First pixels and one past the last pixels: (y0, x0, y1, x1) for an image.
        """
        if not position and self.whole:
            position = (0,) * len(self.size)
        if len(position) != len(self.size):
            raise ValueError(
                f"position: {len(position)} numbers for a map of {len(self.size)} spatial axes; "
                f"give one an axis"
            )
        taps = [self._tap(axis, unit) for axis, unit in enumerate(position)]
        return (*(first for first, _ in taps), *(last + 1 for _, last in taps))

    def _tap(self, axis: int, unit: int) -> Tap:
        """Give the first and the last pixel that a unit sees along an axis."""
        span = self.spans[axis] if self.spans else None
        if span is not None:
            return span.at(unit)
        centre = self.start[axis] + unit * self.stride[axis]
        first = round(centre - (self.size[axis] - 1) / 2)
        return first, first + self.size[axis] - 1


def field_of(reach: Reach, extents: tuple[int, ...]) -> ReceptiveField:
    """Give the receptive field of a tensor that sees this of an input of these sizes."""
    found = {span.axis: span for dim in reach.dims for span in spans_of(dim)}
    spans = [
        found.get(axis) or Span(axis, 0, ((0, size - 1),)) for axis, size in enumerate(extents)
    ]
    whole = reach.whole
    return ReceptiveField(
        size=tuple(max(last - first + 1 for first, last in span.bounds) for span in spans),
        stride=tuple(_quotient(span) for span in spans),
        start=tuple(sum(span.bounds[0]) / 2 for span in spans),
        gated=reach.gated and not whole,
        whole=whole,
        spans=tuple(spans) if any(span.period > 1 for span in spans) else (),
    )


def _quotient(span: Span) -> int | float:
    """Give the pixels from one unit to the next, on average."""
    return span.step // span.period if span.step % span.period == 0 else span.step / span.period
