"""The activation atlas of one's own model and images."""

from convscope.atlas.about import FORMAT, About, LayerAbout
from convscope.atlas.atlas import Atlas
from convscope.atlas.class_atlas import ClassAtlas
from convscope.atlas.contents import Cells, Samples
from convscope.atlas.errors import AtlasError, AtlasNotice, BusyError, DamagedError
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.located import Located
from convscope.atlas.shown import BuildState, IconSet

__all__ = [
    "FORMAT",
    "About",
    "Atlas",
    "AtlasError",
    "AtlasNotice",
    "BuildState",
    "BusyError",
    "Cells",
    "ClassAtlas",
    "DamagedError",
    "IconSet",
    "IconSettings",
    "LayerAbout",
    "Located",
    "Samples",
]
