"""Images in, from wherever the user has them, and images out, as bytes that a page can show.

Everything inside convscope reads images through an `ImageSource`, made by `as_source`: it decodes
lazily, streams in bounded memory and names what it can't read.
"""

from convscope.images.accept import as_source
from convscope.images.encode import Encoded, encode
from convscope.images.pixels import to_display, to_float
from convscope.images.problems import ImageError, SkippedImageWarning
from convscope.images.resize import fit, resize
from convscope.images.source import ImageSource

__all__ = [
    "Encoded",
    "ImageError",
    "ImageSource",
    "SkippedImageWarning",
    "as_source",
    "encode",
    "fit",
    "resize",
    "to_display",
    "to_float",
]
