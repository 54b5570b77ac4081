"""Calls from the page are answered, and wrong ones say why not."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from fake import Probe, Recorder, call

from convscope.widgets._rpc import endpoints, rpc


def test_a_call_is_answered_with_its_value_and_buffers(probe, recorder):
    call(probe, "a", "ramp", rows=2)
    (content, buffers), *others = recorder.messages
    assert content == {
        "kind": "result",
        "id": "a",
        "value": {"data": {"$buffer": 0, "dtype": "float32", "shape": [2, 3]}},
    }
    assert len(buffers[0]) == 24
    assert others == []


def test_javascript_numbers_become_what_the_signature_says(probe, recorder):
    call(probe, "a", "ramp", rows=2.0, columns=1, scale=3)
    assert recorder.outcome("a")["kind"] == "result"
    call(probe, "b", "choose", mode="max", unit=None, names=["x"], at=[3, 4.0], flag=True)
    assert recorder.outcome("b")["value"] == ["max", None, ["x"], [3, 4], True]


@pytest.mark.parametrize(
    ("method", "params", "sentence"),
    [
        ("ramp", {"row": 2}, "ramp: unknown argument 'row'; it takes rows, columns, scale"),
        ("ramp", {}, "ramp: argument 'rows' is missing"),
        ("ramp", {"rows": "two"}, "rows: expected int, got 'two'"),
        ("ramp", {"rows": 2.5}, "rows: expected int, got 2.5"),
        ("ramp", {"rows": True}, "rows: expected int, got True"),
        ("choose", {"mode": "min"}, "mode: expected one of 'mean', 'max', got 'min'"),
        ("choose", {"unit": "3"}, "unit: expected int or None, got '3'"),
        ("choose", {"at": [1, 2, 3]}, "at: expected tuple[int, int], got [1, 2, 3]"),
        ("choose", {"flag": 1}, "flag: expected bool, got 1"),
        ("slow", {"job": 1, "steps": 2}, "slow: unknown argument 'job'; it takes steps, stubborn"),
    ],
)
def test_wrong_arguments_are_answered_with_one_sentence(probe, recorder, method, params, sentence):
    call(probe, "a", method, **params)
    assert recorder.outcome("a") == {
        "kind": "error",
        "id": "a",
        "value": {"type": "TypeError", "message": sentence},
    }


def test_an_unknown_method_is_answered(probe, recorder):
    call(probe, "a", "close")
    error = recorder.outcome("a")["value"]
    assert error["type"] == "LookupError"
    assert error["message"].startswith("Probe has no method 'close' for the page; it has choose, ")


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("value", {"type": "ValueError", "message": "value"}),
        ("key", {"type": "KeyError", "message": "no image 7"}),
        ("empty", {"type": "ValueError", "message": "ValueError"}),
    ],
)
def test_an_exception_becomes_a_sentence_and_its_traceback_is_logged(
    probe, recorder, caplog, how, expected
):
    with caplog.at_level(logging.ERROR, "convscope"):
        call(probe, "a", "fail", how=how)
    assert recorder.outcome("a")["value"] == expected
    assert caplog.records[0].exc_info is not None


def test_an_answer_that_cannot_be_sent_is_an_error_that_names_the_place(probe, recorder):
    call(probe, "a", "unsendable")
    assert recorder.outcome("a")["value"] == {
        "type": "TypeError",
        "message": "value.figure: cannot send a object to the page",
    }


def test_an_interrupt_is_told_to_the_page_and_goes_on(probe, recorder, monkeypatch):
    def interrupted(rows: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(probe, "ramp", interrupted)
    with pytest.raises(KeyboardInterrupt):
        probe._dispatcher.handle(
            probe, {"kind": "call", "id": "a", "method": "ramp", "params": {"rows": 1}}
        )
    assert recorder.outcome("a")["value"]["type"] == "Stopped"


@pytest.mark.parametrize(
    "message",
    [{"kind": "anywidget-command", "id": "x"}, {"kind": "call"}, "hello", {"method": "ramp"}, None],
)
def test_messages_that_are_not_calls_are_left_alone(probe, recorder, message):
    probe._handle_custom_msg(message, [])
    assert recorder.messages == []


def test_a_subclass_answers_in_place_of_its_base():
    class Steeper(Probe):
        @rpc
        def ramp(self, rows: int) -> str:
            return f"steep {rows}"

        def choose(self) -> str:  # not marked again: still what the page calls
            return "chosen"

    widget = Steeper()
    recorder = Recorder(widget)
    call(widget, "a", "ramp", rows=2)
    call(widget, "b", "choose")
    assert recorder.outcome("a")["value"] == "steep 2"
    assert recorder.outcome("b")["value"] == "chosen"
    widget.close()


def test_a_method_may_have_another_name_for_the_page():
    assert endpoints(Probe)["png"].attribute == "_png_picture"


def test_two_threads_never_answer_at_the_same_time(probe, recorder, monkeypatch):
    inside, most = 0, 0

    def counted(rows: int) -> int:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1
        return rows

    monkeypatch.setattr(probe, "ramp", counted)
    threads = [
        threading.Thread(target=call, args=(probe, str(i), "ramp"), kwargs={"rows": i})
        for i in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert [recorder.outcome(str(i))["value"] for i in range(6)] == list(range(6))


def test_annotations_for_type_checkers_only_do_not_break_a_call(probe, recorder, monkeypatch):
    def loose(rows: NotImportedHere) -> int:  # noqa: F821
        return rows

    monkeypatch.setattr(probe, "ramp", loose)
    call(probe, "a", "ramp", rows=3)
    assert recorder.outcome("a")["value"] == 3
