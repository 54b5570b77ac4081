"""Covers parts of images, so that a network does not rely on one of them; masks stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from convscope.augment.declare import Span, choice, number, span
from convscope.augment.dice import Dice, Numbers, field
from convscope.augment.operation import Group, Pixelwise, Values

_CONTENTS = ("constant", "mean", "noise")


@dataclass(frozen=True, kw_only=True)
class RandomErasing(Pixelwise):
    """Cover one rectangle, which lies inside the image.

    Parameters
    ----------
    area : float or (float, float)
        Of the rectangle, as a fraction of the image's, 0.001 to 1. One number x stands for (x, x).
    ratio : float or (float, float)
        Height / width, drawn evenly by its logarithm, so that tall ones are as frequent as wide
        ones. Where such a rectangle is longer than the image, the image's side is taken and the
        other side made longer: the area stays.
    content : {"noise", "mean", "constant"}
        Each pixel and channel its own value in [0, 1], the mean colour of the image, or `value`.
    value : float
        In every channel, 0 to 1.
    p : float
        0 to 1.

    Notes
    -----
    Zhong et al. 2017, arXiv:1708.04896. Sides are rounded to pixels, and never below one.
    """

    group: ClassVar[Group] = "erase"
    title: ClassVar[str] = "Random erasing"

    area: Span = span((0.02, 0.33), "of the area of the image", low=0.001, high=1, slider=(0, 1))
    ratio: Span = span(
        (0.3, 3.3), "height / width", low=0.01, high=100, slider=(0.1, 10), step=0.1, unit="×"
    )
    content: str = choice("noise", "what it is covered with", ("noise", "mean", "constant"))
    value: float = number(0.0, "where the content is constant", low=0, high=1)

    def draw(self, dice: Dice) -> Values:
        """Draw the shape, the place as fractions of the room there is, and a seed for the noise."""
        low, high = np.log(self.ratio)
        return {
            **super().draw(dice),
            "ratio": np.exp(dice.uniform("ratio", low, high)),
            "x": dice.uniform("x"),
            "y": dice.uniform("y"),
            "seed": dice.seeds("seed"),
        }

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Cover the rectangle."""
        height, width = images.shape[-2:]
        pixels = np.asarray(values["area"], float) * height * width
        tall = np.minimum(np.sqrt(pixels * values["ratio"]), height)
        wide = np.minimum(pixels / tall, width)
        tall = np.minimum(pixels / wide, height)  # longer again where the width was cut
        sides = np.maximum(1, np.rint([tall, wide]).astype(int))
        boxes = _inside(values["y"], values["x"], sides[0], sides[1], (height, width))
        return _covered(images, boxes[:, None], self.content, self.value, values["seed"])


