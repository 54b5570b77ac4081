"""The model's side: its layers, what they compute, and how a look leaves no trace."""

from convscope.network.capture import Capture
from convscope.network.filters import Filters, convolutions, filters
from convscope.network.gradients import activation_gradients, weight_gradients
from convscope.network.layers import Layer, LayerTree, build_tree
from convscope.network.persist import load_activations, save_activations
from convscope.network.receptive import ReceptiveField
from convscope.network.state import alone, among_others, untouched
from convscope.network.survey import Survey, survey
from convscope.network.wrappers import unwrap

__all__ = [
    "Capture",
    "Filters",
    "Layer",
    "LayerTree",
    "ReceptiveField",
    "Survey",
    "activation_gradients",
    "alone",
    "among_others",
    "build_tree",
    "convolutions",
    "filters",
    "load_activations",
    "save_activations",
    "survey",
    "untouched",
    "unwrap",
    "weight_gradients",
]
