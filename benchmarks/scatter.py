"""How many points ManifoldScatter pans and zooms: frames, scripts, and the first picture.

A map of seven clouds, with labels and pictures, is shown in a real JupyterLab at each number of
points. From the moment that its cell is run to the points on the screen is the time to the first
picture: the kernel packs positions and labels, they travel, are sorted and drawn. Then it is moved
by a key, to and fro, a step a frame. A frame lasts from one to the next; how long scripts kept the
processor busy is read from the browser's own trace. Last comes the rest: once the map stands still,
sizes of points are chosen anew and which of them get a picture.

The browser draws without a graphics card here (software WebGL), so that frames of many points are
the rasteriser's time, which scripts wait for; what they do themselves is the same anywhere.

    python benchmarks/scatter.py [--points 10000 100000 1000000] [--frames 40]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from typing import Any

from _lab import Notebook, notebook, traced

MAP = """
from dataclasses import replace
import numpy as np
import convscope as cs
count = {count}
draw = np.random.default_rng(0)
classes = draw.integers(0, 7, count)
xy = (3 * draw.normal(size=(7, 2))[classes] + draw.normal(size=(count, 2))).astype(np.float32)
small = cs.manifold.project(xy[:50], method="pca")
rows = np.arange(count)
proj = replace(small, xy=xy, vectors=xy, indices=rows, given=count, landmarks=None)
images = np.broadcast_to(draw.integers(0, 255, (24, 36, 3), np.uint8), (count, 24, 36, 3))"""
SHOW = "scatter = cs.ManifoldScatter(proj, images, labels=classes)\nscatter"

DRAWN = """async () => {
    const found = () => document.querySelector(".convscope")?.shadowRoot
        ?.querySelector(".scatter[data-layout][data-colour]");
    while (!found()) await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""
# A key a frame; the times at which frames begin, in milliseconds.
MOVED = """async (moves) => {
    const plot = document.querySelector(".convscope").shadowRoot.querySelector(".plot");
    const times = [];
    for (let move = 0; move <= moves; move++) {
        const key = move % 2 ? "ArrowLeft" : "ArrowRight";
        plot.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
        times.push(await new Promise(requestAnimationFrame));
    }
    return times;
}"""
SETTLE = 90  # milliseconds of rest after which the map is looked at anew, as in js/views/plot.ts


def main() -> None:
    """Print a line for each number of points."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--frames", type=int, default=40)
    options = parser.parse_args()
    for count in options.points:
        with notebook([MAP.format(count=count), SHOW], run=1) as book:
            measure(book, count, options.frames)


def measure(book: Notebook, count: int, moves: int) -> None:
    """Show the map, move it, and print what that took."""
    began = time.perf_counter()
    book.run(1)
    book.page.evaluate(DRAWN)
    first = time.perf_counter() - began
    book.page.wait_for_timeout(5_000)  # pictures have come, the page is at rest
    with traced(book.page) as events:
        times = book.page.evaluate(MOVED, moves)
    frames = [after - before for before, after in itertools.pairwise(times)]
    with traced(book.page) as rest:
        book.page.evaluate(MOVED, 1)
        book.page.wait_for_timeout(SETTLE + 3_000)
    timers = [event["tdur"] / 1000 for event in rest if event["name"] == "TimerFire"]
    median, p95 = statistics.median(frames), statistics.quantiles(frames, n=20)[-1]
    script, settled = scripts(events) / moves, max(timers, default=0)
    print(f"{count:>9,} points: first picture {first:.1f} s; a frame {median:.0f} ms", end=" ")
    print(f"(p95 {p95:.0f}), scripts {script:.1f} ms of it; at rest {settled:.0f} ms", flush=True)


def scripts(events: list[dict[str, Any]]) -> float:
    """Return the milliseconds that scripts kept the processor busy: not those that they waited."""
    wanted = ("FireAnimationFrame", "EventDispatch", "TimerFire", "RunMicrotasks")
    total = end = 0.0
    for event in sorted(events, key=lambda each: each["ts"]):
        if event["name"] in wanted and event["ts"] >= end:  # others run within this one
            total += event["tdur"]
            end = event["ts"] + event["dur"]
    return total / 1000


if __name__ == "__main__":
    main()