@dataclass(frozen=True, kw_only=True)
class Cutout(Pixelwise):
    """Cover one square; its centre lies on the image, the rest of it may reach outside.

    Parameters
    ----------
    size : float or (float, float)
        Side of the square, as a fraction of the shorter side of the image, 0.01 to 2. One number x
        stands for (x, x).
    content : {"constant", "mean", "noise"}
        `value`, the mean colour of the image, or each pixel and channel its own value in [0, 1].
    value : float
        In every channel, 0 to 1.
    p : float
        0 to 1.

    Notes
    -----
    DeVries and Taylor 2017, arXiv:1708.04552, who found that it helps for the square to reach
    outside. Their zeros, put in after normalising, are the mean colour of the data set.
    """

    group: ClassVar[Group] = "erase"
    title: ClassVar[str] = "Cutout"

    size: Span = span(
        (0.25, 0.5), "side, of the shorter side of the image", low=0.01, high=2, slider=(0, 1)
    )
    content: str = choice("constant", "what it is covered with", _CONTENTS)
    value: float = number(0.0, "where the content is constant", low=0, high=1)

    def draw(self, dice: Dice) -> Values:
        """Draw the size, the centre as fractions of the image, and a seed for the noise."""
        return {
            **super().draw(dice),
            "x": dice.uniform("x"),
            "y": dice.uniform("y"),
            "seed": dice.seeds("seed"),
        }

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Cover what of the square lies on the image."""
        height, width = images.shape[-2:]
        side = np.asarray(values["size"], float) * min(height, width)
        side = np.maximum(1, np.rint(side).astype(int))
        boxes = centred(values["y"], values["x"], side, side, (height, width))
        return _covered(images, boxes[:, None], self.content, self.value, values["seed"])


@dataclass(frozen=True, kw_only=True)
class CoarseDropout(Pixelwise):
    """Cover several rectangles, which lie inside the image and may overlap.

    Parameters
    ----------
    holes : int or (int, int)
        How many, 1 to 64.
    size : float or (float, float)
        Their height as a fraction of that of the image, and their width of its width, 0.01 to 1;
        all on one image are of one size. One number x stands for (x, x).
    content : {"constant", "mean", "noise"}
        `value`, the mean colour of the image, or each pixel and channel its own value in [0, 1].
    value : float
        In every channel, 0 to 1.
    p : float
        0 to 1.

    Notes
    -----
    `Cutout` with more than one hole, as imgaug named it.
    """

    group: ClassVar[Group] = "erase"
    title: ClassVar[str] = "Coarse dropout"

    holes: Span = span(
        (3, 8), "how many rectangles", low=1, high=64, slider=(1, 20), step=1, whole=True
    )
    size: Span = span(
        (0.08, 0.2), "of the height and the width of the image", low=0.01, high=1, slider=(0, 0.5)
    )
    content: str = choice("constant", "what they are covered with", _CONTENTS)
    value: float = number(0.0, "where the content is constant", low=0, high=1)

    def draw(self, dice: Dice) -> Values:
        """Draw how many and how large, and seeds for the places and for the noise."""
        return {
            **super().draw(dice),
            "places": dice.seeds("places"),
            "seed": dice.seeds("seed"),
        }

    def apply(self, images: Tensor, values: Values) -> Tensor:
        """Cover the rectangles."""
        height, width = images.shape[-2:]
        count, size = np.asarray(values["holes"], int), np.asarray(values["size"], float)
        most = int(count.max())
        # Row by row, so that a hole stays where it is when others are added.
        places = np.stack([field(seed).random((most, 2)) for seed in values["places"]])
        missing = np.arange(most) >= count[:, None]
        tall, wide = (
            np.where(missing, 0, np.maximum(1, np.rint(size * side).astype(int))[:, None])
            for side in (height, width)
        )
        boxes = _inside(places[..., 0], places[..., 1], tall, wide, (height, width))
        return _covered(images, boxes, self.content, self.value, values["seed"])


def centred(y: Numbers, x: Numbers, tall: Numbers, wide: Numbers, size: tuple[int, int]) -> Numbers:
    """Return boxes about points, cut off where the image ends.

    Parameters
    ----------
    y, x : ndarray
        (n,) in [0, 1), the centre as fractions of the image.
    tall, wide : ndarray
        (n,) whole pixels.
    size : (int, int)
        Height and width of the image.

    Returns
    -------
    ndarray
        (n, 4) int64: top, bottom, left, right; the pixels from top to before bottom.
    """
    height, width = size
    top = (np.asarray(y) * height).astype(int) - tall // 2
    left = (np.asarray(x) * width).astype(int) - wide // 2
    boxes = np.stack([top, top + tall, left, left + wide], -1)
    return boxes.clip(0, [height, height, width, width])


def within(boxes: Numbers, like: Tensor) -> Tensor:
    """Return which pixels lie in any of some boxes.

    Parameters
    ----------
    boxes : ndarray
        (n, k, 4) whole numbers: top, bottom, left, right.
    like : Tensor
        (…, H, W), whose size and device count.

    Returns
    -------
    Tensor
        (n, 1, H, W) bool.
    """
    edges = torch.from_numpy(np.asarray(boxes, np.int64)).to(like.device)[..., None]
    down, across = (torch.arange(side, device=like.device) for side in like.shape[-2:])
    rows = (down >= edges[:, :, 0]) & (down < edges[:, :, 1])  # (n, k, H)
    columns = (across >= edges[:, :, 2]) & (across < edges[:, :, 3])  # (n, k, W)
    if rows.shape[1] == 1:
        return rows[..., None] & columns[:, :, None]
    # How many boxes hold a pixel, without (n, k, H, W) in memory.
    held = torch.bmm(rows.float().transpose(1, 2), columns.float())
    return held.gt(0)[:, None]


def _inside(y: Numbers, x: Numbers, tall: Numbers, wide: Numbers, size: tuple[int, int]) -> Numbers:
    """Return boxes (…, 4) within the image, evenly over all places where they fit."""
    top = (np.asarray(y) * (size[0] - tall + 1)).astype(int)
    left = (np.asarray(x) * (size[1] - wide + 1)).astype(int)
    return np.stack([top, top + tall, left, left + wide], -1)


def _covered(images: Tensor, boxes: Numbers, content: str, value: float, seeds: Numbers) -> Tensor:
    hidden = within(boxes, images)
    if content == "constant":
        return images.masked_fill(hidden, value)
    if content == "mean":
        return torch.where(hidden, images.mean((2, 3), keepdim=True), images)
    result = images.clone()
    for image, where, seed in zip(result, hidden[:, 0], seeds, strict=True):
        # Drawn by NumPy whatever the device, and for the covered pixels only.
        noise = field(seed).random((len(image), int(where.sum())), np.float32)
        image[:, where] = torch.from_numpy(noise).to(image.device)
    return result
