"""Write augmented images to disk, and go on where a run ended."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from tqdm.auto import tqdm

from convscope.augment.operation import Mixing
from convscope.augment.write.files import check_target, prepare
from convscope.augment.write.manifest import NAME, Manifest
from convscope.augment.write.pictures import FORMATS
from convscope.augment.write.plan import (
    Job,
    Per,
    checked_count,
    masks_of,
    originals,
    sample_number,
    shares,
)
from convscope.augment.write.work import Done, Maker, Workers, recorded
from convscope.images import SkippedImageWarning

if TYPE_CHECKING:
    from convscope.augment.pipeline import Pipeline

_AT_ONCE = 8  # copies of an image that one thread makes in a row


@dataclass(frozen=True)
class Written:
    """What a run wrote.

    Attributes
    ----------
    directory : Path
        The target folder.
    manifest : Path
        The table in it: what made each file.
    written : int
        Outputs that are new.
    skipped : int
        Outputs that were there already.
    failed : dict
        Images that could not be read or augmented, and why.
    """

    directory: Path
    manifest: Path
    written: int
    skipped: int
    failed: Mapping[str, str]


def write(
    pipe: Pipeline,
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    n: int,
    *,
    masks: str | os.PathLike[str] | None = None,
    per: Per = "image",
    format: str | None = None,  # noqa: A002
    quality: int = 95,
    threads: int | None = None,
    progress: bool = True,
    errors: Literal["raise", "skip"] = "raise",
) -> Written:
    """Write augmented copies of the images of a folder, and a manifest that tells of each.

    Class folders, and folders within them, are kept: "cats/tabby.jpg" becomes "cats/tabby_0.jpg",
    "cats/tabby_1.jpg" and so on. What a copy draws depends on the seed of the pipeline and the name
    of its image: not on the threads, nor on the images beside it. ``manifest.csv`` has one row a
    copy: `read_manifest` gives them, and ``pipe.replay(row.record, image)`` the same pixels.
    ``pipeline.yaml`` is the pipeline.

    A run that was ended, in whatever way, leaves whole files only; the same call again writes what
    is missing. No file is ever overwritten.

    Parameters
    ----------
    pipe : Pipeline
        Without MixUp and CutMix, whose mixtures belong to no class folder.
    source : str or path
        A folder of images, flat or with a folder for each class, or one image.
    target : str or path
        A folder, made if it isn't there.
    n : int
        How many copies.
    masks : str or path, optional
        A folder of masks of the same names, with any suffix. Then images go to "images" in the
        target, and masks, lossless and with their palettes, to "masks".
    per : {"image", "total"}
        n of each image, or n in all, spread evenly.
    format : {"jpeg", "png", "webp", "bmp", "tiff"}, optional
        Left out, each image keeps its own. What the format can't hold is written as PNG: 16 bits
        outside TIFF, grey WebP, too long sides, and formats that aren't among these.
    quality : int
        1 to 100, of JPEG and WebP.
    threads : int, optional
        As many as there are processors, up to 8, by default.
    progress : bool
        Whether a bar shows how far it is.
    errors : {"raise", "skip"}
        What to do with an image that can't be read or augmented, or has no mask: end, or leave it
        out with a warning. What can't be written always ends the run.

    Returns
    -------
    Written

    Raises
    ------
    ValueError
        If an argument is wrong, or an image; the sentence names it.
    FileExistsError
        If the target holds something else under a name that is wanted.
    OSError
        If the target can't be written, or the disk is full. What is written stays valid.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> from convscope import augment
    >>> folder = tempfile.mkdtemp()
    >>> Image.new("RGB", (30, 20), "teal").save(f"{folder}/sea.png")
    >>> pipe = augment.Pipeline([augment.Rotate(degrees=20)], seed=0)
    >>> pipe.write(folder, f"{folder}-augmented", 3, progress=False).written
    3
    """
    maker = _maker(pipe, Path(target).expanduser(), format, quality)
    _check_options(per, threads, errors)
    images, folder = Path(source).expanduser(), None if masks is None else Path(masks).expanduser()
    check_target(maker.target, images, folder)
    failed: dict[str, str] = {}
    skip = failed if errors == "skip" else None
    jobs = _planned(images, folder, n, per, skip)
    if jobs and jobs[0].original.label is None:
        pipe.draw(1)  # says so at once where it needs labels
    with _opened(maker, jobs, masked=folder is not None) as manifest:
        missing = _missing(jobs, manifest, maker.target, masked=folder is not None)
        workers = Workers(maker, missing, threads or min(8, os.cpu_count() or 1))
        all_, there = _count(jobs), _count(jobs) - _count(missing)
        bar = tqdm(total=all_, initial=there, disable=not progress, unit="image", leave=False)
        try:
            with bar, contextlib.closing(recorded(workers, manifest)) as running:
                new = _follow(running, bar, skip)
        except OSError as error:
            lacking = _count(_missing(jobs, manifest, maker.target, masked=folder is not None))
            whole = f"{all_ - lacking} of {all_} copies are whole and in {NAME}"
            raise _explained(error, maker.target, whole) from error
    return Written(maker.target, manifest.path, new, there, failed)


def _maker(pipe: Pipeline, target: Path, form: str | None, quality: int) -> Maker:
    for leaf in pipe.leaves:
        if isinstance(leaf.operation, Mixing):
            raise ValueError(
                f"{type(leaf.operation).__name__}: mixes classes, and a file lies in the folder of "
                "one; mix while training, with pipe.dataset"
            )
    suffix = None if form is None else str(form).lower().lstrip(".")
    if suffix is not None and suffix not in FORMATS:
        raise ValueError(f"format: {form!r} isn't known; choose one of {', '.join(FORMATS)}")
    if not isinstance(quality, int) or not 1 <= quality <= 100:
        raise ValueError(f"quality: must be a whole number from 1 to 100; got {quality!r}")
    return Maker(pipe, target, {"jpeg": "jpg", "tiff": "tif"}.get(suffix or "", suffix), quality)


def _check_options(per: str, threads: int | None, errors: str) -> None:
    if per not in get_args(Per):
        raise ValueError(f"per: must be 'image' or 'total'; got {per!r}")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads: must be a whole number from 1; got {threads!r}")
    if errors not in ("raise", "skip"):
        raise ValueError(f"errors: must be 'raise' or 'skip'; got {errors!r}")


def _planned(
    source: Path, masks: Path | None, n: int, per: Per, failed: dict[str, str] | None
) -> list[Job]:
    """List what is to be written, in jobs of a few copies of one image."""
    found = originals(source, masks)
    counts = shares(len(found), checked_count(n, len(found), per), per)
    jobs = [
        Job(original, tuple(range(start, min(start + _AT_ONCE, count))))
        for original, count in zip(found, counts, strict=True)
        for start in range(0, count, _AT_ONCE)
    ]
    if masks is None:
        return jobs
    known = masks_of(found, masks)
    lacking = [each.name for each in found if each.name not in known]
    if lacking and failed is None:
        raise ValueError(
            f"masks: {len(lacking)} of {len(found)} images have none in {str(masks)!r}, such as "
            f"{lacking[0]!r}; add them, or leave such images out with errors='skip'"
        )
    for name in lacking:
        _skip(name, "has no mask", failed)
    return [
        replace(job, original=replace(job.original, mask=known[job.original.name]))
        for job in jobs
        if job.original.name in known
    ]


@contextlib.contextmanager
def _opened(maker: Maker, jobs: list[Job], *, masked: bool) -> Iterator[Manifest]:
    """Make the target, or see that it is of an earlier run of the same kind."""
    try:
        maker.target.mkdir(parents=True, exist_ok=True)
        prepare(maker.target, maker.pipe, jobs, masked=masked)
        manifest = Manifest(maker.target / NAME)
    except OSError as error:
        raise _explained(error, maker.target, "nothing is written") from error
    with manifest:
        yield manifest


def _missing(jobs: list[Job], manifest: Manifest, target: Path, *, masked: bool) -> list[Job]:
    """Return what isn't there yet, and refuse a manifest of something else."""
    wanted = {(j.original.name, sample_number(j.original, c)) for j in jobs for c in j.copies}
    whole: set[tuple[str, int]] = set()
    for key, row in manifest.rows.items():
        if key not in wanted or bool(row.mask) != masked:
            raise FileExistsError(
                f"target: {str(target)!r} holds {row.file!r}, which this call would not write; "
                "with the same source, masks, n and per it goes on, else choose another folder"
            )
        if all((target / name).exists() for name in (row.file, row.mask) if name):
            whole.add(key)
    parts = [
        Job(
            j.original,
            tuple(
                c for c in j.copies if (j.original.name, sample_number(j.original, c)) not in whole
            ),
        )
        for j in jobs
    ]
    return [job for job in parts if job.copies]


def _follow(running: Iterable[Done], bar: Any, failed: dict[str, str] | None) -> int:
    """Count what is written, and end at an error, or tell of it."""
    new = 0
    for done in running:
        new += len(done.made)
        bar.update(len(done.job.copies))
        if done.error is None:
            continue
        if failed is None or isinstance(done.error, OSError | MemoryError):
            raise done.error
        _skip(done.job.original.name, str(done.error), failed)
    return new


def _skip(name: str, why: str, failed: dict[str, str] | None) -> None:
    if failed is None or name in failed:
        return
    failed[name] = why
    warnings.warn(f"{name!r} is left out: {why}", SkippedImageWarning, stacklevel=4)


def _explained(error: OSError, target: Path, whole: str) -> OSError:
    if isinstance(error, FileExistsError | NotADirectoryError) and error.errno is None:
        return error  # a sentence of ours
    return type(error)(
        error.errno,
        f"target: can't write in {str(target)!r} ({error.strerror or error}); {whole}, mend that "
        "and run the same again",
    )


def _count(jobs: list[Job]) -> int:
    return sum(len(job.copies) for job in jobs)
