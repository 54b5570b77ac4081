"""Long work in a thread: progress, a preview stream, and an end that the person may choose."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from convscope.network import among_others

logger = logging.getLogger(__name__)

Kind = Literal["result", "progress", "preview", "error"]
Send = Callable[[Kind, Any], None]

# Seconds between two messages of one kind: the page cannot use more, and Jupyter servers drop
# messages above 1000 a second.
INTERVAL = 0.1


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Raised by `Job.check` when the job was asked to stop."""

    def __init__(self, message: str = "Stopped.", kind: str = "Stopped") -> None:
        super().__init__(message)
        self.kind = kind


class Job:
    """What a long-running method tells the page, and hears from it.

    Without ``send`` it keeps silent, so that the same method runs in scripts, exports and tests.

    Parameters
    ----------
    send
        Called with a kind ("progress", "preview") and a value.
    clock
        Seconds, for throttling and the time left.
    """

    def __init__(
        self, send: Send | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._clock = clock
        self._started = clock()
        self._sent: dict[Kind, float] = {}
        self._waiting: list[Any] = []
        self._stop: Stopped | None = None

    @property
    def stopped(self) -> bool:
        """Whether the job was asked to stop; for loops that end by themselves."""
        return self._stop is not None

    def check(self) -> None:
        """Raise `Stopped` when the job was asked to stop; call it between steps."""
        self._flush()
        if self._stop is not None:
            raise self._stop

    def progress(
        self,
        done: float,
        total: float | None = None,
        note: str = "",
        left: float | None = None,
    ) -> None:
        """Tell how far the work is; at most ten times a second reach the page.

        Parameters
        ----------
        done, total
            Steps done and steps in all (None where nobody knows).
        note
            What is being done, such as ``"reading images"``.
        left
            Seconds that the rest takes, where steps are not alike; by default as long each as
            those before.
        """
        finished = total is not None and done >= total
        if finished or self._due("progress"):
            elapsed = self._clock() - self._started
            if left is None and total is not None and done > 0:
                left = elapsed / done * max(total - done, 0)
            self._emit(
                "progress",
                {"done": done, "total": total, "note": note, "elapsed": elapsed, "left": left},
            )
        self._flush()

    def preview(self, value: object) -> None:
        """Show what there is so far; at most ten a second, and the newest one is never lost."""
        self._waiting = [value]
        self._flush()

    def part(self, value: object) -> None:
        """Show a part that is not shown again: it goes out at once, and none is dropped.

        The caller sees to it that there are few; `preview` is for what a newer state replaces.
        """
        self._emit("preview", value)

    def stop(self, message: str = "Stopped.", kind: str = "Stopped") -> None:
        """Ask the job to stop at its next `check`; the first reason given stays."""
        if self._stop is None:
            self._stop = Stopped(message, kind)

    def _flush(self) -> None:
        if self._waiting and self._due("preview"):
            self._emit("preview", self._waiting.pop())

    def _due(self, kind: Kind) -> bool:
        return self._clock() - self._sent.get(kind, -INTERVAL * 2 + self._started) >= INTERVAL

    def _emit(self, kind: Kind, value: object) -> None:
        self._sent[kind] = self._clock()
        if self._send is not None:
            self._send(kind, value)


@dataclass
class _Running:
    id: str
    job: Job
    thread: threading.Thread


class JobRunner:
    """Runs jobs in daemon threads, one at a time for each method; the newest call wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}

    def start(self, method: str, call_id: str, work: Callable[[Job], object], send: Send) -> None:
        """Start ``work`` in a thread, once the older job of ``method`` has stopped.

        The outcome goes to ``send`` as "result" or "error" ``{type, message}``.
        """
        job = Job(send)
        with self._lock:
            older = self._running.get(method)
            if older is not None:
                older.job.stop("A newer request took its place.", "Superseded")
            context = contextvars.copy_context()
            thread = threading.Thread(
                target=context.run,
                args=(self._run, method, job, work, send, older.thread if older else None),
                name=f"convscope-{method}",
                daemon=True,
            )
            self._running[method] = _Running(call_id, job, thread)
            thread.start()

    def cancel(self, call_id: str) -> None:
        """Ask the job that answers ``call_id`` to stop; nothing when it has ended."""
        with self._lock:
            for running in self._running.values():
                if running.id == call_id:
                    running.job.stop()

    def stop_all(self) -> None:
        """Ask every job to stop, without waiting."""
        with self._lock:
            for running in self._running.values():
                running.job.stop("The widget was closed.")

    def join(self, timeout: float | None = None) -> None:
        """Wait until the jobs under way have ended; for tests and scripts."""
        with self._lock:
            threads = [running.thread for running in self._running.values()]
        for thread in threads:
            thread.join(timeout)

    def _run(
        self,
        method: str,
        job: Job,
        work: Callable[[Job], object],
        send: Send,
        older: threading.Thread | None,
    ) -> None:
        try:
            if older is not None:
                older.join()
            job.check()
            with among_others():  # cells draw random numbers meanwhile
                send("result", work(job))
        except Stopped as stopped:
            send("error", {"type": stopped.kind, "message": str(stopped)})
        except Exception as error:
            logger.exception("%s failed", method)
            send("error", failure(error))
        finally:
            with self._lock:
                current = self._running.get(method)
                if current is not None and current.job is job:
                    del self._running[method]


def failure(error: BaseException) -> dict[str, str]:
    """Return what the page is told about an exception: its name and one sentence."""
    # str(KeyError("x")) is "'x'": the sentence inside is meant for people.
    words = error.args[0] if isinstance(error, KeyError) and error.args else error
    return {"type": type(error).__name__, "message": str(words) or type(error).__name__}
