"""Python and TypeScript agree on messages and traits: js/lib/protocol.ts is read and compared."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from convscope.widgets import _base, _rpc
from convscope.widgets._codec import WIRE_DTYPES

LIB = Path(__file__).resolve().parents[2] / "js" / "lib"
PROTOCOL = (LIB / "protocol.ts").read_text("utf-8")

# TypeScript interface → where its Python class lives.
WIDGETS = {
    "BaseTraits": ("convscope.widgets._base", "BaseWidget"),
    "LayerBrowserTraits": ("convscope.widgets.layer_browser", "LayerBrowser"),
    "FilterGalleryTraits": ("convscope.widgets.filter_gallery", "FilterGallery"),
    "AttributionTraits": ("convscope.widgets.attribution", "Attribution"),
    "DeepDreamTraits": ("convscope.widgets.deep_dream", "DeepDream"),
    "ManifoldScatterTraits": ("convscope.widgets.manifold_scatter", "ManifoldScatter"),
    "FeatureVisTraits": ("convscope.widgets.feature_vis", "FeatureVis"),
    "AtlasViewerTraits": ("convscope.widgets.atlas_viewer", "AtlasViewer"),
    "AugmentPreviewTraits": ("convscope.widgets.augment_preview", "AugmentPreview"),
}
# What ipywidgets and anywidget themselves sync.
HOST = {"_esm", "_css", "_anywidget_id", "_dom_classes", "layout", "tabbable", "tooltip"}


def interfaces() -> dict[str, tuple[str | None, dict[str, str]]]:
    """Return each interface's base and its fields, name → type."""
    pattern = re.compile(r"export interface (\w+)(?: extends (\w+))? \{\n(.*?)\n\}", re.S)
    field = re.compile(r"^  (\w+)\??: (.+);$", re.M)
    return {
        name: (base or None, dict(field.findall(body)))
        for name, base, body in pattern.findall(PROTOCOL)
    }


def fields(name: str) -> dict[str, str]:
    base, own = interfaces()[name]
    return {**(fields(base) if base else {}), **own}


def kinds(union: str) -> list[str]:
    members = re.search(rf"export type {union} =\s*([^;]+);", PROTOCOL)
    assert members, f"{union} is not in protocol.ts"
    names = re.findall(r"\w+", members[1])
    return [fields(name)["kind"].strip('"') for name in names]


def test_both_sides_know_the_same_messages():
    assert kinds("ToPython") == list(_rpc.TO_PYTHON)
    assert kinds("FromPython") == list(_rpc.FROM_PYTHON)


def test_progress_and_errors_have_the_same_fields(probe, recorder):
    from fake import call

    probe.go.set()
    call(probe, "a", "slow", steps=2)
    recorder.outcome("a")
    for message in recorder.of("a", "progress"):
        assert set(message["value"]) == set(fields("Progress"))
    call(probe, "b", "fail", how="value")
    assert set(recorder.outcome("b")["value"]) == set(fields("Failure"))


def test_every_message_has_the_fields_of_its_interface(probe, recorder):
    from fake import call

    call(probe, "a", "ramp", rows=1)
    assert set(recorder.messages[0][0]) == set(fields("ResultMessage"))
    assert set(fields("CallMessage")) == {"kind", "id", "method", "params"}


@pytest.mark.parametrize("interface", WIDGETS)
def test_traits_are_the_same_on_both_sides(interface):
    module, name = WIDGETS[interface]
    cls = getattr(importlib.import_module(module), name)
    synced = {
        trait
        for trait in cls.class_trait_names(sync=True)
        if trait not in HOST and not trait.startswith(("_model_", "_view_"))
    }
    assert synced == set(fields(interface))


@pytest.mark.parametrize("interface", WIDGETS)
def test_choices_are_the_same_on_both_sides(interface):
    module, name = WIDGETS[interface]
    cls = getattr(importlib.import_module(module), name)
    aliases = dict(re.findall(r"export type (\w+) = ([^;]+);", PROTOCOL))
    for trait, kind in fields(interface).items():
        choices = re.findall(r'"([^"]+)"', aliases.get(kind, kind))
        if choices:
            assert set(getattr(cls, trait).values) == set(choices), trait


def test_no_widget_is_forgotten_here():
    declared = {name for name in interfaces() if name.endswith("Traits")}
    assert declared == set(WIDGETS)


def test_limits_and_dtypes_are_the_same_on_both_sides():
    height = (LIB / "height.ts").read_text("utf-8")
    limits = dict(re.findall(r"export const (M\w+_HEIGHT) = (\d+);", height))
    assert limits == {"MIN_HEIGHT": str(_base.MIN_HEIGHT), "MAX_HEIGHT": str(_base.MAX_HEIGHT)}
    binary = (LIB / "binary.ts").read_text("utf-8")
    block = re.search(r"const ARRAYS = \{(.*?)\}", binary, re.S)
    assert block
    assert set(re.findall(r"(\w+):", block[1])) == set(WIRE_DTYPES)


def test_each_python_file_points_to_the_other_side():
    for module in (_rpc, _base):
        assert "js/lib/" in inspect.getsource(module)
