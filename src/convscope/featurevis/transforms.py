"""Small changes before every step, drawn for each image by itself.

A picture that excites a unit only from one pixel exactly is noise to us; one that goes on exciting
it when it is moved, scaled and turned is a shape (Olah et al. 2017, "Transformation robustness").
All that moves pixels is composed into one map and one resample, however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from convscope.featurevis.draws import Draws

_GREY = 0.5


@runtime_checkable
class Move(Protocol):
    """Moves pixels: gives the map from a point of the view to one of the image."""

    @property
    def count(self) -> int:
        """How many numbers it draws."""

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """Return (N, 3, 3) in pixels from the centre, for draws (N, count) in [0, 1)."""


@runtime_checkable
class Change(Protocol):
    """Changes values: a function of the views."""

    def apply(self, views: Tensor, draws: Draws) -> Tensor:
        """Return views (N, C, H, W) changed."""


@dataclass(frozen=True)
class Pad:
    """Shows the image smaller, with ``pixels`` of grey on each side."""

    pixels: float
    count: int = 0

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        del progress
        height, width = size
        scale = torch.tensor([(width + 2 * self.pixels) / width, 1, 1])
        scale[1] = (height + 2 * self.pixels) / height
        return torch.diag(scale).expand(len(u), 3, 3)


@dataclass(frozen=True)
class Jitter:
    """Moves by up to half of ``pixels`` each way, so that ``pixels`` is the whole range."""

    pixels: float
    count: int = 2

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        del size, progress
        found = torch.eye(3).repeat(len(u), 1, 1)
        found[:, :2, 2] = (u - 0.5) * self.pixels
        return found


@dataclass(frozen=True)
class Scale:
    """Scales about the centre by a factor between ``low`` and ``high``."""

    low: float
    high: float
    count: int = 1

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        del size, progress
        shrink = 1 / (self.low + (self.high - self.low) * u[:, 0])
        return torch.diag_embed(torch.stack([shrink, shrink, torch.ones_like(shrink)], 1))


@dataclass(frozen=True)
class Rotate:
    """Turns by an angle within ± ``degrees``; a share of the images, ``still``, is not turned."""

    degrees: float
    still: float = 0.25
    count: int = 2

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        del size, progress
        angle = (u[:, 0] * 2 - 1) * math.radians(self.degrees) * (u[:, 1] >= self.still)
        cos, sin = angle.cos(), angle.sin()
        found = torch.eye(3).repeat(len(u), 1, 1)
        found[:, 0, 0], found[:, 0, 1], found[:, 1, 0], found[:, 1, 1] = cos, -sin, sin, cos
        return found


@dataclass(frozen=True)
class Crop:
    """Shows a part of the image: of a share of its sides that goes from ``start`` to ``end``.

    MACO's schedule; the share spreads by ``spread`` and the centre by ``wander`` of the image.
    """

    start: float = 0.5
    end: float = 0.05
    spread: float = 0.05
    wander: float = 0.15
    count: int = 3

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        normal = torch.special.ndtri(u.clamp(1e-4, 1 - 1e-4))
        share = self.start + (self.end - self.start) * progress + self.spread * normal[:, 0]
        share = share.clamp(min(0.05, self.end), 1)
        room = (1 - share) / 2  # the part stays inside the image
        height, width = size
        found = torch.diag_embed(torch.stack([share, share, torch.ones_like(share)], 1))
        found[:, 0, 2] = (self.wander * normal[:, 1]).clamp(-room, room) * width
        found[:, 1, 2] = (self.wander * normal[:, 2]).clamp(-room, room) * height
        return found


@dataclass(frozen=True)
class Flip:
    """Mirrors half of the images, left for right."""

    count: int = 1

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        del size, progress
        sign = torch.where(u[:, 0] < 0.5, -1.0, 1.0)
        one = torch.ones_like(sign)
        return torch.diag_embed(torch.stack([sign, one, one], 1))


@dataclass(frozen=True)
class Gentle:
    """Goes a share of the way of another move, each image its own; what mirrors is left whole."""

    move: Move
    shares: Tensor

    @property
    def count(self) -> int:
        """See :class:`Move`."""
        return self.move.count

    def maps(self, u: Tensor, size: tuple[int, int], progress: float) -> Tensor:
        """See :class:`Move`."""
        found = self.move.maps(u, size, progress)
        still = torch.eye(3)
        mirrors = found[:, 0, 0] * found[:, 1, 1] < found[:, 0, 1] * found[:, 1, 0]
        whole = mirrors | (self.shares == 1)  # whatever company an image has, it moves alike
        gentle = still + self.shares[:, None, None] * (found - still)
        return torch.where(whole[:, None, None], found, gentle)


@dataclass(frozen=True)
class Blur:
    """Blurs each image by its own sigma, in pixels, between ``low`` and ``high``."""

    low: float
    high: float

    def apply(self, views: Tensor, draws: Draws) -> Tensor:
        """See :class:`Change`."""
        u = draws.uniform(1, "blur").to(views)
        sigma = (self.low + (self.high - self.low) * u).clamp_min(1e-3)
        reach = max(1, math.ceil(3 * self.high))
        offset = torch.arange(-reach, reach + 1, device=views.device, dtype=views.dtype)
        kernel = torch.exp(-(offset**2) / (2 * sigma**2))  # (N, taps)
        kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(views.shape[1], 0)
        flat = views.reshape(1, -1, *views.shape[2:])
        flat = functional.pad(flat, [reach] * 4, mode="replicate")
        flat = functional.conv2d(flat, kernel[:, None, None], groups=len(kernel))
        flat = functional.conv2d(flat, kernel[:, None, :, None], groups=len(kernel))
        return flat.view_as(views)


@dataclass(frozen=True)
class Noise:
    """Adds to every value a normal number with deviation ``sd`` and a uniform one in ± ``flat``."""

    sd: float
    flat: float = 0.0

    def apply(self, views: Tensor, draws: Draws) -> Tensor:
        """See :class:`Change`."""
        noise = draws.normal(views.shape[1:], "noise") * self.sd
        if self.flat:
            flat = torch.special.ndtr(draws.normal(views.shape[1:], "flat"))
            noise = noise + (flat * 2 - 1) * self.flat
        return views + noise.to(views)


Transform = Move | Change


def standard(size: tuple[int, int]) -> tuple[Transform, ...]:
    """Return the default: Lucid's jitter, scale, rotation and jitter, in proportion to the size.

    Parameters
    ----------
    size
        Height and width in pixels; Lucid's numbers are for 128.
    """
    unit = min(size) / 128
    return (Jitter(8 * unit), Scale(0.9, 1.1), Rotate(10.0), Jitter(4 * unit))


def light(size: tuple[int, int]) -> tuple[Transform, ...]:
    """Return less than the default, for pictures whose places matter: inversion."""
    unit = min(size) / 128
    return (Jitter(2 * unit), Scale(0.99, 1.01))


def maco() -> tuple[Transform, ...]:
    """Return MACO's crops, smaller as it goes on, and its noise."""
    return (Crop(), Noise(0.08, 0.04))


