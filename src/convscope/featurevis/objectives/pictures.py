"""Terms about the picture itself: how rough, how bright, how far from another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.featurevis.objectives.expression import Seen, Term, digest

_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class PictureTerm(Term):
    """A term about the picture; use it with a negative weight to have less of it."""

    @property
    def penalty(self) -> bool:
        """See :class:`Term`."""
        return True


@dataclass(frozen=True, eq=False)
class TotalVariation(PictureTerm):
    """Mean over pixels of the gradient's length to the power ``beta``."""

    beta: float = 2.0

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"total variation^{self.beta:g}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.beta)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        images = seen.pictures(rows)
        down = images[:, :, 1:, :-1] - images[:, :, :-1, :-1]
        across = images[:, :, :-1, 1:] - images[:, :, :-1, :-1]
        squares = down.square() + across.square()
        if terms[0].beta != 2:
            squares = (squares + _TINY) ** (terms[0].beta / 2)
        return squares.mean(dim=(1, 2, 3))


@dataclass(frozen=True, eq=False)
class Norm(PictureTerm):
    """Mean over values of the distance from ``centre`` to the power ``p``; inf is the largest."""

    p: float = 6.0
    centre: float = 0.5

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"norm^{self.p:g} from {self.centre:g}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.p, self.centre)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        away = (seen.pictures(rows) - terms[0].centre).abs()
        if terms[0].p == float("inf"):
            return torch.amax(away, dim=(1, 2, 3))
        return torch.pow(away, terms[0].p).mean(dim=(1, 2, 3))


@dataclass(frozen=True, eq=False)
class Roughness(PictureTerm):
    """Half the mean square difference from the picture blurred: what blur takes away."""

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return "roughness"

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        del terms
        images = seen.pictures(rows)
        return (images - _blurred(images).detach()).square().mean(dim=(1, 2, 3)) / 2


@dataclass(frozen=True, eq=False)
class Border(PictureTerm):
    """Mean square of what is rough or far from grey within ``width`` pixels of the border."""

    width: int = 20
    centre: float = 0.5

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"border {self.width} from {self.centre:g}"

    @property
    def group(self) -> Hashable:
        """See :class:`Term`."""
        return (type(self), self.width, self.centre)

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        images, width = seen.pictures(rows), terms[0].width
        edge = torch.ones_like(images[:1, :1])
        edge[:, :, width:-width, width:-width] = 0
        rough = (_blurred(images) - images).square()
        far = 0.8 * (images - terms[0].centre).square()
        return torch.mul(rough + far, edge).mean(dim=(1, 2, 3))


@dataclass(frozen=True, eq=False)
class Distance(PictureTerm):
    """Root mean square difference from another picture (C, H, W) in [0, 1]."""

    picture: Tensor = field(repr=False)

    @property
    def key(self) -> str:
        """See :class:`Term`."""
        return f"distance {digest(self.picture)}"

    @classmethod
    def scores(cls, terms: Sequence[Any], seen: Seen, rows: Tensor) -> Tensor:
        """See :class:`Term`."""
        images = seen.pictures(rows)
        others = torch.stack([term.picture for term in terms]).to(images)
        if others.shape[1:] != images.shape[1:]:
            raise ValueError(
                f"picture: has shape {tuple(others.shape[1:])}, the optimised image "
                f"{tuple(images.shape[1:])}; give it in that size"
            )
        return ((images - others).square().mean(dim=(1, 2, 3)) + _TINY).sqrt()


def _blurred(images: Tensor) -> Tensor:
    return functional.avg_pool2d(functional.pad(images, [2] * 4, mode="reflect"), 5, stride=1)
