"""Images out: the bytes that a page shows."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image
from torch import Tensor

from convscope.images.pixels import to_display
from convscope.images.resize import fit, resize

Format = Literal["webp", "png", "jpeg"]

_LONGEST = {"webp": 16383, "png": 2**31 - 1, "jpeg": 65500}  # sides that the formats can hold


@dataclass(frozen=True)
class Encoded:
    """A picture as the bytes of a file.

    Attributes
    ----------
    data : bytes
        The whole file.
    media_type : str
        For example "image/webp".
    width, height : int
        In pixels.
    """

    data: bytes
    media_type: str
    width: int
    height: int


def encode(
    image: Tensor,
    format: Format = "webp",  # noqa: A002
    quality: int = 85,
    max_side: int | None = None,
) -> Encoded:
    """Encode an image for showing; see `to_display` for how channels become colours.

    Parameters
    ----------
    image : Tensor
        (C, H, W), uint8 or float in [0, 1].
    format : {"webp", "png", "jpeg"}
        "png" is exact, the others are smaller.
    quality : int
        1 to 100, for "webp" and "jpeg".
    max_side : int, optional
        The longer side is shrunk to this many pixels; smaller images keep their size.

    Returns
    -------
    Encoded

    Raises
    ------
    ValueError
        For an unknown format, a quality outside 1..100, or sides that the format can't hold.

    Examples
    --------
    >>> import torch
    >>> encode(torch.zeros(1, 20, 30), "png").media_type
    'image/png'
    """
    if format not in _LONGEST:
        raise ValueError(f"format: {format!r} isn't known; choose one of {', '.join(_LONGEST)}")
    if not 1 <= quality <= 100:
        raise ValueError(f"quality: must be from 1 to 100; got {quality}")
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(f"image: needs the shape (C, H, W), not empty; got {tuple(image.shape)}")
    if max_side is not None:
        image = resize(image, fit(image.shape[1], image.shape[2], max_side))
    if max(image.shape[1:]) > _LONGEST[format]:
        height, width = image.shape[1:]
        raise ValueError(
            f"image: {width} × {height} is too large for {format}, which holds sides up to "
            f"{_LONGEST[format]}; set max_side"
        )
    shown = to_display(image)
    picture = Image.fromarray(shown.permute(1, 2, 0).contiguous().cpu().numpy())
    stream = io.BytesIO()
    if format == "png":
        picture.save(stream, "PNG")
    else:
        picture.save(stream, format.upper(), quality=quality)
    return Encoded(stream.getvalue(), f"image/{format}", picture.width, picture.height)
