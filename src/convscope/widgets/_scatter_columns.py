"""What points can be coloured by: labels, predictions, any column, a unit's activation, spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

from convscope.widgets._jobs import Job
from convscope.widgets._scatter_maps import watched

if TYPE_CHECKING:
    from convscope.images import ImageSource
    from convscope.manifold import Categories, Projection
    from convscope.scope import Scope

Kind = Literal["category", "value"]

MOST = 65_535  # categories that codes of 16 bits can tell apart, one code being the missing ones
_FEW = 20  # different whole numbers that are taken for classes


@dataclass(frozen=True)
class Category:
    """Classes of points."""

    codes: npt.NDArray[np.uint16]  # (N,); len(names) where missing
    names: tuple[str, ...]

    def sent(self) -> dict[str, Any]:
        """Return what the page is sent; typed as CategoryColumn in js/lib/point_colours.ts."""
        counts = np.bincount(self.codes, minlength=len(self.names) + 1)[: len(self.names)]
        return {
            "kind": "category",
            "codes": self.codes,
            "names": list(self.names),
            "counts": counts.tolist(),
        }


@dataclass(frozen=True)
class Value:
    """A number for each point."""

    values: npt.NDArray[np.float32]  # (N,); NaN where missing

    def sent(self) -> dict[str, Any]:
        """Return what the page is sent; typed as ValueColumn in js/lib/point_colours.ts."""
        finite = self.values[np.isfinite(self.values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        return {"kind": "value", "values": self.values, "low": low, "high": high}


Column = Category | Value


@dataclass
class Columns:
    """Columns by name: those that are there, and those that are made when they are asked for."""

    ready: dict[str, Column] = field(default_factory=dict)
    making: dict[str, tuple[Kind, Callable[[Job], Column]]] = field(default_factory=dict)

    def infos(self) -> list[dict[str, Any]]:
        """Return what the page is told; typed as ColumnInfo in js/lib/protocol.ts."""
        return [
            {"name": name, "kind": self._kind(name), "ready": name in self.ready}
            for name in self.names()
        ]

    def __contains__(self, name: object) -> bool:
        return name in self.ready or name in self.making

    def names(self) -> list[str]:
        """Return the names of all columns."""
        return list(dict.fromkeys([*self.ready, *self.making]))

    def forget(self, name: str, making: Callable[[Job], Column]) -> None:
        """Let a column be made anew when it is asked for."""
        kind = self._kind(name)
        self.ready.pop(name, None)
        self.making[name] = (kind, making)

    def get(self, name: str, job: Job) -> Column:
        """Return a column, made first where it is not there."""
        if name not in self.ready:
            if name not in self.making:
                known = ", ".join(repr(each) for each in self.names()) or "none"
                raise KeyError(f"color: there is no column {name!r}; there are {known}")
            self.ready[name] = self.making[name][1](job)
        return self.ready[name]

    def add_predictions(self, scope: Scope, source: ImageSource, labels: Category | None) -> None:
        """Let the network's answers be asked for, and with labels whether they are right."""
        self.making["prediction"] = ("category", lambda job: _predicted(scope, source, job))
        if labels is not None:
            self.making["correct"] = (
                "category",
                lambda job: _correct(labels, self.get("prediction", job)),
            )

    def add_unit(self, name: str, scope: Scope | None, source: ImageSource | None) -> None:
        """Let the activation of a unit spelled ``"layer:12"`` be asked for."""
        layer, _, number = name.rpartition(":")
        if not layer or not number.isdigit() or scope is None or source is None:
            known = ", ".join(repr(each) for each in self.names())
            raise ValueError(
                f"color: there is no column {name!r}; there are {known}, and with scope= and "
                "images= a unit as 'layer:12'"
            )
        shape, unit = scope.layers[layer].shape, int(number)
        if shape is not None and unit >= shape[0]:
            raise ValueError(f"color: {layer!r} has {shape[0]} units, from 0; there is no {unit}")
        self.making[name] = ("value", lambda job: _activation(scope, source, layer, unit, job))

    def _kind(self, name: str) -> Kind:
        if name in self.ready:
            return "category" if isinstance(self.ready[name], Category) else "value"
        return self.making[name][0]


def as_category(found: Categories, name: str) -> Category:
    """Return classes as the page has them."""
    if len(found.names) >= MOST:
        raise ValueError(
            f"{name}: {len(found.names)} different values; a colour can tell {MOST - 1} at most"
        )
    codes = np.where(found.codes < 0, len(found.names), found.codes)
    return Category(codes.astype(np.uint16), found.names)


