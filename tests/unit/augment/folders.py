"""Folders of small images, and what is in a folder that was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from convscope.augment import Flip, Pipeline, Rotate
from convscope.augment.write import Written, read_manifest

PIPE = Pipeline([Flip(p=0.5), Rotate(degrees=30, p=0.8)], seed=5)


def save(path: Path, mode: str = "RGB", size: tuple[int, int] = (30, 20), **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(path.name))
    noise = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    noise.convert(mode).save(path, **options)


def make_photos(tmp_path: Path) -> Path:
    """Two classes, one with a folder in it: five images."""
    root = tmp_path / "photos"
    for name in ("cats/tom.png", "cats/felix.jpg", "dogs/rex.png", "dogs/old/spot.png"):
        save(root / name)
    save(root / "dogs/bello.png", size=(16, 24))
    return root


def files(folder: Path) -> list[str]:
    found = [each for each in folder.rglob("*") if each.is_file()]
    return sorted(each.relative_to(folder).as_posix() for each in found)


def images(folder: Path) -> list[str]:
    return [name for name in files(folder) if name not in ("manifest.csv", "pipeline.yaml")]


def written(pipe: Pipeline, source: Path, target: Path, n: int, **options: Any) -> Written:
    return pipe.write(source, target, n, **{"progress": False, "threads": 2, **options})


def check_whole(folder: Path) -> None:
    """Every file is whole, and the manifest tells of exactly these."""
    files = [name for name in images(folder) if not Path(name).name.startswith(".")]
    for name in files:
        with Image.open(folder / name) as image:
            image.load()
    assert sorted(row.file for row in read_manifest(folder)) == files