def views_of(
    images: Tensor,
    transforms: Sequence[Transform],
    draws: Draws,
    progress: float,
    size: tuple[int, int],
) -> Tensor:
    """Return the views (N, C, h, w) of images (N, C, H, W) that the transforms give.

    Parameters
    ----------
    images
        In [0, 1]; outside of them is mid-grey.
    transforms
        In the order in which they act.
    draws
        One row for each image.
    progress
        From 0 at the first step to 1 at the last.
    size
        Height and width of the views.
    """
    moves = [each for each in transforms if isinstance(each, Move)]
    own = (int(images.shape[2]), int(images.shape[3]))
    views = images
    if moves or own != size:
        maps = composed(moves, draws, progress, own, size).to(images)
        grid = functional.affine_grid(maps, [len(images), 1, *size], align_corners=False)
        views = functional.grid_sample(images - _GREY, grid, align_corners=False) + _GREY
    for each in transforms:
        if isinstance(each, Change):
            views = each.apply(views, draws)
    return views


def composed(
    moves: Sequence[Move],
    draws: Draws,
    progress: float,
    source: tuple[int, int],
    target: tuple[int, int],
) -> Tensor:
    """Return all moves as one map (N, 2, 3) in the coordinates of ``affine_grid``."""
    count = len(draws.keys)
    shrink = torch.tensor([source[1] / target[1], source[0] / target[0], 1.0])
    whole = torch.diag(shrink).expand(count, 3, 3)
    for turn, move in reversed(list(enumerate(moves))):
        u = draws.uniform(move.count, f"move {turn}") if move.count else torch.zeros(count, 0)
        whole = move.maps(u, source, progress) @ whole
    inwards = torch.tensor([2 / source[1], 2 / source[0], 1.0])
    outwards = torch.tensor([target[1] / 2, target[0] / 2, 1.0])
    return (inwards[:, None] * whole * outwards)[:, :2]
