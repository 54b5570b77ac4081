"""Steps for pictures: every picture has its own state and may leave the batch."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

_BETAS = (0.9, 0.999)
_EPS = 1e-8
_DECAY = 4e-3  # of NAdam's momentum


class Steps(Protocol):
    """How numbers change against a gradient."""

    def step(self, numbers: Tensor, grad: Tensor) -> None:
        """Change ``numbers`` (N, ...) in place against ``grad``."""

    def keep(self, rows: Tensor) -> None:
        """Keep the state of some pictures only."""


class Steepest:
    """Steps of one length: the gradient over its root mean square, each picture's by itself."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    @torch.no_grad()
    def step(self, numbers: Tensor, grad: Tensor) -> None:
        """Change ``numbers`` (N, ...) in place against ``grad``."""
        axes = tuple(range(1, grad.ndim))
        size = grad.square().mean(dim=axes, keepdim=True).sqrt().clamp_min(_EPS)
        numbers.addcdiv_(grad, size.expand_as(grad), value=-self._rate)

    def keep(self, rows: Tensor) -> None:
        """There is no state."""


class Adam:
    """Adam (Kingma, Ba 2014), or with ``nesterov`` NAdam (Dozat 2016), as torch has them.

    Parameters
    ----------
    rate
        Learning rate.
    nesterov
        Look ahead along the momentum.
    """

    def __init__(self, rate: float, *, nesterov: bool = False) -> None:
        self._rate = rate
        self._nesterov = nesterov
        self._step = 0
        self._product = 1.0
        self._first: Tensor | None = None
        self._second: Tensor | None = None

    @torch.no_grad()
    def step(self, numbers: Tensor, grad: Tensor) -> None:
        """Change ``numbers`` (N, ...) in place against ``grad``."""
        if self._first is None or self._second is None:
            self._first, self._second = torch.zeros_like(numbers), torch.zeros_like(numbers)
        self._step += 1
        self._first.lerp_(grad, 1 - _BETAS[0])
        self._second.mul_(_BETAS[1]).addcmul_(grad, grad, value=1 - _BETAS[1])
        root = (1 - _BETAS[1] ** self._step) ** 0.5
        scale = self._second.sqrt().div_(root).add_(_EPS)
        if not self._nesterov:
            rate = self._rate / (1 - _BETAS[0] ** self._step)
            numbers.addcdiv_(self._first, scale, value=-rate)
            return
        now = _BETAS[0] * (1 - 0.5 * 0.96 ** (self._step * _DECAY))
        after = _BETAS[0] * (1 - 0.5 * 0.96 ** ((self._step + 1) * _DECAY))
        self._product *= now
        numbers.addcdiv_(grad, scale, value=-self._rate * (1 - now) / (1 - self._product))
        ahead = self._rate * after / (1 - self._product * after)
        numbers.addcdiv_(self._first, scale, value=-ahead)

    def keep(self, rows: Tensor) -> None:
        """Keep the state of some pictures only."""
        if self._first is not None and self._second is not None:
            self._first, self._second = self._first[rows], self._second[rows]


class OwnAdam:
    """Adam for pictures that come and go: each counts its own steps.

    Parameters
    ----------
    rate
        Learning rate.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._steps: list[int] = []
        self._first: Tensor | None = None
        self._second: Tensor | None = None

    def enter(self, numbers: Tensor) -> None:
        """Take in pictures (N, ...) behind those that are there."""
        zeros = torch.zeros_like(numbers)
        self._steps += [0] * len(numbers)
        if self._first is None or self._second is None:
            self._first, self._second = zeros, zeros.clone()
            return
        self._first = torch.cat([self._first, zeros])
        self._second = torch.cat([self._second, zeros])

    @torch.no_grad()
    def step(self, numbers: Tensor, grad: Tensor) -> None:
        """Change ``numbers`` (N, ...) in place against ``grad``."""
        if self._first is None or self._second is None:
            raise RuntimeError("no picture has entered")
        self._steps = [step + 1 for step in self._steps]
        self._first.lerp_(grad, 1 - _BETAS[0])
        self._second.mul_(_BETAS[1]).addcmul_(grad, grad, value=1 - _BETAS[1])
        roots = [(1 - _BETAS[1] ** step) ** 0.5 for step in self._steps]
        rates = [self._rate / (1 - _BETAS[0] ** step) for step in self._steps]
        shape = (-1, *[1] * (numbers.ndim - 1))
        scale = self._second.sqrt().div_(torch.tensor(roots).to(numbers).view(shape)).add_(_EPS)
        numbers.sub_(self._first / scale * torch.tensor(rates).to(numbers).view(shape))

    def keep(self, rows: Tensor) -> None:
        """Keep the state of some pictures only."""
        if self._first is not None and self._second is not None:
            self._first, self._second = self._first[rows], self._second[rows]
            self._steps = [self._steps[row] for row in rows.tolist()]
