"""How an image becomes the input of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from convscope.images import resize, to_float

Fit = Literal["crop", "stretch", "pad"]
Interpolation = Literal["bilinear", "bicubic", "nearest", "area"]
_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow's mode "L"


@dataclass(frozen=True, kw_only=True)
class Preprocess:
    """Turns an image (C, H, W), uint8 or float32 in [0, 1], into a network's input.

    Parameters
    ----------
    size
        Height and width of the network's input in pixels, or one number for both. None keeps
        every image as it is.
    mean, std
        Subtracted and divided by, per channel, on values in [0, 1]; one number for all channels
        or one for each. None leaves the values in [0, 1].
    resize
        Short side in pixels before the centre is cropped; default is the short side of ``size``.
    fit
        ``"crop"`` keeps the centre, ``"stretch"`` changes the aspect, ``"pad"`` keeps all of the
        image between grey bars.
    interpolation
        ``"bilinear"``, ``"bicubic"``, ``"nearest"`` or ``"area"``.
    channels
        What the network takes. A grey image becomes RGB by repetition, an RGB image grey by
        luma; any other mismatch is an error. None takes what comes.
    bgr
        The network takes blue first.
    gain
        Multiplies the result, for networks that take 0 to 255.
    origin
        Where the numbers come from, in words; ``""`` when they were chosen by hand.
    """

    size: tuple[int, int] | int | None = None
    mean: Sequence[float] | float | None = None
    std: Sequence[float] | float | None = None
    resize: int | None = None
    fit: Fit = "crop"
    interpolation: Interpolation = "bilinear"
    channels: int | None = None
    bgr: bool = False
    gain: float = 1.0
    origin: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.size, int):
            object.__setattr__(self, "size", (self.size, self.size))
        for name in ("mean", "std"):
            value = getattr(self, name)
            if value is not None:
                numbers = (float(value),) if isinstance(value, (int, float)) else tuple(value)
                object.__setattr__(self, name, tuple(map(float, numbers)))
        _check(self)

    def __call__(self, image: Tensor) -> Tensor:
        """Return the network's input for one image, float32 (C, H, W)."""
        values = self.view(image)
        if self.bgr and values.shape[0] == 3:
            values = values.flip(0)
        if self.mean is not None:
            values = values - _per_channel("mean", self.mean, values)
        if self.std is not None:
            values = values / _per_channel("std", self.std, values)
        return values if self.gain == 1 else values * self.gain

    def view(self, image: Tensor) -> Tensor:
        """Return what the network sees before normalisation, float32 (C, H, W) in [0, 1]."""
        image = _match_channels(image, self.channels)
        if self.size is None:
            return to_float(image)
        height, width = self.size  # type: ignore[misc]
        if tuple(image.shape[1:]) == (height, width) and self.resize in (None, min(height, width)):
            return to_float(image)
        return to_float(_FITS[self.fit](image, self, (height, width)))

    def fitted(self, size: tuple[int, int], channels: int) -> Preprocess:
        """Return the same for a network that takes another size or number of channels.

        The short side keeps its ratio to the crop; means over channels stand for each.
        """
        if self.size is None or (self.size == size and self.channels == channels):
            return self
        old = min(self.size)  # type: ignore[arg-type]
        short = None if self.resize is None else round(self.resize * min(size) / old)
        same = channels == self.channels
        return replace(
            self,
            size=size,
            channels=channels,
            resize=short,
            mean=self.mean if same else _average(self.mean),
            std=self.std if same else _average(self.std),
        )

    def with_channels(self, channels: int | None) -> Preprocess:
        """Return the same for a network that takes ``channels`` channels."""
        return replace(self, channels=channels)


def prepared_by(function: Callable[[Tensor], Any]) -> Callable[[Tensor], Tensor]:
    """Return a preparation by a function of the user's, whose mistakes are told in a sentence."""

    def prepare(image: Tensor) -> Tensor:
        name = getattr(function, "__name__", type(function).__name__)
        takes = "it is given a float32 tensor (C, H, W) in [0, 1]"
        try:
            found = function(to_float(image))
        except Exception as error:  # the user's own code
            raise ValueError(
                f"preprocess: {name} raised {type(error).__name__}: {error}; {takes}, so a "
                "conversion from Pillow has no place in it"
            ) from error
        if not isinstance(found, Tensor) or found.ndim != 3:
            got = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found)
            got = got if isinstance(got, str) else got.__name__
            raise ValueError(f"preprocess: {name} must give a tensor (C, H, W), got {got}; {takes}")
        return found

    return prepare


