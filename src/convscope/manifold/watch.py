"""Long work that tells how far it is, shows the layout as it forms, and can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Called with the layout so far, (N, 2) with NaN where a point has no place yet, and how far it is.
OnLayout = Callable[["NDArray[np.float32]", float], object]
Tick = Callable[[float], None]

# Seconds between two previews of a layout: more of them only slow it down.
_INTERVAL = 0.1


@dataclass(frozen=True)
class Progress:
    """How far a stage of the work is.

    Attributes
    ----------
    stage
        What is being done, such as ``"laying out"``.
    done, total
        Steps done and steps in all.
    seconds
        Since the stage began.
    """

    stage: str
    done: float
    total: float
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """About how long the rest of the stage takes; None as long as nobody knows."""
        if self.done <= 0:
            return None
        return self.seconds / self.done * max(0.0, self.total - self.done)


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Raised when ``stop`` said so.

    Attributes
    ----------
    xy
        The layout as it was then, (N, 2) with NaN where a point had no place; None before any.
    """

    def __init__(self, stage: str, xy: NDArray[np.float32] | None = None) -> None:
        super().__init__(f"stopped while {stage}")
        self.xy = xy


class Watch:
    """What long work tells, and hears.

    Parameters
    ----------
    progress
        True for a bar for each stage, or a function that is called with a `Progress`.
    stop
        Asked again and again; once it returns True the work ends with `Stopped`. An exception of
        its own passes through.
    on_layout
        Called with the layout so far and the fraction done, at most ten times a second.
    """

    def __init__(
        self,
        progress: bool | Callable[[Progress], object] | None = None,  # noqa: FBT001
        stop: Callable[[], bool] | None = None,
        on_layout: OnLayout | None = None,
    ) -> None:
        for name, value in (("stop", stop), ("on_layout", on_layout)):
            if value is not None and not callable(value):
                raise TypeError(f"{name}: must be a function, got {type(value).__name__}")
        if not (progress is None or isinstance(progress, bool) or callable(progress)):
            raise TypeError(
                f"progress: must be True, False or a function, got {type(progress).__name__}"
            )
        self._progress = progress
        self._stop = stop
        self._on_layout = on_layout
        self._shown = 0.0
        self._rows: NDArray[np.int64] | None = None
        self._count = 0
        self._latest: Callable[[], NDArray[np.float32]] | None = None

    @contextmanager
    def stage(self, name: str, total: float) -> Iterator[Tick]:
        """Give the function to call with what is done of a stage; it may raise `Stopped`."""
        began = time.perf_counter()
        bar: Any = tqdm(total=total, desc=name, leave=False, disable=self._progress is not True)

        def tick(done: float) -> None:
            if callable(self._progress):
                self._progress(Progress(name, done, total, time.perf_counter() - began))
            bar.update(done - bar.n)
            if self._stop is not None and self._stop():
                raise Stopped(name, None if self._latest is None else self._latest())

        with bar:
            tick(0)
            yield tick

    def of_some(self, rows: NDArray[np.int64] | None, count: int) -> None:
        """Say that layouts to come are those of these points among ``count``; None for all."""
        self._rows, self._count = rows, count

    def layout(self, xy: NDArray[np.float32], fraction: float, *, last: bool = False) -> None:
        """Show a layout; it is copied."""
        self._latest = lambda: self._spread(xy)
        due = time.perf_counter() - self._shown >= _INTERVAL
        if self._on_layout is not None and (due or last):
            self._on_layout(self._spread(xy), fraction)
            self._shown = time.perf_counter()

    def _spread(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._rows is None or len(xy) == self._count:
            return np.array(xy, np.float32)
        whole = np.full((self._count, 2), np.nan, np.float32)
        whole[self._rows] = xy
        return whole
