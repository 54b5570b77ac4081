"""One image of any kind as a tensor, and a tensor as an image of that kind again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convscope.images import ImageError
from convscope.images.arrays import from_array
from convscope.images.decode import from_pillow
from convscope.images.pixels import as_pixels

_BACK = ("CMYK", "YCbCr", "HSV")  # what Pillow makes of RGB again


@dataclass(frozen=True)
class Picture:
    """An image as it came, and its pixels.

    Attributes
    ----------
    given : object
        A Pillow image, a tensor (C, H, W) or (H, W), or an array (H, W, C) or (H, W).
    pixels : Tensor
        (C, H, W); uint8, or floats in [0, 1]. It may share memory with what came.
    alpha : Tensor or None
        (H, W) uint8: the transparency of a Pillow image, which moves along.
    """

    given: Any
    pixels: Tensor
    alpha: Tensor | None = None

    def again(self, pixels: Tensor, alpha: Tensor | None) -> Any:
        """Return other pixels as an image of the kind that came, dtype or mode too."""
        if isinstance(self.given, Image.Image):
            return _pillow(pixels, alpha, self.given.mode)
        if isinstance(self.given, np.ndarray):
            values = _as_dtype(pixels, self.given.dtype)
            return values[0] if self.given.ndim == 2 else _channels_last(values)
        if self.given.dtype != pixels.dtype:
            pixels = torch.from_numpy(_as_dtype(pixels, _numpy_dtype(self.given.dtype)))
        pixels = pixels[0] if self.given.ndim == 2 else pixels
        kind = type(self.given)
        return pixels if kind is Tensor else pixels.as_subclass(kind)  # torchvision's tv_tensors


def take(image: Any, name: str, *, whole: bool) -> Picture:
    """Take an image of any kind.

    Parameters
    ----------
    image : object
        A Pillow image of any mode, whose pixels are taken as they lie (its EXIF orientation is left
        to the dataset, whose masks and boxes know nothing of it); a tensor (C, H, W) or (H, W); or
        an array (H, W, C) or (H, W). uint8, floats in [0, 1], and what
        `convscope.images.as_source` reads beside these.
    name : str
        How errors call it.
    whole : bool
        Whether transparency is kept apart; else the image is laid over white.
    """
    if isinstance(image, Image.Image):
        return _from_pillow(image, name, whole=whole)
    if isinstance(image, Tensor) and image.ndim in (2, 3):
        plain = image.detach().as_subclass(Tensor)
        if not plain.is_floating_point():
            plain = as_pixels(plain, name)
        return Picture(image, plain[None] if image.ndim == 2 else plain)
    if isinstance(image, np.ndarray) and image.ndim in (2, 3):
        return Picture(image, from_array(image, "HW" if image.ndim == 2 else "HWC", name))
    if isinstance(image, Tensor | np.ndarray):
        raise ImageError(
            f"{name}: has the shape {tuple(image.shape)}; one image is (C, H, W) as a tensor and "
            "(H, W, C) as an array, and a batch goes into the pipeline itself"
        )
    raise ImageError(
        f"{name}: is of type {type(image).__name__}; give a Pillow image, an array or a tensor"
    )


def mask_planes(image: Image.Image) -> Tensor:
    """Return a mask as its file has it: no palette is looked up, and nothing is laid over white.

    Returns
    -------
    Tensor
        (H, W), or (K, H, W) for the channels of a colour image; uint8, bool, int32 or float32.
    """
    values = np.array(image)
    if values.dtype.kind in "ui" and values.dtype != np.uint8:
        values = values.astype(np.int32)
    planes = torch.from_numpy(values)
    return planes if planes.ndim == 2 else planes.permute(2, 0, 1)


def mask_image(planes: Tensor, like: Image.Image) -> Image.Image:
    """Return planes as a mask of the mode and the palette of another."""
    values = planes.numpy() if planes.ndim == 2 else _channels_last(planes.numpy())
    if like.mode.startswith("I;16"):
        values = values.astype(np.uint16)
    picture = Image.fromarray(values)
    if like.mode == "P":
        picture.putpalette(like.getpalette() or [])
        if "transparency" in like.info:
            picture.info["transparency"] = like.info["transparency"]
    return picture


def _from_pillow(image: Image.Image, name: str, *, whole: bool) -> Picture:
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        values = np.array(image)
        plain = torch.from_numpy(values[None] if values.ndim == 2 else values.transpose(2, 0, 1))
        return Picture(image, plain)
    kept = image.copy()
    kept.info = {key: image.info[key] for key in ("transparency",) if key in image.info}
    clear = kept.info or image.mode in ("LA", "RGBA", "PA", "La", "RGBa")
    if not (whole and clear):
        return Picture(image, from_pillow(kept, name))
    kept = kept.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
    alpha = torch.from_numpy(np.array(kept.getchannel("A")))
    return Picture(image, from_pillow(kept.convert(kept.mode[:-1]), name), alpha)


def _pillow(pixels: Tensor, alpha: Tensor | None, mode: str) -> Image.Image:
    if mode.startswith(("I", "F")) and pixels.shape[0] == 1:
        values = pixels[0].numpy()
        if mode == "F":
            return Image.fromarray(values.astype(np.float32))
        deep = np.rint(values.astype(np.float64) * 65535)
        return Image.fromarray(deep.astype(np.int32 if mode == "I" else np.uint16))
    values = _as_dtype(pixels, np.dtype(np.uint8))
    picture = Image.fromarray(values[0] if len(values) == 1 else _channels_last(values))
    if alpha is not None:
        picture.putalpha(Image.fromarray(alpha.numpy()))
    elif mode == "1" and picture.mode == "L":
        picture = picture.point([0] * 128 + [255] * 128, "1")
    elif mode in _BACK and picture.mode == "RGB":
        picture = picture.convert(mode)
    return picture


def _as_dtype(pixels: Tensor, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return pixels of one kind as those of another, in its own range."""
    values = pixels.float().numpy() if pixels.dtype == torch.bfloat16 else pixels.numpy()
    if values.dtype == dtype:
        return values
    if dtype.kind == "f":
        return values.astype(dtype) if values.dtype.kind == "f" else (values / 255).astype(dtype)
    if values.dtype.kind == "f":
        top = 65535 if dtype == np.uint16 else 255
        values = np.floor(values.astype(np.float64) * top + 0.5)
    return values > 127 if dtype.kind == "b" else values.astype(dtype)


def _channels_last(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(values.transpose(1, 2, 0))


def _numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    return torch.empty(0, dtype=dtype).numpy().dtype
