"""Which part of an image a network's answer comes from."""

from convscope.attribution.attributions import Attributions
from convscope.attribution.between import Between, contributions, feeds, made_from
from convscope.attribution.cam import Aim, cam
from convscope.attribution.catalogue import METHODS, Method, MethodName
from convscope.attribution.faithfulness import (
    Faithfulness,
    deletion_insertion,
    growing_curves,
)
from convscope.attribution.questions import Targets
from convscope.attribution.request import attribute, default_layer
from convscope.attribution.sanity import SanityCheck, sanity_check, shuffled

__all__ = [
    "METHODS",
    "Aim",
    "Attributions",
    "Between",
    "Faithfulness",
    "Method",
    "MethodName",
    "SanityCheck",
    "Targets",
    "attribute",
    "cam",
    "contributions",
    "default_layer",
    "deletion_insertion",
    "feeds",
    "growing_curves",
    "made_from",
    "sanity_check",
    "shuffled",
]
