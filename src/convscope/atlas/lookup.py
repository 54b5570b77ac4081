"""What an atlas is asked: where an image falls, what speaks for a class, what tells two apart."""

from __future__ import annotations

from typing import Any

from convscope.atlas import classes, located
from convscope.atlas.classes import ClassAtlas, Filter
from convscope.atlas.layout import LayoutMethod, Metric
from convscope.atlas.located import Located
from convscope.atlas.shown import Shown
from convscope.scope import Scope


class Lookup(Shown):
    """An atlas that can be asked about images and classes."""

    def locate(self, scope: Scope, image: Any, layer: str | None = None) -> Located:
        """Return where the positions of an image fall on the atlas: its path through the manifold.

        Each position is put among the five samples whose activations are most alike.

        Parameters
        ----------
        scope
            The network that the atlas is of.
        image
            One image, in any form; it needs not be one of the atlas.
        layer
            Name of the layer; the first one by default.

        Raises
        ------
        AtlasError
            If the network's weights are others.
        """
        return located.locate(self, scope, image, layer)

    def for_class(
        self,
        name: str | int,
        *,
        filter: Filter = "both",  # noqa: A002
        count: int = 2000,
        layer: str | None = None,
        side: int = 8,
        min_count: int = 1,
        method: LayoutMethod = "umap",
        metric: Metric = "cosine",
        seed: int = 0,
    ) -> ClassAtlas:
        """Return a map of its own for the samples that speak for a class.

        Parameters
        ----------
        name
            The class, by name or index.
        filter : {"winner", "magnitude", "both"}
            Samples that speak for no class more; the ``count`` that speak for it most; or both,
            each once. Distill has both and counts those in both twice.
        count
            At most so many by magnitude.
        layer
            Name of the layer; the first one by default.
        side, min_count
            Cells a side of the grid; cells with fewer samples are left out.
        method, metric, seed
            Of the layout.
        """
        return classes.for_class(
            self,
            name,
            filter=filter,
            count=count,
            layer=layer,
            side=side,
            min_count=min_count,
            method=method,
            metric=metric,
            seed=seed,
        )

    def compare(
        self,
        left: str | int,
        right: str | int,
        *,
        count: int = 2000,
        layer: str | None = None,
        side: int = 10,
        min_count: int = 1,
        seed: int = 0,
    ) -> ClassAtlas:
        """Return what tells two classes apart: x is which one a sample speaks for.

        x is the attribution to ``right`` minus that to ``left``, over the 99th percentile of its
        magnitude, so that 0.5 speaks for neither; y is a 1-D t-SNE of the activations (Distill
        Activation Atlas, §"Comparing").

        Parameters
        ----------
        left, right
            The classes, by name or index.
        count, layer, side, min_count, seed
            As in `for_class`.
        """
        return classes.compare(
            self,
            left,
            right,
            count=count,
            layer=layer,
            side=side,
            min_count=min_count,
            seed=seed,
        )