def _average(numbers: Sequence[float] | float | None) -> float | None:
    return None if numbers is None else sum(numbers) / len(numbers)  # type: ignore[arg-type]


def _check(p: Preprocess) -> None:
    sides = p.size if isinstance(p.size, (tuple, list)) else (p.size,)
    whole = all(isinstance(side, int) and side > 0 for side in sides)
    if p.size is not None and not (whole and len(sides) == 2):
        raise ValueError(f"size: must be one or two numbers of pixels above 0, got {p.size!r}")
    if p.interpolation not in get_args(Interpolation):
        known = ", ".join(get_args(Interpolation))
        raise ValueError(f"interpolation: must be one of {known}, got {p.interpolation!r}")
    if p.mean is not None and max(p.mean) > 1:  # type: ignore[arg-type]
        raise ValueError(
            f"mean: {max(p.mean):g} is above 1, but values lie in [0, 1]; divide mean and std by "  # type: ignore[arg-type]
            "255 (gain=255 is for networks that take 0 to 255)"
        )
    for name in ("mean", "std"):
        count = len(getattr(p, name) or (0,))
        if p.channels is not None and count not in (1, p.channels):
            raise ValueError(
                f"{name}: has {count} numbers, but the network takes {p.channels} channels"
            )
    if p.fit not in _FITS:
        raise ValueError(f"fit: must be one of {', '.join(_FITS)}, got {p.fit!r}")
    if p.std is not None and min(p.std) <= 0:  # type: ignore[arg-type]
        raise ValueError(f"std: must be above 0, got {p.std!r}")
    if p.resize is not None and p.size is not None and p.resize < min(p.size):  # type: ignore[arg-type]
        raise ValueError(f"resize: {p.resize} is below size {p.size}; the crop would not fit")


def _per_channel(name: str, numbers: Any, values: Tensor) -> Tensor:
    if len(numbers) not in (1, values.shape[0]):
        raise ValueError(
            f"{name}: has {len(numbers)} numbers, but the image has {values.shape[0]} channels"
        )
    return torch.tensor(numbers, dtype=values.dtype, device=values.device).view(-1, 1, 1)


def _match_channels(image: Tensor, channels: int | None) -> Tensor:
    have = image.shape[0]
    if channels is None or have == channels:
        return image
    if have == 1 and channels == 3:
        return image.expand(3, -1, -1)
    if have == 3 and channels == 1:
        luma = torch.tensor(_LUMA, device=image.device).view(3, 1, 1)
        return (to_float(image) * luma).sum(0, keepdim=True)
    raise ValueError(
        f"images: the network takes {channels} channels, the image has {have}; give images with "
        f"{channels}"
    )


def _crop(image: Tensor, p: Preprocess, size: tuple[int, int]) -> Tensor:
    """Scale the image until it covers, then keep the centre."""
    height, width = image.shape[1:]
    if p.resize is not None:
        scale = p.resize / min(height, width)
    else:
        scale = max(size[0] / height, size[1] / width)
    scaled = (max(size[0], round(height * scale)), max(size[1], round(width * scale)))
    image = resize(image, scaled, method=p.interpolation)
    top, left = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    return image[:, top : top + size[0], left : left + size[1]]


def _stretch(image: Tensor, p: Preprocess, size: tuple[int, int]) -> Tensor:
    return resize(image, size, method=p.interpolation)


def _pad(image: Tensor, p: Preprocess, size: tuple[int, int]) -> Tensor:
    """Scale the image until it fits, then centre it on mid-grey."""
    height, width = image.shape[1:]
    scale = min(size[0] / height, size[1] / width)
    inner = (min(size[0], round(height * scale)), min(size[1], round(width * scale)))
    image = to_float(resize(image, inner, method=p.interpolation))
    canvas = image.new_full((image.shape[0], *size), 0.5)
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas[:, top : top + inner[0], left : left + inner[1]] = image
    return canvas


_FITS: dict[str, Callable[[Tensor, Preprocess, tuple[int, int]], Tensor]] = {
    "crop": _crop,
    "stretch": _stretch,
    "pad": _pad,
}
