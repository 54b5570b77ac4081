"""So few samples at once that their pixels stay in the processor's cache from step to step."""

from __future__ import annotations

from collections.abc import Iterator

import torch

# What a core keeps close: the source of a sample, its points and its result, all float32. Measured
# with images of 32² to 512².
_PIXELS = 224 * 224


def chunks(count: int, pixels: int, device: torch.device) -> Iterator[slice]:
    """Share samples out.

    Parameters
    ----------
    count : int
        How many there are.
    pixels : int
        Of each.
    device : torch.device
        Other processors than the main one take all at once.

    Yields
    ------
    slice
    """
    step = count
    if device.type == "cpu":  # some operations go to several threads by samples only
        step = max(1, _PIXELS // max(pixels, 1)) * torch.get_num_threads()
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
