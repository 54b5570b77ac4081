"""The table of what was written: one line for each output, appended when its file is whole."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from convscope.augment.record import Record

NAME = "manifest.csv"


@dataclass(frozen=True)
class Row:
    """What made one output.

    Attributes
    ----------
    file, mask : str
        What was written, relative to the folder of the manifest; "" where there are no masks.
    source : str
        The image it was made of, relative to the source folder.
    label : str
        Its class; "" without classes. The column is called "class".
    sample : int
        The number by which it drew.
    seed : int
        Of the pipeline.
    drawn : str
        The record of what was drawn, as JSON.
    """

    file: str
    mask: str
    source: str
    label: str
    sample: int
    seed: int
    drawn: str

    @property
    def record(self) -> Record:
        """What was drawn, for ``pipe.replay``."""
        return Record.from_dict(json.loads(self.drawn))


_COLUMNS = ["class" if each.name == "label" else each.name for each in fields(Row)]


class Manifest:
    """The table in the target folder; open it as a context.

    Parameters
    ----------
    path : Path
        Made if it isn't there. A last line that was cut off is removed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[tuple[str, int], Row] = {}
        if not path.exists():
            path.write_text(_line(_COLUMNS), encoding="utf-8", newline="")
        whole = _whole(path.read_bytes())
        if not whole:
            whole = _line(_COLUMNS).encode()
        for row in _parsed(whole, path):
            self.rows[row.source, row.sample] = row
        self._size = len(whole)
        self._stream: Any = path.open("r+b", buffering=0)
        self._truncate(whole if self._size > path.stat().st_size else None)

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def append(self, row: Row) -> None:
        """Add a line, whole or not at all."""
        line = _line(astuple(row)).encode("utf-8", "surrogateescape")
        rest = line
        try:
            while rest:  # a disk may be full in the middle of a line
                rest = rest[self._stream.write(rest) :]
        except OSError:
            self._truncate()
            raise
        self._size += len(line)
        self.rows[row.source, row.sample] = row

    def _truncate(self, text: bytes | None = None) -> None:
        if text is not None:
            self._stream.write(text)
        os.ftruncate(self._stream.fileno(), self._size)
        self._stream.seek(self._size)


def read_manifest(path: str | os.PathLike[str]) -> list[Row]:
    """Return the rows of a manifest; ``row.record`` is for ``pipe.replay``.

    Parameters
    ----------
    path : str or path
        The file, or the folder it lies in.

    Returns
    -------
    list of Row
    """
    place = Path(path).expanduser()
    place = place / NAME if place.is_dir() else place
    return list(_parsed(_whole(place.read_bytes()), place))


def _whole(data: bytes) -> bytes:
    """Return all lines that have an end: a killed run may leave half of one."""
    return data[: data.rfind(b"\n") + 1]


def _parsed(data: bytes, path: Path) -> Iterator[Row]:
    text = data.decode("utf-8", "surrogateescape")
    lines = csv.reader(io.StringIO(text, newline=""))
    if next(lines, None) != _COLUMNS:
        raise ValueError(f"target: {str(path)!r} is not one that convscope wrote; choose another")
    for number, line in enumerate(lines, 2):
        yield _row(line, f"row {number} of {str(path)!r}")


def _row(line: list[str], where: str) -> Row:
    try:
        file, mask, source, label, sample, seed, drawn = line
        return Row(file, mask, source, label, int(sample), int(seed), drawn)
    except ValueError as error:
        raise ValueError(
            f"target: {where} can't be read; mend it, or choose another folder"
        ) from error


def _line(values: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
