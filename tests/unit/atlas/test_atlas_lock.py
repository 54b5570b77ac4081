"""Two builders of one atlas are kept apart, and a dead one keeps nobody away."""

import errno
import json
import os
import subprocess
import sys
import threading
import time

import pytest
import small

from convscope.atlas import AtlasError, BusyError, lock
from convscope.atlas.home import Home
from convscope.atlas.lock import held
from convscope.atlas.shown import Teller, build_state
from convscope.atlas.store import Store

URL = "memory://convscope-lock.atlas"


def test_two_builders_are_kept_apart(copied):
    with (
        held(Home(copied)),
        pytest.raises(BusyError, match=f"being built by process {os.getpid()} on"),
    ):
        small.build(copied, icons="none")
    assert small.build(copied, icons="none").state.finished
    home = Home(URL)
    with held(home), pytest.raises(BusyError, match="being built by"), held(home):
        raise AssertionError("two builders")
    with held(home):
        pass


def test_of_two_that_begin_at_the_same_time_one_goes_on(monkeypatch):
    """Both have seen that nobody is there before either writes."""
    both, began, refused = threading.Barrier(2), [], []
    read = Home.read
    first = threading.local()

    def together(self, key):
        found = read(self, key)
        if not getattr(first, "done", False):
            first.done = True
            both.wait(10)
        return found

    monkeypatch.setattr(Home, "read", together)

    def build():
        try:
            with held(Home(URL)):
                began.append(1)
                time.sleep(0.3)
        except BusyError as error:
            refused.append(error)

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(began), len(refused)) == (1, 1)


def test_a_lock_is_renewed_after_a_failure_and_left_alone_once_it_is_anothers(monkeypatch, caplog):
    monkeypatch.setattr(lock, "_BEAT", 0.02)
    home, written, failed = Home(URL), [], []
    write = Home.write

    def shaky(self, key, data):
        if len(written) == 1 and not failed:
            failed.append(1)
            raise ConnectionError("the cable")
        written.append(data)
        write(self, key, data)

    monkeypatch.setattr(Home, "write", shaky)
    with held(home):
        end = time.monotonic() + 10
        while len(written) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        write(home, lock.KEY, b'{"token": "other"}')
        count = len(written)
        time.sleep(0.1)
        assert len(written) <= count + 1, "at most one that was under way"
        write(home, lock.KEY, b'{"token": "other"}')
    assert failed
    assert "could not be renewed" in caplog.text
    assert home.read(lock.KEY) == b'{"token": "other"}', "it is not ours to take away"
    home.delete(lock.KEY)


def test_a_file_system_without_locks_is_told_of(tmp_path, monkeypatch):
    def refuse(_file):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(lock, "_lock_file", refuse)
    with pytest.raises(AtlasError, match=r"keeps no locks \(No locks available\)"):
        small.build(tmp_path / "a")


def test_a_dead_builder_holds_no_lock(copied):
    code = (
        "import os, sys; from convscope.atlas.home import Home; "
        "from convscope.atlas.lock import held\n"
        "with held(Home(sys.argv[1])): os._exit(9)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(copied)], check=False)
    assert ran.returncode == 9
    assert small.build(copied, icons="none").state.finished


def test_a_build_gives_signs_of_life_while_one_step_takes_long(copied, monkeypatch):
    monkeypatch.setattr("convscope.atlas.shown._BEAT", 0.02)
    store = Store.open(copied, write=True)
    told = json.loads((copied / "progress.json").read_bytes())
    (copied / "progress.json").write_text(json.dumps(told | {"time": 0.0}))
    assert not build_state(store).running
    with Teller(store).alive():
        end = time.monotonic() + 10
        while not build_state(store).running and time.monotonic() < end:
            time.sleep(0.01)
        assert build_state(store).running
        assert time.time() - build_state(store).at < 5
    last = build_state(store)
    time.sleep(0.1)
    assert build_state(store) == last, "nothing is told once it has ended"
