"""How far a build is, step by step, with the time left."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tqdm.auto import tqdm

from convscope.atlas.shown import Teller
from convscope.atlas.store import Store
from convscope.manifold import Progress, Stopped

Watching = bool | Callable[[Progress], object]


@dataclass(frozen=True)
class Resumed(Progress):
    """How far a stage is of which a part was there before.

    Attributes
    ----------
    before
        Steps that an earlier build did.
    """

    before: float = 0

    @property
    def seconds_left(self) -> float | None:
        """About how long the rest of the stage takes; None as long as nobody knows."""
        own = self.done - self.before
        return None if own <= 0 else self.seconds / own * max(0.0, self.total - self.done)


def timed(stage: str, total: int, before: int, steps: Iterator[int]) -> Iterator[Progress]:
    """Yield how far a stage is whose steps say how much is done, ``before`` of it earlier."""
    began = time.monotonic()
    for done in steps:
        yield Resumed(stage, done, total, time.monotonic() - began, before)


def each_layer(stage: str, store: Store, steps: Iterator[str]) -> Iterator[Progress]:
    """Yield how far a stage is that goes layer by layer."""
    began, total = time.monotonic(), len(store.about.layers)
    for done, _ in enumerate(steps, 1):
        yield Progress(stage, done, total, time.monotonic() - began)


def told_of(
    steps: Iterator[Progress], teller: Teller, stop: Callable[[], bool] | None
) -> Iterator[Progress]:
    """Yield steps, tell the store of them, and end where it is asked for."""
    with teller.alive():
        try:
            for step in steps:
                teller.tell(step)
                yield step
                if stop is not None and stop():
                    return
        except Stopped:
            return
    teller.finish()


def follow(steps: Iterator[Progress], *, progress: Watching) -> None:
    """Run steps, with a bar for each stage, or a function that is told how far it is."""
    if callable(progress):
        for step in steps:
            progress(step)
        return
    for stage, group in itertools.groupby(steps, lambda step: step.stage):
        with tqdm(desc=stage, disable=not progress, leave=False) as bar:
            for step in group:
                bar.total = step.total
                bar.update(step.done - bar.n)
