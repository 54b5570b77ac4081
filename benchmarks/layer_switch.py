"""How long LayerBrowser takes to show another layer, in a real JupyterLab and Chromium.

Each round clicks on a layer whose activations Python has at hand and the page has not, and stops
the clock in the page when the mosaic's label names the layer and the next frame has come. For
comparison, a bare widget is sent as many bytes in as many buffers over the same kind of comm. The
two take turns, so that whatever else the machine does hits both.

    python benchmarks/layer_switch.py [--rounds 60]
"""

from __future__ import annotations

import argparse
import statistics
import sys

from _lab import Notebook, notebook
from _measure import speedup

TARGET = 0.150  # seconds
SETTLE = 4_000  # milliseconds for thumbnails and curves to arrive

WIDGETS = """import anywidget, torch
import convscope as cs
from convscope.widgets._codec import encode

torch.set_num_threads(1)
browser = cs.LayerBrowser(cs.demo.scope(), cs.demo.images(), layer="stem.conv")

class Bare(anywidget.AnyWidget):
    _esm = "export default {render({model}) { globalThis.bare = model }}"

bare, sent = Bare(), {}
names = [layer.name for layer in browser._activations.layers]
sent |= {name: encode(browser.maps(browser.image, name))[1] for name in names}
bare.on_msg(lambda _, name, __: bare.send({"bare": name}, sent[name]))
"""
CELLS = [WIDGETS, "browser", "bare"]

CLICK = """async name => {
    const card = document.querySelector(".convscope").shadowRoot.querySelector(".cv-card");
    const row = [...card.querySelectorAll("[role=treeitem]")]
        .find(row => row.title.startsWith(`${name}: `));
    const canvas = card.querySelector("canvas.mosaic-canvas");
    const shown = new Promise(done => {
        const watch = new MutationObserver(() => {
            if (!canvas.getAttribute("aria-label").includes(` of ${name},`)) return;
            watch.disconnect();
            requestAnimationFrame(() => done(performance.now()));
        });
        watch.observe(canvas, { attributeFilter: ["aria-label"] });
    });
    const start = performance.now();
    row.click();
    return await shown - start;
}"""
ECHO = """async name => {
    const start = performance.now();
    const end = new Promise(done => {
        const answered = () => { bare.off("msg:custom", answered); done(performance.now()) };
        bare.on("msg:custom", answered);
    });
    bare.send(name);
    return await end - start;
}"""


def main() -> int:
    """Print the times, and return 1 where the median is above the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    with notebook(CELLS) as book:
        return report(measure(book, rounds))


def measure(book: Notebook, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round: the layer's switch and the bare round trip."""
    page = book.page
    page.wait_for_function("() => globalThis.bare")
    page.locator(".cv-card").wait_for()
    page.wait_for_timeout(SETTLE)
    names = book.ask("[name for name in names if name != browser.layer]")
    assert isinstance(names, list)
    seconds: dict[str, list[float]] = {"switch": [], "bare": []}
    for turn in range(rounds):
        name = names[turn % len(names)]
        contenders = [("switch", CLICK), ("bare", ECHO)]
        for contender, code in contenders[:: 1 if turn % 2 else -1]:
            seconds[contender].append(page.evaluate(code, name) / 1000)
    return seconds


def report(seconds: dict[str, list[float]]) -> int:
    """Print the medians, the 95th percentiles and the ratio within each round."""
    for name, values in seconds.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        print(
            f"{name:8} median {statistics.median(values) * 1000:6.1f} ms   p95 {p95 * 1000:6.1f} ms"
        )
    print(f"switch / bare: {speedup(seconds, of='bare', over='switch')}")
    met = statistics.median(seconds["switch"]) <= TARGET
    print(f"target {TARGET * 1000:.0f} ms: {'met' if met else 'not met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
