"""DeepDream: what a layer sees in an image, made stronger, octave by octave."""

from convscope.featurevis.dreams.dream import Dream, dream
from convscope.featurevis.dreams.options import DreamOptions, DreamProgress
from convscope.featurevis.dreams.zoom import ZoomProgress, zoom, zooming

__all__ = ["Dream", "DreamOptions", "DreamProgress", "ZoomProgress", "dream", "zoom", "zooming"]