def given_columns(columns: Any, projection: Projection) -> dict[str, Column]:
    """Return the columns of a dict, a pandas or an Arrow table, one value for each point."""
    return {name: as_column(name, values, projection) for name, values in _named(columns).items()}


def as_column(name: str, values: Any, projection: Projection) -> Column:
    """Return one column: numbers with fractions, or many whole ones, are values; else classes."""
    from convscope.manifold import categories
    from convscope.manifold.labels import per_point

    one = per_point(name, values, projection)
    numbers = _numbers(one)
    if numbers is not None:
        if numbers.shape != (len(projection),):
            raise ValueError(
                f"{name}: must be one number for each point, got the shape {numbers.shape}"
            )
        return Value(numbers)
    return as_category(categories(one, len(projection)), name)


def _predicted(scope: Scope, source: ImageSource, job: Job) -> Category:
    """Return the class that the network takes each image for."""
    from convscope.manifold import categories

    found: list[str] = []
    for start in range(0, len(source), _TOGETHER):
        job.check()
        answers = scope.predict(source[start : start + _TOGETHER], top=1)
        found += [each[0].name for each in answers]
        job.progress(len(found), len(source), "asking the network")
    return as_category(categories(found, len(found)), "prediction")


def _correct(known: Category, answers: Column) -> Category:
    """Return whether answers are the labels."""
    assert isinstance(answers, Category)
    given = np.array([*known.names, ""], object)[known.codes]
    told = np.array([*answers.names, ""], object)[answers.codes]
    codes = np.where(given == told, 0, 1)
    codes = np.where(known.codes == len(known.names), 2, codes)
    return Category(codes.astype(np.uint16), ("right", "wrong"))


def _activation(scope: Scope, source: ImageSource, layer: str, unit: int, job: Job) -> Value:
    """Return how strongly a unit answers to each image: the mean over its map."""
    found = np.empty(len(source), np.float32)
    done = 0
    for batch in scope.iter_activations(source, [layer]):
        job.check()
        maps = batch.activations[layer][:, unit]
        found[batch.indices] = maps.reshape(len(maps), -1).float().mean(1).numpy()
        done += len(batch.indices)
        job.progress(done, len(source), f"reading {layer}:{unit}")
    return Value(found)


def spread(projection: Projection, runs: int, job: Job) -> Value:
    """Return how far each point moves when the map is made again."""
    from convscope.manifold import Stopped

    try:
        found = projection.stability(runs, **watched(job))
    except Stopped:
        job.check()
        raise
    return Value(found.spread)


_TOGETHER = 64  # images asked about between two looks at Stop


def _named(columns: Any) -> Mapping[str, Any]:
    if columns is None:
        return {}
    if isinstance(columns, Mapping):
        return {str(name): values for name, values in columns.items()}
    for names in ("column_names", "columns"):  # Arrow, pandas
        found = getattr(columns, names, None)
        if found is not None and hasattr(columns, "__getitem__"):
            return {str(name): columns[name] for name in found}
    raise TypeError(
        "columns: must be a dict of columns, or a pandas or Arrow table, got "
        f"{type(columns).__name__}"
    )


def _numbers(values: Any) -> npt.NDArray[np.float32] | None:
    """Return values as numbers, NaN where missing, or None where they are classes."""
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    if hasattr(values, "to_pandas"):  # Arrow
        values = values.to_pandas()
    if hasattr(getattr(values, "dtype", None), "categories"):
        return None
    if hasattr(values, "to_numpy"):
        values = (
            values.to_numpy(dtype=object, na_value=None)
            if _nullable(values)
            else (values.to_numpy())
        )
    array: npt.NDArray[Any] | None = (
        np.ma.filled(values, np.nan)
        if isinstance(values, np.ma.MaskedArray)
        else (np.asarray(values))
    )
    if array is not None and array.dtype == object:
        array = _from_objects(array)
    if array is None or array.dtype.kind not in "iuf":
        return None
    if array.dtype.kind in "iu" and len(np.unique(array)) <= _FEW:
        return None
    return array.astype(np.float32)


def _nullable(values: Any) -> bool:
    return bool(getattr(values, "hasnans", False)) and "Float" not in str(values.dtype)


def _from_objects(array: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Return numbers among which some are missing; None where something is no number."""
    known = [each for each in array.ravel() if each is not None]
    plain = all(isinstance(e, (int, float, np.number)) and not isinstance(e, bool) for e in known)
    if not known or not plain or array.ndim != 1:
        return None
    whole = all(float(each).is_integer() for each in known if each == each)
    if whole and len(set(known)) <= _FEW:
        return None
    return np.array([np.nan if each is None else float(each) for each in array])
