"""What is read off a scatter in Python: copies, problems, a table; and what is sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convscope.widgets._base import BaseWidget
from convscope.widgets._scatter_augment import MOST, landed_copies
from convscope.widgets._scatter_calls import ScatterCalls
from convscope.widgets._scatter_columns import Value

if TYPE_CHECKING:
    from convscope.manifold import Projection


class ScatterReading(ScatterCalls):
    """The part of the scatter that answers in Python."""

    _pool: str
    _landed: traitlets.Dict[str, Any]
    point: traitlets.Int[int | None, int | None]
    selection: traitlets.TraitType[list[int], Any]

    @property
    def projection(self) -> Projection:
        """The map that is shown; after a new layout the new one."""
        return self._all[self.layer]

    def augment(self, pipe: Any, index: int, *, n: int = 12) -> Any:
        """Draw where augmented copies of an image land on the map.

        Parameters
        ----------
        pipe
            A `convscope.augment.Pipeline`, a pipeline of torchvision, kornia or Albumentations, or
            a function from an image (C, H, W) to an image.
        index
            Which point's image.
        n
            How many copies, 1 to 64.

        Returns
        -------
        ndarray
            (n, 2), float32: their places.

        Raises
        ------
        ValueError
            If there are no images, no scope, or no layer that the map is known to be of.
        """
        self._check_point(index)
        if not 1 <= n <= MOST:
            raise ValueError(f"n: must be from 1 to {MOST}, got {n}")
        for name, value in (("images", self._source), ("scope", self._scope)):
            if value is None:
                raise ValueError(f"{name}: copies can't be placed without; pass {name}=")
        assert self._source is not None
        assert self._scope is not None
        if self.layer not in {each.name for each in self._scope.layers}:
            raise ValueError(
                f"layer: which layer the map is of is not known; pass layer=, not {self.layer!r}"
            )
        made = landed_copies(
            pipe, self._source[index], self._scope, self.layer, self._pool, self.projection, n
        )
        self._copies = made.pictures
        words = f"{n} augmented copies land {made.moved:.2g} of the map's spread away (median)"
        self._landed = {
            "point": index,
            "layer": self.layer,
            "xy": made.xy.tolist(),
            "words": words,
        }
        return made.xy

    def to_pandas(self) -> Any:
        """Return a table of the points: index, x, y, the columns that are there, selected or not.

        A column of yours that is called as one of these has ``" (given)"`` after its name.

        Returns
        -------
        pandas.DataFrame
        """
        from convscope.manifold.table import PLACES

        told: dict[str, Any] = {}
        own = (*PLACES, "selected")
        for given, column in self._table.ready.items():
            name = f"{given} (given)" if given in own else given
            if isinstance(column, Value):
                told[name] = column.values
            else:
                names = np.array([*column.names, None], object)
                told[name] = names[column.codes]
        told["selected"] = np.isin(np.arange(len(self._all)), self.selection)
        return self.projection.to_pandas(**told)

    def send_to(self, other: BaseWidget) -> None:
        """Show the selected images in another widget, once; `convscope.link` does so from now on.

        Parameters
        ----------
        other
            A widget of the same images, such as a `LayerBrowser`. One that shows one image gets
            the chosen point, or the first of the selection.
        """
        first = self.point if self.point is not None else next(iter(self.selection), None)
        if "images" in other._topics and self.selection:
            other.set_trait(other._topics["images"][0], list(self.selection))
        elif "image" in other._topics and first is not None:
            other.set_trait(other._topics["image"][0], first)
