"""From a Pillow image, of any mode and orientation, to a tensor."""

from __future__ import annotations

import logging
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image, ImageChops
from torch import Tensor

from convscope.images.pixels import as_pixels
from convscope.images.problems import ImageError

PillowImage: TypeAlias = Image.Image

_log = logging.getLogger(__name__)

_ORIENTATION = 0x0112  # the EXIF tag
_UPRIGHT = {  # what undoes each orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_GREY = ("1", "L", "LA")


def from_pillow(image: PillowImage, name: str) -> Tensor:
    """Read a Pillow image.

    EXIF orientation is obeyed, transparency is laid over white, CMYK becomes RGB without colour
    management, grey stays one channel. Of an animation the current frame is read.

    Parameters
    ----------
    image : PIL.Image.Image
        Any mode. 16-bit grey ("I;16", and "I" up to 65535) is divided by 65535; 32-bit floats ("F")
        must lie in [0, 1].
    name : str
        How errors call the image.

    Returns
    -------
    Tensor
        (C, H, W), C = 1 or 3; float32 in [0, 1] for the modes above, else uint8.

    Raises
    ------
    ImageError
        If the file behind the image can't be decoded, or its values have no known range.
    """
    try:
        image.load()
        image = _upright(image, name)
        if image.mode.startswith(("I", "F")):
            return _deep(image, name)
        return _shallow(image)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # a broken file makes Pillow raise almost any kind
        raise ImageError(_explained(error, name)) from error


def _upright(image: PillowImage, name: str) -> PillowImage:
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception as error:  # broken EXIF doesn't spoil the pixels
        _log.warning("%s: its EXIF block can't be read (%s), so it is shown as stored", name, error)
        return image
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _shallow(image: PillowImage) -> Tensor:
    """Read the modes of 8 bits a channel, and fewer."""
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, which are stored inverted.
        image = ImageChops.invert(image)
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa"):
        flat = _over_white(image)
    else:
        flat = image.convert("L" if image.mode in _GREY else "RGB")
    values = np.array(flat)  # a copy that torch may own
    return torch.from_numpy(values if values.ndim == 3 else values[..., None]).permute(2, 0, 1)


def _over_white(image: PillowImage) -> PillowImage:
    if image.mode in ("PA", "RGBa"):
        image = image.convert("RGBA")
    mode = "L" if image.mode == "LA" else "RGB"
    white = Image.new(mode, image.size, "white")
    return Image.composite(image.convert(mode), white, image.getchannel("A"))


def _deep(image: PillowImage, name: str) -> Tensor:
    """Read the modes of 16 and 32 bits a channel."""
    values = np.array(image)
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    if image.mode == "I":  # 32 bits wide, but what files hold in it are 16
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > 65535:
            raise ImageError(
                f"{name}: its 32-bit integers go from {low} to {high}, which has no known scale; "
                "pass an array of floats in [0, 1]"
            )
        values = values.astype(np.uint16)
    return as_pixels(torch.from_numpy(values), name).unsqueeze(0)


def _explained(error: Exception, name: str) -> str:
    text = str(error) or type(error).__name__
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return (
            f"{name}: is cut short (truncated); copy or download it again, or leave it out with "
            "errors='skip'"
        )
    return f"{name}: can't be decoded ({text}); save it again, or leave it out with errors='skip'"
