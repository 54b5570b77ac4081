"""Long work tells how far it is, can be stopped, and gives way to a newer request."""

from __future__ import annotations

import threading
import time

import pytest
import torch
from fake import call, cancel
from torch import nn

from convscope.network import untouched
from convscope.widgets._jobs import Job, JobRunner, Stopped


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sent():
    return []


@pytest.fixture
def work(clock, sent):
    return Job(lambda kind, value: sent.append((kind, value)), clock=clock)


def test_progress_knows_the_time_left(work, clock, sent):
    clock.now += 3
    work.progress(2, 8, "reading")
    assert sent == [
        ("progress", {"done": 2, "total": 8, "note": "reading", "elapsed": 3, "left": 9.0})
    ]


def test_progress_without_a_total_or_a_step_promises_no_time(work, clock, sent):
    clock.now += 3
    work.progress(5)
    clock.now += 1
    work.progress(0, 8)
    assert [value["left"] for _, value in sent] == [None, None]


def test_at_most_ten_progress_messages_a_second_are_sent_and_the_last_one_always(work, clock, sent):
    for step in range(1, 1001):
        clock.now += 0.001
        work.progress(step, 1000)
    assert 9 <= len(sent) <= 12
    assert sent[-1][1]["done"] == 1000


def test_previews_are_thinned_but_the_newest_is_never_lost(work, clock, sent):
    for step in range(100):
        work.preview(step)
        clock.now += 0.003
    assert len(sent) == 3
    clock.now += 0.2
    work.check()
    assert sent[-1] == ("preview", 99)


def test_a_stopped_job_raises_at_its_next_check_with_the_first_reason(work):
    work.check()
    work.stop("Superseded by a newer one.", "Superseded")
    work.stop()
    assert work.stopped
    with pytest.raises(Stopped, match="Superseded by a newer one") as caught:
        work.check()
    assert caught.value.kind == "Superseded"


def test_a_job_without_a_page_keeps_silent(probe):
    probe.go.set()
    assert probe.slow(Job(), 3) == {"steps": 3}


def test_the_kernel_is_free_while_a_job_runs(probe, recorder):
    call(probe, "a", "slow", steps=2)
    assert recorder.of("a", "progress")[0]["value"]["total"] is None  # a first word at once
    call(probe, "b", "ramp", rows=1)
    assert recorder.outcome("b")["kind"] == "result"
    assert recorder.of("a", "result") == []
    probe.go.set()
    assert recorder.outcome("a")["value"] == {"steps": 2}


def test_previews_reach_the_page_before_the_result(probe, recorder):
    probe.go.set()
    call(probe, "a", "slow", steps=5)
    recorder.outcome("a")
    kinds = [message["kind"] for message, _ in recorder.messages]
    assert kinds.index("preview") < kinds.index("result")
    assert kinds[-1] == "result"


def test_cancel_stops_a_job(probe, recorder):
    call(probe, "a", "slow", steps=3)
    cancel(probe, "a")
    probe.go.set()
    assert recorder.outcome("a")["value"] == {"type": "Stopped", "message": "Stopped."}


def test_a_job_may_keep_what_it_has_when_stopped(probe, recorder):
    call(probe, "a", "slow", steps=3, stubborn=True)
    cancel(probe, "a")
    probe.go.set()
    assert recorder.outcome("a") == {"kind": "result", "id": "a", "value": {"steps": 1}}


def test_cancelling_what_has_ended_or_never_was_does_nothing(probe, recorder):
    cancel(probe, "never")
    probe.go.set()
    call(probe, "a", "slow", steps=1)
    recorder.outcome("a")
    cancel(probe, "a")
    assert len(recorder.of("a", "result", "error")) == 1


def test_a_newer_call_takes_the_place_of_the_older_one(probe, recorder):
    call(probe, "old", "slow", steps=3)
    call(probe, "middle", "slow", steps=3)
    call(probe, "new", "slow", steps=2)
    probe.go.set()
    assert recorder.outcome("new")["value"] == {"steps": 2}
    for older in ("old", "middle"):
        assert recorder.outcome(older)["value"]["type"] == "Superseded"
    assert recorder.of("middle", "preview") == []  # it never began


def test_calls_of_one_method_never_run_beside_each_other(probe, recorder, monkeypatch):
    running, most = 0, 0
    lock = threading.Lock()

    def counted(job: Job, steps: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)  # does not look at job.stopped
        with lock:
            running -= 1
        return steps

    monkeypatch.setattr(probe, "slow", counted)
    for i in range(8):
        call(probe, str(i), "slow", steps=i)
    assert recorder.outcome("7")["value"] == 7
    assert most == 1


def test_an_exception_in_a_job_is_a_sentence_in_the_page_and_a_traceback_in_the_log(
    probe, recorder, caplog
):
    call(probe, "a", "explode")
    assert recorder.outcome("a")["value"] == {
        "type": "RuntimeError",
        "message": "out of memory at step 3",
    }
    probe._dispatcher.jobs.join(5)
    assert any(record.exc_info for record in caplog.records)


def test_threads_end_when_the_widget_closes_and_never_keep_python_alive(probe, recorder):
    call(probe, "a", "slow", steps=1000)
    (thread,) = [t for t in threading.enumerate() if t.name == "convscope-slow"]
    assert thread.daemon
    probe.close()
    probe.go.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_job_does_not_put_random_numbers_back_that_a_cell_draws_meanwhile():
    """Else the cell would draw the same numbers twice."""
    model = nn.Linear(2, 2)
    inside, drawn, done = threading.Event(), threading.Event(), threading.Event()

    def work(_job):
        with untouched(model):
            inside.set()
            drawn.wait(5)

    runner = JobRunner()
    torch.manual_seed(0)
    expected = torch.rand(4).tolist()
    torch.manual_seed(0)
    runner.start("look", "a", work, lambda *_: done.set())
    assert inside.wait(5)
    found = torch.rand(2).tolist()
    drawn.set()
    assert done.wait(5)
    assert found + torch.rand(2).tolist() == expected
