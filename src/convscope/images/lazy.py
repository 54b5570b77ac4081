"""Sequences whose entries are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T]):
    """A sequence of known length, of which a function gives the entries.

    Parameters
    ----------
    length : int
    entry : callable
        Takes an index from 0 and gives its entry.
    """

    def __init__(self, length: int, entry: Callable[[int], T]) -> None:
        self._length = length
        self._entry = entry

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        positions = range(self._length)[index]
        if isinstance(positions, range):
            return [self._entry(position) for position in positions]
        return self._entry(positions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment] # like a list

    def __repr__(self) -> str:
        more = ", …" if self._length > 5 else ""
        return f"[{', '.join(repr(entry) for entry in self[:5])}{more}]"


def numbered(word: str, count: int) -> Sequence[str]:
    """Give the names "word 0", "word 1" and so on."""
    return Lazy(count, lambda index: f"{word} {index}")


def picked(entries: Sequence[T], indices: Sequence[int]) -> Sequence[T]:
    """Give some entries of another sequence."""
    return Lazy(len(indices), lambda index: entries[indices[index]])
