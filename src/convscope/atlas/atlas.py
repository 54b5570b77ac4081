"""The atlas as one reads it: cells, samples, classes, and where a new image falls."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from tqdm.auto import tqdm

from convscope.atlas.attribute import AttributionRule
from convscope.atlas.build import build_steps
from convscope.atlas.layout import LayoutMethod, LayoutSettings, Metric
from convscope.atlas.read import Reader
from convscope.atlas.settings import BuildSettings, Icons, Stage
from convscope.atlas.store import Store
from convscope.manifold import Progress
from convscope.scope import Scope

Watching = bool | Callable[[Progress], object]


class Atlas(Reader):
    """The activations of many images at a layer, laid out so that like lies near like.

    Made by `Atlas.build`, or opened by `Atlas.open`, also while another process builds it.
    Source: Carter et al., "Activation Atlas", Distill 2019.

    Examples
    --------
    >>> import tempfile
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> folder = tempfile.mkdtemp() + "/digits.atlas"
    >>> atlas = cs.Atlas.build(
    ...     digits.scope, digits.images, ["conv2"], folder, method="pca", levels=(8,),
    ...     progress=False, icons="none",
    ... )
    >>> atlas
    Atlas(conv2 of digit reader: 600 samples of 600 images, levels 8)
    >>> cells = atlas.cells(8)
    >>> int(cells.counts.sum())
    600
    """

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Atlas:
        """Open the atlas at a path or fsspec URL, for reading.

        Raises
        ------
        AtlasError
            If there is none, or one of a newer version.
        """
        return cls(Store.open(path))

    @classmethod
    def build(
        cls,
        scope: Scope,
        images: Any,
        layers: Sequence[str] | str,
        path: str | os.PathLike[str],
        *,
        samples_per_image: int = 1,
        levels: Sequence[int] | None = None,
        icons: Icons = "patches",
        seed: int = 0,
        attribution: AttributionRule = "linear",
        method: LayoutMethod = "umap",
        metric: Metric = "cosine",
        neighbours: int | None = None,
        min_dist: float = 0.05,
        landmarks: int | None = None,
        min_count: int = 1,
        batch_size: int = 32,
        errors: Literal["raise", "skip"] = "raise",
        redo: Stage | None = None,
        repair: bool = False,
        progress: Watching = True,
    ) -> Atlas:
        """Build the atlas of some layers, or go on with the one at ``path``."""
        layout = LayoutSettings(
            method=method,
            metric=metric,
            neighbours=neighbours,
            min_dist=min_dist,
            landmarks=landmarks,
            seed=seed,
        )
        settings = BuildSettings(
            samples_per_image=samples_per_image,
            levels=levels,
            icons=icons,
            seed=seed,
            attribution=attribution,
            layout=layout,
            min_count=min_count,
            batch_size=batch_size,
            errors=errors,
            redo=redo,
            repair=repair,
        )
        _follow(build_steps(scope, images, layers, path, settings), progress=progress)
        return cls.open(path)


def _follow(steps: Iterator[Progress], *, progress: bool | Callable[[Progress], object]) -> None:
    """Run a build, with a bar for each stage, or a function that is told how far it is."""
    if callable(progress):
        for step in steps:
            progress(step)
        return
    for stage, group in itertools.groupby(steps, lambda step: step.stage):
        with tqdm(desc=stage, disable=not progress, leave=False) as bar:
            for step in group:
                bar.total = step.total
                bar.update(step.done - bar.n)
