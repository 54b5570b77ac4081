"""Widgets as one offline page: no kernel, no network, and what fits into a byte budget.

The page holds the built bundle of each widget class once, the state of each widget, and answers to
the calls that its view may make, as JSON. ``js/lib/static_host.ts`` is the host that shows them.
"""

from __future__ import annotations

import base64
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.widgets._assets import bundle
from convscope.widgets._codec import encode
from convscope.widgets._jobs import Job
from convscope.widgets._page import as_ascii, as_json, document, place
from convscope.widgets._rpc import endpoints

if TYPE_CHECKING:
    from convscope.widgets._base import BaseWidget

logger = logging.getLogger(__name__)

BUDGET = 20_000_000  # bytes
# Calls in a row that may be too big before the rest is not tried: each costs a computation.
_MISSES = 8
# What belongs to a live widget only.
# Left-out things that are named; the rest is counted.
_NAMED = 50
_TOO_BIG = "too big"
_HOST_TRAITS = frozenset(
    {"_esm", "_css", "_anywidget_id", "_dom_classes", "layout", "tabbable", "tooltip"}
)


@dataclass(frozen=True)
class Call:
    """A call whose answer an exported page should hold."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)  # as the view gives them
    label: str = ""  # what the page says when it was left out, such as "maps of layer3"
    # For the export only; the view does not give them, so they are no part of the question.
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """One widget, ready to be put into a page."""

    data: str  # JSON: module, state, answers, defaults
    left_out: tuple[str, ...]
    place: str  # HTML of the place it is shown at

    @property
    def size(self) -> int:
        """Bytes that it adds to a page; both parts are ASCII."""
        return len(self.data) + len(self.place)


def snapshot(widget: BaseWidget, budget: int, index: int = 0) -> Snapshot:
    """Run the calls that a widget lists for its page, until ``budget`` bytes are full.

    Calls go in the widget's own order, most important first. One that does not fit is left out and
    named; a smaller one after it may still fit. A call that raises is left out, named and logged.

    Parameters
    ----------
    widget
        What to put into the page.
    budget
        Bytes for all of it. The state is always there, whatever its size; the still picture for
        readers without JavaScript only where it fits.
    index
        Its number in the page.
    """
    calls = list(widget._export_calls())
    # Room for the case that everything is left out: names stand in the page and in the state, and
    # those that are named in the end may be the longest.
    names = sorted({f"{_label(call)} (failed)" for call in calls}, key=_width, reverse=True)
    room = budget - _assemble(widget, [], names, "", index).size
    picture = _picture(widget)
    if len(picture) > room:
        picture = ""
    answers, left_out = _answers(widget, calls, room - len(picture))
    return _assemble(widget, answers, left_out, picture, index)


def _answers(widget: BaseWidget, calls: Sequence[Call], room: int) -> tuple[list[str], list[str]]:
    """Return the answers that fit into ``room`` bytes, as JSON, and the labels of the others."""
    answers: list[str] = []
    left_out: list[str] = []
    misses = 0
    for call in calls:
        answer = _answer(widget, call) if misses < _MISSES else _TOO_BIG
        if answer is None:
            left_out.append(f"{_label(call)} (failed)")
        elif answer is _TOO_BIG or len(answer) + 1 > room:
            misses += 1
            left_out.append(_label(call))
        else:
            misses = 0
            room -= len(answer) + 1
            answers.append(answer)
    return answers, left_out


def _assemble(
    widget: BaseWidget,
    answers: Sequence[str],
    left_out: Sequence[str],
    picture: str,
    index: int,
) -> Snapshot:
    missing = _shortened(list(dict.fromkeys(left_out)))
    methods = endpoints(type(widget)).values()
    parts = {
        "module": as_json(widget._module),
        "state": as_json(_state(widget, missing)),
        "defaults": as_json({method.name: method.defaults(widget) for method in methods}),
        "answers": f"[{','.join(answers)}]",
    }
    data = "{" + ",".join(f'"{key}":{value}' for key, value in parts.items()) + "}"
    return Snapshot(data, missing, place(index, widget.height, picture, missing))


def page(
    parts: Sequence[str | BaseWidget], title: str, *, budget: int = BUDGET, language: str = "en"
) -> str:
    """Return one offline HTML page of prose and widgets.

    Parameters
    ----------
    parts
        HTML (trusted: it goes in as it is) and widgets, in the order of the page.
    title
        Plain text.
    budget
        Size of the page in bytes that answers and still pictures do not exceed; prose, bundles and
        the widgets' states (together about 100 kB) are always in it. Widgets share evenly what
        these leave, and what one does not use goes to those after it.
    language
        Of the prose, for screen readers.

    Raises
    ------
    FileNotFoundError
        When the bundles are not built.
    """
    widgets = [part for part in parts if not isinstance(part, str)]
    bundles = {widget._module: bundle(widget._module) for widget in widgets}
    prose = [part for part in parts if isinstance(part, str)]
    room = budget - len(document(title, prose, bundles, [], language).encode()) - len(parts)
    body: list[str] = []
    snapshots: list[Snapshot] = []
    for part in parts:
        if isinstance(part, str):
            body.append(part)
            continue
        share = room // (len(widgets) - len(snapshots))
        taken = snapshot(part, share, len(snapshots))
        room -= taken.size + 2
        body.append(taken.place)
        snapshots.append(taken)
    return document(title, body, bundles, [shot.data for shot in snapshots], language)


def write(path: str | os.PathLike[str], text: str) -> Path:
    """Write a page so that a reader finds the old file or the whole new one, never a part."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        part.chmod(0o644)  # mkstemp keeps files private; a page is for others
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target


