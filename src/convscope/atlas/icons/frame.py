"""How large an icon is: as much of an image as the centre unit of a layer really looks at.

The theoretical receptive field of a deep unit covers most of an image; what moves the unit is a
soft spot in the middle (Luo et al. 2016). Where that is and how wide is measured, by gradients on
noise: networks that pad as TensorFlow does do not look at the middle that the strides tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from convscope.featurevis.begin import Setup, set_up
from convscope.featurevis.draws import generator
from convscope.featurevis.objectives import direction_neuron
from convscope.featurevis.pictures import pictures_of
from convscope.featurevis.settings import Settings

if TYPE_CHECKING:
    from convscope.scope import Scope

_FIRST = 96  # pixels a side that the width is measured on
_NOISES = 4
_WIDE = 5.5  # how many standard deviations an icon shows
_LEAST, _MOST = 24, 80  # pixels that an icon shows
_STEP = 8
_FURTHER = 10  # canvases that are tried


@dataclass(frozen=True)
class Frame:
    """What is optimised, and which part of it is the icon.

    Attributes
    ----------
    setup
        The network and the canvas that it is shown.
    side
        Sides of the icon in pixels of the canvas.
    corner
        Row and column of the canvas where the icon begins.
    """

    setup: Setup
    side: int
    corner: tuple[int, int]

    def cut(self, images: Tensor) -> Tensor:
        """Return the icons (N, C, side, side) within canvases (N, C, H, W)."""
        top, left = self.corner
        return images[:, :, top : top + self.side, left : left + self.side]

    def margins(self) -> tuple[int, int, int, int]:
        """Return what lies around the icon: left, right, top, bottom."""
        (height, width), (top, left) = self.setup.canvas.size, self.corner
        return left, width - left - self.side, top, height - top - self.side


@dataclass(frozen=True)
class Spot:
    """What moves the centre unit: a soft spot.

    Attributes
    ----------
    centre
        Row and column of its middle, in pixels.
    spread
        Standard deviation, in pixels.
    """

    centre: tuple[float, float]
    spread: float


def frame_of(scope: Scope, layer: str, side: int | None) -> Frame:
    """Return the frame of a layer's icons.

    Parameters
    ----------
    scope, layer
        Of which layer of which network.
    side
        Sides of the icon in pixels of the network's view; None measures it.

    Raises
    ------
    ValueError
        If there is no such layer, or it does not depend on images.
    """
    setup = _set_up(scope, layer, _FIRST if side is None else max(side, _FIRST))
    canvas = setup.canvas.size
    if setup.view_size != canvas:  # it takes one size only
        setup = _set_up(scope, layer, setup.view_size)
        return _framed(setup, layer, min(side or _side(spot_of(setup, layer)), *setup.view_size))
    native = min(setup.response.prepare.size)
    side = min(_side(spot_of(setup, layer)) if side is None else side, native)
    best: Frame | None = None
    for turn in range(_FURTHER):
        own = side + max(_STEP, side // 4) + turn * _STEP
        frame = _framed(_set_up(scope, layer, min(own, native)), layer, side)
        if best is None or min(frame.margins()) > min(best.margins()):
            best = frame
        if min(best.margins()) >= max(2, side // 10) or own >= native:
            break
    return best if best is not None else frame


def spot_of(setup: Setup, layer: str) -> Spot:
    """Measure where on its canvas the centre unit of a layer looks at."""
    prepare = setup.response.prepare
    dtype = torch.float64 if prepare.dtype == torch.float64 else torch.float32
    random = generator(0, "frame", layer)
    noise = torch.rand(_NOISES, prepare.channels, *setup.view_size, generator=random)
    views = noise.to(prepare.device, dtype).requires_grad_(True)
    with setup.response.open(gradients=True):
        reached = centre_unit(setup.response.maps(views)[layer])
        along = torch.randn(reached.shape, generator=random).to(reached)
        grad = torch.autograd.grad((reached * along).sum(), views)[0]
    energy = grad.double().square().sum((0, 1)).cpu()
    rows, row_spread = _middle(energy.sum(1))
    columns, column_spread = _middle(energy.sum(0))
    return Spot((rows, columns), (row_spread + column_spread) / 2)


def centre_unit(maps: Tensor) -> Tensor:
    """Return the activations (N, C) in the middle of maps (N, C, H, W)."""
    return maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2]


def _set_up(scope: Scope, layer: str, size: int | tuple[int, int]) -> Setup:
    """Find out how the network takes canvases of a size; a sentence says what does not fit."""
    settings = Settings(size=size)
    shape = scope.layers.find(layer).shape or (1,)
    target = direction_neuron(layer, torch.ones(shape[0]))
    return set_up(scope, pictures_of(scope, target, settings), settings)


def _framed(setup: Setup, layer: str, side: int) -> Frame:
    spot = spot_of(setup, layer)
    sizes = zip(spot.centre, setup.canvas.size, setup.view_size, strict=True)
    top, left = (
        min(max(0, round((middle + 0.5) * whole / seen - side / 2)), whole - side)
        for middle, whole, seen in sizes
    )
    return Frame(setup, side, (top, left))


def _side(spot: Spot) -> int:
    wide = round(_WIDE * spot.spread / _STEP) * _STEP
    return min(max(wide, _LEAST), _MOST)


def _middle(energy: Tensor) -> tuple[float, float]:
    """Return mean and standard deviation of places that have some energy."""
    places = torch.arange(len(energy), dtype=energy.dtype)
    total = float(energy.sum())
    share = energy / total if total > 0 else torch.full_like(energy, 1 / len(energy))
    mean = (share * places).sum()
    return float(mean), float((share * (places - mean).square()).sum().sqrt())
