"""Small architectures that a capture must get right, each compared with a plain hook as oracle."""

from . import blocks, convolutions, habits, outputs, tokens, wrappers
from ._specimen import Specimen, build

FAMILIES = (convolutions, blocks, tokens, outputs, wrappers, habits)
BUILDERS = {make.__name__: make for family in FAMILIES for make in family.BUILDERS}

__all__ = ["BUILDERS", "Specimen", "specimen"]


def specimen(name: str) -> Specimen:
    """Build a specimen anew: the same weights and inputs every time, the global RNG untouched."""
    return build(BUILDERS[name])
