"""What is to be written: every output, known by name before the first image is read."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from convscope.images.listing import find_files

Per: TypeAlias = Literal["image", "total"]

_COPIES = 2**20  # of one image, at most: so many numbers of samples lie between two images


@dataclass(frozen=True)
class Original:
    """An image to augment.

    Attributes
    ----------
    path : Path
        Where it is.
    name : str
        Relative to the source folder, with "/".
    stem : str
        What its outputs are called, without their number: its name without the suffix, or with it
        where two images differ in nothing else.
    label : str or None
        Its class folder.
    mask : Path or None
        Of the same relative name in the folder of masks.
    """

    path: Path
    name: str
    stem: str
    label: str | None
    mask: Path | None = None


@dataclass(frozen=True)
class Job:
    """Some outputs of one image: of which copies, from 0."""

    original: Original
    copies: tuple[int, ...]


def originals(source: Path, masks: Path | None) -> list[Original]:
    """List the images of a folder, class by class and in natural order.

    Masks that lie in a folder within the source are not taken for images.
    """
    root = source if source.is_dir() else source.parent
    try:
        files = [Path(str(file)) for file in find_files(str(source)).files]
    except ValueError as error:
        raise ValueError(str(error).replace("images:", "source:", 1)) from error
    except FileNotFoundError as error:
        raise FileNotFoundError(str(error).replace("images:", "source:", 1)) from error
    if masks is not None:
        files = [file for file in files if not file.is_relative_to(masks)]
    if not files:
        raise ValueError(f"source: {str(source)!r} holds masks and no image beside them")
    names = [file.relative_to(root).as_posix() for file in files]
    in_classes = all("/" in name for name in names)
    stems = _stems(names)
    return [
        Original(file, name, stem, name.split("/", 1)[0] if in_classes else None)
        for file, name, stem in zip(files, names, stems, strict=True)
    ]


def shares(count: int, n: int, per: Per) -> list[int]:
    """Return how many outputs each of so many images has: n, or n in all, spread evenly."""
    if per == "image":
        return [n] * count
    return [(k + 1) * n // count - k * n // count for k in range(count)]


def sample_number(original: Original, copy: int) -> int:
    """Return the number by which an output draws: it depends on the name of its image alone.

    So images that are added later do not change what the others draw.
    """
    name = original.name.encode("utf-8", "surrogateescape")
    start = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little") >> 32
    return start * _COPIES + copy


def checked_count(n: object, count: int, per: Per) -> int:
    """Return n, or say why it is none."""
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueError(f"n: must be a whole number from 1; got {n!r}")
    if max(shares(count, n, per)) > _COPIES:
        raise ValueError(f"n: is more than the {_COPIES} outputs that one image may have; got {n}")
    return n


def masks_of(found: list[Original], masks: Path) -> dict[str, Path]:
    """Return the mask of each image by the name of the image; those without one are left out.

    Raises
    ------
    ValueError
        If two files may be the mask of an image, or there is none at all.
    """
    try:
        files = [Path(str(file)) for file in find_files(str(masks)).files]
    except (ValueError, FileNotFoundError) as error:
        raise type(error)(str(error).replace("images:", "masks:", 1)) from error
    by_stem: dict[str, Path] = {}
    wanted = {_stem(each.name) for each in found}
    for file in files:
        stem = _stem(file.relative_to(masks).as_posix())
        if stem in by_stem and stem in wanted:
            raise ValueError(
                f"masks: both {by_stem[stem].name!r} and {file.name!r} may be that of {stem!r}; "
                "leave one"
            )
        by_stem[stem] = file
    return {each.name: by_stem[_stem(each.name)] for each in found if _stem(each.name) in by_stem}


def _stems(names: list[str]) -> list[str]:
    """Return the names without suffixes, or with them where else two were the same."""
    count = Counter(_stem(name).casefold() for name in names)
    stems = [
        _stem(name) if count[_stem(name).casefold()] == 1 else _stem(name) + _tail(name)
        for name in names
    ]
    again = [name for name, times in Counter(map(str.casefold, stems)).items() if times > 1]
    if again:
        raise ValueError(f"source: two images would be called {again[0]!r}; rename one")
    return stems


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _tail(name: str) -> str:
    return "_" + PurePosixPath(name).suffix[1:]
