"""So few samples at once that their pixels stay in the processor's cache from step to step."""

from __future__ import annotations

from collections.abc import Iterator

import torch

# What a core keeps close: the source of a sample, its points and its result, all float32.
_PIXELS = 224 * 224
# Several cores wait for one another after each operation, which on a busy machine costs more than
# what they keep: they get more at a time.
_SHARED = 12 * _PIXELS


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
    if device.type == "cpu":
        most = _PIXELS if torch.get_num_threads() == 1 else _SHARED
        step = max(1, most // max(pixels, 1))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
