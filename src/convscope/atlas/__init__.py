"""The activation atlas of one's own model and images."""

from convscope.atlas.about import FORMAT, About, LayerAbout
from convscope.atlas.atlas import Atlas
from convscope.atlas.errors import AtlasError, AtlasNotice, BusyError, DamagedError
from convscope.atlas.read import Cells, Samples

__all__ = [
    "FORMAT",
    "About",
    "Atlas",
    "AtlasError",
    "AtlasNotice",
    "BusyError",
    "Cells",
    "DamagedError",
    "LayerAbout",
    "Samples",
]
