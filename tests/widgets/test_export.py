"""An exported page is one file that holds what fits, and says what it does not hold."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest

from convscope.widgets import _assets, _export


@pytest.fixture(autouse=True)
def built(tmp_path, monkeypatch):
    """Small stand-ins for the built files, so that these tests need no Node."""
    static = tmp_path / "static"
    static.mkdir()
    (static / "probe.js").write_text("export default { render() {} }; // </script><!-- <script>")
    (static / "static_host.js").write_text("'host </script>';")
    (static / "page.css").write_text("@media print { body { color: black } }")
    monkeypatch.setattr(_assets, "STATIC", static)


def data_of(page: str) -> dict:
    text = re.search(r'<script type="application/json" id="convscope-page">(.*?)</script>', page)
    assert text
    return json.loads(text[1])


def test_the_page_holds_bundle_state_and_answers(probe):
    probe.height = 444
    data = data_of(_export.page([probe], "Probe"))
    assert data["bundles"] == {"probe": "export default { render() {} }; // </script><!-- <script>"}
    (widget,) = data["widgets"]
    assert widget["module"] == "probe"
    assert widget["state"]["height"] == 444
    assert "_esm" not in widget["state"]
    answer = widget["answers"][0]
    assert (answer["method"], answer["params"]) == (
        "ramp",
        {"rows": 2, "columns": 3, "scale": 1.0},
    )
    back = np.frombuffer(base64.b64decode(answer["buffers"][0]), np.float32)
    np.testing.assert_array_equal(back, np.arange(6) * 2)  # made with the export's own option


def test_defaults_of_the_methods_are_there_to_complete_the_questions(probe):
    defaults = data_of(_export.page([probe], "Probe"))["widgets"][0]["defaults"]
    assert defaults["ramp"] == {"columns": 3, "scale": 1.0}
    assert defaults["slow"] == {"stubborn": False}


def test_the_budget_is_kept_and_what_is_left_out_is_named(probe):
    everything = _export.page([probe], "Probe", budget=2_000_000)
    assert "ramp of 5000 rows" not in everything
    budget = len(everything.encode()) - 60_000
    page = _export.page([probe], "Probe", budget=budget)
    assert len(page.encode()) <= budget
    rows = [a["params"]["rows"] for a in data_of(page)["widgets"][0]["answers"]]
    assert rows == [2, 40, 400, 3]  # smaller ones after the one that did not fit still went in
    assert "ramp of 5000 rows, what fails (failed)" in page
    assert data_of(page)["widgets"][0]["state"]["_static"] == {
        "page": True,
        "left_out": ["ramp of 5000 rows", "what fails (failed)"],
    }


@pytest.mark.parametrize("budget", [3_000, 7_500, 9_000, 30_000, 31_000, 300_000])
def test_no_budget_is_ever_exceeded_by_more_than_the_bare_view(probe, budget):
    bare = len(_export.page([probe], "Pröbe", budget=0).encode())
    assert len(_export.page([probe], "Pröbe", budget=budget).encode()) <= max(budget, bare)


def test_without_any_room_the_view_is_still_there_and_names_what_it_lacks(probe):
    page = _export.page([probe], "Probe", budget=0)
    (widget,) = data_of(page)["widgets"]
    assert widget["answers"] == []
    assert "ramp of 2 rows, ramp of 40 rows" in page
    assert "data:image/png" not in page


def test_long_names_that_come_last_do_not_break_the_budget(probe, monkeypatch):
    calls = [_export.Call("ramp", {"rows": 1 + i}, f"{i}" + "é<" * (i // 4)) for i in range(200)]
    monkeypatch.setattr(probe, "_export_calls", lambda: iter(calls))
    bare = len(_export.page([probe], "Probe", budget=0).encode())
    for budget in range(bare, bare + 30_000, 5_000):
        assert len(_export.page([probe], "Probe", budget=budget).encode()) <= budget


def test_a_failing_call_is_left_out_named_and_logged(probe, caplog):
    page = _export.page([probe], "Probe")
    assert "what fails (failed)" in page
    assert any("what fails is left out" in record.getMessage() for record in caplog.records)


def test_after_many_calls_that_do_not_fit_the_rest_is_not_computed(probe, monkeypatch):
    computed = []
    monkeypatch.setattr(
        probe,
        "_export_calls",
        lambda: (_export.Call("ramp", {"rows": 9_000 + i}, f"big {i}") for i in range(100)),
    )
    answer = _export._answer
    monkeypatch.setattr(
        _export, "_answer", lambda w, call: computed.append(call.label) or answer(w, call)
    )
    page = _export.page([probe], "Probe", budget=120_000)
    assert len(computed) < 20
    assert "big 0, big 1, " in page
    assert "big 49, 50 more" in page


def test_several_widgets_share_one_bundle_and_the_budget(probe):
    page = _export.page(["<h1>Tour</h1>", probe, "<p>between</p>", probe], "Tour", budget=400_000)
    assert len(page.encode()) <= 400_000
    assert page.count("export default { render()") == 1
    data = data_of(page)
    assert [widget["module"] for widget in data["widgets"]] == ["probe", "probe"]
    order = [
        page.index(mark)
        for mark in ("<h1>Tour", 'widget="0"', "<p>between", 'widget="1"', "convscope-page")
    ]
    assert order == sorted(order)


def test_nothing_from_a_user_becomes_html(probe, monkeypatch):
    nasty = "</script><script>alert(1)</script><img onerror=x>"
    probe._title = nasty
    monkeypatch.setattr(
        probe, "_export_calls", lambda: iter([_export.Call("fail", {"how": "value"}, nasty)])
    )
    page = _export.page([probe], nasty)
    assert "<script>alert" not in page
    assert "<img onerror" not in page
    assert data_of(page)["widgets"][0]["state"]["_title"] == nasty
    assert page.count("</script>") == 2


def test_at_signs_in_prose_and_titles_stay(probe):
    page = _export.page(["<p>me@DATA@example</p>"], "a@TITLE@b")
    assert "<p>me@DATA@example</p>" in page
    assert "<title>a@TITLE@b</title>" in page


def test_the_page_asks_nothing_of_the_network(probe):
    page = _export.page([probe], "Probe")
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_to_html_writes_the_whole_file_or_nothing(probe, tmp_path, monkeypatch):
    path = tmp_path / "deep" / "probe.html"
    assert probe.to_html(path, title="Mine") == path
    whole = path.read_text("utf-8")
    assert whole.startswith("<!doctype html>")
    assert "<title>Mine</title>" in whole

    def full(*args):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="disk full"):
        probe.to_html(path, title="Other")
    assert path.read_text("utf-8") == whole
    assert [child.name for child in path.parent.iterdir()] == ["probe.html"]


def test_readers_without_javascript_see_the_still_picture(probe):
    page = _export.page([probe], "Probe")
    assert re.search(r'<noscript><img alt="Probe" src="data:image/png;base64,iVBOR', page)


def test_a_missing_bundle_says_what_to_do(probe, monkeypatch, tmp_path):
    monkeypatch.setattr(_assets, "STATIC", tmp_path)
    with pytest.raises(FileNotFoundError, match="run `make build`"):
        probe.to_html(tmp_path / "x.html")
