"""Still pictures of everything the widgets show, as matplotlib figures for scripts and papers.

Figures stand outside pyplot: nothing is opened, nothing has to be closed, and no global setting
changes. Whatever is handed in stays as it is.
"""

from __future__ import annotations

from convscope.plots.atlas import AtlasIcon, atlas, short_name
from convscope.plots.attributions import attributions, overlaid
from convscope.plots.augmented import Pictured, augment_preview
from convscope.plots.browser import filter_gallery, layer_browser
from convscope.plots.classes import predictions
from convscope.plots.dreams import dream
from convscope.plots.excited import PictureRow, excited
from convscope.plots.kernels import filters
from convscope.plots.manifold import manifold
from convscope.plots.maps import activations
from convscope.plots.overlay import heatmap, heatmaps
from convscope.plots.page import png, save
from convscope.plots.tree import layers
from convscope.plots.weight_gradients import gradients

__all__ = [
    "AtlasIcon",
    "PictureRow",
    "Pictured",
    "activations",
    "atlas",
    "attributions",
    "augment_preview",
    "dream",
    "excited",
    "filter_gallery",
    "filters",
    "gradients",
    "heatmap",
    "heatmaps",
    "layer_browser",
    "layers",
    "manifold",
    "overlaid",
    "png",
    "predictions",
    "save",
    "short_name",
]
