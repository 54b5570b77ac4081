"""The activation atlas: zoom through what a network sees in many images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from matplotlib.figure import Figure

from convscope.atlas import Atlas, ClassAtlas
from convscope.scope import Scope
from convscope.widgets import _atlas_export, _export
from convscope.widgets._atlas_class_pages import ClassPages
from convscope.widgets._atlas_export import PATHS, PICTURES, SITE_PATHS, SITE_PICTURES, Holdings
from convscope.widgets._atlas_figure import figure
from convscope.widgets._atlas_live import AtlasWatch, News
from convscope.widgets._atlas_pages import AtlasPages, Pages
from convscope.widgets._atlas_patches import CellPatches
from convscope.widgets._atlas_traits import AtlasTraits
from convscope.widgets._base import BaseWidget
from convscope.widgets._export import Call
from convscope.widgets._layers import as_scope

_LISTED = 5000  # images that a page offers; others are shown where they stand behind a cell


class AtlasViewer(AtlasTraits, BaseWidget):
    """Fly over an activation atlas: grids, icons, classes, real patches, and your own image.

    Parameters
    ----------
    atlas
        An :class:`convscope.Atlas`, also one that is being built, which then fills in; or what
        ``atlas.for_class("tabby")`` or ``atlas.compare("tabby", "lynx")`` gave, which shows
        inversions once their ``render`` has made some.
    images
        The images that the atlas was built of. With them a cell shows its real patches and the
        images these are from; without, the patches that the atlas itself holds.
    scope
        The network of the atlas. With it images are found on the atlas: one that is dropped in,
        and where ``images`` are given, these too.
    **traits
        Any trait below.

    Attributes
    ----------
    layer : str
        The layer whose atlas is shown.
    beside : list of str
        Other layers shown beside it, with linked cameras.
    view : str
        What is in sight, such as ``"layer=blocks.5&at=0.52,0.31&zoom=8"``; ``""`` is all. The
        viewer's link button copies it.
    level : int or None
        Cells a side of the grid that is shown; None: what the zoom asks for.
    cell : list of int or None
        The chosen cell: cells a side of its grid, and its number there (row × side + column).
    target : int, str or None
        The class whose map is shown, by index or name.
    sign : {"positive", "negative"}
        Where the atlas speaks for the class, or against it.
    blend : float
        0 shows real patches, 1 inversions, between them the one over the other.
    density : float
        How large icons are: 1 lets an average cell fill its place.
    labels : bool
        Write the class that a cell speaks most for.
    image : int or None
        An image, by position, whose places are shown on the atlas.
    unit : int or None
        A channel chosen in the panel of a cell; linked widgets follow it.
    position : list of int or None
        Row and column of the sample chosen in that panel.

    Examples
    --------
    >>> import tempfile
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> folder = tempfile.mkdtemp() + "/digits.atlas"
    >>> atlas = cs.Atlas.build(
    ...     digits.scope, digits.images, ["conv2"], folder, method="pca", levels=(8, 16),
    ...     progress=False,
    ... )
    >>> viewer = cs.AtlasViewer(atlas, digits.images, scope=digits.scope, target="7")
    >>> viewer.view = "at=0.5,0.4&zoom=3"
    """

    _module = "atlas_viewer"
    _topics: ClassVar = {
        "layer": ("layer",),
        "unit": ("layer", "unit"),
        "image": ("image",),
        "place": ("layer", "image", "position"),
    }

    def __init__(
        self,
        atlas: Atlas | ClassAtlas,
        images: Any = None,
        *,
        scope: Scope | None = None,
        **traits: Any,
    ) -> None:
        self._watch: AtlasWatch | None = None
        self._atlas = atlas if isinstance(atlas, Atlas) else None
        self._take_images(atlas, images, scope)
        self._pages = self._pages_of(atlas)
        self._holdings = Holdings(self)
        at_hand = (self._scope, self._source) if self._images_at_hand else (None, None)
        self._patches = CellPatches(self._pages, *at_hand)
        layers = self._pages.layers()
        traits.setdefault("layer", layers[0]["name"])
        names = self._source.names[:_LISTED] if self._images_at_hand else ()
        super().__init__(
            _layers=layers,
            _classes=self._pages.classes,
            _images=[{"name": str(name)} for name in names],
            _axes=list(self._pages.axes),
            _can=self._abilities(),
            _title=self._pages.title,
            _notice=" · ".join(self._pages.notes),
            **{"height": 640, **traits},
        )
        self._follow_build()

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        budget: int = _export.BUDGET,
        title: str | None = None,
        pictures: int | None = PICTURES,
        paths: int | None = PATHS,
    ) -> Path:
        """Write one offline HTML file in which the atlas still works, and return its path.

        It keeps zoom, hover, labels, class maps and the patches of cells. Of the images it holds a
        part, and says which.

        Parameters
        ----------
        path
            File to write; it appears whole or not at all.
        budget
            Bytes that the file does not exceed: coarse grids go in first, images last, and what
            did not fit is named in the page.
        title
            Of the page; the viewer's own when left out.
        pictures
            How many of the images behind patches it holds whole, those of coarse grids first, some
            10 kB each; None for all.
        paths
            How many images, from the first, it lists and shows where they fall; None for all.
        """
        with self._holding(pictures, paths):
            return super().to_html(path, budget=budget, title=title)

    def export(
        self,
        folder: str | os.PathLike[str],
        *,
        title: str | None = None,
        pictures: int | None = SITE_PICTURES,
        paths: int | None = SITE_PATHS,
    ) -> Path:
        """Write the atlas as a static site that any web server can hold, and return the folder.

        It keeps zoom, hover, labels, class maps and the patches of cells. Nothing is computed on
        the server; a page loads the tiles that come into sight.

        Parameters
        ----------
        folder
            Where ``index.html`` and its data go; it is made. What is there is replaced.
        title
            Of the page; the viewer's own when left out.
        pictures, paths
            As in `to_html`; a page says what is left out.
        """
        with self._holding(pictures, paths):
            return _atlas_export.site(self, folder, title or self._title)

    def figure(self) -> Figure:
        """Return the grid in sight as a matplotlib figure."""
        return figure(self)

    def close(self) -> None:
        """Close the viewer, and stop watching the build."""
        watch = getattr(self, "_watch", None)
        if watch is not None:
            watch.stop()
        super().close()

    def _take_images(self, atlas: Any, images: Any, scope: Scope | None) -> None:
        known = atlas.reader if isinstance(atlas, ClassAtlas) else atlas
        if scope is None:
            scope = getattr(known, "scope", None)
        if images is None:
            images = getattr(known, "images", None)
        self._scope_at_hand = scope is not None
        self._images_at_hand = images is not None and scope is not None
        if images is not None and scope is None:
            raise TypeError(
                "scope: give the network as well, as AtlasViewer(atlas, images, scope=scope)"
            )
        if scope is not None:
            self._scope = as_scope(scope)
            if images is not None:
                self._source = self._scope.source(images)

    def _pages_of(self, atlas: Any) -> Pages:
        if isinstance(atlas, Atlas):
            return AtlasPages(atlas)
        if not isinstance(atlas, ClassAtlas):
            raise TypeError(
                f"atlas: must be an Atlas, or what for_class or compare gave; got "
                f"{type(atlas).__name__}"
            )
        if not self._images_at_hand:
            raise TypeError(
                "images: the icons of a class atlas are cut from them, as "
                "AtlasViewer(found, images, scope=scope)"
            )
        return ClassPages(atlas, self._scope, self._source)

    def _abilities(self) -> list[str]:
        found = ["images", "locate"] if self._images_at_hand else []
        found += ["drop"] if self._scope_at_hand else []
        return found + (["look"] if self._atlas is not None else [])

    def _follow_build(self) -> None:
        atlas = self._atlas
        if atlas is None:
            return
        self._watch = AtlasWatch(atlas, self._hear)
        self._watch.start()

    def _hear(self, news: News) -> None:
        """Pass on what a build has done; called from the thread that watches it."""
        with self._dispatcher.lock:
            if news.changed:
                self._patches.forget()
                if self._atlas is not None:
                    self._atlas.forget()
                self._holdings = self._holdings.renewed()
                self._notice = " · ".join(self._pages.notes)
                self._layers = self._pages.layers()
                self._fresh = {
                    **self._fresh,
                    **{layer: self._fresh.get(layer, 0) + 1 for layer in news.changed},
                }
            self._progress = news.progress

    @contextmanager
    def _holding(self, pictures: int | None, paths: int | None) -> Iterator[None]:
        """Let pages that are made meanwhile hold so much of the images."""
        before = self._holdings
        self._holdings = Holdings(self, pictures, paths)
        try:
            yield
        finally:
            self._holdings = before

    def _export_calls(self) -> Iterator[Call]:
        return _atlas_export.calls(self)

    def _page_state(self) -> dict[str, Any]:
        return _atlas_export.state(self)
