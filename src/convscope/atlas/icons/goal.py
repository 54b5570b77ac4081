"""What an icon shall excite: the mean activation of a cell, at the centre unit of the layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from convscope.atlas.icons.settings import Rule
from convscope.featurevis.objectives.units import weighed

_FLOOR = 0.1  # of the cosine, as Lucid has it
_TINY = 1e-4


@dataclass(frozen=True)
class Whitening:
    """What makes directions that all activations share count less.

    Attributes
    ----------
    matrix
        (C, C): the inverse of the activations' second moment, or of their covariance.
    mean
        (C,) mean activation, which is taken off first; None leaves activations as they are.
    """

    matrix: Tensor
    mean: Tensor | None = None

    @classmethod
    def of(
        cls, moment: Tensor, mean: Tensor, *, centred: bool = False, ridge: float = 1.0
    ) -> Whitening:
        """Return the whitening for activations with a second moment.

        Parameters
        ----------
        moment
            (C, C) mean of ``a aᵀ`` over all samples.
        mean
            (C,) mean activation.
        centred
            Take the mean off; Lucid does not.
        ridge
            Added to the diagonal, as a share of its mean. The less, the more a target is what no
            other cell has, and the less icons reach it: with 0.001 the cosines of the demo's icons
            are 0.67, with 1 they are 0.79, without whitening 0.82 (medians).
        """
        whole = moment.double()
        if centred:
            whole = whole - torch.outer(mean.double(), mean.double())
        whole = (whole + whole.T) / 2
        level = float(whole.diagonal().mean())
        whole = whole + torch.eye(len(whole), dtype=whole.dtype) * max(ridge * level, _TINY**3)
        return cls(torch.linalg.inv(whole).float(), mean.float() if centred else None)


@dataclass(frozen=True)
class Goals:
    """The targets of all cells.

    Attributes
    ----------
    wanted
        (M, C) mean activations.
    directions
        (M, C) what is multiplied with an activation: whitened.
    mean
        (C,) what is taken off activations first, or None.
    rule, power
        See `IconSettings`.
    """

    wanted: Tensor
    directions: Tensor
    mean: Tensor | None
    rule: Rule
    power: float

    @classmethod
    def of(cls, wanted: Tensor, whitening: Whitening | None, rule: Rule, power: float) -> Goals:
        """Return the goals for mean activations (M, C)."""
        if whitening is None:
            return cls(wanted, wanted, None, rule, power)
        mean = None if whitening.mean is None else whitening.mean.to(wanted)
        own = wanted if mean is None else wanted - mean
        return cls(wanted, own @ whitening.matrix.to(wanted), mean, rule, power)

    def scores(self, reached: Tensor, cells: Tensor) -> Tensor:
        """Return what is maximised (N,) for activations (N, C) of cells (N,)."""
        values = reached if self.mean is None else reached - self.mean.to(reached)
        directions = self.directions[cells].to(reached)
        if self.rule == "paper":
            return weighed(values, directions, 1, self.power)
        dot = (values * directions).mean(1)
        share = dot / (_TINY + values.norm(dim=1))
        return torch.mul(dot, share.clamp_min(_FLOOR) ** self.power)

    def cosines(self, reached: Tensor, cells: Tensor) -> Tensor:
        """Return the plain cosine (N,) of activations (N, C) with the cells' means."""
        return functional.cosine_similarity(reached, self.wanted[cells].to(reached), dim=1)
