"""Which part of an image a network's answer comes from."""

from convscope.attribution.attributions import Attributions
from convscope.attribution.cam import Aim, cam
from convscope.attribution.catalogue import METHODS, Method, MethodName
from convscope.attribution.questions import Targets
from convscope.attribution.request import attribute, default_layer

__all__ = [
    "METHODS",
    "Aim",
    "Attributions",
    "Method",
    "MethodName",
    "Targets",
    "attribute",
    "cam",
    "default_layer",
]
