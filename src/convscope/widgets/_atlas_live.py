"""A build under way, watched: what is new is told to the pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convscope.atlas import Atlas, AtlasError
from convscope.widgets._atlas_pages import KINDS

logger = logging.getLogger(__name__)

_BEAT = 1.0  # seconds between two looks at how far a build is
_REST = 5.0  # seconds between two looks whether another build has begun
_SLOWER = 3  # looks at how far it is for each at what has come


@dataclass(frozen=True)
class News:
    """What a build has done since the last word.

    Attributes
    ----------
    progress
        As AtlasProgress in js/lib/protocol.ts; empty when no build is at work.
    changed
        Layers with other grids or icons than before.
    finished
        Whether the build came to its end; one that was killed may be gone on with.
    """

    progress: dict[str, Any]
    changed: tuple[str, ...]
    finished: bool


class AtlasWatch:
    """Watches an atlas in a thread of its own: the build under way, and those that come later.

    Parameters
    ----------
    atlas
        The atlas that is built, by whatever thread or process.
    tell
        Called with what is new.
    """

    def __init__(self, atlas: Atlas, tell: Callable[[News], None]) -> None:
        self._atlas, self._tell = atlas, tell
        self._end = threading.Event()
        self._seen = {layer: self._imprint(layer) for layer in atlas.layers}
        self._heard: float | None = None
        self._thread = threading.Thread(target=self._run, name="convscope-atlas", daemon=True)

    def start(self) -> None:
        """Tell what is new now, and begin to watch."""
        self._tell(self.look())
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._end.set()

    def look(self, *, closely: bool = True) -> News:
        """Return what is new now."""
        state = self._atlas.state
        self._heard = None if state is None else state.at
        progress: dict[str, Any] = {}
        if state is not None and state.running:
            progress = {
                "stage": state.stage,
                "done": state.done,
                "total": state.total,
                "left": state.seconds_left,
            }
        changed = self._changes() if closely else ()
        return News(progress, changed, state is not None and state.finished)

    def _run(self) -> None:
        turn, resting = 0, False
        while not self._end.wait(_REST if resting else _BEAT):
            turn += 1
            closely = turn % _SLOWER == 0
            try:
                if resting and not self._stirs():
                    continue
                news = self.look(closely=closely)
                if news.finished and not closely:  # icons may have come since the last close look
                    news = self.look()
            except (AtlasError, OSError):
                # Files are replaced while we read: the next look finds them whole.
                logger.info("the atlas could not be read for a moment", exc_info=True)
                continue
            self._tell(news)
            resting = news.finished

    def _stirs(self) -> bool:
        """Tell whether a build has given word since the last look."""
        state = self._atlas.state
        return (None if state is None else state.at) != self._heard

    def _changes(self) -> tuple[str, ...]:
        """Return the layers with other grids or icons than at the last close look."""
        # All are read before any counts as seen: what can't be read now is new the next time.
        now = {layer: self._imprint(layer) for layer in self._seen}
        changed = tuple(layer for layer in now if now[layer] != self._seen[layer])
        self._seen = now
        return changed

    def _imprint(self, layer: str) -> tuple[Any, ...]:
        """Return what there is of a layer, in short."""
        found: list[Any] = []
        found.append(self._atlas.store.marked(layer, "layout"))
        for side in self._atlas.levels(layer):
            icons = [self._atlas.icons(side, kind, layer) for kind in KINDS]
            found.append((side, *(None if i is None else int(np.sum(i.rendered)) for i in icons)))
        return tuple(found)
