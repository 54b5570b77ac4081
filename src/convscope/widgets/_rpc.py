"""Calls from the page, answered with values, pictures or one clear sentence.

The messages are typed in ``js/lib/protocol.ts``, the JavaScript side is ``js/lib/rpc.ts``; keep the
three in step (``tests/widgets/test_protocol.py`` compares them).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, overload

from convscope.widgets import _arguments
from convscope.widgets._codec import encode
from convscope.widgets._jobs import Job, JobRunner, Kind, Send, failure

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "_convscope_endpoint"

# As in js/lib/protocol.ts.
TO_PYTHON = ("call", "cancel")
FROM_PYTHON: tuple[Kind, ...] = ("result", "progress", "preview", "error")


@dataclass(frozen=True)
class Endpoint:
    """A method that the page may call."""

    name: str
    attribute: str
    kind: Literal["rpc", "job"]

    def bind(self, owner: object, params: Mapping[str, Any]) -> Callable[[Job], object]:
        """Check ``params`` and return the call, which needs a job only if this is one."""
        method = getattr(owner, self.attribute)
        arguments = _arguments.bind(method, params, skip=self.skip)
        if self.kind == "job":
            return lambda job: method(job, **arguments)
        return lambda _: method(**arguments)

    def defaults(self, owner: object) -> dict[str, Any]:
        """Return the method's default arguments."""
        return _arguments.defaults(getattr(owner, self.attribute), skip=self.skip)

    @property
    def skip(self) -> int:
        """Number of leading parameters that the page does not give."""
        return 1 if self.kind == "job" else 0


@overload
def rpc(function: F) -> F: ...
@overload
def rpc(*, name: str) -> Callable[[F], F]: ...
def rpc(function: F | None = None, *, name: str | None = None) -> F | Callable[[F], F]:
    """Let the page call a method; it answers at once, on the kernel's thread.

    Parameters
    ----------
    function
        Method of a `BaseWidget`; arguments are checked against its annotations.
    name
        What the page calls it, where that is not the method's own name.
    """
    return _marker("rpc", name) if function is None else _marker("rpc", name)(function)


def job(function: F) -> F:
    """Let the page start a long method, which gets a `Job` first and runs in a worker thread.

    One call of a method runs at a time: a newer one stops the older, which notices it at
    `Job.check`.
    """
    return _marker("job", None)(function)


def _marker(kind: Literal["rpc", "job"], name: str | None) -> Callable[[F], F]:
    def mark(function: F) -> F:
        setattr(function, _MARK, (name or function.__name__, kind))
        return function

    return mark


def endpoints(cls: type) -> dict[str, Endpoint]:
    """Return what the page may call on a class, by name; subclasses go before their bases."""
    found = {}
    for base in reversed(cls.__mro__):
        for attribute, value in vars(base).items():
            if hasattr(value, _MARK):
                name, kind = getattr(value, _MARK)
                found[name] = Endpoint(name, attribute, kind)
    return found


class Wire(Protocol):
    """What a dispatcher needs of a widget."""

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send a custom message to every view."""


class Dispatcher:
    """Answers the page's calls on one widget.

    JupyterLab may deliver messages on a kernel subshell, which is another thread: ``lock`` is held
    while a method answers, and widgets may take it elsewhere. Jobs do not hold it.
    """

    def __init__(self, owner: Wire) -> None:
        self._owner = owner
        self.jobs = JobRunner()
        self.lock = threading.RLock()

    def handle(self, _widget: object, content: object, _buffers: object = None) -> None:
        """Take a custom message from the page; what is not of our protocol is left to others."""
        match content:
            case {"kind": "call", "id": str(call_id), "method": str(method), **rest}:
                params = rest.get("params", {})
                self._call(call_id, method, params if isinstance(params, dict) else {})
            case {"kind": "cancel", "id": str(call_id)}:
                self.jobs.cancel(call_id)
            case {"kind": "call" | "cancel"}:
                logger.warning("a message without id or method was left unanswered: %r", content)

    def _call(self, call_id: str, method: str, params: Mapping[str, Any]) -> None:
        send = self._sender(call_id, method)
        try:
            endpoint, work = self._prepare(method, params)
            if endpoint.kind == "job":
                # A first word at once: the page knows that the kernel is free and at work.
                send("progress", _NOTHING_YET)
                self.jobs.start(method, call_id, work, send)
                return
            with self.lock:
                value = work(Job())
            send("result", value)
        except Exception as error:
            logger.exception("%s failed", method)
            send("error", failure(error))
        except KeyboardInterrupt:
            send("error", {"type": "Stopped", "message": "The kernel was interrupted."})
            raise

    def _prepare(
        self, method: str, params: Mapping[str, Any]
    ) -> tuple[Endpoint, Callable[[Job], object]]:
        known = endpoints(type(self._owner))
        if method not in known:
            raise LookupError(
                f"{type(self._owner).__name__} has no method {method!r} for the page; "
                f"it has {', '.join(sorted(known))}"
            )
        return known[method], known[method].bind(self._owner, params)

    def _sender(self, call_id: str, method: str) -> Send:
        def send(kind: Kind, value: object) -> None:
            try:
                encoded, buffers = encode(value)
            except TypeError as error:
                logger.exception("%s gave something that cannot be sent", method)
                kind, encoded, buffers = "error", dict(failure(error)), []
            self._owner.send({"kind": kind, "id": call_id, "value": encoded}, buffers)

        return send


_NOTHING_YET = {"done": 0, "total": None, "note": "", "elapsed": 0.0, "left": None}
