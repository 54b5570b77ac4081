"""What excites a unit: pictures made by optimisation, fast, batched, with numbers.

Four nouns, after Lucid: `params` is what an image is made from, `objectives` what it shall
maximise, `transforms` what it must survive, `optimize` the loop.
"""

from convscope.featurevis.cache import Cache
from convscope.featurevis.dreams import (
    Dream,
    DreamOptions,
    DreamProgress,
    ZoomProgress,
    dream,
    zoom,
    zooming,
)
from convscope.featurevis.examples import Examples, find_examples
from convscope.featurevis.frames import save_frames
from convscope.featurevis.gallery import iter_visualize, visualize
from convscope.featurevis.inversion import inversion, invert
from convscope.featurevis.optimize import optimize
from convscope.featurevis.reference import data_maxima
from convscope.featurevis.relu import redirected_relu
from convscope.featurevis.result import FeatureImage, Progress, Quality
from convscope.featurevis.run import Run
from convscope.featurevis.settings import Settings

__all__ = [
    "Cache",
    "Dream",
    "DreamOptions",
    "DreamProgress",
    "Examples",
    "FeatureImage",
    "Progress",
    "Quality",
    "Run",
    "Settings",
    "ZoomProgress",
    "data_maxima",
    "dream",
    "find_examples",
    "inversion",
    "invert",
    "iter_visualize",
    "optimize",
    "redirected_relu",
    "save_frames",
    "visualize",
    "zoom",
    "zooming",
]
