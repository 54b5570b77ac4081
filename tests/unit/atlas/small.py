"""A network and images small enough to build an atlas of them within a second."""

from pathlib import Path

import numpy as np
import torch
import zarr
from torch import nn

import convscope as cs

CLASSES = ["ape", "bee", "cat", "dog", "elk"]


def network():
    """Two convolutions with a pool between them, asymmetric and with fixed weights."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = nn.Sequential()
        made.add_module("first", nn.Conv2d(3, 6, 3, padding=1))
        made.add_module("relu", nn.ReLU(inplace=True))
        made.add_module("pool", nn.MaxPool2d(2))
        made.add_module("second", nn.Conv2d(6, 8, 3, padding=1))
        made.add_module("act", nn.ReLU(inplace=True))
        made.add_module("mean", nn.AdaptiveAvgPool2d(1))
        made.add_module("flat", nn.Flatten())
        made.add_module("head", nn.Linear(8, len(CLASSES)))
    with torch.no_grad():
        made.head.weight.mul_(100)  # what one position adds is well above rounding
    return made.eval()


def scope():
    return cs.Scope(network(), cs.Preprocess(size=(16, 20), channels=3), classes=CLASSES)


def images(count=300):
    """Smooth coloured pictures of 18 × 24 pixels, uint8."""
    generator = np.random.default_rng(1)
    coarse = torch.from_numpy(generator.random((count, 3, 4, 5), np.float32))
    fine = nn.functional.interpolate(coarse, (18, 24), mode="bilinear", align_corners=False)
    return (fine * 255).to(torch.uint8)


def files(folder, count):
    """The same pictures as files."""
    (folder / "pictures").mkdir()
    paths = [folder / f"pictures/p{number:03}.png" for number in range(count)]
    for path, image in zip(paths, images(count), strict=True):
        path.write_bytes(cs.images.encode(image, "png").data)
    return paths


def build(path, *, given=None, own=None, layers=("relu", "second"), **options):
    chosen = {
        "method": "pca",
        "levels": (4, 8),
        "batch_size": 16,
        "progress": False,
        "icons": "patches",
        "icon_settings": cs.atlas.IconSettings(size=16, steps=16, child_steps=8, tries=1),
    }
    source = images() if given is None else given
    return cs.Atlas.build(own or scope(), source, list(layers), path, **(chosen | options))


def arrays(path):
    """All arrays of an atlas by key, and its tiles."""
    found = {}
    for key, member in zarr.open_group(path, mode="r").members(max_depth=None):
        if isinstance(member, zarr.Array):
            found[key] = member[...]
    for tile in sorted(Path(path).rglob("*.webp")):
        found[str(tile.relative_to(path))] = np.frombuffer(tile.read_bytes(), np.uint8)
    return found


def differing(one, other):
    """Keys at which two atlases differ in any bit."""
    a, b = arrays(one), arrays(other)
    keys = sorted(a.keys() ^ b.keys())
    return keys + [
        key for key in sorted(a.keys() & b.keys()) if a[key].tobytes() != b[key].tobytes()
    ]
