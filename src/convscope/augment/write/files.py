"""Files that are whole or not there, and never take the place of others."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.augment.serialise import to_yaml
from convscope.augment.write.manifest import NAME
from convscope.augment.write.plan import Job

if TYPE_CHECKING:
    from convscope.augment.pipeline import Pipeline

PIPELINE = "pipeline.yaml"


def place(path: Path, data: bytes) -> bool:
    """Write a file as a whole.

    Returns
    -------
    bool
        False if it was there already, with the same bytes.

    Raises
    ------
    FileExistsError
        If another file is there; it stays.
    """
    if path.exists():
        if path.read_bytes() == data:
            return False
        raise FileExistsError(
            f"target: {str(path)!r} is there already and not of this run; move it, or choose "
            "another folder"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)  # noqa: PTH105  # a killed run leaves the one or the other name
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return True


def check_target(target: Path, source: Path, masks: Path | None) -> None:
    """Refuse folders whose outputs would be taken for sources, and what is no folder."""
    for name, folder in (("source", source), ("masks", masks)):
        if folder is not None and target.resolve().is_relative_to(folder.resolve()):
            raise ValueError(
                f"target: {str(target)!r} lies in {name} {str(folder)!r}, and would be read as "
                "such the next time; choose a folder beside it"
            )
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"target: {str(target)!r} is a file; choose a folder")


def prepare(target: Path, pipe: Pipeline, jobs: list[Job], *, masked: bool) -> None:
    """Make the target folder, or see whether what is in it was written by the same pipeline.

    Raises
    ------
    FileExistsError
        If something there is of another pipeline, or of nobody knows what.
    """
    known, text = target / PIPELINE, _described(pipe)
    if known.exists() and known.read_text(encoding="utf-8") != text:
        raise FileExistsError(
            f"target: {str(target)!r} was written by another pipeline or seed, see {PIPELINE} in "
            "it; choose another folder"
        )
    if not (target / NAME).exists():
        _refuse_unknown(target / "images" if masked else target, jobs)
    elif not known.exists():
        raise FileExistsError(
            f"target: {str(target)!r} holds a {NAME} without {PIPELINE}; choose another folder"
        )
    place(known, text.encode())


def _refuse_unknown(target: Path, jobs: list[Job]) -> None:
    """Refuse a folder in which files of no manifest have the names of outputs."""
    there: dict[Path, set[str]] = {}
    for job in jobs:
        first = target / job.original.stem
        if first.parent not in there:
            files = first.parent.iterdir() if first.parent.is_dir() else ()
            there[first.parent] = {each.stem for each in files}
        taken = there[first.parent] & {f"{first.name}_{i}" for i in job.copies}
        if taken:
            raise FileExistsError(
                f"target: {str(first.parent)!r} holds {min(taken)!r} already, and no {NAME} tells "
                "of it; choose another folder"
            )


def _described(pipe: Pipeline) -> str:
    """Return the pipeline as YAML, or where a function has no name in words."""
    try:
        return to_yaml(pipe)
    except ValueError:
        words = re.sub(r" at 0x[0-9a-f]+", "", repr(pipe))  # where it lies changes with each run
        return (
            f"# A function in it has no name of its own, so this is only for people.\n# {words}\n"
        )
