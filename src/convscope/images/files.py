"""Reading one image file, local or behind fsspec."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias

from PIL import Image, JpegImagePlugin, UnidentifiedImageError
from torch import Tensor

from convscope.images.decode import PillowImage, from_pillow
from convscope.images.problems import ImageError
from convscope.images.resize import fit

_log = logging.getLogger(__name__)

# What Pillow claims to open, but only with other programs at hand, or not at all.
_FOREIGN = {".eps", ".ps", ".wmf", ".emf", ".h5", ".hdf", ".grib", ".bufr", ".mpg", ".mpeg"}


@dataclass(frozen=True)
class RemoteFile:
    """A file of an fsspec file system.

    Attributes
    ----------
    system : fsspec.AbstractFileSystem
    path : str
        As the file system spells it.
    url : str
        As errors spell it.
    """

    system: Any
    path: str
    url: str

    def __str__(self) -> str:
        return self.url


Place: TypeAlias = str | RemoteFile


def read_file(place: Place, *, near: int | None = None) -> Tensor:
    """Read an image file; see `from_pillow` for how its values are read.

    Parameters
    ----------
    place : str or RemoteFile
        A local path, or a file behind fsspec.
    near : int, optional
        Let a JPEG be decoded smaller, by 2, 4 or 8, which is several times faster, as long as its
        longer side stays at least this many pixels.

    Returns
    -------
    Tensor
        (C, H, W); uint8, or float32 in [0, 1].

    Raises
    ------
    ImageError
        If the file is missing, empty, not an image, or broken; the sentence names it.
    """
    name = repr(str(place))
    try:
        with _opened(place) as stream, _identified(stream, name) as image:
            if near is not None and isinstance(image, JpegImagePlugin.JpegImageFile):
                height, width = fit(image.height, image.width, near)
                image.draft(image.mode, (width, height))
            return from_pillow(image, name)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # each file system has errors of its own
        raise ImageError(f"{name}: can't be opened ({_reason(error)})") from error


def is_image_name(path: str) -> bool:
    """Tell from its suffix whether Pillow, as installed, opens such a file."""
    suffix = PurePosixPath(path).suffix.lower()
    opened = Image.registered_extensions().get(suffix)  # loads Pillow's plugins the first time
    return opened in Image.OPEN and suffix not in _FOREIGN


def _opened(place: Place) -> IO[bytes]:
    if isinstance(place, RemoteFile):
        stream: IO[bytes] = place.system.open(place.path, "rb")
        return stream
    return Path(place).open("rb")


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _identified(stream: IO[bytes], name: str) -> PillowImage:
    try:
        return Image.open(stream)
    except UnidentifiedImageError as error:
        stream.seek(0)
        if not stream.read(1):
            raise ImageError(f"{name}: is empty (0 bytes); copy or download it again") from error
        hint = " (.heic needs the package pillow-heif)" if ".hei" in name.lower() else ""
        raise ImageError(f"{name}: isn't an image that Pillow can read{hint}") from error
    except Image.DecompressionBombError as error:
        return _reduced(stream, name, error)


def _reduced(stream: IO[bytes], name: str, error: Exception) -> PillowImage:
    """Open a JPEG beyond Pillow's pixel limit at a fraction of its size, within the limit."""
    stream.seek(0)
    limit = Image.MAX_IMAGE_PIXELS or 0
    if stream.read(3) != b"\xff\xd8\xff":
        raise ImageError(
            f"{name}: has more than the {2 * limit} pixels that Pillow opens at most; save it "
            "smaller, or pass it as an array"
        ) from error
    stream.seek(0)
    image = JpegImagePlugin.JpegImageFile(stream)  # unlike Image.open, this checks no limit
    width, height = image.size
    part = next((n for n in (2, 4, 8) if width * height <= limit * n * n), 8)
    image.draft(image.mode, (width // part, height // part))
    if image.width * image.height > 2 * limit:
        raise ImageError(
            f"{name}: has {width} × {height} pixels, too many for Pillow; save it smaller"
        ) from error
    _log.warning("%s: %d × %d pixels, read at 1/%d of its size", name, width, height, part)
    return image
