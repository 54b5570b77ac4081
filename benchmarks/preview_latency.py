"""How long AugmentPreview takes from the pointer to the pixels, in a real JupyterLab and Chromium.

A slider of a pipeline of six operations is dragged; 12 samples of one image of 224² are drawn for
each move. The clock starts with the pointer's event in the page and stops with the frame after the
new samples were painted. For comparison `ipywidgets.interact` draws the same samples with
matplotlib. The two take turns, a few moves each. Then the slider moves for five seconds without a
pause, and what is shown must not fall behind.

    python benchmarks/preview_latency.py [--rounds 12]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from _lab import notebook
from _measure import speedup
from playwright.sync_api import Page

MEDIAN, P95, TIMES = 0.060, 0.120, 8  # targets: seconds, seconds, and how many times faster
MOVES = 5  # in a turn
STILL = 0.06  # seconds in which nobody asks the page, which would take from what is measured
SETTLE = 6_000  # milliseconds for the page to come to rest
DRAG = 5.0  # seconds without a pause

PIPELINE = """import matplotlib.pyplot as plt
import torch
from ipywidgets import FloatSlider, interact

import convscope as cs
from convscope import augment
from convscope.images import resize

image = resize(cs.demo.photograph("cat"), (224, 224))
pipe = augment.Pipeline([
    augment.Flip(p=0.5), augment.Rotate(degrees=20), augment.ElasticGrid(p=0.5),
    augment.Brightness(), augment.Contrast(), augment.Saturation(),
], seed=7)
"""
OURS = "preview = cs.AugmentPreview(pipe, [image], height=560)\npreview"
THEIRS = """batch = image[None].expand(12, -1, -1, -1)

def show(degrees):
    rotate = augment.Rotate(degrees=degrees)
    changed = pipe.replace(operations=[pipe.operations[0], rotate, *pipe.operations[2:]])
    figure, axes = plt.subplots(3, 4, figsize=(8, 6))
    for axis, sample in zip(axes.flat, changed(batch, first=0).images):
        axis.imshow(sample.permute(1, 2, 0))
        axis.axis("off")
    plt.show()

interact(show, degrees=FloatSlider(20, min=0, max=180, step=0.5));
"""
CELLS = [PIPELINE, OURS, THEIRS]

# When the pointer moved, and when pictures came.
LOG = """() => {
    globalThis.newLog = () => {
        const log = { moved: [], shown: [] };
        log.begin = () => {
            log.moved.length = log.shown.length = 0;
            log.first = new Promise(resolve => { log.resolve = resolve });
        };
        log.show = () => {
            log.shown.push(performance.now());
            log.resolve?.([log.moved[0], log.shown[0]]);
        };
        return log;
    };
}"""
# Each returns where the pointer takes hold of its slider.
WATCH_OURS = """() => {
    const log = globalThis.ours = newLog();
    const root = document.querySelector(".convscope").shadowRoot;
    const canvas = root.querySelector("canvas.samples-canvas");
    const slider = root.querySelector('[data-param="degrees"] input[aria-label$="to"]');
    slider.addEventListener("input", event => log.moved.push(event.timeStamp), { capture: true });
    log.asked = () => Number(canvas.dataset.asked);
    log.numbers = [];
    new MutationObserver(() => {
        const number = Number(canvas.dataset.drawn);
        requestAnimationFrame(() => {
            log.numbers.push(number);
            log.show();
        });
    }).observe(canvas, { attributeFilter: ["data-drawn"] });
    slider.scrollIntoView({ block: "center" });
    const box = slider.getBoundingClientRect();
    const at = (slider.valueAsNumber - slider.min) / (slider.max - slider.min);
    return [box.left + 7 + at * (box.width - 14), box.top + box.height / 2];
}"""
WATCH_THEIRS = """() => {
    const log = globalThis.theirs = newLog();
    const handle = document.querySelector(".widget-interact .noUi-handle");
    const place = document.querySelector(".widget-interact");
    document.addEventListener("pointermove", event => log.moved.push(event.timeStamp), true);
    new MutationObserver(changes => {
        for (const change of changes) for (const node of change.addedNodes)
            for (const image of node.querySelectorAll?.("img") ?? [])
                image.decode().then(() => requestAnimationFrame(log.show));
    }).observe(place, { childList: true, subtree: true });
    handle.scrollIntoView({ block: "center" });
    const box = handle.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
}"""


def main() -> int:
    """Print the times, and return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {"preview": [], "interact": []}
    with notebook(CELLS) as book:
        book.page.wait_for_timeout(SETTLE)
        book.page.evaluate(LOG)
        for _ in range(rounds):
            seconds["preview"] += turn(book.page, "ours", WATCH_OURS)
            seconds["interact"] += turn(book.page, "theirs", WATCH_THEIRS)
        drawn, behind = drag(book.page)
    return report(seconds, drawn, behind)


def turn(page: Page, name: str, watch: str) -> list[float]:
    """Drag a slider by a few steps, waiting for the pixels of each, and return the seconds."""
    x, y = page.evaluate(watch)
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(100)
    times = []
    for step in range(MOVES):
        page.evaluate(f"() => {name}.begin()")
        page.mouse.move(x + (4 if step % 2 else 9), y)
        time.sleep(STILL)
        moved, shown = page.evaluate(f"() => {name}.first")
        times.append((shown - moved) / 1000)
        page.wait_for_timeout(60)
    page.mouse.move(x, y)
    page.mouse.up()
    page.wait_for_timeout(400)
    return times


def drag(page: Page) -> tuple[float, float]:
    """Move the slider without a pause; return pictures a second, and how late the last one is.

    The last one is that of the last move: at rest the page asks once more, for samples as they are.
    """
    x, y = page.evaluate(WATCH_OURS)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("() => { for (const key of ['moved', 'shown', 'numbers']) ours[key].length = 0 }")
    began, step = time.monotonic(), 0
    while time.monotonic() - began < DRAG:
        step += 1
        page.mouse.move(x + step % 30, y)
    asked = page.evaluate("() => ours.asked()")
    page.wait_for_timeout(1000)
    moved, shown, numbers = page.evaluate("() => [ours.moved, ours.shown, ours.numbers]")
    page.mouse.up()
    arrived = next(time for time, number in zip(shown, numbers, strict=True) if number >= asked)
    return len(shown) / DRAG, (arrived - moved[-1]) / 1000


def report(seconds: dict[str, list[float]], drawn: float, behind: float) -> int:
    """Print medians, 95th percentiles and the ratio."""
    for name, values in seconds.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        middle = statistics.median(values)
        print(f"{name:9} median {middle * 1000:6.1f} ms   p95 {p95 * 1000:6.1f} ms")
    ratio = speedup(seconds, of="preview", over="interact")
    print(f"how many times faster than interact with matplotlib: {ratio}")
    print(
        f"five seconds without a pause: {drawn:.1f} pictures a second, the last one "
        f"{behind * 1000:.0f} ms after the last move"
    )
    own = seconds["preview"]
    met = {
        f"median {MEDIAN * 1000:.0f} ms": statistics.median(own) <= MEDIAN,
        f"p95 {P95 * 1000:.0f} ms": statistics.quantiles(own, n=20)[-1] <= P95,
        f"{TIMES} times": ratio.median >= TIMES,
        "no backlog": behind <= 2 * P95,
    }
    for target, reached in met.items():
        print(f"target {target}: {'met' if reached else 'not met'}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
