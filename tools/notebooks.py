"""Run the notebooks and save them with pictures in place of live widgets.

``python tools/notebooks.py`` does all of them, ``python tools/notebooks.py 01_layers`` that one.
A saved notebook keeps an ``image/png`` and a ``text/plain`` of each widget, so that it shows on
every site and in a JupyterLab with no kernel; the same code gives the same file again.
"""

from __future__ import annotations

import base64
import io
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r" at 0x[0-9a-f]+(?=>)")
LARGE = 200_000  # characters of base64
CELL_LIMIT = 300  # seconds


def run(path: Path) -> NotebookNode:
    """Return the notebook at ``path`` with the outputs of a fresh kernel; an error in it raises."""
    book = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=CELL_LIMIT, kernel_name="python3", resources=where).execute()
    return book


def settle(book: NotebookNode) -> NotebookNode:
    """Drop what only a live kernel understands and what changes from run to run."""
    book.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({})
        for output in cell.get("outputs", []):
            _settle_data(output.get("data", {}))
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _says_something(output)]
    return book


def _settle_data(data: NotebookNode) -> None:
    data.pop(VIEW, None)
    if "text/plain" in data:
        data["text/plain"] = ADDRESS.sub("", data["text/plain"])
    if len(data.get("image/png", "")) > LARGE:
        data["image/png"] = _smaller(data["image/png"])


def _smaller(png: str) -> str:
    """Keep a picture's size and give it a palette of 256 colours: a third of the bytes."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    out = io.BytesIO()
    picture.quantize(256, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode() + "\n"


def _says_something(output: NotebookNode) -> bool:
    # A progress bar on stderr is true for one run only.
    return bool(output.get("data")) or output.get("name") == "stdout"


def main(names: list[str]) -> None:
    """Run and save the notebooks named, or all."""
    paths = [FOLDER / f"{name.removesuffix('.ipynb')}.ipynb" for name in names]
    for path in paths or sorted(FOLDER.glob("*.ipynb")):
        began = time.monotonic()
        nbformat.write(settle(run(path)), path)
        size = path.stat().st_size // 1000
        print(f"{path.name}: {time.monotonic() - began:.1f} s, {size} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
