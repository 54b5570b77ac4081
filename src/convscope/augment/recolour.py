"""Runs of linear colours: one matrix for each sample, applied once, a few samples at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from convscope.augment.dice import Numbers
from convscope.augment.operation import Linear, Values

Run = Sequence[tuple[Linear, Numbers, Values]]


@dataclass(frozen=True)
class Tint:
    """What becomes of the colours of n samples.

    Attributes
    ----------
    matrix : Tensor
        (n, C, C), the identity for samples that stay.
    offset : Tensor
        (n, C, 1), added after it.
    slope : Tensor or None
        (n, C, C), added to the offset for each unit of the mean colour.
    entered : list of bool
        Which samples do not stay.
    apart : bool
        Whether channels do not mix.
    """

    matrix: Tensor
    offset: Tensor
    slope: Tensor | None
    entered: list[bool]
    apart: bool

    @classmethod
    def of(cls, run: Run, like: Tensor, *, peak: float = 1) -> Tint:
        """Multiply the matrices of a run of colours.

        Parameters
        ----------
        run : sequence of (Linear, ndarray, dict)
            Each with the samples that go through it, (n,) bool, and what was drawn for these.
        like : Tensor
            (n, C, …), on the device of the samples.
        peak : float
            What white is afterwards.
        """
        count, channels = like.shape[:2]
        # Offsets are affine in the means: so black and the unit colours tell of all others.
        means = np.zeros((1, channels))
        if any(operation.uses_means for operation, _, _ in run):
            means = np.concatenate([means, np.eye(channels)])
        matrix, offset = _product(run, np.repeat(means, count, 0))
        matrix, offset = matrix[:count] * peak, offset.reshape(-1, count, channels) * peak
        slope = None
        if len(means) > 1:
            slope = np.moveaxis(offset[1:] - offset[0], 0, -1)
        gains = np.einsum("nii->ni", matrix)
        made = [
            None if each is None else torch.from_numpy(each.astype(np.float32)).to(like.device)
            for each in (matrix, offset[0, :, :, None], slope)
        ]
        assert made[0] is not None
        assert made[1] is not None
        return cls(
            made[0],
            made[1],
            made[2],
            np.any([applied for _, applied, _ in run], axis=0).tolist(),
            bool((matrix == gains[:, None] * np.eye(channels)).all()),
        )

    def put(self, images: Tensor, some: slice, found: Tensor) -> None:
        """Write some samples in their new colours, which may leave the range of pixels.

        Parameters
        ----------
        images : Tensor
            (k, C, H, W) float32 in [0, 1].
        some : slice
        found : Tensor
            (k, C, H, W) float32, contiguous.
        """
        flat, into = images.flatten(2), found.view(*found.shape[:2], -1)
        shift, factors = self.offset[some], self.matrix[some]
        if self.slope is not None:
            shift = torch.baddbmm(shift, self.slope[some], flat.mean(2, keepdim=True))
        if self.apart:
            gains = factors.diagonal(dim1=1, dim2=2)[..., None]
            torch.addcmul(shift, flat, gains, out=into)
        else:
            torch.bmm(factors, flat, out=into).add_(shift)


def _product(run: Run, means: Numbers) -> tuple[Numbers, Numbers]:
    """Return the matrix and the offset of a run for each row of means, sample after sample."""
    count, channels = means.shape
    matrix = np.broadcast_to(np.eye(channels), (count, channels, channels)).copy()
    offset = np.zeros_like(means)
    for operation, applied, values in run:
        if not applied.any():
            continue
        times = count // len(applied)
        each = slice(None) if applied.all() else np.tile(applied, times)
        drawn = {name: np.tile(of, times) for name, of in values.items()}
        here = np.zeros_like(means[each])
        if operation.uses_means:
            here = (matrix[each] @ means[each, :, None])[..., 0] + offset[each]
        own, shift = operation.colours(drawn, here)
        matrix[each] = own @ matrix[each]
        offset[each] = (own @ offset[each, :, None])[..., 0] + shift
    return matrix, offset
