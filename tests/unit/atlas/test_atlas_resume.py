"""However a build is ended, the same call goes on, and the atlas is the same to the last bit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import small

import convscope as cs
from convscope.images import as_source

KILLS = 20


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_build_killed_at_random_instants_ends_as_one_without_interruption(tmp_path):
    script = Path(__file__).parent / "kills.py"
    command = [sys.executable, "-W", "ignore", str(script), str(tmp_path), str(KILLS)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["killed"] >= KILLS
    assert told["finished"] >= 1
    assert told["broken"] == [], "every store that was left opens"
    assert told["differ"] == []
    assert "collect" in told["stages"]
    assert len(told["stages"]) >= 2, "later stages were killed too"


def test_stopping_keeps_what_is_done_and_the_same_call_goes_on(tmp_path, whole):
    seen = []
    part = small.build(tmp_path / "a", progress=seen.append, stop=lambda: len(seen) >= 3)
    missing = part.store.missing()
    assert missing
    assert part.levels() == []
    assert not part.state.finished
    gone_on = small.build(tmp_path / "a")
    assert gone_on.state.finished
    assert small.differing(tmp_path / "a", whole) == []


def test_the_order_in_which_chunks_are_collected_makes_no_difference(copied, whole):
    for index in (3, 0, 2):
        (copied / f"samples/image/c/{index}").unlink()
        small.build(copied, icons="none")
    small.build(copied, redo="layout")
    assert small.differing(copied, whole) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_readers_makes_no_difference(tmp_path, whole, threads):
    source = as_source(small.images())
    source.threads = threads
    small.build(tmp_path / "a", given=source)
    assert small.differing(tmp_path / "a", whole) == []


def test_a_finished_atlas_is_left_as_it_is(rendered):
    files = {p: p.stat().st_mtime_ns for p in rendered.rglob("*") if p.is_file()}
    small.build(rendered)
    after = {p: p.stat().st_mtime_ns for p in rendered.rglob("*") if p.is_file()}
    changed = {p.name for p in files if after.get(p) != files[p]}
    assert changed <= {"progress.json", "builder.lock"}


def test_a_stage_is_made_anew_with_other_arguments(rendered, tmp_path):
    atlas = small.build(rendered, levels=(5,), redo="grid")
    assert atlas.levels() == [5]
    assert atlas.icons(5).rendered.all()
    again = small.build(tmp_path / "b", levels=(5,))
    assert small.differing(rendered, tmp_path / "b") == []
    assert again.about == atlas.about


def test_an_atlas_lies_behind_any_url_of_fsspec(whole):
    url = "memory://convscope-test.atlas"
    atlas = small.build(url)
    other = cs.Atlas.open(whole)
    assert atlas.path == url
    assert (atlas.cells(8).activations == other.cells(8).activations).all()
    assert atlas.tile(8, 0, 0) == other.tile(8, 0, 0)
    assert small.build(url).state.finished


def test_an_array_without_its_chunk_is_written_when_the_build_goes_on(copied, whole):
    """What a kill leaves between the description of an array and its values."""
    (copied / "layers/0/box/c/0/0/0").unlink()
    small.build(copied)
    assert small.differing(copied, whole) == []
