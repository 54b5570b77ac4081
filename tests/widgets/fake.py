"""A small widget whose messages a test can read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure

from convscope.widgets._base import BaseWidget
from convscope.widgets._export import Call
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import job, rpc


class Probe(BaseWidget):
    """Answers simply, and slowly where asked to."""

    _module = "probe"

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.go = threading.Event()  # lets `slow` take its next step
        self.figures = 0

    def figure(self) -> Figure:
        self.figures += 1
        figure = Figure(figsize=(4, 3))
        figure.add_subplot().plot([1, 4, 2])
        return figure

    @rpc
    def ramp(self, rows: int, columns: int = 3, *, scale: float = 1.0) -> dict[str, Any]:
        return {"data": np.arange(rows * columns, dtype=np.float32).reshape(rows, columns) * scale}

    @rpc
    def choose(
        self,
        mode: Literal["mean", "max"] = "mean",
        unit: int | None = None,
        names: Sequence[str] = (),
        at: tuple[int, int] = (0, 0),
        flag: bool = False,  # noqa: FBT001, FBT002
    ) -> list[Any]:
        return [mode, unit, list(names), at, flag]

    @rpc
    def fail(self, how: str) -> None:
        raise {"key": KeyError("no image 7"), "empty": ValueError(), "value": ValueError(how)}[how]

    @rpc
    def unsendable(self) -> object:
        return {"figure": object()}

    @job
    def slow(self, job: Job, steps: int, stubborn: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        done = 0
        for done in range(1, steps + 1):
            self.go.wait(5)
            if stubborn and job.stopped:
                break
            job.check()
            job.progress(done, steps, "stepping")
            job.preview({"step": done})
            time.sleep(0.001)
        return {"steps": done}

    @job
    def explode(self, job: Job) -> None:
        raise RuntimeError("out of memory at step 3")

    def _export_calls(self) -> Iterator[Call]:
        for rows in (2, 40, 400, 3, 5000):
            yield Call("ramp", {"rows": rows}, f"ramp of {rows} rows", {"scale": 2.0})
        yield Call("fail", {"how": "value"}, "what fails")


class Recorder:
    """Stands in for `Widget.send` and keeps what was sent."""

    def __init__(self, widget: BaseWidget) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self._news = threading.Condition()
        widget.send = self.send

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self._news:
            self.messages.append((content, buffers or []))
            self._news.notify_all()

    def of(self, call_id: str, *kinds: str) -> list[dict[str, Any]]:
        """Return the messages about a call, of the kinds given."""
        return [m for m, _ in self.messages if m["id"] == call_id and m["kind"] in kinds]

    def outcome(self, call_id: str, timeout: float = 5) -> dict[str, Any]:
        """Wait for the result or error of a call."""
        with self._news:
            assert self._news.wait_for(lambda: self.of(call_id, "result", "error"), timeout)
        return self.of(call_id, "result", "error")[0]


def call(widget: BaseWidget, call_id: str, method: str, **params: Any) -> None:
    """Deliver a call as the page sends it."""
    message = {"kind": "call", "id": call_id, "method": method, "params": params}
    widget._handle_custom_msg(message, [])


def cancel(widget: BaseWidget, call_id: str) -> None:
    """Deliver a cancel as the page sends it."""
    widget._handle_custom_msg({"kind": "cancel", "id": call_id}, [])
