"""A widget as a static site: its page, and the answers that the page loads when it needs them."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

from convscope.widgets import _export
from convscope.widgets._assets import bundle

if TYPE_CHECKING:
    from convscope.widgets._base import BaseWidget

_ANSWERS = "data"
_PAGE = "index.html"
_MARK = 'name="generator" content="convscope"'
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


def write(widget: BaseWidget, folder: str | os.PathLike[str], title: str) -> Path:
    """Write a widget as a static site, and return its folder.

    Parameters
    ----------
    widget
        Its `_export_calls` say what the site holds.
    folder
        Where to; an older site there is replaced.
    title
        Of the page.

    Raises
    ------
    ValueError
        If the folder holds something else.
    FileNotFoundError
        When the bundles are not built.
    """
    target = Path(folder).expanduser()
    _check_free(target)
    bundle(widget._module)  # says that it is not built before anything is replaced
    answers = target / _ANSWERS
    left_out: list[str] = []
    # The old page goes first: without its answers it would show nothing.
    (target / _PAGE).unlink(missing_ok=True)
    if answers.is_dir():
        shutil.rmtree(answers)
    for call in tqdm(list(widget._export_calls()), desc="exporting", leave=False):
        found = _export.answered(widget, call)
        if found is None:
            left_out.append(f"{call.label or call.method} (failed)")
        else:
            params, value, buffers = found
            file = answers / file_of(call.method, params)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_packed(value, buffers))
    page = _export.site_page(widget, title, _ANSWERS, left_out)
    _export.write(target / _PAGE, page)
    return target


def file_of(method: str, params: Mapping[str, Any]) -> str:
    """Return where a site keeps an answer; as `fileOf` in js/lib/static_host.ts.

    Examples
    --------
    >>> file_of("tile", {"row": 0, "layer": "Conv_1"})
    'tile/~43onv~5f1_0.bin'
    """
    values = [_safe(params[name]) for name in sorted(params)]
    return f"{method}/{'_'.join(values) or 'all'}.bin"


def _safe(value: object) -> str:
    """Return a value as part of a file name, as JavaScript's `String` writes it."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, (list, tuple)):
        text = ",".join("" if each is None else str(each) for each in value)
    else:
        text = "none" if value is None else str(value)
    # By UTF-16 units, as JavaScript counts.
    units = struct.unpack(f"<{len(text.encode('utf-16-le')) // 2}H", text.encode("utf-16-le"))
    return "".join(chr(u) if chr(u) in _PLAIN else f"~{u:x}" for u in units)


def _packed(value: Any, buffers: list[bytes]) -> bytes:
    """Return an answer as a file: the length of its JSON, that, then the buffers."""
    head = json.dumps(
        {"value": value, "sizes": [len(buffer) for buffer in buffers]},
        separators=(",", ":"),
        allow_nan=False,
    ).encode()
    return b"".join([struct.pack("<I", len(head)), head, *buffers])


def _check_free(target: Path) -> None:
    if target.is_file():
        raise ValueError(f"folder: {str(target)!r} is a file; give a folder")
    page = target / _PAGE
    ours = page.is_file() and _MARK in page.read_text("utf-8", errors="replace")
    others = [each.name for each in target.iterdir()] if target.is_dir() else []
    if others and not ours and set(others) != {_ANSWERS}:
        raise ValueError(
            f"folder: {str(target)!r} holds {sorted(others)[0]!r} and no site of convscope; choose "
            "a new or empty folder"
        )
