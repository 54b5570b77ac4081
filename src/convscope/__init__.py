"""See what a convolutional network sees, inside a notebook.

The public names load on first use, so that ``import convscope`` stays fast.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convscope import atlas as atlas
    from convscope import attribution as attribution
    from convscope import augment as augment
    from convscope import demo as demo
    from convscope import featurevis as featurevis
    from convscope import images as images
    from convscope import manifold as manifold
    from convscope import plots as plots
    from convscope.atlas import Atlas as Atlas
    from convscope.network import load_activations as load_activations
    from convscope.network import save_activations as save_activations
    from convscope.preprocess import Preprocess as Preprocess
    from convscope.scope import Scope as Scope
    from convscope.widgets import AtlasViewer as AtlasViewer
    from convscope.widgets import Attribution as Attribution
    from convscope.widgets import AugmentPreview as AugmentPreview
    from convscope.widgets import DeepDream as DeepDream
    from convscope.widgets import FeatureVis as FeatureVis
    from convscope.widgets import FilterGallery as FilterGallery
    from convscope.widgets import LayerBrowser as LayerBrowser
    from convscope.widgets import ManifoldScatter as ManifoldScatter
    from convscope.widgets import link as link

__version__ = "0.1.0"

_HOMES = {
    "Atlas": "convscope.atlas",
    "AtlasViewer": "convscope.widgets",
    "Attribution": "convscope.widgets",
    "AugmentPreview": "convscope.widgets",
    "DeepDream": "convscope.widgets",
    "FeatureVis": "convscope.widgets",
    "FilterGallery": "convscope.widgets",
    "LayerBrowser": "convscope.widgets",
    "ManifoldScatter": "convscope.widgets",
    "Preprocess": "convscope.preprocess",
    "Scope": "convscope.scope",
    "link": "convscope.widgets",
    "load_activations": "convscope.network",
    "save_activations": "convscope.network",
}
_ROOMS = ("atlas", "attribution", "augment", "demo", "featurevis", "images", "manifold", "plots")

__all__ = sorted((*_HOMES, *_ROOMS))

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"convscope.{name}")
    else:
        raise AttributeError(f"module 'convscope' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
