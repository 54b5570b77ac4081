"""What all widgets share: traits, the still picture, calls from the page, the offline page."""

from __future__ import annotations

import base64
import difflib
import inspect
import io
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, overload

import anywidget
import traitlets
from PIL import Image

from convscope import plots
from convscope.images import Encoded
from convscope.widgets import _export
from convscope.widgets._assets import asset
from convscope.widgets._export import Call
from convscope.widgets._rpc import Dispatcher, rpc

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

# As in js/lib/height.ts, in px.
MIN_HEIGHT, MAX_HEIGHT = 240, 2400

STILL = 100_000  # bytes; a saved notebook keeps a picture for every widget shown


@contextmanager
def as_trait_error() -> Iterator[None]:
    """Let a validator's `ValueError` reach traitlets, and so the page, as its own kind."""
    try:
        yield
    except ValueError as error:
        raise traitlets.TraitError(str(error)) from error


class BaseWidget(anywidget.AnyWidget):
    """A widget of convscope; subclasses name their bundle and draw their figure.

    Subclasses set ``_module``, mark methods for the page with `rpc` and `job`, and write `figure`
    and `_export_calls`. The traits here are typed in ``js/lib/protocol.ts`` as ``BaseTraits``.

    Parameters
    ----------
    **traits
        Values of public traits. An unknown name is refused with the closest one.
    """

    _module: ClassVar[str] = ""
    # What `link` carries between widgets: topics, and the traits that each is made of.
    _topics: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    theme = traitlets.Enum(
        ["auto", "light", "dark"], "auto", help="Colours: as the page has them, or always one way."
    ).tag(sync=True)
    # The page owns it while the handle is dragged; an echo would make the handle jump back.
    height = traitlets.Int(
        560, min=MIN_HEIGHT, max=MAX_HEIGHT, help="Height of the card in px."
    ).tag(sync=True, echo_update=False)
    _title = traitlets.Unicode("").tag(sync=True)
    _notice = traitlets.Unicode("").tag(sync=True)
    _static = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "_module" in vars(cls):
            cls._esm = asset(cls._module)
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits: Any) -> None:
        self._refuse_unknown(traits)
        self._dispatcher = Dispatcher(self)
        super().__init__(**traits)
        self.on_msg(self._dispatcher.handle)

    @traitlets.default("_title")
    def _default_title(self) -> str:
        return type(self).__name__

    def figure(self) -> Figure:
        """Return what the widget shows now as a matplotlib figure."""
        raise NotImplementedError(f"{type(self).__name__} draws no figure")

    @overload
    def png(self, path: None = None, *, dpi: int = ...) -> bytes: ...
    @overload
    def png(self, path: str | os.PathLike[str], *, dpi: int = ...) -> Path: ...
    def png(self, path: str | os.PathLike[str] | None = None, *, dpi: int = 144) -> bytes | Path:
        """Return the figure as PNG bytes, or write it to ``path`` and return the path.

        Parameters
        ----------
        path
            File to write; None for bytes.
        dpi
            Pixels per inch of the figure's size.
        """
        data = plots.png(self.figure(), dpi=dpi)
        if path is None:
            return data
        target = Path(path)
        target.write_bytes(data)
        return target

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        budget: int = _export.BUDGET,
        title: str | None = None,
    ) -> Path:
        """Write one offline HTML file in which the widget still works, and return its path.

        Parameters
        ----------
        path
            File to write; it appears whole or not at all.
        budget
            Bytes that the file does not exceed (the view itself, about 100 kB, is always in it);
            what did not fit is named in the page.
        title
            Of the page; the widget's own when left out.
        """
        text = _export.page([self], title or self._title, budget=budget)
        return _export.write(path, text)

    def close(self) -> None:
        """Close the widget: its views go, its jobs stop."""
        dispatcher = getattr(self, "_dispatcher", None)  # __del__ closes half-made widgets too
        if dispatcher is not None:
            dispatcher.jobs.stop_all()
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take state from the page; a value that is not allowed is put right there, and said."""
        try:
            with self._dispatcher.lock:
                super().set_state(sync_data)
        except traitlets.TraitError as error:
            logger.warning("the page sent a value that is not allowed: %s", error)
            self._notice = str(error)
            self.send_state([name for name in sync_data if name in self.keys])

    def _page_state(self) -> dict[str, Any]:
        """Return what the state of a page without a kernel has otherwise."""
        return {}

    def _export_calls(self) -> Iterator[Call]:
        """Yield the calls whose answers an exported page should hold, most important first."""
        return iter(())

    @rpc(name="png")
    def _png_picture(self) -> Encoded:
        """Return the figure for the page's PNG menu."""
        data = self.png()
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        return Encoded(data, "image/png", width, height)

    def _still_png(self) -> bytes | None:
        """Return the small PNG of a saved notebook; None, logged and said, when it fails."""
        try:
            return plots.png(self.figure(), max_bytes=STILL)
        except NotImplementedError:
            return None
        except Exception as error:
            logger.exception("the still picture of %s could not be drawn", type(self).__name__)
            self._notice = f"The still picture could not be drawn: {error}"
            return None

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        picture = self._still_png()
        if picture is not None:
            data = {**data, "image/png": base64.b64encode(picture).decode("ascii")}
        elif self._notice:
            data = {**data, "text/plain": f"{data['text/plain']}\n{self._notice}"}
        return data, metadata

    def _refuse_unknown(self, traits: dict[str, Any]) -> None:
        own = inspect.signature(type(self)).parameters.values()
        public = {name for name in self.trait_names() if not name.startswith("_")}
        arguments = [p.name for p in own if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        for name in traits:
            if name in public or (name.startswith("_") and self.has_trait(name)):
                continue  # private ones come from subclasses
            close = difflib.get_close_matches(name, [*public, *arguments], 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"{type(self).__name__}: unknown argument {name!r}{hint}")
