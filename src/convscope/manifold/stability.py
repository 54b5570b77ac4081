"""How much of a map stays when it is made again from a part of the points.

The habit of Capper et al. 2018, who made their map 500 times from random 90 %.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.arguments import check_count
from convscope.manifold import pca
from convscope.manifold.alignment import procrustes, spread
from convscope.manifold.backends import choose as choose_library
from convscope.manifold.labels import Categories, of_points
from convscope.manifold.landmarks import choose
from convscope.manifold.parameters import check_number, check_seed
from convscope.manifold.project import laid_out
from convscope.manifold.rows import Rows
from convscope.manifold.watch import OnLayout, Progress, Tick, Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.projection import Projection


@dataclass(frozen=True, eq=False)
class Stability:
    """How much of a map stays from run to run.

    Attributes
    ----------
    spread
        (N,), how far each point is from its mean place over the runs it was in, as a root mean
        square, in units of the map's own spread. NaN for points in fewer than two runs.
    runs
        (R, N, 2), the places in each run, laid over the map; NaN for points left out.
    disparities
        (R,), what remains between each run and the map, as a share of the spread, 0 to 1.
    correlation
        Mean over classes of ``by_class``; None without labels.
    by_class
        For each class how alike the coordinates of its members are in two runs, measured from the
        map's centre: Σ a·b / √(Σ a² Σ b²), the mean over all pairs of runs. 1 where all members
        keep their places. Classes of fewer than 3 are left out.
    """

    spread: NDArray[np.float32] = field(repr=False)
    runs: NDArray[np.float32] = field(repr=False)
    disparities: NDArray[np.float64]
    correlation: float | None
    by_class: Mapping[str, float]


def stability(
    projection: Projection,
    runs: int = 20,
    fraction: float = 0.9,
    *,
    labels: Any = None,
    seed: int = 0,
    progress: bool | Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Stability:
    """Return how much of a map stays when it is made again from random parts of its points.

    Parameters
    ----------
    projection
        The map.
    runs
        How often, at least 2.
    fraction
        Share of the points in each run, over 0 to 1.
    labels
        One for each point, of any type, missing ones too: for the correlation within classes.
    seed
        Of the parts; each run also has its own seed for the layout.
    progress, stop
        As in `project`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong.
    ImportError, RuntimeError
        If the library that made the map, such as cuML, can't run here.
    """
    if check_count("runs", runs) < 2:
        raise ValueError(f"runs: must be at least 2, got {runs}")
    if not 0 < check_number("fraction", fraction) <= 1:
        raise ValueError(f"fraction: must be over 0 and at most 1, got {fraction!r}")
    seed = check_seed(seed)
    choose_library(projection.method, projection.backend)  # says so if it can't run here
    size = round(fraction * len(projection))
    if size < 4:
        raise ValueError(f"fraction: {fraction} of {len(projection)} points are fewer than 4")
    known = None if labels is None else of_points(labels, projection)
    places = np.full((runs, len(projection), 2), np.nan, np.float32)
    disparities = np.empty(runs)
    with Watch(progress, stop).stage("making the map again", runs) as tick:
        for run in range(runs):
            draw = np.random.default_rng([seed, run])
            some = np.sort(draw.choice(len(projection), size, replace=False))
            xy = _again(
                projection, some, seed + run + 1, Watch(stop=stop, on_layout=_share(tick, run))
            )
            fit = procrustes(projection.xy[some], xy)
            places[run, some], disparities[run] = fit.apply(xy), fit.disparity
            tick(run + 1)
    by_class = {} if known is None else _by_class(places - projection.xy.mean(0), known)
    mean = float(np.mean(list(by_class.values()))) if by_class else None
    return Stability(_spreads(places, spread(projection.xy)), places, disparities, mean, by_class)


def _share(tick: Tick, run: int) -> OnLayout:
    """Return what tells how far the runs are from how far one of them is."""
    return lambda _xy, share: tick(run + 0.99 * share)


def _again(
    projection: Projection, some: NDArray[np.int64], seed: int, watch: Watch
) -> NDArray[np.float32]:
    """Return the places of some points, laid out without the others."""
    vectors = projection.vectors[some]
    if projection.method == "pca":
        basis = pca.fit(Rows(vectors), 2, unit=False, seed=seed, watch=watch)
        vectors = basis.apply(vectors)
    asked = replace(projection.parameters, seed=seed % 2**32)
    fixed = choose(len(some), asked.landmarks, asked.seed)
    used = asked.fitted(len(some) if fixed is None else len(fixed))
    return laid_out(vectors, fixed, projection.backend, used, watch)


def _spreads(places: NDArray[np.float32], unit: float) -> NDArray[np.float32]:
    present = np.isfinite(places[:, :, 0])
    times = present.sum(0)
    filled = np.where(present[:, :, None], places, 0)
    mean = filled.sum(0) / np.maximum(times, 1)[:, None]
    square = np.where(present, np.square(filled - mean).sum(2), 0).sum(0)
    found = np.sqrt(square / np.maximum(times, 1)) / unit
    return np.where(times > 1, found, np.nan).astype(np.float32)


def _by_class(centred: NDArray[np.float32], labels: Categories) -> dict[str, float]:
    found: dict[str, float] = {}
    for code, name in enumerate(labels.names):
        members = centred[:, labels.codes == code].astype(np.float64)
        if members.shape[1] < 3:
            continue
        alike = []
        for one, other in itertools.combinations(members, 2):
            both = np.isfinite(one[:, 0]) & np.isfinite(other[:, 0])
            a, b = one[both].ravel(), other[both].ravel()
            size = np.linalg.norm(a) * np.linalg.norm(b)
            if size > 0:
                alike.append(float(a @ b / size))
        if alike:
            found[name] = float(np.mean(alike))
    return found
