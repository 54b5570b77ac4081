"""A widget takes its traits, leaves a picture, and survives what goes wrong."""

from __future__ import annotations

import base64
import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import traitlets
from fake import Probe, Recorder, call
from matplotlib.figure import Figure
from PIL import Image

from convscope.widgets import _assets
from convscope.widgets._base import BaseWidget


def bundle_of(widget):
    return widget._repr_mimebundle_()[0]


def test_traits_can_be_given_and_watched():
    widget = Probe(height=700, theme="dark")
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), names="height")
    widget.height = 480
    assert (widget.theme, seen) == ("dark", [480])


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("heigth", "Probe: unknown argument 'heigth'; did you mean 'height'?"),
        ("zzz", "Probe: unknown argument 'zzz'"),
    ],
)
def test_an_unknown_argument_is_refused_with_the_closest_one(argument, sentence):
    with pytest.raises(TypeError) as caught:
        Probe(**{argument: 1})
    assert str(caught.value) == sentence


def test_a_subclass_own_argument_is_suggested_too():
    class WithImages(Probe):
        def __init__(self, images=None, **traits):
            super().__init__(**traits)

    with pytest.raises(TypeError, match="did you mean 'images'"):
        WithImages(image=3)


@pytest.mark.parametrize("wrong", [{"height": 10}, {"theme": "pink"}, {"height": "tall"}])
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        Probe(**wrong)


def test_the_mimebundle_holds_the_widget_and_a_small_picture(probe):
    data = bundle_of(probe)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == probe.model_id
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as image:
        assert image.format == "PNG"
        assert image.width > 200


def test_making_a_widget_draws_nothing(probe):
    assert probe.figures == 0
    repr(probe)
    assert probe.figures == 0


def test_a_failing_figure_is_logged_and_said_and_the_widget_still_shows(probe, monkeypatch, caplog):
    def broken() -> Figure:
        raise RuntimeError("no maps yet")

    monkeypatch.setattr(probe, "figure", broken)
    with caplog.at_level(logging.ERROR, "convscope"):
        data = bundle_of(probe)
    assert "image/png" not in data
    assert "application/vnd.jupyter.widget-view+json" in data
    assert probe._notice == "The still picture could not be drawn: no maps yet"
    assert "no maps yet" in data["text/plain"]
    assert caplog.records[0].exc_info is not None


def test_a_widget_without_a_figure_shows_without_complaint():
    class Plain(BaseWidget):
        _module = "plain"

    widget = Plain()
    assert "image/png" not in bundle_of(widget)
    assert widget._notice == ""
    with pytest.raises(NotImplementedError, match="Plain draws no figure"):
        widget.png()


def test_png_gives_bytes_or_writes_a_file(probe, tmp_path):
    assert probe.png()[:8] == b"\x89PNG\r\n\x1a\n"
    path = probe.png(tmp_path / "probe.png", dpi=50)
    with Image.open(path) as image:
        assert image.width < 250


def test_the_page_can_ask_for_the_png(probe, recorder):
    call(probe, "a", "png")
    (content, buffers) = recorder.messages[0]
    picture = content["value"]
    with Image.open(io.BytesIO(buffers[picture["$buffer"]])) as image:
        assert image.size == (picture["width"], picture["height"])


def test_a_missing_bundle_is_a_sentence_in_the_widget_and_not_a_failed_import():
    class Unbuilt(BaseWidget):
        _module = "never_built"

    esm = Unbuilt()._esm
    assert "run `make build`" in esm
    assert "export default" in esm


def test_a_built_bundle_is_what_the_widget_sends(tmp_path, monkeypatch):
    (tmp_path / "built.js").write_text("export default { render() {} } // built")
    monkeypatch.setattr(_assets, "STATIC", tmp_path)

    class Built(BaseWidget):
        _module = "built"

    assert Built()._esm == "export default { render() {} } // built"


def test_a_value_from_the_page_that_is_not_allowed_is_put_right(probe):
    recorder = []
    probe.send_state = lambda key=None: recorder.append(key)
    probe.set_state({"height": 5})
    assert probe.height == 560
    assert "height" in probe._notice
    assert ["height"] in recorder


def test_a_value_from_the_page_arrives(probe):
    probe.set_state({"height": 333, "theme": "light"})
    assert (probe.height, probe.theme) == (333, "light")


def test_closing_twice_is_harmless_and_so_is_a_half_made_widget():
    widget = Probe()
    widget.close()
    widget.close()
    Probe.__new__(Probe).close()


def test_a_job_that_ends_after_closing_says_nothing_and_raises_nothing(probe, caplog):
    recorder = Recorder(probe)
    call(probe, "a", "slow", steps=2)
    del probe.send  # the real one, whose comm is closed now
    probe.close()
    probe.go.set()
    probe._dispatcher.jobs.join(5)
    assert recorder.of("a", "result") == []
    assert caplog.records == []


def test_importing_the_widgets_does_not_need_the_bundles_nor_pyplot():
    code = (
        "import sys; from pathlib import Path; from convscope.widgets import _assets;"
        "_assets.STATIC = Path('/nowhere');"
        "from convscope.widgets._base import BaseWidget;"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)


@pytest.mark.browser
def test_the_stand_in_for_a_missing_bundle_shows_its_sentence_in_a_real_page(chromium):
    module = _assets.asset("never_built")
    page = chromium.new_page()
    said = page.evaluate(
        """async source => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            const el = document.createElement("div");
            (await import(url)).default.render({ el });
            return el.textContent;
        }""",
        module,
    )
    page.close()
    assert said == _assets.missing_sentence("never_built.js")
