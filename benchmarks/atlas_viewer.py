"""How long AtlasViewer's scripts take in a frame with 6,400 cells in view, in a real JupyterLab.

An atlas whose 80 × 80 grid is full (its samples are laid out evenly, so that no cell is empty) is
moved by hand, back and forth by less than its margin, so that all cells stay in view and every
frame draws all of them. What scripts took is read from the browser's own trace: the animation
frame and the pointer events before it, of the whole page. For comparison the same frames are
drawn one icon after the other, as Distill's viewer does, from the same tiles on a canvas of the
same size; the two take turns.

    python benchmarks/atlas_viewer.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from typing import Any

from _lab import Notebook, notebook, traced
from _measure import speedup

TARGET = 8.0  # milliseconds
MOVES = 60  # a round
SIDE = 80

BUILD = f"""import tempfile
import numpy as np, torch, zarr
import convscope as cs

torch.set_num_threads(1)
digits = cs.demo.digits()
path = tempfile.mkdtemp() + "/full.atlas"
options = dict(samples_per_image=16, levels=(20, 40, {SIDE}), method="pca", progress=False)
cs.Atlas.build(digits.scope, digits.images, ["conv2"], path, icons="none", **options)
xy = zarr.open_array(path + "/layers/0/xy", mode="r+")
places = np.arange(xy.shape[0]) % {SIDE**2}
xy[:] = np.stack([places % {SIDE} + 0.5, places // {SIDE} + 0.5], axis=1) / {SIDE}
atlas = cs.Atlas.build(digits.scope, digits.images, ["conv2"], path, redo="grid", **options)
assert len(atlas.cells({SIDE})) == {SIDE**2}
viewer = cs.AtlasViewer(atlas, level={SIDE}, labels=True, height=760)"""

# Each icon by itself from a tile that is decoded already.
ONE_BY_ONE = """async ([moves, side]) => {
    const root = document.querySelector(".convscope").shadowRoot;
    const shown = root.querySelector(".atlas-icons");
    const canvas = document.createElement("canvas");
    canvas.width = shown.width;
    canvas.height = shown.height;
    const context = canvas.getContext("2d");
    const tile = await createImageBitmap(new ImageData(512, 512));
    const cell = Math.min(canvas.width, canvas.height) / side;
    const times = [];
    for (let move = 0; move < moves; move++) {
        await new Promise(requestAnimationFrame);
        const start = performance.now();
        context.clearRect(0, 0, canvas.width, canvas.height);
        for (let row = 0; row < side; row++)
            for (let column = 0; column < side; column++)
                context.drawImage(
                    tile, (column % 8) * 64, (row % 8) * 64, 64, 64,
                    column * cell + move % 5, row * cell, cell * 0.9, cell * 0.9,
                );
        times.push(performance.now() - start);
    }
    return times;
}"""


def main() -> int:
    """Print the times, and return 1 where the median frame is above the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with notebook([BUILD, "viewer"]) as book:
        return report(*measure(book, rounds))


def measure(book: Notebook, rounds: int) -> tuple[list[float], dict[str, list[float]]]:
    """Return the milliseconds of all frames, and the medians of each round by contender."""
    page = book.page
    plane = page.get_by_role("application")
    plane.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.querySelector('.convscope').shadowRoot"
        f'.querySelector(\'.atlas-plane[data-side="{SIDE}"][data-pending="0"]\')'
    )
    page.wait_for_timeout(3_000)  # for all sheets to be made, some each frame
    frames: list[float] = []
    medians: dict[str, list[float]] = {"viewer": [], "one by one": []}
    for turn in range(-1, rounds):
        shown = moved(book, plane)
        plain = page.evaluate(ONE_BY_ONE, [MOVES, SIDE])
        if turn >= 0:
            frames += shown
            medians["viewer"].append(statistics.median(shown))
            medians["one by one"].append(statistics.median(plain))
    return frames, medians


def moved(book: Notebook, plane: Any) -> list[float]:
    """Move the atlas by hand, and return what scripts took in each frame."""
    page = book.page
    box = plane.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with traced(page) as events:
        page.mouse.move(x, y)
        page.mouse.down()
        for move in range(MOVES):
            page.mouse.move(x, y + (7 if move % 2 else -7))
            page.evaluate("() => new Promise(requestAnimationFrame)")
        page.mouse.up()
    return scripting(events)


def scripting(events: list[dict[str, Any]]) -> list[float]:
    """Return the milliseconds of each animation frame and of the pointer events before it."""
    wanted = [each for each in events if each["name"] in ("FireAnimationFrame", "EventDispatch")]
    found: list[float] = []
    before = 0.0
    for event in sorted(wanted, key=lambda each: each["ts"]):
        if event["name"] == "EventDispatch":
            before += event.get("dur", 0) / 1000
            continue
        # Frames that only our own waiting asked for draw nothing.
        spent = event.get("dur", 0) / 1000
        if before > 0:
            found.append(before + spent)
            before = 0.0
        elif found:
            found[-1] += spent
    return found


def report(frames: list[float], medians: dict[str, list[float]]) -> int:
    """Print medians, the 95th percentile and the ratio within each round."""
    median, p95 = statistics.median(frames), statistics.quantiles(frames, n=20)[-1]
    print(f"{len(frames)} frames of {SIDE**2:,} cells: median {median:.2f} ms, p95 {p95:.2f} ms")
    plain = statistics.median(medians["one by one"])
    print(f"one icon after the other: median {plain:.2f} ms")
    print(f"viewer over that: {speedup(medians, of='viewer', over='one by one')}")
    print(f"target {TARGET:.0f} ms: {'met' if median <= TARGET else 'not met'}")
    return 0 if median <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
