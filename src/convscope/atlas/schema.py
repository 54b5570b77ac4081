"""The names, types and codecs of what an atlas stores; docs/atlas-format.md tells of them."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from convscope.atlas.about import About, LayerAbout

Numbers = npt.NDArray[Any]

ATTRIBUTE = "convscope_atlas"
WAITING, LEFT_OUT = -2, -1  # in place of the image of a sample: not collected yet, not readable
ATTRIBUTION = "attribution"
TOP = 10  # classes that are kept for every sample


def sample_arrays(layer: LayerAbout, about: About) -> dict[str, tuple[int | None, str, float]]:
    """Return the arrays with a row for each sample: their width, type and what means nothing."""
    found: dict[str, tuple[int | None, str, float]] = {
        "position": (2, "int32", -1),
        "activation": (layer.channels, "float32", float("nan")),
    }
    if about.class_count:
        top = min(TOP, about.class_count)
        found |= {
            "attribution": (about.class_count, "float16", float("nan")),
            "attribution_scale": (None, "float32", float("nan")),
            "top_class": (top, "int32", -1),
            "top_value": (top, "float32", float("nan")),
        }
    return found


def codecs() -> list[Any]:
    """Return what chunks are written with: fast compression, and a sum that shows damage."""
    from zarr.codecs import Crc32cCodec, ZstdCodec

    return [ZstdCodec(level=1), Crc32cCodec()]
