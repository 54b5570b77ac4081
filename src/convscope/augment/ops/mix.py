"""Mixtures of two samples of a batch, pixels and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from convscope.augment.declare import number
from convscope.augment.dice import Dice, Numbers, field
from convscope.augment.operation import Mixing, Values, column
from convscope.augment.ops.erase import centred, within


@dataclass(frozen=True, kw_only=True)
class MixUp(Mixing):
    """Blend with another image of the batch; labels become shares of both classes.

    Parameters
    ----------
    alpha : float
        The share of the image itself is drawn from Beta(alpha, alpha): near 0 it is almost 0 or
        almost 1, at 1 everything is as likely, above 1 it comes close to a half.
    p : float
        0 to 1.

    Notes
    -----
    Zhang et al. 2018, arXiv:1710.09412, with 0.1 to 0.4 on ImageNet. Each sample draws its own
    share; theirs is one for a batch.
    """

    title: ClassVar[str] = "MixUp"
    masks: ClassVar[str] = (
        "masks can't be blended, as their values are classes; use CutMix, or leave the masks or "
        "MixUp out"
    )

    alpha: float = number(0.2, "of the Beta distribution", low=0.01, high=100, slider=(0.05, 2))

    def draw(self, dice: Dice) -> Values:
        """Draw the partner and the share."""
        return {**super().draw(dice), "ratio": _beta(self.alpha, dice)}

    def mix(self, images: Tensor, partners: Tensor, values: Values) -> tuple[Tensor, Numbers]:
        """Blend."""
        share = np.asarray(values["ratio"], float)
        return torch.lerp(partners, images, column(share, images)), share


@dataclass(frozen=True, kw_only=True)
class CutMix(Mixing):
    """Paste a window of another image of the batch; labels become shares of both classes.

    Parameters
    ----------
    alpha : float
        The share of the image itself is drawn from Beta(alpha, alpha): near 0 it is almost 0 or
        almost 1, at 1 everything is as likely, above 1 it comes close to a half.
    p : float
        0 to 1.

    Notes
    -----
    Yun et al. 2019, arXiv:1905.04899. The window has the aspect of the image and its centre
    anywhere on it; what would reach outside is cut off. So labels are shared by the pixels that
    were pasted, counted, and not by what was drawn. Masks get the same window.
    """

    title: ClassVar[str] = "CutMix"

    alpha: float = number(1.0, "of the Beta distribution", low=0.01, high=100, slider=(0.05, 2))

    def draw(self, dice: Dice) -> Values:
        """Draw the partner, the share, and the centre of the window as fractions of the image."""
        return {
            **super().draw(dice),
            "ratio": _beta(self.alpha, dice),
            "x": dice.uniform("x"),
            "y": dice.uniform("y"),
        }

    def mix(self, images: Tensor, partners: Tensor, values: Values) -> tuple[Tensor, Numbers]:
        """Paste the window, and count its pixels."""
        height, width = images.shape[-2:]
        boxes = _windows(values, height, width)
        pasted = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
        mixed = torch.where(within(boxes[:, None], images), partners, images)
        return mixed, 1 - pasted / (height * width)

    def mix_masks(self, masks: Tensor, partners: Tensor, values: Values) -> Tensor:
        """Paste the same window."""
        height, width = masks.shape[-2:]
        boxes = _windows(values, height, width)
        return torch.where(within(boxes[:, None], masks), partners, masks)


def _windows(values: Values, height: int, width: int) -> Numbers:
    """Return the window of each sample, (n, 4): top, bottom, left, right."""
    side = np.sqrt(1 - np.asarray(values["ratio"], float))
    tall, wide = (np.rint(side * whole).astype(int) for whole in (height, width))
    return centred(values["y"], values["x"], tall, wide, (height, width))


def _beta(alpha: float, dice: Dice) -> Numbers:
    """Draw (N,) numbers from Beta(alpha, alpha), each from a seed of its own."""
    return np.array([field(seed).beta(alpha, alpha) for seed in dice.seeds("ratio")])
