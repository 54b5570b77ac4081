"""The built JavaScript beside the package, and a readable answer where it is missing."""

from __future__ import annotations

import json
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"

_STUB = """\
const words = %s;
export default {
  render({ el }) {
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    note.textContent = words;
    el.append(note);
  },
};
"""


def missing_sentence(name: str) -> str:
    """Return the sentence that says what to do when a built file is not there."""
    return (
        f"The JavaScript bundle is missing: run `make build` in the convscope checkout, "
        f"then restart the kernel ({name} is not in {STATIC})."
    )


def asset(module: str, static: Path | None = None) -> Path | str:
    """Return the bundle of a widget as a path, or an ES module that says that it is missing.

    A path lets anywidget reload the bundle while it is being developed (``ANYWIDGET_HMR=1``). A
    path that does not exist would fail the import of the package, so a stub stands in for it.

    Parameters
    ----------
    module
        File name without ``.js``, such as ``"layer_browser"``.
    static
        Folder to look in; the package's own when left out.
    """
    path = (static or STATIC) / f"{module}.js"
    return path if path.is_file() else _STUB % json.dumps(missing_sentence(path.name))


def bundle(module: str) -> str:
    """Return the text of a built bundle; `FileNotFoundError` says what to do without it."""
    return _read(f"{module}.js")


def style(name: str) -> str:
    """Return the text of a built style sheet, like `bundle`."""
    return _read(f"{name}.css")


def _read(name: str) -> str:
    path = STATIC / name
    if not path.is_file():
        raise FileNotFoundError(missing_sentence(name))
    return path.read_text("utf-8")
