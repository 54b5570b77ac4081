"""How soon FeatureVis shows something: the first picture, one that can be made out, the last.

It calls the widget's job as the page does, and counts what goes to the page, pictures encoded. One
can be made out when its objective is half of what the picture reaches in the end. For comparison,
the same steps by `featurevis.optimize` alone, in turn: what previews, curves and the copy of the
model cost. Seconds are the process's own time, so that what else the machine does matters less; but
previews come by the clock, so a busy machine has more of them for each step.

    python benchmarks/feature_vis_widget.py [--rounds 3] [--threads 1]
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from _measure import speedup, turn_by_turn

import convscope as cs
from convscope import featurevis
from convscope.widgets._jobs import Job

TARGETS = ("blocks.2:3", "blocks.8:40", "class:tabby")


def main() -> None:
    """Print seconds and ratios for a unit of an early and a middle layer, and for a class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scope = cs.demo.scope()
    for target in TARGETS:
        shown: dict[str, list[float]] = {"first": [], "made out": [], "last": []}

        def widget(target: str = target, shown: dict[str, list[float]] = shown) -> None:
            vis = cs.FeatureVis(scope, target=target, negative=False, diverse=0, cache=False)
            start = time.process_time()
            frames: list[tuple[float, float]] = []  # seconds, the objective at that step

            def send(kind: str, value: dict[str, torch.Tensor]) -> None:
                if kind == "preview":
                    frames.append((time.process_time() - start, float(value["curves"][0, -1])))

            made = vis.develop(Job(send), target)["parts"][0]["pictures"][0]
            shown["first"].append(frames[0][0])
            shown["made out"].append(next(at for at, v in frames if v > made["reached"] / 2))
            shown["last"].append(time.process_time() - start)

        def engine(target: str = target) -> None:
            run = featurevis.optimize(scope, target, steps=192, size=160)
            for _ in run:
                pass
            run.results()

        seconds = turn_by_turn(
            {"widget": widget, "engine": engine},
            rounds=options.rounds,
            warm=0,
            clock=time.process_time,
        )
        words = ", ".join(
            f"{name} {statistics.median(found):.2f} s" for name, found in shown.items()
        )
        print(f"{target}: {words}")
        print(f"  engine / widget: {speedup(seconds, of='widget', over='engine')}")


if __name__ == "__main__":
    main()