def _answer(widget: BaseWidget, call: Call) -> str | None:
    """Return one embedded answer as JSON, or None when the call raised."""
    found = answered(widget, call)
    if found is None:
        return None
    params, encoded, buffers = found
    packed = [base64.b64encode(buffer).decode("ascii") for buffer in buffers]
    return as_json({"method": call.method, "params": params, "value": encoded, "buffers": packed})


def answered(widget: BaseWidget, call: Call) -> tuple[dict[str, Any], Any, list[bytes]] | None:
    """Return a call's parameters, with defaults, and its answer; None, logged, when it raised."""
    endpoint = endpoints(type(widget))[call.method]
    try:
        value = endpoint.bind(widget, {**call.params, **call.options})(Job())
        encoded, buffers = encode(value)
    except Exception:
        logger.exception("%s is left out of the page: %s failed", call.label, call.method)
        return None
    return {**endpoint.defaults(widget), **call.params}, encoded, buffers


def site_page(widget: BaseWidget, title: str, answers: str, left_out: Sequence[str] = ()) -> str:
    """Return the page of one widget whose answers lie as files in the folder ``answers``."""
    shown = _assemble(widget, [], left_out, _picture(widget), 0)
    data = f'{shown.data[:-1]},"remote":{as_json(answers)}}}'
    bundles = {widget._module: bundle(widget._module)}
    return document(title, [shown.place], bundles, [data], "en", connect="'self'")


def _state(widget: BaseWidget, left_out: tuple[str, ...]) -> dict[str, Any]:
    names = [
        name
        for name in widget.keys
        if name not in _HOST_TRAITS and not name.startswith(("_model_", "_view_"))
    ]
    state = widget.get_state(names) | widget._page_state()
    return {**state, "_static": {"page": True, "left_out": list(left_out)}}


def _shortened(names: list[str]) -> tuple[str, ...]:
    """Return the names with all after the first few counted: thousands help nobody."""
    rest = len(names) - _NAMED
    return (*names[:_NAMED], f"{rest:,} more") if rest > 0 else tuple(names)


def _width(name: str) -> int:
    return len(as_json(name)) + len(as_ascii(name))


def _label(call: Call) -> str:
    return call.label or call.method


def _picture(widget: BaseWidget) -> str:
    """Return what readers without JavaScript see."""
    picture = widget._still_png()
    if picture is None:
        return ""
    data = base64.b64encode(picture).decode("ascii")
    return f'<img alt="{as_ascii(widget._title)}" src="data:image/png;base64,{data}">'
