"""What an atlas costs: collecting, gridding, memory.

(a) collecting against the bare loop that does nothing but the truncated forward pass, and with
    attribution against the bare loop that goes on to the class scores;
(b) gridding 1,000,000 × 512 onto 20 to 160 cells a side against Lucid's loop over cells, as its
    notebook has it (`activation-atlas-simple`, function `grid`, and the mean of each cell). That
    loop is timed on some cells of each level, and scaled to all of them;
(d) memory at 1 ×, 2 × and 4 × as many samples, each in a process of its own.

Run as `python benchmarks/atlas.py [--rounds 9] [--only a b d]`.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))

from _measure import speedup, turn_by_turn

import convscope as cs
from convscope.atlas.build import _about
from convscope.atlas.collect import collect
from convscope.atlas.grid import grid_means
from convscope.atlas.settings import BuildSettings
from convscope.atlas.store import Store
from convscope.network import untouched

LAYER = "blocks.10"
LEVELS = (20, 40, 80, 160)
SAMPLES, CHANNELS = 1_000_000, 512
LOOPED = 12  # cells of each level on which Lucid's loop is timed


class ReachedError(Exception):
    """The layer has run."""


def bare_loop(scope, images, *, to_scores):
    """Run batches with nothing around them; stop after the layer, or go on to the scores."""

    def stop(_module, _inputs, _output):
        raise ReachedError

    module = dict(scope.network.named_modules())[LAYER]
    handle = None if to_scores else module.register_forward_hook(stop)
    try:
        for _, inputs in scope.inputs.batches(images, 32):
            with torch.inference_mode(), contextlib.suppress(ReachedError):
                scope.network(*inputs)
    finally:
        if handle is not None:
            handle.remove()


def collected(scope, images, attribution):
    """Collect into a new store."""
    settings = BuildSettings(attribution=attribution)
    given = scope.inputs.gather(images)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(f"{folder}/a", _about(scope, given, [LAYER], settings))
        store.prepare()
        for _ in collect(scope, given, store):
            pass


def measure_collection(rounds, count):
    """Measure (a)."""
    scope = cs.demo.scope()
    with untouched(scope.network):
        scope.layers  # noqa: B018
    images = [*cs.demo.crops(count)]  # in memory, so that decoding hides nothing
    scope.network.eval()
    contenders = {
        "bare, to the layer": lambda: bare_loop(scope, images, to_scores=False),
        "collected": lambda: collected(scope, images, "none"),
        "bare, to the scores": lambda: bare_loop(scope, images, to_scores=True),
        "with attribution": lambda: collected(scope, images, "linear"),
    }
    seconds = turn_by_turn(contenders, rounds=rounds, clock=time.process_time)
    for name, own in seconds.items():
        print(f"    {name}: {1000 * statistics.median(own) / count:.1f} ms of processor an image")
    ratio = speedup(seconds, "collected", "bare, to the layer")
    print(f"(a) collecting is {ratio} times as fast as the bare truncated loop; wanted 0.9")
    ratio = speedup(seconds, "with attribution", "bare, to the scores")
    print(f"    with attribution, {ratio} times as fast as the bare loop to the scores")


def lucid_cells(xy, side):
    """Return the function that finds and averages one cell, as Lucid's notebook does."""
    xpxs, ypxs = xy[:, 0] * side, xy[:, 1] * side

    def cell(values, xi, yi):
        in_bounds_x = np.logical_and(xi <= xpxs, xpxs <= xi + 1)
        in_bounds_y = np.logical_and(yi <= ypxs, ypxs <= yi + 1)
        in_bounds = np.logical_and(in_bounds_x, in_bounds_y)
        indices = np.where(in_bounds)[0]
        return np.average(values[indices], 0) if len(indices) else None

    return cell


def measure_grid(rounds):
    """Measure (b)."""
    generator = np.random.default_rng(0)
    xy = np.clip(generator.normal(0.5, 0.2, (SAMPLES, 2)), 0, 1).astype(np.float32)
    values = np.empty((SAMPLES, CHANNELS), np.float32)
    for start in range(0, SAMPLES, 50_000):
        part = generator.standard_normal((50_000, CHANNELS), np.float32)
        values[start : start + 50_000] = np.maximum(part, 0)
    ours, loops = [], []
    for turn in range(-1, rounds):
        start = time.process_time()
        pieces = ((xy[i : i + 16384], values[i : i + 16384]) for i in range(0, SAMPLES, 16384))
        counts = {side: counts.sum() for side, counts, _ in grid_means(pieces, LEVELS, CHANNELS)}
        own = time.process_time() - start
        assert set(counts.values()) == {SAMPLES}
        looped = 0.0
        for side in LEVELS:
            cell = lucid_cells(xy, side)
            places = generator.integers(0, side, (LOOPED, 2))
            start = time.process_time()
            for xi, yi in places:
                cell(values, xi, yi)
            looped += (time.process_time() - start) / LOOPED * side * side
        if turn >= 0:
            ours.append(own)
            loops.append(looped)
    ratio = speedup({"ours": ours, "loop": loops}, "ours", "loop")
    print(
        f"(b) {SAMPLES:,} × {CHANNELS} onto {LEVELS}: {statistics.median(ours):.2f} s of processor "
        f"(wanted 3), "
        f"Lucid's loop {statistics.median(loops):.0f} s (scaled from {LOOPED} cells a level); "
        f"{ratio} times as fast; wanted 50"
    )


def memory_of(count):
    """Collect, lay out by PCA and grid many samples, and print the peak of this process."""
    digits = cs.demo.digits()
    images = digits.train_images
    per = count // len(images)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cs.Atlas.build(
            digits.scope,
            images,
            "conv2",
            f"{folder}/a",
            samples_per_image=per,
            method="pca",
            levels=(20, 40),
            icons="none",
            progress=False,
        )
    # Not getrusage, which counts what the process that started this one held.
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) // 1024)


def measure_memory():
    """Measure (d)."""
    for count in (20_000, 40_000, 80_000):
        command = [sys.executable, __file__, "--memory-of", str(count)]
        peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[
            -1
        ]
        print(f"(d) {count:,} samples: {peak} MiB at most")


def main():
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--only", nargs="+", choices=["a", "b", "d"], default=["a", "b", "d"])
    parser.add_argument("--memory-of", type=int)
    options = parser.parse_args()
    if options.memory_of is not None:
        memory_of(options.memory_of)
        return
    print(f"{torch.get_num_threads()} threads")
    if "a" in options.only:
        measure_collection(options.rounds, options.images)
    if "b" in options.only:
        measure_grid(min(options.rounds, 3))
    if "d" in options.only:
        measure_memory()


if __name__ == "__main__":
    main()
