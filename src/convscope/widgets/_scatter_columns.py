"""What points can be coloured by: classes and values, in whatever form people have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

if TYPE_CHECKING:
    from convscope.manifold import Categories, Projection

Kind = Literal["category", "value"]

MOST = 65_535  # categories that codes of 16 bits can tell apart, one code being the missing ones
MISSING = "missing"  # as in js/lib/point_colours.ts
_NAMED = 8  # categories that a sentence names
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

    def check(self, column: str, names: Sequence[str]) -> None:
        """Refuse names of classes that there are not."""
        for name in names:
            if name not in self.names and name != MISSING:
                known = ", ".join(map(repr, self.names[:_NAMED]))
                more = ", …" if len(self.names) > _NAMED else ""
                raise ValueError(
                    f"isolated: {column!r} has no category {name!r}; it has {known}{more}"
                )

    def told(self) -> Categories:
        """Return the classes as the manifold has them."""
        from convscope.manifold import Categories

        codes = self.codes.astype(np.int64)
        codes[codes == len(self.names)] = -1
        return Categories(codes, self.names)


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
        empty = {"dtype": object, "na_value": None} if _nullable(values) else {}
        values = values.to_numpy(**empty)
    if isinstance(values, np.ma.MaskedArray):
        hidden = np.ma.getmaskarray(values)
        values = values.data.astype(object)
        values[hidden] = None
    array: npt.NDArray[Any] | None = np.asarray(values)
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
