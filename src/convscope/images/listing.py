"""Finding image files: paths, folders, class folders, globs, and fsspec URLs of all of them."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from convscope.images.files import Place, RemoteFile, is_image_name

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Found:
    """The image files of a place.

    Attributes
    ----------
    files : list of Place
        In natural order: "img2" before "img10", class by class.
    labels : list of str or None
        The class folder of each file, if the files lie in class folders.
    """

    files: list[Place]
    labels: list[str] | None = None


def find_files(path: str, *, missing_ok: bool = False) -> Found:
    """Find the image files that a path, a glob or a URL stands for.

    A folder gives all images in it and below it; those of hidden folders and files are left out. If
    none lies in the folder itself, the folders in it are the classes.

    Parameters
    ----------
    path : str
        Local, with "~" and "*" as in a shell, or an fsspec URL such as "s3://bucket/cats/*.jpg" or
        "zip://*.png::file:///photos.zip".
    missing_ok : bool
        Take a file that isn't there as found, so that reading it fails.

    Returns
    -------
    Found

    Raises
    ------
    FileNotFoundError
        If there is nothing there; near names are suggested.
    ValueError
        If a folder holds no image.
    """
    if not path.strip():
        raise ValueError(
            "images: the path is empty; give that of a file or folder, '.' for this one"
        )
    if "://" in path or "::" in path:
        return _find_remote(path, missing_ok=missing_ok)
    local = Path(path).expanduser()
    if local.is_dir():
        return _folder(path, _walk(local), lambda file: str(local / file))
    if local.exists() or (missing_ok and not _MAGIC.search(path)):
        return Found([str(local)])
    if _MAGIC.search(path):
        matches = [m for m in glob.glob(str(local), recursive=True) if not Path(m).is_dir()]  # noqa: PTH207
        return Found(list(_matched(path, matches)))
    raise FileNotFoundError(f"images: there is no file or folder {path!r}; {_nearby(local)}")


def natural_key(path: str) -> tuple[list[list[tuple[str, int]]], str]:
    """Give the key that sorts "img2" before "img10", folder by folder."""
    # "0" and "00" are the same number: the text itself tells such paths apart.
    return [_part_key(part) for part in path.split("/")], path


def short_names(files: Sequence[Place]) -> list[str]:
    """Name files by their stems, with as many of their folders as it takes to tell them apart."""
    paths = [PurePosixPath(str(file).replace(os.sep, "/")) for file in files]
    stems = [path.stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    roots = {path.parent for path in paths}
    shared = os.path.commonpath([str(root) for root in roots]) if len(roots) > 1 else ""
    base = PurePosixPath(shared) if shared else next(iter(roots))
    below = [path.relative_to(base) for path in paths]
    names = [str(path.with_suffix("")) for path in below]
    return names if len(set(names)) == len(names) else [str(path) for path in below]


def _part_key(part: str) -> list[tuple[str, int]]:
    pieces = re.findall(r"(\D*)(\d*)", part)
    return [(text, int(digits) if digits else -1) for text, digits in pieces]


def _walk(root: Path) -> list[str]:
    """List the files below a folder, links followed once, relative and with "/" between parts."""
    found: list[str] = []
    seen: set[tuple[int, int]] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:  # a link back up would never end
            subfolders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        subfolders.sort()
        found += [Path(folder, file).relative_to(root).as_posix() for file in files]
    return found


def _folder(path: str, relative: Iterable[str], place: Callable[[str], Place]) -> Found:
    """Sort the files of a folder, and take its subfolders as classes if all images are in them."""
    everything = [file for file in relative if not _hidden(file)]
    images = [file for file in everything if is_image_name(file)]
    if not images:
        held = ", ".join(repr(file) for file in sorted(everything)[:3])
        what = f"{len(everything)} other files, such as {held}" if everything else "nothing"
        raise ValueError(f"images: the folder {path!r} holds no image file; it holds {what}")
    if all("/" in file for file in images):
        images.sort(key=lambda file: (file.split("/", 1)[0], natural_key(file)))
        return Found([place(file) for file in images], [file.split("/", 1)[0] for file in images])
    return Found([place(file) for file in sorted(images, key=natural_key)])


def _hidden(file: str) -> bool:
    return any(part.startswith(".") for part in file.split("/"))


def _matched(pattern: str, matches: Sequence[str]) -> list[str]:
    if not matches:
        raise FileNotFoundError(f"images: no file matches {pattern!r}; check the folder and suffix")
    images = [match for match in matches if is_image_name(match)]
    return sorted(images or matches, key=lambda match: natural_key(match.replace(os.sep, "/")))


def _nearby(path: Path) -> str:
    """Say which names near a wrong path there are."""
    parent = next(folder for folder in path.absolute().parents if folder.is_dir())
    wanted = path.absolute().relative_to(parent).parts[0]
    names = [entry.name for entry in parent.iterdir()]
    close = difflib.get_close_matches(wanted, names, n=3)
    if close:
        return f"did you mean {' or '.join(repr(str(parent / name)) for name in close)}?"
    listed = ", ".join(repr(name) for name in sorted(names)[:5]) or "nothing"
    return f"{str(parent)!r} holds {listed}{' and more' if len(names) > 5 else ''}"


def _find_remote(url: str, *, missing_ok: bool) -> Found:
    from fsspec.core import url_to_fs  # slow to load, and most images are local

    try:
        system, path = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise type(error)(f"images: {url!r} can't be opened: {error}") from error

    def remote(found: str) -> RemoteFile:
        return RemoteFile(system, found, str(system.unstrip_protocol(found)))

    web = url.startswith(("http://", "https://"))  # where "?" is no wildcard and folders don't list
    if web or (missing_ok and is_image_name(path)):
        return Found([RemoteFile(system, path, url)])
    if _MAGIC.search(path):
        matches = [match for match in system.glob(path) if not system.isdir(match)]
        return Found([remote(match) for match in _matched(url, matches)])
    if system.isfile(path) or (missing_ok and not system.isdir(path)):
        return Found([RemoteFile(system, path, url)])
    if not system.exists(path):
        raise FileNotFoundError(f"images: there is no file or folder {url!r}")
    prefix = path.rstrip("/") + "/" if path else ""
    below = [str(file)[len(prefix) :] for file in system.find(path)]
    return _folder(url, below, lambda file: remote(prefix + file))
