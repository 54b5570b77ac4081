"""Samples on their way, stacked where they have one size, and how they come in and go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convscope.augment.dice import Numbers
from convscope.images import ImageSource, as_source

_ROUNDING = 1e-3  # how far floats may leave [0, 1] by earlier resampling

_ONE = int(torch.ones(()).view(torch.int32))


@dataclass
class Stack:
    """Samples of one size.

    Attributes
    ----------
    samples : ndarray
        (n,) int64: which samples of the call.
    images : Tensor
        (n, C, H, W), uint8 or float32 in [0, 1].
    masks : Tensor or None
        (n, K, H, W), as they came.
    own : bool
        Whether the images may be written into: they are not the user's.
    unchecked : bool
        Whether the images are floats of which nobody knows yet whether they lie in [0, 1].
    """

    samples: Numbers
    images: Tensor
    masks: Tensor | None = None
    own: bool = False
    unchecked: bool = False

    def check(self, part: Tensor) -> None:
        """Refuse images if some of them, which are about to be read, are out of range."""
        if not self.unchecked:
            return
        # As whole numbers, floats from 0 on have the same order, which is faster to tell; those
        # below are negative, and what is no number is larger than all.
        least, most = (int(each) for each in part.view(torch.int32).aminmax())
        if least >= 0 and most <= _ONE:
            return
        low, high = (float(each) for each in part.aminmax())
        if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # NaN too
            low, high = (float(each) for each in self.images.aminmax())
            raise ValueError(
                f"images: floats must lie in [0, 1]; got {low:.3g} to {high:.3g}, augment before "
                "normalising and divide 0..255 by 255"
            )

    def floats(self) -> Tensor:
        """Return the images as float32 in [0, 1], and keep them so."""
        if self.images.dtype == torch.uint8:
            self.images = self.images.to(torch.float32).div_(255)
            self.own = True
        return self.images

    def put(self, chosen: Numbers, images: Tensor) -> None:
        """Take new pixels (len(chosen), C, H, W) for some of the samples; True in `chosen`."""
        if chosen.all():
            self.images, self.own = images, True
            return
        current = self.floats()
        if not self.own:
            current = current.clone()
        current[torch.from_numpy(chosen).to(current.device)] = images
        self.images, self.own = current, True

    def some(self, chosen: Numbers) -> Tensor:
        """Return the pixels of some samples as float32; True in `chosen`."""
        images = self.floats()
        return images if chosen.all() else images[torch.from_numpy(chosen).to(images.device)]


@dataclass(frozen=True)
class Form:
    """How images or masks came, so that they can go back so."""

    dtype: torch.dtype
    stacked: bool  # one tensor, not a list
    planes: bool = False  # masks without an axis of kinds


def stack_images(images: Any) -> tuple[list[Stack], Form]:
    """Take images of any kind, and stack those of one size.

    Parameters
    ----------
    images : object
        A tensor (C, H, W) or (N, C, H, W), uint8 or float in [0, 1], on any device; or whatever
        `convscope.images.as_source` takes.
    """
    if isinstance(images, Tensor):
        return _stack_tensor(images)
    source = images if isinstance(images, ImageSource) else as_source(images)
    decoded = [source[i] for i in range(len(source))]
    form = Form(torch.uint8, stacked=len({each.shape for each in decoded}) == 1)
    if any(each.dtype != torch.uint8 for each in decoded):
        decoded = [each.float().div(255) if each.dtype == torch.uint8 else each for each in decoded]
        form = Form(torch.float32, form.stacked)
    kinds: dict[tuple[int, ...], list[int]] = {}
    for i, each in enumerate(decoded):
        kinds.setdefault(tuple(each.shape), []).append(i)
    stacks = [
        Stack(np.asarray(which), torch.stack([decoded[i] for i in which]))
        for which in kinds.values()
    ]
    return stacks, form


def _stack_tensor(images: Tensor) -> tuple[list[Stack], Form]:
    batch = images[None] if images.ndim == 3 else images
    if batch.ndim != 4 or 0 in batch.shape:
        raise ValueError(
            f"images: a tensor must be (C, H, W) or (N, C, H, W), not empty; got "
            f"{tuple(images.shape)}"
        )
    form = Form(batch.dtype, stacked=True)
    batch = batch.detach()
    if batch.dtype == torch.bool:
        raise ValueError("images: are bool; pass pictures as uint8 or floats, and masks as masks=")
    if batch.dtype != torch.uint8:
        if not batch.is_floating_point():
            raise ValueError(f"images: are {batch.dtype}; pass uint8 in 0..255 or floats in [0, 1]")
        batch = batch.to(torch.float32)
    unchecked = batch.dtype != torch.uint8
    return [Stack(np.arange(len(batch)), batch, unchecked=unchecked)], form


def add_masks(stacks: Sequence[Stack], masks: Any) -> Form:
    """Give each sample its mask, and return how the masks came.

    Parameters
    ----------
    stacks : sequence of Stack
    masks : object
        A tensor or array (N, H, W) or (N, K, H, W), or a list of (H, W) or (K, H, W), or of Pillow
        images and paths, whose palette indices count as they are. Any dtype, which stays.
    """
    count = sum(len(stack.samples) for stack in stacks)
    given = masks
    if isinstance(given, Tensor | np.ndarray) and given.ndim == 2 and count == 1:
        given = given[None]
    if not isinstance(given, Tensor | np.ndarray | list | tuple) or len(given) != count:
        came = len(given) if hasattr(given, "__len__") else repr(given)
        raise ValueError(f"masks: give one for each of {count} images; got {came}")
    each = [_as_mask(mask, i) for i, mask in enumerate(given)]
    planes = all(mask.ndim == 2 for mask in each)
    each = [mask[None] if mask.ndim == 2 else mask for mask in each]
    for stack in stacks:
        size = tuple(stack.images.shape[-2:])
        for i in stack.samples:
            if tuple(each[i].shape[-2:]) != size:
                raise ValueError(
                    f"masks: mask {i} is {_words(each[i].shape[-2:])} and its image {_words(size)} "
                    "(height × width); give masks of the size of their images"
                )
        own = [each[i] for i in stack.samples]
        if len({mask.shape[0] for mask in own}) > 1 or len({mask.dtype for mask in own}) > 1:
            raise ValueError("masks: all must have as many planes and one dtype")
        stack.masks = torch.stack(own).to(stack.images.device)
    return Form(each[0].dtype, isinstance(masks, Tensor | np.ndarray), planes)


def unstack(stacks: Sequence[Stack], form: Form, masks: Form | None) -> tuple[Any, Any]:
    """Return images and masks in the order and the form in which they came.

    Tensors (N, …) where all have one size, else lists of tensors.
    """
    return (
        _in_order(
            [(each.samples, as_dtype(each.images, form.dtype, own=each.own)) for each in stacks]
        ),
        None
        if masks is None
        else _in_order(
            [
                (stack.samples, stack.masks[:, 0] if masks.planes else stack.masks)
                for stack in stacks
                if stack.masks is not None
            ]
        ),
    )


def as_dtype(images: Tensor, dtype: torch.dtype, *, own: bool = False) -> Tensor:
    """Bring images in [0, 1] or uint8 to a dtype; uint8 is rounded. Own images are used up."""
    if images.dtype == dtype:
        return images
    if dtype == torch.uint8:
        scaled = images.mul_(255) if own else images.mul(255)
        return scaled.add_(0.5).to(torch.uint8)
    if images.dtype == torch.uint8:
        return images.to(torch.float32).div_(255).to(dtype)
    return images.to(dtype)


def _in_order(parts: list[tuple[Numbers, Tensor]]) -> Any:
    if len(parts) == 1:
        samples, pixels = parts[0]
        if (np.diff(samples) > 0).all():
            return pixels
    order = np.argsort(np.concatenate([samples for samples, _ in parts]))
    if len({tuple(pixels.shape[1:]) for _, pixels in parts}) == 1:
        index = torch.from_numpy(order).to(parts[0][1].device)
        return torch.cat([pixels for _, pixels in parts])[index]
    every = [each for _, pixels in parts for each in pixels]
    return [every[i] for i in order]


def _as_mask(mask: Any, position: int) -> Tensor:
    if isinstance(mask, str) or hasattr(mask, "__fspath__"):
        with Image.open(mask) as opened:
            mask = np.asarray(opened)  # of a palette the indices, which are the classes
    if isinstance(mask, Image.Image):
        mask = np.asarray(mask)
    if isinstance(mask, np.ndarray):
        mask = torch.from_numpy(np.array(mask))
    if not isinstance(mask, Tensor) or mask.ndim not in (2, 3):
        shape = tuple(mask.shape) if isinstance(mask, Tensor) else repr(mask)
        raise ValueError(f"masks: mask {position} must be (H, W) or (K, H, W); got {shape}")
    return mask.detach()


def _words(size: Sequence[int]) -> str:
    return f"{size[0]} × {size[1]}"
