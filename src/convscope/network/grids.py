"""Where space is in a layer's output: channels first, channels last, or a row of tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

# Class, distillation and register tokens that stand before the grid (DINOv2 has up to 1 + 4).
_MAX_EXTRA_TOKENS = 8


@dataclass(frozen=True)
class Grid:
    """How a layer's output is read as maps ``(N, C, H, W)``.

    Attributes
    ----------
    kind
        ``"channels last"`` for (N, H, W, C), ``"tokens"`` for (N, T, C).
    size
        Height and width of the map.
    extra
        Leading tokens (class, distillation, registers) that are no part of the map.
    """

    kind: Literal["channels last", "tokens"]
    size: tuple[int, int]
    extra: int = 0

    def __str__(self) -> str:
        if self.kind == "channels last":
            return self.kind
        height, width = self.size
        return f"{height} × {width} tokens" + (f" + {self.extra}" if self.extra else "")

    def fits(self, output: Tensor) -> bool:
        """Tell whether ``output``, images first, can be read so."""
        if self.kind == "channels last":
            return True
        return output.shape[1] == self.extra + self.size[0] * self.size[1]

    def maps(self, output: Tensor) -> Tensor:
        """Return ``output`` as (N, C, H, W); a view where the layout allows it."""
        if self.kind == "channels last":
            return output.permute(0, 3, 1, 2)
        tokens = output[:, self.extra :]
        rows = tokens.reshape(len(tokens), *self.size, tokens.shape[2])
        return rows.permute(0, 3, 1, 2)


def infer_grid(
    shape: tuple[int, ...],
    image: tuple[int, int] | None,
    module: nn.Module,
    seen: Collection[tuple[int, int]] = (),
) -> Grid | None:
    """Return how an output of ``shape`` (with its batch axis) is read, None for the usual order.

    Parameters
    ----------
    shape
        Shape of the output, batch first.
    image
        Height and width of the network's input; None when the input is no image.
    module
        The module that gave the output: a convolution never gives channels last.
    seen
        Sizes of the maps before it. Where there are any, tokens are read as maps only when they
        make one of these, or half of one (merged patches): else a mixer's channels pass for tokens.
    """
    if image is None or isinstance(module, _CHANNELS_FIRST):
        return None
    if len(shape) == 4:
        _, a, b, c = shape
        last = isinstance(module, nn.Linear) or (
            not _same_aspect((b, c), image) and _same_aspect((a, b), image)
        )
        return Grid("channels last", (a, b)) if last else None
    if len(shape) == 3:
        return _token_grid(shape[1], image, seen)
    return None


_CHANNELS_FIRST = (
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._BatchNorm,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
)


def _same_aspect(size: tuple[int, int], image: tuple[int, int]) -> bool:
    """Tell whether ``size`` may be ``image`` scaled down: rounding moves each side by under 1."""
    height, width = image
    return abs(size[0] / height - size[1] / width) * max(image) < 1


def _token_grid(
    count: int, image: tuple[int, int], seen: Collection[tuple[int, int]]
) -> Grid | None:
    height, width = image
    known = {*seen, *((-(-h // 2), -(-w // 2)) for h, w in seen)}
    for extra in range(_MAX_EXTRA_TOKENS + 1):
        rows = round(((count - extra) * height / width) ** 0.5) if count > extra else 0
        if rows < 2 or (count - extra) % rows:
            continue
        size = (rows, (count - extra) // rows)
        if _same_aspect(size, image) and (not seen or size in known):
            return Grid("tokens", size, extra)
    return None
