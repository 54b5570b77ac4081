"""What excites a unit: pictures made by optimisation, fast, batched, with numbers.

Four nouns, after Lucid: `params` is what an image is made from, `objectives` what it shall
maximise, `transforms` what it must survive, `optimize` the loop.
"""

from convscope.featurevis.optimize import optimize
from convscope.featurevis.relu import redirected_relu
from convscope.featurevis.result import FeatureImage, Progress, Quality
from convscope.featurevis.run import Run
from convscope.featurevis.settings import Settings

__all__ = [
    "FeatureImage",
    "Progress",
    "Quality",
    "Run",
    "Settings",
    "optimize",
    "redirected_relu",
]
