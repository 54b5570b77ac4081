"""Claim: maps of 100,000 vectors come 5 times faster than umap-learn's, and as trustworthy.

Run with ``python benchmarks/manifold.py``; it takes some minutes, most of them umap-learn's. Both
get the same vectors, activations of a mixture with structure at three scales, and both pay for
their compilation beforehand, on few points. ``--sweep`` shows what the number of landmarks does;
``--no-peer`` and ``--no-memory`` leave parts out. On a machine that others use as well, processor
seconds and one thread (``OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1``) give the steadier ratio. Peak
memory is read in a process of its own.
"""

import argparse
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch

import convscope as cs
from convscope.manifold.quality import measure
from convscope.manifold.rows import Rows
from convscope.manifold.watch import Watch

K = 15


def mixture(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Return activations (N, dim): 10 families of 6 classes, each a bent sheet of 5 dimensions.

    They are made in pieces, so that what is measured is not the making.
    """
    draw = np.random.default_rng(seed)
    families = draw.normal(size=(10, dim)) * 0.6
    centres = np.repeat(families, 6, 0) + draw.normal(size=(60, dim)) * 0.4
    sheets = draw.normal(size=(60, 5, dim)) * 0.25
    bends = draw.normal(size=(60, 5, dim)) * 0.15
    sizes = draw.dirichlet(np.full(60, 3.0))
    found = torch.empty(count, dim).numpy()
    for start in range(0, count, 5000):
        part = min(5000, count - start)
        label = draw.choice(60, part, p=sizes)
        z = draw.uniform(-1.5, 1.5, size=(part, 5))
        bent = np.sin(2 * z)
        for own in np.unique(label):
            rows = np.flatnonzero(label == own)
            values = centres[own] + z[rows] @ sheets[own] + bent[rows] @ bends[own]
            values += draw.normal(size=values.shape) * 0.15
            found[start + rows] = np.maximum(values, 0)
    return found


def warm() -> None:
    """Compile what is compiled, on few points."""
    few = mixture(300, 16)
    cs.manifold.project(few, landmarks=None)
    peer(few)


def peer(vectors: np.ndarray) -> np.ndarray:
    """Return umap-learn's map of all points, with all threads and its other defaults."""
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return UMAP(n_neighbors=K, min_dist=0.1, metric="cosine").fit_transform(vectors)


def timed(name: str, make: object) -> tuple[object, float, float]:
    """Run one contender, print what it took, and return it with its seconds: wall, processor."""
    wall, busy = time.perf_counter(), time.process_time()
    found = make()  # type: ignore[operator]
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    print(f"  {name:28} {wall:7.1f} s, processor {busy:7.1f} s", flush=True)
    return found, wall, busy


def trust(vectors: np.ndarray, xy: np.ndarray) -> str:
    """Return trustworthiness and overlap over the same 1,000 points for all."""
    quality = measure(Rows(vectors), xy, unit=True, k=K, seed=1, watch=Watch())
    return f"trustworthiness({K}) {quality.trustworthiness}, overlap {quality.overlap}"


def stages(vectors: np.ndarray, landmarks: int | None) -> cs.manifold.Projection:
    """Make a map and print how long each stage took."""
    took: dict[str, float] = {}

    def note(progress: cs.manifold.Progress) -> None:
        took[progress.stage] = progress.seconds

    found = cs.manifold.project(vectors, landmarks=landmarks, progress=note)
    print("    " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in took.items()))
    return found


def status(name: str) -> float:
    """Return a number of this process's memory in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def print_peak(count: int, dim: int) -> None:
    """Print how far memory rose above what the process held before the vectors, in MiB."""
    warm_up = mixture(300, 16)
    cs.manifold.project(warm_up, landmarks=None)
    cs.manifold.project(warm_up, landmarks=100)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of compiling
    before = status("VmRSS")
    vectors = mixture(count, dim)
    began = time.perf_counter()
    found = cs.manifold.project(vectors)
    print(status("VmHWM") - before, status("VmHWM"), time.perf_counter() - began, found)


def peak(count: int, dim: int) -> None:
    """Measure memory in a process of its own."""
    command = [sys.executable, __file__, "--peak", str(count), str(dim)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rise, whole, seconds, found = done.stdout.split(maxsplit=3)
    size = count * dim * 4 / 2**20
    print(
        f"  {count:,} × {dim}: input {size:.0f} MiB, with it memory rose by {float(rise):.0f} MiB "
        f"({float(rise) / size:.2f} times the input), process {float(whole):.0f} MiB, "
        f"{float(seconds):.0f} s\n    {found.strip()}",
        flush=True,
    )


def main() -> None:
    """Print times, trustworthiness and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--sweep", action="store_true", help="several numbers of landmarks")
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--memory", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--peak", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(*options.peak)
        return
    warm()
    vectors = mixture(options.points, 512)
    print(f"{options.points:,} × 512, {torch.get_num_threads()} threads")
    sizes = [5000, 10_000, 20_000, 40_000] if options.sweep else [cs.manifold.LANDMARKS]
    seconds = processor = 0.0
    for size in sizes:
        found, seconds, processor = timed(
            f"convscope, {size:,} landmarks", lambda n=size: stages(vectors, n)
        )
        print(f"    {trust(vectors, found.xy)}", flush=True)
    if options.peer:
        xy, slow, busy = timed("umap-learn, all points", lambda: peer(vectors))
        print(f"    {trust(vectors, xy)}")
        print(f"  times faster: {slow / seconds:.2f}, processor {busy / processor:.2f}")
    if options.memory:
        print("\nmemory")
        peak(options.points, 512)
        peak(1_000_000, 64)


if __name__ == "__main__":
    main()
