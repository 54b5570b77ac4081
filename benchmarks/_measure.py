"""Time contenders turn by turn, so that whatever else the machine does hits all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How many times faster one contender is than another, over many rounds."""

    lower: float  # first quartile
    median: float
    upper: float  # third quartile
    rounds: int

    def __str__(self) -> str:
        return (
            f"{self.median:.3f} (quartiles {self.lower:.3f} to {self.upper:.3f}, "
            f"{self.rounds} rounds)"
        )


def turn_by_turn(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warm: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Run all contenders once a round, in an order that rotates, and return seconds by name.

    On a machine that others use as well, `time.process_time` and one thread give steadier ratios.
    """
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(-warm, rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            start = clock()
            contenders[name]()
            if turn >= 0:
                seconds[name].append(clock() - start)
    return seconds


def speedup(seconds: Mapping[str, list[float]], of: str, over: str) -> Ratio:
    """Return how many times faster `of` was than `over`, from the ratio within each round."""
    ratios = [slow / fast for slow, fast in zip(seconds[over], seconds[of], strict=True)]
    lower, median, upper = statistics.quantiles(ratios, n=4)
    return Ratio(lower, median, upper, len(ratios))
