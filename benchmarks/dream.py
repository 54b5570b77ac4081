"""Claim: a photograph of 4,000 × 3,000 pixels dreams in memory bounded by its own size, in windows.

Run with ``python benchmarks/dream.py``. It prints the peak of the process's memory at each size,
less what it took before, and the time for a step; then what windows change: how much stronger the
strongest border of a step is than the median one, against that of the whole image, where both fit.
"""

import argparse
import resource
import time

import torch
from torch import Tensor

import convscope as cs
from convscope import featurevis

MIB = 2**20
EDGE = 24  # pixels: there an image goes on at its other side, in windows and without


def peak() -> float:
    """Return the most memory that the process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB


def dream(scope: cs.Scope, photo: Tensor, layer: str, steps: int) -> None:
    """Dream of a photograph and print every step."""
    featurevis.dream(scope, photo[:, :512, :512], layer, octaves=1, steps=1).__next__()
    before = peak()
    own = photo.numel() * 4 / MIB
    print(f"{photo.shape[2]} × {photo.shape[1]}: as float32 {own:.0f} MiB; before {before:.0f} MiB")
    began = time.process_time()
    for progress in featurevis.dream(scope, photo, layer, steps=steps):
        height, width = progress.image.shape[1:]
        seconds, began = time.process_time() - began, time.process_time()
        print(
            f"  octave {progress.octave}, {width} × {height}: {seconds:5.1f} s of processor time "
            f"a step, peak {peak() - before:5.0f} MiB more"
        )


def worst_border(scope: cs.Scope, photo: Tensor, layer: str, tile: int) -> float:
    """Return how many times more a step changes over its strongest border than over the median."""
    run = featurevis.dream(scope, photo, layer, octaves=1, steps=1, jitter=0, tile=tile)
    next(run)
    change = run.result().image - photo
    found = []
    for axis in (1, 2):
        jumps = change.diff(dim=axis).abs().mean(dim=(0, 3 - axis))[EDGE:-EDGE]
        found.append(float(jumps.max() / jumps.median()))
    return max(found)


def main() -> None:
    """Print memory, time and borders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--layer", default="blocks.8")
    parser.add_argument("--steps", type=int, default=1, help="at each size")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scope, cat = cs.demo.scope(), cs.demo.photograph("cat")
    small = cs.images.to_float(cs.images.resize(cat, (192, 288)))
    whole, tiled = (worst_border(scope, small, options.layer, tile) for tile in (512, 96))
    print(f"strongest border over the median: {tiled:.2f} in windows of 96, {whole:.2f} whole")
    height = round(options.width * 3 / 4)
    dream(scope, cs.images.resize(cat, (height, options.width)), options.layer, options.steps)


if __name__ == "__main__":
    main()
