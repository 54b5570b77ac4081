"""The activation atlas: built, opened, and asked."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from convscope.atlas.attribute import AttributionRule
from convscope.atlas.build import build_steps, render_steps
from convscope.atlas.errors import AtlasNotice
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.icons.tiles import TileFormat
from convscope.atlas.layout import LayoutMethod, LayoutSettings, Metric
from convscope.atlas.lookup import Lookup
from convscope.atlas.render import RenderSettings, Whiten
from convscope.atlas.settings import BuildSettings, Icons, Stage
from convscope.atlas.steps import Watching, follow
from convscope.atlas.store import Store
from convscope.scope import Scope


class Atlas(Lookup):
    """The activations of many images at a layer, laid out so that like lies near like.

    Made by `Atlas.build`, or opened by `Atlas.open`, also while another thread or process builds
    it. Source: Carter et al., "Activation Atlas", Distill 2019.

    Examples
    --------
    >>> import tempfile
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> folder = tempfile.mkdtemp() + "/digits.atlas"
    >>> atlas = cs.Atlas.build(
    ...     digits.scope, digits.images, ["conv2"], folder, method="pca", levels=(8,),
    ...     progress=False,
    ... )
    >>> atlas
    Atlas(conv2 of digit reader: 600 samples of 600 images, levels 8)
    >>> int(atlas.cells(8).counts.sum())
    600
    """

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        images: Any = None,
        *,
        scope: Scope | None = None,
    ) -> Atlas:
        """Open the atlas at a path or fsspec URL, for reading.

        Parameters
        ----------
        path
            Where it is.
        images, scope
            What it was built of: with both, viewers show the real patches of cells.

        Raises
        ------
        AtlasError
            If there is none, or one of a newer version.
        """
        found = cls(Store.open(path))
        found.images, found.scope = images, scope
        return found

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
        icon_settings: IconSettings | None = None,
        inversion_levels: Sequence[int] | None = None,
        whitening: Whiten = "uncentred",
        ridge: float = 1.0,
        tile_format: TileFormat = "webp",
        batch_size: int = 32,
        errors: Literal["raise", "skip"] = "raise",
        redo: Stage | None = None,
        repair: bool = False,
        progress: Watching = True,
        stop: Callable[[], bool] | None = None,
    ) -> Atlas:
        """Build the atlas of some layers, or go on with the one at ``path``.

        Four stages: collect, layout, grid, render. A build may be ended at any instant, however
        that happens; the same call goes on, and the atlas is the same to the last bit.

        Parameters
        ----------
        scope
            The network.
        images
            Files, folders, arrays, PIL images, tensors or a Dataset.
        layers
            Names as ``scope.layers`` has them. All are looked at in the same places.
        path
            A folder, which is made, or an fsspec URL.
        samples_per_image
            Places of each image; none lies at the border of a map.
        levels
            Cells a side of each grid, by default 20, 40, 80, or what the samples are enough for:
            a grid with more cells than samples is left out, with a warning.
        icons : {"patches", "inversion", "both", "none"}
            What cells are shown by: the real patch nearest to their mean, rendered within seconds,
            or an image made to excite the network as their mean does, which takes longer.
        seed
            Of all that is drawn.
        attribution : {"linear", "smoothed", "none"}
            How far each sample speaks for each class: h · ∇ score; with the gradient of max-pools
            smoothed, for early layers; or not at all, for networks without class scores, which
            also lets the pass stop after the last layer.
        method, metric, neighbours, min_dist, landmarks
            Of the layout: see `convscope.manifold.project`. By default 20 neighbours, from 200,000
            samples on 50.
        min_count
            Cells with fewer samples are left out.
        icon_settings
            Size of icons, and how inversions are made.
        inversion_levels
            Levels that inversions are rendered for; all by default.
        whitening, ridge
            What makes directions that all samples share count less in inversions: the inverse of
            the second moment, of the covariance, or nothing; and what is added to its diagonal.
        tile_format : {"webp", "jpeg"}
            Of the tiles that a page loads.
        batch_size
            Images that run at once.
        errors
            ``"skip"`` leaves out files that can't be read, with a warning that names them.
        redo : {"collect", "layout", "grid", "render"}, optional
            Make a stage and those after it anew, with other arguments perhaps.
        repair
            Look for damaged chunks first, and make them again.
        progress
            True for a bar for each stage, or a function of `convscope.manifold.Progress`.
        stop
            Asked again and again whether to end; what is done is kept.

        Returns
        -------
        Atlas

        Raises
        ------
        AtlasError
            If ``path`` holds an atlas of something else, another builder is at work there, a
            stage fails, or nothing can be written; the sentence says what to do.
        """
        layout = LayoutSettings(
            method=method,
            metric=metric,
            neighbours=neighbours,
            min_dist=min_dist,
            landmarks=landmarks,
            seed=seed,
        )
        render = RenderSettings(
            icons=icon_settings or IconSettings(seed=seed),
            whitening=whitening,
            ridge=ridge,
            levels=None if inversion_levels is None else tuple(inversion_levels),
            format=tile_format,
        )
        settings = BuildSettings(
            samples_per_image=samples_per_image,
            levels=levels,
            icons=icons,
            seed=seed,
            attribution=attribution,
            layout=layout,
            render=render,
            min_count=min_count,
            batch_size=batch_size,
            errors=errors,
            redo=redo,
            repair=repair,
        )
        follow(build_steps(scope, images, layers, path, settings, stop), progress=progress)
        built = cls.open(path, images, scope=scope)
        for note in built.notes:
            warnings.warn(note, AtlasNotice, stacklevel=2)
        return built

    def render(
        self,
        scope: Scope,
        images: Any,
        *,
        icons: Icons = "inversion",
        icon_settings: IconSettings | None = None,
        inversion_levels: Sequence[int] | None = None,
        whitening: Whiten = "uncentred",
        ridge: float = 1.0,
        tile_format: TileFormat = "webp",
        progress: Watching = True,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """Render icons that are not there yet, coarse levels first; what is there stays.

        Parameters
        ----------
        scope, images
            What the atlas was built of.
        icons, icon_settings, inversion_levels, whitening, ridge, tile_format, progress, stop
            As in `build`.

        Raises
        ------
        AtlasError
            If the network or the images are others, or icons were begun with other settings.
        """
        render = RenderSettings(
            icons=icon_settings or IconSettings(seed=self.about.seed),
            whitening=whitening,
            ridge=ridge,
            levels=None if inversion_levels is None else tuple(inversion_levels),
            format=tile_format,
        )
        BuildSettings(icons=icons, render=render)  # refuses what there is no such thing of
        store = Store.open(self.path, write=True)
        follow(render_steps(scope, images, store, icons, render, stop), progress=progress)

    def export(
        self,
        folder: str | os.PathLike[str],
        images: Any = None,
        *,
        scope: Scope | None = None,
        title: str | None = None,
        pictures: int | None = 2000,
        paths: int | None = 96,
    ) -> Path:
        """Write the atlas as a static site that any web server can hold, and return the folder.

        It keeps zoom, hover, labels, class maps, and with images the real patches of cells.

        Parameters
        ----------
        folder
            Where ``index.html`` and its data go; it is made.
        images, scope
            What the atlas was built of, for the patches in each cell.
        title
            Of the page.
        pictures
            How many of the images behind patches it holds whole, those of coarse grids first, some
            10 kB each; None for all. The page says what is left out.
        paths
            How many images, from the first, it lists and shows where they fall; None for all.
        """
        from convscope.widgets import AtlasViewer

        viewer = AtlasViewer(self, images, scope=scope)
        try:
            return viewer.export(folder, title=title, pictures=pictures, paths=paths)
        finally:
            viewer.close()
