"""Images and masks as the bytes of files, in a format that can hold them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from convscope.augment.pictures import mask_image
from convscope.images import ImageError


@dataclass(frozen=True)
class Format:
    """What a file format can hold.

    Attributes
    ----------
    name : str
        As Pillow calls it.
    longest : int
        Pixels of a side.
    deep : bool
        Whether it holds 16 bits.
    grey : bool
        Whether it holds one channel.
    lossy : bool
        Whether it has a quality.
    """

    name: str
    longest: int = 2**31 - 1
    deep: bool = False
    grey: bool = True
    lossy: bool = False


_PNG = Format("PNG", deep=True)
_JPEG = Format("JPEG", 65500, lossy=True)
_TIFF = Format("TIFF", deep=True)
FORMATS = {
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": _PNG,
    "webp": Format("WEBP", 16383, grey=False, lossy=True),
    "bmp": Format("BMP"),
    "tif": _TIFF,
    "tiff": _TIFF,
}


def encoded(image: Tensor, suffix: str, quality: int) -> tuple[bytes, str]:
    """Return an image as a file, and the suffix of the format that it took.

    Parameters
    ----------
    image : Tensor
        (1 or 3, H, W); uint8, or float32 in [0, 1], which is written with 16 bits.
    suffix : str
        Of the format wished for, without a point; what it can't hold becomes "png".
    quality : int
        1 to 100, of JPEG and WebP.

    Returns
    -------
    bytes
    str
    """
    deep, grey = image.dtype != torch.uint8, image.shape[0] == 1
    form = FORMATS.get(suffix.lower(), _PNG)
    fits = max(image.shape[1:]) <= form.longest and (form.grey or not grey)
    if deep and not grey:  # Pillow has no colours of 16 bits
        image, deep = image.mul(255).add_(0.5).to(torch.uint8), False
    if not fits or (deep and not form.deep) or suffix.lower() not in FORMATS:
        form, suffix = _PNG, "png"
    if deep:
        values = image[0].double().mul(65535).round_().numpy().astype(np.uint16)
    else:
        values = image[0].numpy() if grey else image.permute(1, 2, 0).contiguous().numpy()
    stream = io.BytesIO()
    options: dict[str, Any] = {"quality": quality} if form.lossy else {}
    Image.fromarray(values).save(stream, form.name, **options)
    return stream.getvalue(), suffix


def read_mask(path: Path, name: str) -> Image.Image:
    """Read a mask, upright."""
    try:
        with Image.open(path) as opened:
            opened.load()
            mask = ImageOps.exif_transpose(opened)
    except Exception as error:  # a broken file makes Pillow raise almost any kind
        raise ImageError(f"masks: {name!r} can't be read ({error})") from error
    if mask.mode.startswith("I"):
        values = np.asarray(mask)
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > 65535:
            raise ImageError(
                f"masks: {name!r} has values from {low} to {high}, and a PNG holds 0 to 65535"
            )
    elif mask.mode not in ("1", "L", "P", "LA", "RGB", "RGBA"):
        raise ImageError(
            f"masks: {name!r} is of the kind {mask.mode!r}, which a PNG can't hold; save it as "
            "grey or with a palette"
        )
    return mask


def encoded_mask(planes: Tensor, mask: Image.Image) -> bytes:
    """Return a mask as a PNG of the same kind and palette."""
    picture = mask_image(planes, mask)
    if picture.mode == "I":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
