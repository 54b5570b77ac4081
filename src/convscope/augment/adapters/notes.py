"""What transforms of another library tell of their draws, while samples go through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convscope.augment.record import Column, Record


@dataclass
class Notes:
    """What was heard, sample by sample.

    Attributes
    ----------
    titles : list of str
        The class of each transform, in order.
    heard : list of dict
        One for each sample: the values of each transform that it went through, by position.
    """

    titles: list[str] = field(default_factory=list)
    heard: list[dict[int, dict[str, float]]] = field(default_factory=list)

    def add(self, title: str) -> int:
        """Take in one more transform, and return its position."""
        self.titles.append(title)
        return len(self.titles) - 1

    def begin(self) -> None:
        """Begin with the next sample."""
        self.heard.append({})

    def put(self, position: int, values: Mapping[str, Any] | None = None) -> None:
        """Note that the sample goes through a transform, and the numbers among its values."""
        self.heard[-1][position] = plain(values or {})

    def record(self, seed: int, samples: Sequence[int]) -> Record:
        """Return what was heard as a record; what a sample did not go through has zeros."""
        columns: list[Column] = []
        seen: dict[str, int] = {}
        for position, title in enumerate(self.titles):
            seen[title] = seen.get(title, 0) + 1
            key = title if seen[title] == 1 else f"{title} {seen[title]}"
            rows = [heard.get(position) for heard in self.heard]
            rows += [None] * (len(samples) - len(rows))
            names = _common([row for row in rows if row is not None])
            values = {
                name: np.asarray([0.0 if row is None else row[name] for row in rows])
                for name in names
            }
            applied = np.asarray([row is not None for row in rows], bool)
            columns.append(Column(key, title, applied, values))
        return Record(seed, np.asarray(samples, np.int64), tuple(columns))


def plain(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the finite numbers among values; short sequences are taken apart."""
    found: dict[str, float] = {}
    for name, value in values.items():
        numbers = _numbers(value)
        if len(numbers) == 1 or (numbers and len(set(numbers)) == 1):
            found[name] = numbers[0]
        elif len(numbers) == 2:
            found |= {f"{name} x": numbers[0], f"{name} y": numbers[1]}
        elif isinstance(value, Mapping):
            found |= {f"{name} {key}": each for key, each in plain(value).items()}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _numbers(value: Any) -> list[float]:
    """Return a number, or the numbers of a short sequence, as a list; empty for anything else."""
    if isinstance(value, str | bytes | Mapping) or value is None:
        return []
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return []
    return [float(each) for each in array.reshape(-1)] if array.size <= 2 else []


def _common(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """Return the names that all rows have, in order."""
    if not rows:
        return []
    return [name for name in rows[0] if all(name in row for row in rows)]
