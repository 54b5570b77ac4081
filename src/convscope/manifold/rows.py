"""Vectors in, in whatever form people have them, read piece by piece as float32."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from convscope.manifold.pooling import Pool, check_pool, pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convscope.manifold.watch import Watch

_PIECE = 1 << 19  # numbers that are read at once: 2 MiB of float32
_NAMED = 8  # rows that a sentence names


class Rows:
    """Vectors, one a row, that are never all converted at once.

    Parameters
    ----------
    data
        An array or tensor (N, ...) of numbers.
    pool
        How maps (N, C, H, W) become vectors.
    seed
        Of positions drawn in maps.
    kept
        Which rows to use; all by default.
    """

    def __init__(
        self,
        data: Any,
        *,
        pool: Pool = "mean",
        seed: int = 0,
        kept: NDArray[np.int64] | None = None,
    ) -> None:
        check_pool(pool)
        self._data = data
        self._pool: Pool = pool
        self._seed = seed
        self.kept = np.arange(len(data)) if kept is None else kept
        self.given = len(data)
        self.dim: int = self._read(self.kept[:1]).shape[1]

    def __len__(self) -> int:
        return len(self.kept)

    @property
    def piece(self) -> int:
        """How many rows are read at once."""
        return max(1, _PIECE // self.dim)

    def pieces(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield where a piece starts, and its rows (n, D)."""
        for start in range(0, len(self), self.piece):
            yield start, self.between(start, start + self.piece)

    def between(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the rows from ``start`` up to ``stop``, (n, D)."""
        return self._read(self.kept[start:stop])

    def take(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the rows at some positions, (n, D)."""
        return self._read(self.kept[positions])

    def _read(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        run = len(numbers) > 0 and int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1
        if run and bool((np.diff(numbers) == 1).all()):  # a slice is read without a copy
            part = self._data[int(numbers[0]) : int(numbers[-1]) + 1]
        else:
            part = self._data[numbers]
        if isinstance(part, np.ndarray) and not part.flags.writeable:
            part = part.copy()  # of a file or of Arrow's: torch would warn of it
        if part.ndim > 2:
            part = pooled(torch.as_tensor(part), self._pool, numbers.tolist(), seed=self._seed)
        if isinstance(part, Tensor):
            part = part.detach().to("cpu", torch.float32).numpy()
        with np.errstate(over="ignore"):  # what is too large for float32 is told of as infinite
            return np.ascontiguousarray(part, dtype=np.float32)

    def only(self, positions: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        return Rows(self._data, pool=self._pool, seed=self._seed, kept=self.kept[positions])


def as_rows(
    vectors: Any, *, pool: Pool, seed: int, errors: Literal["raise", "skip"], watch: Watch
) -> Rows:
    """Return vectors in any form as rows, and refuse what no map can be made of.

    Raises
    ------
    ValueError
        If there are too few, if all are equal, or if some have NaN or infinite values and
        ``errors`` is ``"raise"``.
    """
    if errors not in ("raise", "skip"):
        raise ValueError(f"errors: must be 'raise' or 'skip', got {errors!r}")
    data = as_matrix(vectors)
    if len(data) == 0:
        raise ValueError("vectors: there is none; a map needs at least 4")
    rows = _finite(Rows(data, pool=pool, seed=seed), errors, watch)
    if len(rows) < 4:
        raise ValueError(f"vectors: a map needs at least 4 points, got {len(rows)}")
    first = rows.between(0, 1)
    if all(bool((part == first).all()) for _, part in rows.pieces()):
        raise ValueError(
            f"vectors: all {len(rows)} are equal, so no map can be made of them; is the layer "
            "dead, or are the images all the same?"
        )
    return rows


def as_matrix(vectors: Any) -> Any:
    """Return vectors in any form as an array or a tensor of numbers, (N, D) or maps (N, C, ...).

    Raises
    ------
    TypeError, ValueError
        If they are none; the sentence says what came.
    """
    if isinstance(vectors, Mapping):
        vectors = _only(vectors)
    if not isinstance(vectors, Tensor | np.ndarray):
        vectors = _converted(vectors)
    if isinstance(vectors, np.ndarray) and vectors.dtype.kind not in "fiub":
        raise TypeError(f"vectors: must be real numbers, got an array of {vectors.dtype}")
    if isinstance(vectors, Tensor) and vectors.is_complex():
        raise TypeError(f"vectors: must be real numbers, got a tensor of {vectors.dtype}")
    if vectors.ndim < 2:
        raise ValueError(
            f"vectors: must be (N, D), one row for each point, got {tuple(vectors.shape)}; for one "
            "number a point pass vectors[:, None]"
        )
    if len(vectors) and 0 in vectors.shape:
        raise ValueError(f"vectors: the rows of {tuple(vectors.shape)} are empty")
    return vectors


def _only(vectors: Mapping[Any, Any]) -> Any:
    if len(vectors) != 1:
        raise ValueError(
            f"vectors: activations of {len(vectors)} layers; pass those of one, or use "
            "cs.manifold.project_layers for several"
        )
    return next(iter(vectors.values()))


def _converted(vectors: Any) -> Any:
    """Return an array from a table, a column, a Dataset or a list."""
    module = type(vectors).__module__.partition(".")[0]
    if module == "pyarrow":
        return _arrow(vectors)
    if module in ("pandas", "polars"):
        return _table(vectors)
    if isinstance(vectors, str | bytes):
        raise TypeError("vectors: must be numbers, got text; scope.embed gives those of images")
    if not (hasattr(vectors, "__getitem__") or isinstance(vectors, Iterable)):
        raise TypeError(
            "vectors: must be an array, a tensor, a table, a Dataset or a list of vectors, got "
            f"{type(vectors).__name__}"
        )
    return _stacked(_items(vectors))


def _items(vectors: Any) -> Iterator[Any]:
    """Yield the vector of each item of a list or a Dataset, which may give labels with it."""
    dataset = isinstance(vectors, torch.utils.data.Dataset)
    indexed = hasattr(vectors, "__len__") and not hasattr(vectors, "__iter__")
    for item in (vectors[i] for i in range(len(vectors))) if indexed else vectors:
        yield item[0] if dataset and isinstance(item, tuple | list) else item


def _stacked(items: Iterator[Any]) -> NDArray[np.float32]:
    found: list[NDArray[np.float32]] = []
    for position, item in enumerate(items):
        try:
            values = item.detach().cpu().float() if isinstance(item, Tensor) else item
            row = np.asarray(values, dtype=np.float32)
        except (TypeError, ValueError):
            raise TypeError(
                f"vectors: number {position} is no vector of numbers but a {type(item).__name__}"
            ) from None
        if row.ndim > 1:
            raise ValueError(
                f"vectors: number {position} has the shape {row.shape}; for images use "
                "scope.embed(images, layer) first"
            )
        if found and row.shape != found[0].shape:
            raise ValueError(
                f"vectors: number {position} has the shape {row.shape}, the first "
                f"{found[0].shape}; all must have the same length"
            )
        found.append(row)
    return np.stack(found) if found else np.zeros((0, 1), np.float32)


def _table(table: Any) -> Any:
    """Return a pandas or polars table of numbers, or a column of vectors, as an array."""
    if getattr(table, "ndim", 2) == 1 or not hasattr(table, "columns"):
        return _column(table.to_numpy(), lambda: iter(table))
    if table.shape[1] == 1 and table.to_numpy().dtype == object:
        return _table(table[table.columns[0]])
    other = [str(name) for name in table.columns if not _is_numeric(table[name])]
    if other:
        raise TypeError(
            f"vectors: {len(other)} columns of the table hold no numbers, such as {other[0]!r}; "
            "leave them out"
        )
    return table.to_numpy(dtype=np.float32) if hasattr(table, "iloc") else table.to_numpy()


def _is_numeric(column: Any) -> bool:
    values = np.asarray(column.to_numpy()[:1])
    if values.dtype.kind in "fiub":
        return True
    return getattr(column.dtype, "kind", "O") in "fiub"  # numbers that may be missing


def _column(values: NDArray[Any], items: Callable[[], Iterator[Any]]) -> Any:
    return _stacked(items()) if values.dtype == object else values


def _arrow(table: Any) -> Any:
    """Return an Arrow table of numbers, or a column of lists, as an array."""
    if hasattr(table, "column_names"):
        if table.num_columns == 1:
            return _arrow(table.column(0))
        return _table(table.to_pandas())
    if hasattr(table, "combine_chunks"):
        table = table.combine_chunks()
    size = getattr(table.type, "list_size", None)
    if size is not None and table.null_count == 0:
        return table.flatten().to_numpy(zero_copy_only=False).reshape(-1, size)
    return _column(table.to_numpy(zero_copy_only=False), lambda: iter(table.to_pylist()))


def _finite(rows: Rows, errors: str, watch: Watch) -> Rows:
    """Return the rows that are finite; those that aren't are named."""
    good = np.ones(len(rows), bool)
    with watch.stage("reading vectors", len(rows)) as tick:
        for start, part in rows.pieces():
            good[start : start + len(part)] = np.isfinite(part).all(1)
            tick(start + len(part))
    bad = np.flatnonzero(~good)
    if not len(bad):
        return rows
    named = ", ".join(str(i) for i in bad[:_NAMED]) + (", …" if len(bad) > _NAMED else "")
    verb = "holds" if len(bad) == 1 else "hold"
    sentence = f"vectors: {len(bad)} of {len(rows)} rows {verb} NaN or infinite values ({named})"
    if errors == "raise":
        raise ValueError(f"{sentence}; pass errors='skip' to leave them out")
    warnings.warn(f"{sentence}; they are left out", stacklevel=4)
    return rows.only(np.flatnonzero(good))
