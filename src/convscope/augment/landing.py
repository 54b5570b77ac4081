"""Where new pixels go: through colours, into the range of pixels, into one tensor for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convscope.augment.chunks import chunks
from convscope.augment.recolour import Tint


@dataclass(frozen=True)
class Landing:
    """What is done with pixels while they are still in the processor's cache.

    Attributes
    ----------
    tint : Tint or None
        Colours that follow, with the peak of the dtype.
    dtype : torch.dtype
        In which the pixels go on: uint8, where nothing more is done to them, or float32.
    """

    tint: Tint | None = None
    dtype: torch.dtype = torch.float32

    def room(self, images: Tensor, size: Sequence[int]) -> Tensor:
        """Return a tensor for all samples, of another size."""
        return images.new_empty((*images.shape[:2], *size), dtype=self.dtype)

    def put(self, pixels: Tensor, some: slice, found: Tensor, *, own: bool) -> None:
        """Bring some samples to where they belong.

        Parameters
        ----------
        pixels : Tensor
            (k, C, h, w), uint8 or float32 near [0, 1].
        some : slice
            Which of the samples these are.
        found : Tensor
            (n, C, h, w), for all.
        own : bool
            Whether the pixels may be used up.
        """
        tint, room = self.tint, found[some]
        stays = tint is None or not any(tint.entered[some])
        if stays and pixels.dtype == self.dtype == torch.uint8:
            room.copy_(pixels)
            return
        if pixels.dtype == torch.uint8:
            pixels, own = pixels.to(torch.float32).div_(255), True
        if self.dtype != torch.uint8:
            if tint is None or stays:
                torch.clamp(pixels, 0, 1, out=room)
                return
            tint.put(pixels, some, room)
            room.clamp_(0, 1)
            return
        if tint is None or stays:
            scaled = pixels.mul_(255) if own else pixels.mul(255)
        else:
            scaled = torch.empty_like(pixels, memory_format=torch.contiguous_format)
            tint.put(pixels, some, scaled)
        room.copy_(scaled.add_(0.5).clamp_(0, 255))

    def all(self, images: Tensor, *, own: bool) -> Tensor:
        """Return pixels that stay where they are, (n, C, h, w)."""
        if self.tint is None:
            return images
        size = images.shape[-2:]
        found = self.room(images, size)
        for some in chunks(len(images), size.numel(), images.device):
            self.put(images[some], some, found, own=own)
        return found
