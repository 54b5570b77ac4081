"""Labels in any form: text, numbers, truth values, categories, dates, and missing ones."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.projection import Projection

MISSING = -1


@dataclass(frozen=True, eq=False)
class Categories:
    """Labels as numbers of classes.

    Attributes
    ----------
    codes
        (N,), the class of each point as a position in ``names``; -1 where it has none.
    names
        The classes as text, in the order of their values.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def missing(self) -> int:
        """How many points have no label."""
        return int((self.codes == MISSING).sum())

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many points each class has, in the order of ``names``."""
        known = self.codes[self.codes != MISSING]
        return np.bincount(known, minlength=len(self.names))


def categories(labels: Any, count: int, *, classes: Sequence[str] | None = None) -> Categories:
    """Return labels in any form as classes.

    Parameters
    ----------
    labels
        One for each point: a list, an array, a tensor, a pandas or Arrow column, of any type.
        None, NaN, NA, NaT and masked values are missing. `Categories` stay as they are.
    count
        How many points there are.
    classes
        Names for labels that are whole numbers.

    Raises
    ------
    TypeError, ValueError
        If they are not one for each point.

    Examples
    --------
    >>> found = categories(["cat", None, "ant", "cat"], 4)
    >>> found.names, found.codes.tolist()
    (('ant', 'cat'), [1, -1, 0, 1])
    """
    if isinstance(labels, Categories):
        _check_length(labels, count)
        return labels
    values, which = _distinct(labels, count)
    plain = [_plain(value) for value in values]
    order = _declared(labels) or _sorted({each for each in plain if each is not None})
    position = {value: i for i, value in enumerate(order)}
    codes = np.array([MISSING if p is None else position[p] for p in plain], np.int64)
    return Categories(codes[which], tuple(_name(value, classes) for value in order))


def of_points(labels: Any, projection: Projection) -> Categories:
    """Return labels of a map's points; given for every vector, those of its points are taken."""
    values = per_point("labels", labels, projection)
    return categories(values, len(projection))


def per_point(name: str, values: Any, projection: Projection) -> Any:
    """Return values for each point of a map, which come for those or for every vector given.

    Raises
    ------
    ValueError
        If there are neither as many as points nor as vectors.
    """
    count, wanted = _length(name, values), len(projection)
    if count == wanted:
        return values
    if count == projection.given:
        return _taken(values, projection.indices)
    hint = "" if wanted == projection.given else f" (or {projection.given}, one for each vector)"
    raise ValueError(f"{name}: {count} for {wanted} points{hint}; give one for each")


def listed(labels: Any, count: int) -> list[Any]:
    """Return labels as a list of ``count``."""
    _check_length(labels, count)
    if isinstance(labels, Tensor):
        labels = labels.detach().cpu()
    if getattr(labels, "ndim", 1) != 1:
        raise ValueError(
            f"labels: must be one for each point, got the shape {tuple(labels.shape)}; for scores "
            "of classes pass scores.argmax(1)"
        )
    if isinstance(labels, np.ma.MaskedArray):
        labels = [
            None if hidden else each
            for each, hidden in zip(labels.data.tolist(), np.ma.getmaskarray(labels), strict=True)
        ]
    for way in ("to_pylist", "tolist", "to_list"):
        if hasattr(labels, way):
            return list(getattr(labels, way)())
    return list(labels)


def _distinct(labels: Any, count: int) -> tuple[list[Any], NDArray[np.int64]]:
    """Return values among which are all labels, and which of them each label is.

    Of an array they are found at once: a million labels would take seconds one by one.
    """
    _check_length(labels, count)
    kind = labels.dtype.kind if type(labels) is np.ndarray else ""
    if kind and kind in "biufUS" and labels.ndim == 1:
        values, which = np.unique(labels, return_inverse=True)
        return values.tolist(), which
    if isinstance(labels, Tensor) and labels.ndim == 1:
        found, place = torch.unique(labels.detach().cpu(), return_inverse=True)
        return found.tolist(), place.numpy()
    return listed(labels, count), np.arange(count)


def _check_length(labels: Any, count: int) -> None:
    length = _length("labels", labels)
    if length != count:
        raise ValueError(f"labels: {length} for {count} points; give one for each")


def _length(name: str, values: Any) -> int:
    if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
        raise TypeError(
            f"{name}: must be a list, an array or a column, one for each point, got "
            f"{type(values).__name__}"
        )
    return len(values)


def _taken(values: Any, indices: NDArray[np.int64]) -> Any:
    if isinstance(values, Categories):
        return Categories(values.codes[indices], values.names)
    if hasattr(values, "iloc"):
        return values.iloc[indices]
    if isinstance(values, Tensor | np.ndarray):
        return values[indices]
    if hasattr(values, "take") and hasattr(values, "to_pylist"):
        return values.take(indices)
    return [values[int(i)] for i in indices]


def _declared(labels: Any) -> list[Any]:
    """Return the categories of a pandas column that declares them, in its order."""
    own = getattr(getattr(labels, "dtype", None), "categories", None)
    if own is None:
        own = getattr(labels, "categories", None)
    return [] if own is None else [_plain(value) for value in own]


def _plain(value: Any) -> Any:
    """Return a label as something that can be counted, None if it is missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str | int) else str(value)


def _sorted(values: set[Any]) -> list[Any]:
    if all(isinstance(value, int | float) for value in values):
        return sorted(values)
    return sorted(values, key=lambda value: (isinstance(value, str), str(value)))


def _name(value: Any, classes: Sequence[str] | None) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if classes is not None and whole and 0 <= value < len(classes):
        return str(classes[value])
    return str(value)
