"""The widgets: Python classes that wire the rooms below to JavaScript views."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convscope.widgets._base import BaseWidget as BaseWidget
    from convscope.widgets._link import Link as Link
    from convscope.widgets._link import link as link
    from convscope.widgets.atlas_viewer import AtlasViewer as AtlasViewer
    from convscope.widgets.attribution import Attribution as Attribution
    from convscope.widgets.augment_preview import AugmentPreview as AugmentPreview
    from convscope.widgets.deep_dream import DeepDream as DeepDream
    from convscope.widgets.feature_vis import FeatureVis as FeatureVis
    from convscope.widgets.filter_gallery import FilterGallery as FilterGallery
    from convscope.widgets.layer_browser import LayerBrowser as LayerBrowser
    from convscope.widgets.manifold_scatter import ManifoldScatter as ManifoldScatter

_HOMES = {
    "AtlasViewer": "convscope.widgets.atlas_viewer",
    "Attribution": "convscope.widgets.attribution",
    "AugmentPreview": "convscope.widgets.augment_preview",
    "BaseWidget": "convscope.widgets._base",
    "DeepDream": "convscope.widgets.deep_dream",
    "FeatureVis": "convscope.widgets.feature_vis",
    "FilterGallery": "convscope.widgets.filter_gallery",
    "LayerBrowser": "convscope.widgets.layer_browser",
    "Link": "convscope.widgets._link",
    "ManifoldScatter": "convscope.widgets.manifold_scatter",
    "link": "convscope.widgets._link",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convscope.widgets' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
