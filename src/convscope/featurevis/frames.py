"""Frames as a film: GIF always, MP4 where something that writes it is installed."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from convscope.images import to_display


def save_frames(path: str | Path, frames: Iterable[Tensor], *, fps: float = 12.0) -> Path:
    """Write frames as ``.gif`` or ``.mp4`` and return the path.

    Parameters
    ----------
    path
        Ends in ``.gif`` or ``.mp4``.
    frames
        (C, H, W) in [0, 1], all of one size; they are asked for one by one.
    fps
        Frames a second.

    Raises
    ------
    ValueError
        For another ending, without frames, or for frames of several sizes.
    ModuleNotFoundError
        For MP4 when neither the program ffmpeg nor imageio with its ffmpeg is installed.
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import torch
    >>> save_frames("grey.gif", [torch.full((3, 20, 30), k / 4) for k in range(4)]).name
    'grey.gif'
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in (".gif", ".mp4"):
        raise ValueError(f"path: must end in .gif or .mp4, got {path.name!r}")
    if not fps > 0:
        raise ValueError(f"fps: must be above 0, got {fps}")
    pictures = _alike(_pixels(frame) for frame in frames)
    if ending == ".gif":
        return _gif(path, pictures, fps)
    program = _ffmpeg()
    return _mp4(path, pictures, fps, program)


def _pixels(frame: Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    shown = to_display(frame.detach().float().clamp(0, 1).cpu())
    return shown.permute(1, 2, 0).contiguous().numpy()


def _alike(pictures: Iterable[Any]) -> Iterator[Any]:
    """Yield pictures as long as they have the size of the first."""
    first: tuple[int, ...] | None = None
    for turn, each in enumerate(pictures):
        first = first or each.shape
        if each.shape != first:
            raise ValueError(
                f"frames: frame {turn} has {each.shape[0]} × {each.shape[1]} pixels, the first "
                f"{first[0]} × {first[1]}; give all in one size"
            )
        yield each


def _gif(path: Path, pictures: Iterator[Any], fps: float) -> Path:
    first = next(pictures, None)
    if first is None:
        raise ValueError("frames: there is none; give at least one")
    Image.fromarray(first).save(
        path,
        save_all=True,
        append_images=(Image.fromarray(each) for each in pictures),
        duration=round(1000 / fps),
        loop=0,
    )
    return path


def kinds() -> tuple[str, ...]:
    """Return what films can be written as here: "gif", and "mp4" where something writes it."""
    return ("gif",) if _writer() is None else ("gif", "mp4")


def _writer() -> str | None:
    found = shutil.which("ffmpeg")
    if found is None and importlib.util.find_spec("imageio_ffmpeg") is not None:
        found = str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    return found


def _ffmpeg() -> str:
    found = _writer()
    if found is None:
        raise ModuleNotFoundError(
            "path: MP4 needs the program ffmpeg, or the package imageio-ffmpeg; install one of "
            "them, or write a .gif"
        )
    return found


def _mp4(path: Path, pictures: Iterator[Any], fps: float, program: str) -> Path:
    first = next(pictures, None)
    if first is None:
        raise ValueError("frames: there is none; give at least one")
    height, width = first.shape[:2]
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-"]
    # Players want even sides and this layout of colours.
    command += ["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-pix_fmt", "yuv420p", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        assert writer.stderr is not None
        with suppress(BrokenPipeError):  # it has ended: why, it tells
            for each in chain([first], pictures):
                writer.stdin.write(each.tobytes())
            writer.stdin.close()
        why = writer.stderr.read().decode(errors="replace").strip()
        if writer.wait():
            raise OSError(f"path: ffmpeg could not write {path}: {why}")
    return path
