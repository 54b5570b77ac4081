"""ManifoldScatter: the images that a layer takes for alike, close together on a map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from convscope.inputs import Errors
from convscope.scope import Scope
from convscope.widgets._base import as_trait_error
from convscope.widgets._beside import Beside
from convscope.widgets._export import Call
from convscope.widgets._jobs import Job
from convscope.widgets._layers import as_scope, is_browsable
from convscope.widgets._scatter_columns import MISSING, Category, Column, given_columns
from convscope.widgets._scatter_export import exported
from convscope.widgets._scatter_figure import figure
from convscope.widgets._scatter_indices import Indices
from convscope.widgets._scatter_maps import Maps
from convscope.widgets._scatter_reading import ScatterReading
from convscope.widgets._scatter_sources import images_of, labels_of
from convscope.widgets._scatter_table import Columns, spread

if TYPE_CHECKING:
    from convscope.manifold import Projection

_COMPUTED = 5000  # points up to which a still picture waits for a column
_RUNS = 10  # of the map, for the spread that is asked for in the widget


class ManifoldScatter(ScatterReading):
    """See a layer's space as a map of up to millions of images: groups, outliers, neighbours.

    Parameters
    ----------
    proj
        A :class:`convscope.manifold.Projection`, or maps of several layers as a dict, as
        `convscope.manifold.project_layers` gives them: then a slider moves the points from layer
        to layer.
    images
        Pictures of the points: files, folders, arrays, PIL images, tensors or a Dataset; one for
        each point, or for each vector that the map was made of.
    labels
        One for each point, of any type, missing ones too; by default those of ``images``.
    scope
        The network: for predictions, a unit's activation as colour, and `augment`.
    columns
        More to colour by: a dict of columns, a pandas or an Arrow table.
    layer
        Name of the layer that a single map is of; with several maps which one is shown, by
        default the last.
    pool
        How the layer's maps became vectors, for `augment`.
    errors
        ``"skip"`` goes on when a file can't be read, with a warning that names it.
    **traits
        Any trait below.

    Attributes
    ----------
    layer : str
        The map that is shown.
    color : str
        What colours mean: the name of a column, ``"prediction"``, ``"correct"``, ``"spread"``
        (how far a point moves when the map is made again), a unit as ``"layer:12"``, or ``""``.
    isolated : list of str
        The only categories that are lit; all when empty. Another column keeps those that it has.
    selection : list of int
        Points that are selected, from the page or from Python.
    point : int or None
        The point that is chosen: its neighbours in the layer's space are drawn.
    near : int
        How many neighbours are drawn.
    pictures : float
        From points only, 0, to pictures wherever they fit, 1.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> vectors = digits.scope.embed(digits.images, "conv2")
    >>> proj = cs.manifold.project(vectors, method="pca")
    >>> scatter = cs.ManifoldScatter(proj, digits.images, digits.labels, scope=digits.scope)
    >>> scatter.point, scatter.color = 7, "correct"
    """

    _module = "manifold_scatter"
    _topics: ClassVar = {"layer": ("layer",), "image": ("point",), "images": ("selection",)}

    layer = traitlets.Unicode().tag(sync=True)
    color = traitlets.Unicode("").tag(sync=True)
    isolated = traitlets.List(traitlets.Unicode()).tag(sync=True)
    selection = Indices().tag(sync=True)
    point = traitlets.Int(None, allow_none=True).tag(sync=True)
    near = traitlets.Int(10, min=0, max=50).tag(sync=True)
    pictures = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    _maps = traitlets.List(traitlets.Dict()).tag(sync=True)
    _columns = traitlets.List(traitlets.Dict()).tag(sync=True)
    _units = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _count = traitlets.Int(0).tag(sync=True)
    _images = traitlets.Bool(False).tag(sync=True)
    _landed = traitlets.Dict(None, allow_none=True).tag(sync=True)
    _version = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        proj: Any,
        images: Any = None,
        labels: Any = None,
        *,
        scope: Scope | None = None,
        columns: Any = None,
        layer: str | None = None,
        pool: str = "mean",
        errors: Errors = "raise",
        **traits: Any,
    ) -> None:
        self._all = Maps.of(proj, layer)
        self._scope = None if scope is None else as_scope(scope)
        self._beside = None if scope is None else Beside(scope)
        self._pool = pool
        self._copies: list[Tensor] = []
        first = self._all.first
        self._source = images_of(images, first, self._scope, errors)
        self._labels = labels_of(labels, first, self._source, self._scope)
        self._table = self._tables(columns)
        if layer is not None and layer not in self._all.maps:
            self._all[layer]  # raises and says which maps there are
        ready = next(iter(self._table.ready), "")
        super().__init__(
            _maps=self._all.infos(),
            _columns=self._table.infos(layer or self._all.last_name),
            _units=self._unit_layers(),
            _count=len(self._all),
            _images=self._source is not None,
            _title="" if self._scope is None else self._scope.name,
            **{"layer": layer or self._all.last_name, "color": ready, **traits},
        )

    @property
    def projections(self) -> Mapping[str, Projection]:
        """All maps by layer."""
        return dict(self._all.maps)

    @traitlets.default("height")
    def _room_for_a_map(self) -> int:
        return 640

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        with as_trait_error():
            self._all[proposal["value"]]
        return str(proposal["value"])

    @traitlets.validate("color")
    def _valid_color(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name and name not in self._table:
            with as_trait_error():
                self._table.add_unit(name, self._beside, self._source)
            self._tell_columns()
        return name

    @traitlets.validate("isolated")
    def _valid_isolated(self, proposal: dict[str, Any]) -> list[str]:
        names: list[str] = proposal["value"]
        column = self._table.ready.get(self.color)
        if isinstance(column, Category):
            with as_trait_error():
                column.check(self.color, names)
        return names

    @traitlets.observe("color")
    def _keep_isolated(self, _change: object) -> None:
        column = self._table.ready.get(self.color)
        if column is not None:
            known = (*column.names, MISSING) if isinstance(column, Category) else ()
            self.isolated = [name for name in self.isolated if name in known]

    @traitlets.observe("layer")
    def _tell_of_layer(self, _change: object) -> None:
        self._tell_columns()

    @traitlets.validate("selection")
    def _valid_selection(self, proposal: dict[str, Any]) -> list[int]:
        chosen: list[int] = proposal["value"]
        most = max(chosen, default=-1)
        if most >= len(self._all):
            raise traitlets.TraitError(
                f"selection: there are {len(self._all)} points, from 0; got {most}"
            )
        return chosen

    @traitlets.validate("point")
    def _valid_point(self, proposal: dict[str, Any]) -> int | None:
        point: int | None = proposal["value"]
        if point is not None:
            with as_trait_error():
                self._check_point(point)
        return point

    def project(
        self,
        *,
        method: str | None = None,
        neighbours: int | None = None,
        min_dist: float | None = None,
        perplexity: float | None = None,
    ) -> None:
        """Lay the maps out anew, as "Lay out again" in the widget does, and show them.

        The vectors stay as they are, in their principal components.

        Parameters
        ----------
        method
            ``"umap"``, ``"tsne"`` or ``"pca"``.
        neighbours, min_dist
            Of UMAP.
        perplexity
            Of t-SNE.
        """
        given = {
            "method": method,
            "neighbours": neighbours,
            "min_dist": min_dist,
            "perplexity": perplexity,
        }
        settings = {name: value for name, value in given.items() if value is not None}
        self._take(self._all.laid_out(settings, self.layer, Job()))

    def figure(self) -> Figure:
        """Return the map as it is coloured now, with some of its pictures."""
        column = self._coloured()
        return figure(
            self.projection,
            column,
            name=self.color if column is not None else "",
            isolated=self.isolated,
            source=self._source,
            pictures=self.pictures,
            selection=self.selection,
            point=self.point,
            near=self.near,
            title=" · ".join(filter(None, [self._title, self.layer])),
            theme="dark" if self.theme == "dark" else "light",
        )

    def _coloured(self) -> Column | None:
        """Return the column that colours show; a slow one only where it was asked for before."""
        few = len(self._all) <= _COMPUTED
        ready = self._table.is_ready(self.color, self.layer)
        if not self.color or not (ready or few):
            return None
        return self._table.get(self.color, Job(), self.layer)

    def _tables(self, given: Any) -> Columns:
        table = Columns()
        first = self._all.first
        if self._labels is not None:
            table.ready["label"] = self._labels
        table.ready.update(given_columns(given, first))
        if self._beside is not None and self._source is not None and self._has_answers():
            table.add_predictions(self._beside, self._source, self._labels)
        table.add_spread(lambda job, layer: spread(self._all[layer], _RUNS, job))
        return table

    def _unit_layers(self) -> list[str]:
        if self._scope is None or self._source is None:
            return []
        return [layer.name for layer in self._scope.layers if is_browsable(layer)]

    def _take(self, maps: Maps) -> None:
        self._all = maps
        self._table.forget()
        with self.hold_sync():
            self.set_trait("_landed", None)
            self._maps = maps.infos()
            self._version += 1
            self._tell_columns()

    def _tell_columns(self) -> None:
        self._columns = self._table.infos(self.layer)

    def _export_calls(self) -> Iterator[Call]:
        return exported(self)
