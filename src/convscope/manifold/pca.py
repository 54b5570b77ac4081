"""Principal components of vectors that are read once, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from convscope.manifold.memory import aligned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.rows import Rows
    from convscope.manifold.watch import Watch

_WIDE = 4096  # longer vectors have no covariance matrix that is worth making
_SPARE = 50  # directions more than asked for, which make those asked for exact
_TURNS = 4  # power iterations (Halko et al. 2011)


class Moments:
    """Count, mean and covariance of vectors, added up piece by piece and mergeable.

    Products are taken in float32 around the mean of the first piece and added up in float64;
    two of them merge as Chan et al. 1979 have it.
    """

    def __init__(self) -> None:
        self.count = 0
        self._pivot = torch.zeros(0)
        self._sum = torch.zeros(0, dtype=torch.float64)
        self._products = torch.zeros(0, 0, dtype=torch.float64)

    def add(self, values: NDArray[np.float32] | Tensor) -> None:
        """Add vectors (n, D)."""
        rows = values if isinstance(values, Tensor) else aligned(values)
        if not len(rows):
            return
        if not self.count:
            self._pivot = rows.mean(0)
            self._sum = torch.zeros(rows.shape[1], dtype=torch.float64)
            self._products = torch.zeros(rows.shape[1], rows.shape[1], dtype=torch.float64)
        rows = rows - self._pivot
        self._sum += rows.sum(0, dtype=torch.float64)
        self._products += rows.T @ rows
        self.count += len(rows)

    def merge(self, other: Moments) -> Moments:
        """Return the moments of the vectors of both."""
        if not self.count or not other.count:
            return other if other.count else self
        merged = Moments()
        merged.count = self.count + other.count
        merged._pivot = self._pivot
        shift = (other._pivot - self._pivot).double()
        merged._sum = self._sum + other._sum + other.count * shift
        cross = torch.outer(shift, other._sum)
        moved = other._products + cross + cross.T + other.count * torch.outer(shift, shift)
        merged._products = self._products + moved
        return merged

    @property
    def mean(self) -> Tensor:
        """(D,), float64."""
        return self._pivot.double() + self._sum / self.count

    @property
    def covariance(self) -> Tensor:
        """(D, D), float64, of the sample: over n - 1."""
        centre = self._sum / self.count
        return (self._products - self.count * torch.outer(centre, centre)) / max(1, self.count - 1)


@dataclass(frozen=True, eq=False)
class Basis:
    """The space that neighbours are looked for in: directions of the largest variance.

    Attributes
    ----------
    mean
        (D,), float32.
    directions
        (d, D), float32, orthonormal, by variance.
    explained
        Share of the variance that they hold, in [0, 1].
    unit
        Vectors are brought to length 1 first, so that Euclidean distances are those of the cosine.
    """

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]
    explained: float
    unit: bool

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return vectors (n, D) in this basis, (n, d)."""
        rows = aligned(scaled(values, unit=self.unit)) - torch.from_numpy(self.mean)
        found: NDArray[np.float32] = (rows @ aligned(self.directions).T).numpy()
        return found


def scaled(values: NDArray[np.float32], *, unit: bool) -> NDArray[np.float32]:
    """Return vectors, of length 1 if ``unit``; vectors of 0 have no direction and stay."""
    if not unit:
        return values
    # Divided by the largest value first, so that squares neither overflow nor vanish.
    tiny = np.float32(1e-30)
    values = values / np.maximum(np.abs(values).max(1, keepdims=True), tiny)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    found: NDArray[np.float32] = values / np.maximum(lengths, tiny)
    return found


def fit(rows: Rows, components: int, *, unit: bool, seed: int, watch: Watch) -> Basis:
    """Return the first ``components`` principal directions of vectors.

    Parameters
    ----------
    rows
        (N, D).
    components
        How many at most; there are no more than D and N - 1.
    unit
        Bring vectors to length 1 first.
    seed
        Of the start, for vectors longer than 4096.
    watch
        Hears how far it is.
    """
    count = max(1, min(components, rows.dim, len(rows) - 1))
    if rows.dim > min(_WIDE, len(rows)):
        return _wide(rows, count, unit=unit, seed=seed, watch=watch)
    moments = Moments()
    with watch.stage("finding principal components", len(rows)) as tick:
        for start, part in rows.pieces():
            moments.add(scaled(part, unit=unit))
            tick(start + len(part))
    values, vectors = torch.linalg.eigh(moments.covariance)
    values = values.clamp_min(0)
    top = vectors.flip(1)[:, :count].T
    share = float(values.flip(0)[:count].sum() / values.sum().clamp_min(1e-30))
    return Basis(_array(moments.mean), _signed(top), min(1.0, share), unit)


def _wide(rows: Rows, count: int, *, unit: bool, seed: int, watch: Watch) -> Basis:
    """Find the directions without a covariance matrix, by a randomised range finder."""
    width = min(count + _SPARE, len(rows), rows.dim)
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(rows.dim, dtype=torch.float64)
    probe = torch.linalg.qr(torch.randn(rows.dim, width, generator=generator)).Q
    with watch.stage("finding principal components", (_TURNS + 2) * len(rows)) as tick:
        for start, part in rows.pieces():
            total += torch.from_numpy(scaled(part, unit=unit)).sum(0, dtype=torch.float64)
            tick(start + len(part))
        mean = (total / len(rows)).float()
        for turn in range(1, _TURNS + 2):
            image, square = torch.zeros(rows.dim, width), 0.0
            for start, part in rows.pieces():
                values = aligned(scaled(part, unit=unit)) - mean
                image += values.T @ (values @ probe)
                square += float(values.square().sum())
                tick(turn * len(rows) + start + len(part))
            small = probe.T @ image  # the scatter within the probe's directions
            probe_before, probe = probe, torch.linalg.qr(image).Q
    values_, vectors = torch.linalg.eigh((small + small.T).double() / 2)
    top = (probe_before.double() @ vectors.flip(1)[:, :count]).T
    share = float(values_.clamp_min(0).flip(0)[:count].sum()) / max(square, 1e-30)
    return Basis(_array(mean), _signed(top), min(1.0, share), unit)


def _signed(directions: Tensor) -> NDArray[np.float32]:
    """Turn each direction so that its largest entry is positive: the sign is no accident then."""
    largest = directions.abs().argmax(1, keepdim=True)
    return _array(directions * directions.gather(1, largest).sign())


def _array(values: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(values.numpy(), dtype=np.float32)
