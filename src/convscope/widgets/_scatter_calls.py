"""What a page may ask of a scatter: positions, colours, pictures, neighbours, a new layout."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import traitlets
from torch import Tensor

from convscope.answers import Prediction
from convscope.images import ImageSource
from convscope.scope import Scope
from convscope.widgets import _scatter_album as album
from convscope.widgets._base import BaseWidget
from convscope.widgets._beside import Beside
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import job, rpc
from convscope.widgets._scatter_columns import Category
from convscope.widgets._scatter_maps import Maps
from convscope.widgets._scatter_problems import problems
from convscope.widgets._scatter_table import Columns

NAMED = 20_000  # points whose names are all sent at once
ALBUM = 640  # pictures that an exported page holds at most
_SENT_TO = ("image", "images")
_TRIED = 5  # images that the network is asked about until one can be read


class ScatterCalls(BaseWidget):
    """The calls of the scatter, which sets what stands below."""

    _all: Maps
    _source: ImageSource | None
    _scope: Scope | None
    _beside: Beside | None
    _table: Columns
    _labels: Category | None
    _copies: list[Tensor]
    _version: traitlets.Int[int, int]
    layer: traitlets.Unicode[str, str]

    @rpc
    def positions(self, layer: str, version: int = 0) -> dict[str, Any]:
        """Return the positions (N, 2) of a map; ``version`` tells the page's memory of it."""
        del version
        return {"xy": self._all[layer].xy}

    @rpc
    def column(self, name: str, layer: str = "") -> dict[str, Any]:
        """Return a column that is there; ``layer`` says of which map, where each has its own."""
        return self._table.get(name, Job(), layer).sent()

    @job
    def compute(self, job: Job, name: str, layer: str = "") -> dict[str, Any]:
        """Return a column, made first."""
        if name not in self._table:  # the page asks before it has told that it chose a unit
            self._table.add_unit(name, self._beside, self._source)
        found = self._table.get(name, job, layer).sent()
        self._tell_columns()
        return found

    @rpc
    def sprites(self, points: list[int]) -> dict[str, Any]:
        """Return small pictures of points in one sheet."""
        if self._source is None:
            raise ValueError("points: there are no pictures of them; pass images=")
        return album.sprite_sheet(self._source, points)

    @rpc
    def album(self, part: int) -> dict[str, Any]:
        """Return some of the pictures that an exported page holds."""
        first = album.first_in_sight(self._all[self.layer].xy, ALBUM)
        return self.sprites(first[part * album.SHEET : (part + 1) * album.SHEET].tolist())

    @rpc
    def names(self) -> dict[str, Any]:
        """Return all names where they are not too many, and positions in the data that differ."""
        few = self._source is not None and len(self._all) <= NAMED
        indices = self._all.first.indices
        same = np.array_equal(indices, np.arange(len(indices)))
        return {
            "names": [str(name) for name in self._source.names] if few and self._source else None,
            "positions": None if same else indices.astype(np.int32),
        }

    @rpc
    def card(self, point: int) -> dict[str, Any]:
        """Return the name of a point, and what the network takes its image for."""
        self._check_point(point)
        if self._source is None:
            return {"name": f"point {self._all.first.indices[point]}", "rows": []}
        return {"name": str(self._source.names[point]), "rows": self._answer_rows(point)}

    @rpc
    def near_points(self, point: int, count: int, layer: str) -> dict[str, Any]:
        """Return the nearest points of one in the layer's space."""
        self._check_point(point)
        found = self._all[layer].neighbours(point, count)
        return {"points": found.indices.astype(np.int32), "distances": found.distances}

    @job
    def problems(self, job: Job, layer: str) -> dict[str, Any]:
        """Return duplicates, and labels that stand among others."""
        return problems(self._all[layer], self._labels, job)

    @job
    def lay_out(
        self, job: Job, method: str, neighbours: int, min_dist: float, perplexity: float
    ) -> dict[str, Any]:
        """Lay all maps out anew, and return the number of the new layout."""
        settings = {
            "method": method,
            "neighbours": neighbours,
            "min_dist": min_dist,
            "perplexity": perplexity,
        }
        self._take(self._all.laid_out(settings, self.layer, job))
        return {"version": self._version}

    @rpc
    def landed(self) -> dict[str, Any] | None:
        """Return pictures of the augmented copies."""
        return album.packed(self._copies, range(len(self._copies))) if self._copies else None

    @rpc
    def targets(self) -> dict[str, Any]:
        """Return the open widgets that show the same images."""
        return {
            "targets": [
                {"id": id_, "title": type(widget).__name__}
                for id_, widget in self._others().items()
            ]
        }

    @rpc
    def show_in(self, target: str) -> None:
        """Show the selection, or the chosen point, in another widget."""
        other = self._others().get(target)
        if other is None:
            raise LookupError("target: this widget was closed; run its cell again")
        self.send_to(other)

    def send_to(self, other: BaseWidget) -> None:
        """Show the selected images in another widget, once."""
        raise NotImplementedError

    def _others(self) -> dict[str, BaseWidget]:
        """Return the open widgets that can be shown an image of ours, by their id."""
        if self._source is None:
            return {}
        names = list(self._source.names) if len(self._source) <= NAMED else None
        found = {}
        for id_, widget in list(_open_widgets().items()):
            theirs = getattr(widget, "_source", None)
            if widget is self or not isinstance(widget, BaseWidget) or theirs is None:
                continue
            if not set(_SENT_TO).intersection(widget._topics) or len(theirs) != len(self._source):
                continue
            if names is not None and list(theirs.names) == names:
                found[str(id_)] = widget
        return found

    def _answer(self, point: int) -> Prediction | None:
        """Return what the network takes an image for; None where it has no classes."""
        if self._beside is None or self._source is None:
            return None
        try:
            return self._beside.scope().predict([self._source[point]], top=1)[0][0]
        except ValueError:
            return None

    def _has_answers(self) -> bool:
        """Tell whether the network names classes, by the first image that can be read."""
        for point in range(0 if self._source is None else min(_TRIED, len(self._source))):
            if self._answer(point) is not None:
                return True
        return False

    def _answer_rows(self, point: int) -> list[list[str]]:
        best = self._answer(point)
        if best is None:
            return []
        told = f"{100 * best.score:.0f} %" if best.kind == "probability" else f"{best.score:.3g}"
        return [["prediction", f"{best.name} · {told}"]]

    def _check_point(self, point: int) -> None:
        if not 0 <= point < len(self._all):
            raise ValueError(f"point: there are {len(self._all)} points, from 0; got {point}")

    def _take(self, maps: Maps) -> None:
        raise NotImplementedError

    def _tell_columns(self) -> None:
        raise NotImplementedError


def _open_widgets() -> dict[str, Any]:
    """Return all live widgets of the kernel by their id."""
    module: Any = ipywidgets.widgets.widget
    instances: dict[str, Any] = getattr(module, "_instances", {})
    return instances
