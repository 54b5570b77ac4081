"""What was drawn for each sample: to show, to keep and to replay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convscope.augment.dice import Numbers


@dataclass(frozen=True)
class Drawn:
    """What one operation drew for one sample.

    Attributes
    ----------
    key : str
        Which operation of the pipeline, such as "Rotate" or "Rotate 2".
    name : str
        Its class name.
    applied : bool
        Whether the sample went through it.
    values : dict
        Numbers by name; seeds stand for fields such as noise.
    """

    key: str
    name: str
    applied: bool
    values: Mapping[str, float | int]


@dataclass(frozen=True)
class Column:
    """What one operation drew for all samples.

    Attributes
    ----------
    key, name : str
        As in `Drawn`.
    applied : ndarray
        (N,) bool.
    values : dict
        (N,) numbers by name.
    """

    key: str
    name: str
    applied: Numbers
    values: Mapping[str, Numbers]

    def select(self, indices: Numbers) -> Column:
        """Return the column of some samples."""
        values = {name: each[indices] for name, each in self.values.items()}
        return Column(self.key, self.name, self.applied[indices], values)


@dataclass(frozen=True)
class Record(Sequence[list[Drawn]]):
    """What was drawn for some samples; ``record[i]`` lists it for one, operation by operation.

    Attributes
    ----------
    seed : int
        Of the pipeline.
    samples : ndarray
        (N,) int64, the number of each sample.
    columns : tuple of Column
        One for each operation, in order.
    """

    seed: int
    samples: Numbers
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.select(np.arange(len(self))[index])
        position = range(len(self))[index]
        return [
            Drawn(
                column.key,
                column.name,
                bool(column.applied[position]),
                {name: each[position].item() for name, each in column.values.items()},
            )
            for column in self.columns
        ]

    def __iter__(self) -> Iterator[list[Drawn]]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def column(self, key: str) -> Column:
        """Return what one operation drew."""
        for column in self.columns:
            if column.key == key:
                return column
        known = ", ".join(column.key for column in self.columns)
        raise KeyError(f"record: no operation {key!r}; there are {known}")

    def select(self, indices: Any) -> Record:
        """Return the record of some samples."""
        chosen = np.asarray(indices, np.int64)
        columns = tuple(column.select(chosen) for column in self.columns)
        return Record(self.seed, self.samples[chosen], columns)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain numbers and lists, for JSON."""
        return {
            "seed": self.seed,
            "samples": self.samples.tolist(),
            "operations": [
                {
                    "key": column.key,
                    "name": column.name,
                    "applied": column.applied.tolist(),
                    "values": {name: each.tolist() for name, each in column.values.items()},
                }
                for column in self.columns
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """Return the record that `to_dict` wrote."""
        try:
            columns = tuple(
                Column(
                    each["key"],
                    each["name"],
                    np.asarray(each["applied"], bool),
                    {name: np.asarray(values) for name, values in each["values"].items()},
                )
                for each in data["operations"]
            )
            return cls(int(data["seed"]), np.asarray(data["samples"], np.int64), columns)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "record: this is not what Record.to_dict wrote; keep it whole, as JSON"
            ) from error
