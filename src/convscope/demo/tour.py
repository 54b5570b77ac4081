"""The tour: the notebook that comes with convscope."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

NAME = "00_tour.ipynb"


def find_tour() -> Path:
    """Find the notebook: in the package, or in the folder of notebooks of a source checkout."""
    packaged = Path(str(resources.files("convscope.demo"))) / NAME
    checkout = Path(__file__).parents[3] / "notebooks" / NAME
    for path in (packaged, checkout):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{packaged} is missing; install convscope again")


def copy_tour(folder: Path) -> Path:
    """Copy the notebook into `folder`, made if need be; a copy that is there already stays."""
    target = folder / NAME
    folder.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(find_tour(), target)
    return target
