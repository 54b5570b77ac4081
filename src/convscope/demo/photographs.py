"""The photographs that scikit-image and scikit-learn carry; none is downloaded."""

from __future__ import annotations

import importlib.util
import math
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from convscope.demo._extra import needs
from convscope.images import ImageSource, as_source, resize, to_display


class _Folder(NamedTuple):
    module: str  # the installed module
    package: str  # as pip calls it
    path: str  # of the pictures, below the module


_SKIMAGE = _Folder("skimage", "scikit-image", "data")
_SKLEARN = _Folder("sklearn", "scikit-learn", "datasets/images")

# What there is to recognise first, then textures, then what no ImageNet class is made for.
# A horse is left out: it is a drawing. So are charts and test patterns.
_FILES = {
    "cat": (_SKIMAGE, "chelsea.png"),
    "coffee": (_SKIMAGE, "coffee.png"),
    "flower": (_SKLEARN, "flower.jpg"),
    "astronaut": (_SKIMAGE, "astronaut.png"),
    "motorcycle": (_SKIMAGE, "motorcycle_left.png"),
    "China's palace": (_SKLEARN, "china.jpg"),
    "rocket": (_SKIMAGE, "rocket.jpg"),
    "cameraman": (_SKIMAGE, "camera.png"),
    "coins": (_SKIMAGE, "coins.png"),
    "brick": (_SKIMAGE, "brick.png"),
    "gravel": (_SKIMAGE, "gravel.png"),
    "grass": (_SKIMAGE, "grass.png"),
    "printed page": (_SKIMAGE, "page.png"),
    "moon": (_SKIMAGE, "moon.png"),
    "galaxies": (_SKIMAGE, "hubble_deep_field.jpg"),
    "retina": (_SKIMAGE, "retina.jpg"),
    "tissue": (_SKIMAGE, "ihc.png"),
}

_SMALLEST_CROP = 0.2  # of the photograph's shorter side


def images() -> ImageSource:
    """Give the demo's photographs, decoded when asked for.

    Returns
    -------
    ImageSource
        17 pictures (C, H, W) in uint8, C = 1 (grey) or 3, of different sizes, with `names`.

    Raises
    ------
    ModuleNotFoundError
        If scikit-image or scikit-learn is not installed.
    FileNotFoundError
        If an installed version no longer carries a picture.

    Examples
    --------
    >>> import convscope as cs
    >>> cs.demo.images().names[:3]
    ['cat', 'coffee', 'flower']
    """
    return as_source([_path(name) for name in _FILES], names=list(_FILES))


def photograph(name: str) -> Tensor:
    """Give one photograph of the demo.

    Parameters
    ----------
    name : str
        As in ``images().names``: ``"cat"``, ``"coffee"``, …

    Returns
    -------
    Tensor
        (C, H, W) in uint8, C = 1 (grey) or 3.

    Raises
    ------
    ValueError
        If there is no such photograph.
    """
    if name not in _FILES:
        close = get_close_matches(str(name).lower(), _FILES, n=1)
        hint = f"did you mean {close[0]!r}? There are " if close else "choose from "
        raise ValueError(f"name: no photograph {name!r}; {hint}{', '.join(map(repr, _FILES))}")
    return as_source([_path(name)])[0]


def crops(n: int = 1000, *, seed: int = 0, size: int = 224) -> ImageSource:
    """Cut random squares of all scales from the photographs, for atlases and manifolds.

    A crop depends on its index, `seed` and `size` alone: the first 100 of 1,000 are those of 100.
    The photograph is drawn evenly, the side log-uniformly between a fifth and the whole of the
    photograph's shorter side, and every second crop on average is mirrored.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        Another seed gives other crops; the global random state is neither read nor changed.
    size : int
        Pixels a side of every crop.

    Returns
    -------
    ImageSource
        `n` pictures (3, size, size) in uint8; grey photographs are repeated three times. `names`
        tells the photograph and the crop: ``"cat 17"``; `labels` tells the photograph.
    """
    for argument, value in {"n": n, "size": size}.items():
        if value < 1:
            raise ValueError(f"{argument}: must be at least 1, got {value}")
    if seed < 0:
        raise ValueError(f"seed: must be at least 0, got {seed}")
    return Crops(images(), n=n, seed=seed, size=size)


class Crops(ImageSource):
    """Random crops of `photographs`, each cut when it is asked for; see `crops`."""

    def __init__(self, photographs: ImageSource, *, n: int, seed: int, size: int) -> None:
        self._photographs, self._seed, self._size = photographs, seed, size
        self._decoded: dict[int, Tensor] = {}  # 16 MB once all are there
        titles = [photographs.names[self._chosen(self._random(index))] for index in range(n)]
        self.names = [f"{title} {index}" for index, title in enumerate(titles)]
        self.labels = titles
        self.class_names = sorted(photographs.names)

    def read(self, index: int, *, near: int | None = None) -> Tensor:  # noqa: ARG002
        """Cut one crop, (3, size, size) in uint8; there is no quicker way to a smaller one."""
        random = self._random(index)
        cut = _square(self._picture(self._chosen(random)), random)
        return resize(cut, (self._size, self._size))

    def _picture(self, photograph: int) -> Tensor:
        """Give a photograph (3, H, W) in uint8; two threads at once may both decode it."""
        if photograph not in self._decoded:
            self._decoded[photograph] = to_display(self._photographs[photograph])
        return self._decoded[photograph]

    def _chosen(self, random: np.random.Generator) -> int:
        return int(random.integers(len(self._photographs)))

    def _random(self, index: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, index])


def _square(picture: Tensor, random: np.random.Generator) -> Tensor:
    """Cut a random square out of `picture` (C, H, W)."""
    _, height, width = picture.shape
    shorter = min(height, width)
    side = round(shorter * math.exp(random.uniform(math.log(_SMALLEST_CROP), 0.0)))
    top = int(random.integers(height - side + 1))
    left = int(random.integers(width - side + 1))
    cut = picture[:, top : top + side, left : left + side]
    return torch.flip(cut, dims=[2]) if random.random() < 0.5 else cut


def _path(name: str) -> Path:
    folder, file = _FILES[name]
    # Found without importing the module: skimage.data's own functions would download.
    spec = importlib.util.find_spec(folder.module)
    if spec is None or spec.origin is None:
        raise needs(folder.package, "carries some of the demo's photographs")
    path = Path(spec.origin).parent / folder.path / file
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder.package} is installed without {file}, the demo's photograph {name!r}: "
            "pip install convscope[demo] gets a version that carries it"
        )
    return path
