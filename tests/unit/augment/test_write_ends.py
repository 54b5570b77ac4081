"""Runs that end before their end, and runs that are refused."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from folders import PIPE, check_whole, files, images, make_photos, save, written
from PIL import Image

from convscope.augment import Custom, Flip, MixUp, Pipeline, Saturation
from convscope.augment.write import read_manifest
from convscope.images import ImageError, SkippedImageWarning


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return make_photos(tmp_path)


def _fails_at(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    real, lock = Path.write_bytes, []

    def full(self: Path, data: bytes) -> int:
        if self.name.endswith(".part") and ".yaml" not in self.name:
            lock.append(1)
            if len(lock) > count:
                real(self, data[: len(data) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)


def test_a_full_disk_leaves_whole_files_and_a_right_manifest(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        _fails_at(patched, 7)
        says = r"target: can't write in .* \(No space left on device\); 7 of 20 copies are whole"
        with pytest.raises(OSError, match=says) as told:
            written(PIPE, photos, tmp_path / "out", 4, threads=3, errors="skip")
    assert told.value.errno == errno.ENOSPC
    assert len(images(tmp_path / "out")) == 7
    check_whole(tmp_path / "out")
    assert written(PIPE, photos, tmp_path / "out", 4).skipped == 7
    written(PIPE, photos, tmp_path / "fresh", 4)
    assert images(tmp_path / "out") == images(tmp_path / "fresh")


def test_a_manifest_that_cannot_grow_ends_the_run_and_stays_right(
    photos: Path, tmp_path: Path
) -> None:
    # The system itself cuts files off at 3,000 bytes: in the middle of a line of the manifest.
    code = (
        "import resource, signal, sys; from convscope.augment import Pipeline\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "Pipeline.from_yaml(sys.argv[1]).write(*sys.argv[2:], 4, progress=False)\n"
    )
    PIPE.to_yaml(tmp_path / "pipe.yaml")
    command = [sys.executable, "-c", code, tmp_path / "pipe.yaml", photos, tmp_path / "out"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "target: can't write in" in ended.stderr
    assert "File too large" in ended.stderr
    assert 2000 < (tmp_path / "out/manifest.csv").stat().st_size <= 3000
    check_whole(tmp_path / "out")
    assert written(PIPE, photos, tmp_path / "out", 4).skipped > 0
    check_whole(tmp_path / "out")


def test_a_killed_run_leaves_whole_files_and_goes_on_to_the_same_end(
    photos: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from convscope.augment import Pipeline\n"
        "Pipeline.from_yaml(sys.argv[1]).write(*sys.argv[2:], 150, progress=False)\n"
    )
    PIPE.to_yaml(tmp_path / "pipe.yaml")
    command = [sys.executable, "-c", code, tmp_path / "pipe.yaml", photos, tmp_path / "out"]
    running = subprocess.Popen(command)
    manifest = tmp_path / "out/manifest.csv"
    while not manifest.exists() or manifest.stat().st_size < 9_000:
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    for row in read_manifest(tmp_path / "out"):
        with Image.open(tmp_path / "out" / row.file) as image:
            image.load()
    with manifest.open("ab") as torn:
        torn.write(b'cats/tom_149.png,,cats/tom.png,cats,12,5,"{""se')
    told = written(PIPE, photos, tmp_path / "out", 150)
    assert told.written + told.skipped == 750
    assert told.skipped > 0
    check_whole(tmp_path / "out")
    assert len(images(tmp_path / "out")) == 750


def test_an_interrupted_run_keeps_what_was_under_way(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def interrupted(self: Any, n: int) -> None:
        calls.append(n)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("convscope.augment.write.run.tqdm.update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written(PIPE, photos, tmp_path / "out", 30)
    check_whole(tmp_path / "out")
    assert 16 <= len(images(tmp_path / "out")) < 150


def test_an_image_that_cannot_be_read_ends_the_run_or_is_left_out(
    photos: Path, tmp_path: Path
) -> None:
    (photos / "cats/broken.png").write_bytes((photos / "cats/tom.png").read_bytes()[:300])
    with pytest.raises(ImageError, match=r"broken\.png': is cut short"):
        written(PIPE, photos, tmp_path / "out", 2, threads=1)
    check_whole(tmp_path / "out")
    with pytest.warns(SkippedImageWarning, match=r"'cats/broken\.png' is left out"):
        told = written(PIPE, photos, tmp_path / "out", 2, errors="skip")
    assert list(told.failed) == ["cats/broken.png"]
    assert len(images(tmp_path / "out")) == told.written + told.skipped == 10


def test_an_operation_that_cannot_take_an_image_names_it(photos: Path, tmp_path: Path) -> None:
    save(photos / "dogs/grey.png", mode="L")
    with pytest.raises(ValueError, match=r"'dogs/grey\.png': Saturation: needs red, green and"):
        written(Pipeline([Saturation()], seed=0), photos, tmp_path / "out", 1)


def test_another_pipeline_or_seed_does_not_go_on_in_a_folder(photos: Path, tmp_path: Path) -> None:
    written(PIPE, photos, tmp_path / "out", 1)
    for other in (PIPE.replace(seed=6), Pipeline([Flip(p=0.4)], seed=5)):
        with pytest.raises(FileExistsError, match="was written by another pipeline or seed"):
            written(other, photos, tmp_path / "out", 2)
    (tmp_path / "out/pipeline.yaml").unlink()
    with pytest.raises(FileExistsError, match=r"holds a manifest\.csv without pipeline\.yaml"):
        written(PIPE, photos, tmp_path / "out", 2)
    assert len(images(tmp_path / "out")) == 5


def test_fewer_copies_or_other_sources_do_not_go_on_in_a_folder(
    photos: Path, tmp_path: Path
) -> None:
    written(PIPE, photos, tmp_path / "out", 2)
    with pytest.raises(FileExistsError, match=r"holds '.*_1\..*', which this call would not write"):
        written(PIPE, photos, tmp_path / "out", 1)
    (photos / "cats/tom.png").unlink()
    with pytest.raises(FileExistsError, match=r"holds 'cats/tom_0\.png', which this call"):
        written(PIPE, photos, tmp_path / "out", 2)


def test_files_that_are_there_are_never_overwritten(photos: Path, tmp_path: Path) -> None:
    precious = tmp_path / "out/cats/tom_0.png"
    save(precious, size=(3, 3))
    data = precious.read_bytes()
    with pytest.raises(FileExistsError, match=r"holds 'tom_0' already, and no manifest\.csv tells"):
        written(PIPE, photos, tmp_path / "out", 1)
    assert files(tmp_path / "out") == ["cats/tom_0.png"]
    precious.unlink()
    written(PIPE, photos, tmp_path / "out", 1)
    precious = tmp_path / "out/cats/tom_1.png"
    precious.write_bytes(data)
    with pytest.raises(FileExistsError, match=r"tom_1\.png' is there already and not of this run"):
        written(PIPE, photos, tmp_path / "out", 2, errors="skip")
    assert precious.read_bytes() == data


def test_a_function_without_a_name_can_be_written_and_goes_on(photos: Path, tmp_path: Path) -> None:
    pipe = Pipeline([Custom(function=lambda image: image / 2)], seed=0)
    written(pipe, photos, tmp_path / "out", 1)
    assert (tmp_path / "out/pipeline.yaml").read_text().startswith("# A function in it has no name")
    again = Pipeline([Custom(function=lambda image: image / 2)], seed=0)
    assert written(again, photos, tmp_path / "out", 1).skipped == 5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n": 0}, "n: must be a whole number from 1; got 0"),
        ({"n": 2.5}, "n: must be a whole number from 1; got 2.5"),
        ({"per": "class"}, "per: must be 'image' or 'total'; got 'class'"),
        ({"format": "gif"}, "format: 'gif' isn't known; choose one of jpg"),
        ({"quality": 0}, "quality: must be a whole number from 1 to 100; got 0"),
        ({"threads": 0}, "threads: must be a whole number from 1; got 0"),
        ({"errors": "ignore"}, "errors: must be 'raise' or 'skip'; got 'ignore'"),
    ],
)
def test_wrong_arguments_are_named(
    photos: Path, tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        written(PIPE, photos, tmp_path / "out", **{"n": 1, **options})
    assert not (tmp_path / "out").exists()


def test_wrong_folders_are_named(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"source: the folder .* holds no image file; it holds no"):
        written(PIPE, tmp_path / "empty", tmp_path / "out", 1)
    with pytest.raises(
        FileNotFoundError, match=r"source: there is no file or folder .*did you mea"
    ):
        written(PIPE, tmp_path / "fotos", tmp_path / "out", 1)
    with pytest.raises(ValueError, match=r"masks: the folder .* holds no image file"):
        written(PIPE, photos, tmp_path / "out", 1, masks=tmp_path / "empty")
    with pytest.raises(ValueError, match=r"target: .* lies in source .*choose a folder beside it"):
        written(PIPE, photos, photos / "out", 1)
    with pytest.raises(NotADirectoryError, match=r"target: .* is a file; choose a folder"):
        written(PIPE, photos, tmp_path / "file", 1)
    with pytest.raises(NotADirectoryError, match=r"target: can't write in .*nothing is written"):
        written(PIPE, photos, tmp_path / "file/out", 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/manifest.csv").write_text("what,ever\n1,2\n")
    (tmp_path / "out/pipeline.yaml").write_text(PIPE.to_yaml())
    with pytest.raises(ValueError, match=r"manifest\.csv' is not one that convscope wrote"):
        written(PIPE, photos, tmp_path / "out", 1)


def test_mixtures_belong_to_no_folder_and_are_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"MixUp: mixes classes.*mix while training"):
        written(Pipeline([MixUp()], seed=0, classes=2), photos, tmp_path / "out", 1)
