"""What an atlas is asked: where an image falls, what speaks for a class, what tells two apart."""

from __future__ import annotations

from convscope.atlas import classes, located
from convscope.atlas.shown import Shown


class Lookup(Shown):
    """An atlas that can be asked about images and classes."""

    locate = located.locate
    for_class = classes.for_class
    compare = classes.compare
