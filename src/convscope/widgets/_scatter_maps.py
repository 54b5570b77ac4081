"""The maps that a scatter shows: one, or one for each layer; and how they are laid out anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from convscope.manifold import Backend, Parameters, Projection
    from convscope.widgets._jobs import Job

_WORDS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}


@dataclass(frozen=True)
class Maps:
    """Maps of the same points by name, in order."""

    maps: Mapping[str, Projection]

    @classmethod
    def of(cls, proj: Any, layer: str | None) -> Maps:
        """Return maps from a projection, or a dict of them as `project_layers` gives it.

        Raises
        ------
        TypeError, ValueError
            If it is neither, or the maps have different points.
        """
        from convscope.manifold import Projection

        given = dict(proj) if isinstance(proj, Mapping) else {layer or "": proj}
        if not given:
            raise ValueError("proj: there is no map in it; give at least one")
        for each in given.values():
            if not isinstance(each, Projection):
                raise TypeError(
                    "proj: must be a Projection, or a dict of them by layer, got "
                    f"{type(each).__name__}; make one by cs.manifold.project(vectors)"
                )
        first = next(iter(given.values()))
        for name, each in given.items():
            if len(each) != len(first) or not np.array_equal(each.indices, first.indices):
                raise ValueError(
                    f"proj: the map {name!r} has {len(each)} points, the first {len(first)}, or "
                    "other ones; all maps must be of the same"
                )
        return cls({str(name): each for name, each in given.items()})

    @property
    def first(self) -> Projection:
        """The first map."""
        return next(iter(self.maps.values()))

    @property
    def last_name(self) -> str:
        """Name of the last map, the deepest layer."""
        return list(self.maps)[-1]

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, name: str) -> Projection:
        if name not in self.maps:
            known = ", ".join(repr(each) for each in self.maps)
            raise ValueError(f"layer: there is no map {name!r}; there are {known}")
        return self.maps[name]

    def infos(self) -> list[dict[str, Any]]:
        """Return what the page is told; typed as MapInfo in js/lib/protocol.ts."""
        return [_info(name, each) for name, each in self.maps.items()]

    def laid_out(self, settings: Mapping[str, Any], shown: str, job: Job) -> Maps:
        """Return all maps laid out anew, that of ``shown`` first, which is previewed."""
        from convscope.manifold import Stopped, align

        order = sorted(self.maps, key=lambda name: name != shown)
        found: dict[str, Projection] = {}
        for name in order:
            preview = job.preview if name == shown else None
            note = f"{name}: " if len(order) > 1 else ""
            try:
                found[name] = laid_out(self.maps[name], settings, job, preview, note)
            except Stopped:
                job.check()  # says it in the words of a job
                raise
        ordered = [found[name] for name in self.maps]
        if len(ordered) > 1:
            ordered = list(align(ordered))
        return Maps(dict(zip(self.maps, ordered, strict=True)))


def laid_out(
    projection: Projection,
    settings: Mapping[str, Any],
    job: Job,
    preview: Callable[[object], None] | None = None,
    note: str = "",
) -> Projection:
    """Return a map of the same vectors, made with other settings.

    The principal components stay. So the numbers of quality are against distances in them.

    Parameters
    ----------
    projection
        The map.
    settings
        Parameters of `convscope.manifold.project` that change.
    job
        Hears how far it is, and says when to stop.
    preview
        Called with ``{"xy": (N, 2)}`` while it forms.
    note
        Before the words of the progress.
    """
    from convscope.manifold.landmarks import choose as choose_landmarks
    from convscope.manifold.project import laid_out as lay_out
    from convscope.manifold.quality import measure
    from convscope.manifold.rows import Rows

    began = time.perf_counter()
    asked: Parameters = replace(projection.parameters, **settings).checked()
    library = _library(projection, asked.method)
    watch = _watch(job, preview, note)
    rows = Rows(projection.vectors)
    some = None
    if asked.method != "pca":
        some = choose_landmarks(len(rows), asked.landmarks, asked.seed)
    used = asked.fitted(len(rows) if some is None else len(some))
    xy = lay_out(projection.vectors, some, library, used, watch)
    k = projection.quality.neighbours
    quality = measure(rows, xy, unit=False, k=k, seed=used.seed, watch=watch)
    return replace(
        projection,
        xy=xy,
        parameters=used,
        backend=library,
        seconds=time.perf_counter() - began,
        quality=quality,
        landmarks=some,
    )


def _library(projection: Projection, method: str) -> Backend:
    """Return the library that made the map, where it runs here, else the best that does."""
    from convscope.manifold.backends import choose

    if method == projection.method:
        with suppress(ImportError, RuntimeError):  # a map from a machine with a GPU, say
            return choose(method, projection.backend)
    return choose(method)


def watched(job: Job, note: str = "") -> dict[str, Any]:
    """Return ``progress`` and ``stop`` for long work of the manifold, told to a job."""

    def tell(progress: Any) -> None:
        job.progress(progress.done, progress.total, f"{note}{progress.stage}")

    return {"progress": tell, "stop": lambda: job.stopped}


def _watch(job: Job, preview: Callable[[object], None] | None, note: str) -> Any:
    from convscope.manifold.watch import Watch

    def show(xy: npt.NDArray[np.float32], _fraction: float) -> None:
        if preview is not None:
            preview({"xy": np.ascontiguousarray(xy, np.float32)})

    told = watched(job, note)
    return Watch(told["progress"], told["stop"], show)


def _info(name: str, projection: Projection) -> dict[str, Any]:
    trust, overlap = projection.trustworthiness, projection.overlap
    used = projection.parameters
    how = {
        "umap": f"{used.neighbours} neighbours, distance {used.min_dist:g}",
        "tsne": f"perplexity {used.perplexity:g}",
        "pca": "two principal components",
    }[projection.method]
    return {
        "name": name,
        "method": projection.method,
        "neighbours": used.neighbours,
        "min_dist": float(used.min_dist),
        "perplexity": float(used.perplexity),
        "trustworthiness": float(trust),
        "error": float(trust.error),
        "words": (
            f"{_WORDS[projection.method]} by {projection.backend}, {how}, seed {projection.seed}. "
            f"Trustworthiness {trust}; of the nearest {projection.quality.neighbours} neighbours "
            f"the map keeps {100 * float(overlap):.0f} %."
        ),
    }
