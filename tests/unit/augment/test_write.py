"""From a folder to a folder: exactly so many, whole, told of, and never over something else."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.augment import Choice, Custom, Flip, MixUp, Pipeline, Resize, Rotate, Saturation
from convscope.augment.write import Written, read_manifest
from convscope.images import ImageError, SkippedImageWarning, as_source

PIPE = Pipeline([Flip(p=0.5), Rotate(degrees=30, p=0.8)], seed=5)


def _save(path: Path, mode: str = "RGB", size: tuple[int, int] = (30, 20), **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(path.name))
    noise = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    noise.convert(mode).save(path, **options)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes, one with a folder in it: five images."""
    root = tmp_path / "photos"
    for name in ("cats/tom.png", "cats/felix.jpg", "dogs/rex.png", "dogs/old/spot.png"):
        _save(root / name)
    _save(root / "dogs/bello.png", size=(16, 24))
    return root


def _files(folder: Path) -> list[str]:
    found = [each for each in folder.rglob("*") if each.is_file()]
    return sorted(each.relative_to(folder).as_posix() for each in found)


def _images(folder: Path) -> list[str]:
    return [name for name in _files(folder) if name not in ("manifest.csv", "pipeline.yaml")]


def _write(pipe: Pipeline, source: Path, target: Path, n: int, **options: Any) -> Written:
    return pipe.write(source, target, n, **{"progress": False, "threads": 2, **options})


def test_each_image_has_exactly_n_copies_in_its_class_folder(photos: Path, tmp_path: Path) -> None:
    told = _write(PIPE, photos, tmp_path / "out", 2)
    assert (told.written, told.skipped, dict(told.failed)) == (10, 0, {})
    assert told.directory == tmp_path / "out"
    assert _images(tmp_path / "out") == [
        f"{stem}_{i}.{suffix}"
        for stem, suffix in [
            ("cats/felix", "jpg"),
            ("cats/tom", "png"),
            ("dogs/bello", "png"),
            ("dogs/old/spot", "png"),
            ("dogs/rex", "png"),
        ]
        for i in range(2)
    ]
    again = as_source(tmp_path / "out")
    assert again.class_names == ["cats", "dogs"]
    assert again[4].shape == (3, 24, 16)


@pytest.mark.parametrize("n", [1, 3, 5, 13])
def test_n_in_all_is_spread_evenly(photos: Path, tmp_path: Path, n: int) -> None:
    assert _write(PIPE, photos, tmp_path / "out", n, per="total").written == n
    rows = read_manifest(tmp_path / "out")
    each = [sum(row.source == name for row in rows) for name in _files(photos)]
    assert sum(each) == len(_images(tmp_path / "out")) == n
    assert max(each) - min(each) <= 1


def test_a_flat_folder_and_a_single_image_are_sources_too(tmp_path: Path) -> None:
    _save(tmp_path / "flat/a.png")
    _save(tmp_path / "flat/b.png")
    _write(PIPE, tmp_path / "flat", tmp_path / "out", 1)
    assert _images(tmp_path / "out") == ["a_0.png", "b_0.png"]
    assert {row.label for row in read_manifest(tmp_path / "out")} == {""}
    _write(PIPE, tmp_path / "flat/a.png", tmp_path / "one", 3)
    assert _images(tmp_path / "one") == ["a_0.png", "a_1.png", "a_2.png"]


def test_names_that_differ_in_their_suffix_alone_stay_apart(tmp_path: Path) -> None:
    _save(tmp_path / "flat/a.png")
    _save(tmp_path / "flat/a.jpg")
    _save(tmp_path / "flat/A.bmp")
    _write(PIPE, tmp_path / "flat", tmp_path / "out", 1, format="png")
    assert _images(tmp_path / "out") == ["A_bmp_0.png", "a_jpg_0.png", "a_png_0.png"]


def test_the_manifest_tells_what_made_each_file_and_replays_it(
    photos: Path, tmp_path: Path
) -> None:
    told = _write(PIPE, photos, tmp_path / "out", 3, format="png")
    rows = read_manifest(told.manifest)
    assert sorted(row.file for row in rows) == _images(tmp_path / "out")
    assert told.manifest.read_text().startswith("file,mask,source,class,sample,seed,drawn\n")
    pipe = Pipeline.from_yaml(tmp_path / "out/pipeline.yaml")
    assert pipe == PIPE
    for row in rows:
        source = as_source(photos / row.source)[0]
        made = as_source(tmp_path / "out" / row.file)[0]
        assert torch.equal(pipe.replay(row.record, source[None]).images[0], made)
        assert torch.equal(pipe(source[None], first=row.sample).images[0], made)
        assert (row.label, row.seed) == (row.source.split("/")[0], 5)
    assert len({row.drawn for row in rows}) == len({row.sample for row in rows}) == 15


def test_the_number_of_threads_changes_nothing(photos: Path, tmp_path: Path) -> None:
    pipe = Pipeline([Rotate(), Saturation(), Custom(function=_noisy)], seed=1)
    before = torch.get_num_threads()
    for threads in (1, 4):
        _write(pipe, photos, tmp_path / str(threads), 20, threads=threads)
    assert torch.get_num_threads() == before
    assert _files(tmp_path / "1") == _files(tmp_path / "4")
    for name in _files(tmp_path / "1"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "4" / name).read_bytes()


def _noisy(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    return image + torch.from_numpy(rng.normal(0, 0.1, image.shape))


def test_an_image_that_is_added_later_does_not_change_the_others(
    photos: Path, tmp_path: Path
) -> None:
    _write(PIPE, photos, tmp_path / "out", 2)
    before = {
        name: (tmp_path / "out" / name).stat().st_mtime_ns for name in _files(photos.parent / "out")
    }
    _save(photos / "cats/aaa.png")
    told = _write(PIPE, photos, tmp_path / "out", 3)
    assert (told.written, told.skipped) == (8, 10)
    for name in set(before) - {"manifest.csv"}:
        assert (tmp_path / "out" / name).stat().st_mtime_ns == before[name]
    _write(PIPE, photos, tmp_path / "fresh", 3)
    for name in _images(tmp_path / "fresh"):
        assert (tmp_path / "fresh" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_running_again_writes_only_what_is_missing(photos: Path, tmp_path: Path) -> None:
    _write(PIPE, photos, tmp_path / "out", 2)
    lost = tmp_path / "out/cats/tom_1.png"
    data = lost.read_bytes()
    lost.unlink()
    told = _write(PIPE, photos, tmp_path / "out", 2)
    assert (told.written, told.skipped) == (1, 9)
    assert lost.read_bytes() == data
    assert len(read_manifest(tmp_path / "out")) == 10
    assert _write(PIPE, photos, tmp_path / "out", 2).written == 0


# --- masks --------------------------------------------------------------------------------------


def _palette_mask(path: Path, size: tuple[int, int] = (30, 20)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = np.zeros((size[1], size[0]), np.uint8)
    labels[3:9, 5:25], labels[12:, :11] = 5, 200
    mask = Image.fromarray(labels)
    mask.putpalette([value for i in range(256) for value in (i, 255 - i, i // 2)])
    mask.save(path)


def test_masks_move_with_their_images_and_keep_values_and_palette(tmp_path: Path) -> None:
    for name in ("cats/tom", "dogs/rex"):
        _save(tmp_path / f"photos/{name}.jpg")
        _palette_mask(tmp_path / f"labels/{name}.png")
    _write(PIPE, tmp_path / "photos", tmp_path / "out", 4, masks=tmp_path / "labels")
    rows = read_manifest(tmp_path / "out")
    assert _images(tmp_path / "out") == sorted(
        [row.file for row in rows] + [row.mask for row in rows]
    )
    assert {row.file.split("/")[0] for row in rows} == {"images"}
    for row in rows:
        given = Image.open(tmp_path / "labels" / row.source.replace(".jpg", ".png"))
        made = Image.open(tmp_path / "out" / row.mask)
        assert row.mask == row.file.replace("images/", "masks/").replace(".jpg", ".png")
        assert made.mode == "P"
        assert made.getpalette() == given.getpalette()
        assert set(np.unique(np.asarray(made))) <= {0, 5, 200}
        replayed = PIPE.replay(
            row.record,
            as_source(tmp_path / "photos" / row.source)[0][None],
            masks=np.asarray(given)[None],
        )
        assert np.array_equal(np.asarray(made), replayed.masks[0])
    # What was written can be a source itself.
    told = _write(
        PIPE, tmp_path / "out/images", tmp_path / "twice", 1, masks=tmp_path / "out/masks"
    )
    assert told.written == 8


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "I;16"])
def test_masks_of_any_kind_come_back_of_that_kind(tmp_path: Path, mode: str) -> None:
    _save(tmp_path / "photos/a.png")
    values = np.arange(600).reshape(20, 30) * 100
    mask = (
        Image.fromarray(values.astype(np.uint16))
        if mode == "I;16"
        else Image.fromarray((values % 256).astype(np.uint8)).convert(mode)
    )
    (tmp_path / "labels").mkdir()
    mask.save(tmp_path / "labels/a.png")
    still = Pipeline([Flip(p=0)], seed=0)
    _write(still, tmp_path / "photos", tmp_path / "out", 1, masks=tmp_path / "labels")
    made = Image.open(tmp_path / "out/masks/a_0.png")
    assert made.mode == mode
    assert np.array_equal(np.asarray(made), np.asarray(mask))


def test_masks_within_the_source_are_not_taken_for_images(tmp_path: Path) -> None:
    _save(tmp_path / "data/images/a.png")
    _palette_mask(tmp_path / "data/masks/images/a.png")
    told = _write(PIPE, tmp_path / "data", tmp_path / "out", 1, masks=tmp_path / "data/masks")
    assert told.written == 1


def test_missing_and_unfit_masks_are_named(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        _save(tmp_path / f"photos/{name}.png")
    _palette_mask(tmp_path / "labels/a.png")
    _palette_mask(tmp_path / "labels/c.png", size=(20, 30))
    options = {"masks": tmp_path / "labels"}
    with pytest.raises(ValueError, match=r"masks: 1 of 3 images have none in .* such as 'b\.png'"):
        _write(PIPE, tmp_path / "photos", tmp_path / "out", 1, **options)
    assert not (tmp_path / "out").exists()
    _palette_mask(tmp_path / "labels/b.png")
    with pytest.raises(ImageError, match=r"that of 'c\.png' is 20 × 30 and the image 30 × 20"):
        _write(PIPE, tmp_path / "photos", tmp_path / "out", 1, **options)
    (tmp_path / "labels/b.png").unlink()
    with pytest.warns(SkippedImageWarning, match="is left out"):
        told = _write(PIPE, tmp_path / "photos", tmp_path / "some", 1, errors="skip", **options)
    assert set(told.failed) == {"b.png", "c.png"}
    assert _images(tmp_path / "some") == ["images/a_0.png", "masks/a_0.png"]
    _palette_mask(tmp_path / "labels/a.gif")
    with pytest.raises(ValueError, match=r"both 'a\.(gif|png)' and .* may be that of 'a'"):
        _write(PIPE, tmp_path / "photos", tmp_path / "out", 1, **options)


# --- formats ------------------------------------------------------------------------------------


def _still(tmp_path: Path, **options: Any) -> list[str]:
    _write(Pipeline([Flip(p=0)], seed=0), tmp_path / "in", tmp_path / "out", 1, **options)
    return _images(tmp_path / "out")


def test_each_image_keeps_its_format_if_that_can_hold_it(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPEG", "c.png", "d.bmp", "e.tif", "f.webp"):
        _save(tmp_path / "in" / name)
    _save(tmp_path / "in/g.gif")
    _save(tmp_path / "in/h.ppm")
    assert _still(tmp_path) == [
        "a_0.jpg",
        "b_0.JPEG",
        "c_0.png",
        "d_0.bmp",
        "e_0.tif",
        "f_0.webp",
        "g_0.png",
        "h_0.png",
    ]


def test_transparency_is_laid_over_white_and_cmyk_becomes_rgb(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGBA", (30, 20), (255, 0, 0, 0)).save(tmp_path / "in/clear.png")
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(tmp_path / "in/print.jpg")
    _save(tmp_path / "in/grey.png", mode="L")
    assert _still(tmp_path, format="jpeg") == ["clear_0.jpg", "grey_0.jpg", "print_0.jpg"]
    colours = {
        name: Image.open(tmp_path / f"out/{name}_0.jpg") for name in ("clear", "print", "grey")
    }
    assert colours["clear"].getpixel((3, 3)) == (255, 255, 255)
    assert colours["print"].mode == "RGB"
    red, green, _ = colours["print"].getpixel((3, 3))  # type: ignore[misc]
    assert red > 250 > 10 > green
    assert colours["grey"].mode == "L"


def test_sixteen_bits_stay_sixteen_bits_or_become_png(tmp_path: Path) -> None:
    values = (np.arange(600).reshape(20, 30) * 109).astype(np.uint16)
    for name in ("in/a.png", "in/b.tif"):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.fromarray(values).save(tmp_path / name)
    assert _still(tmp_path) == ["a_0.png", "b_0.tif"]
    for name in ("a_0.png", "b_0.tif"):
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / name)), values)
    shutil.rmtree(tmp_path / "out")
    assert _still(tmp_path, format="jpeg") == ["a_0.png", "b_0.png"]


def test_quality_is_that_of_the_file(tmp_path: Path) -> None:
    _save(tmp_path / "in/a.jpg", size=(90, 60))
    sizes = []
    for quality in (20, 95):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        _still(tmp_path, quality=quality)
        sizes.append((tmp_path / "out/a_0.jpg").stat().st_size)
    assert sizes[1] > 2 * sizes[0]


def test_the_format_of_an_earlier_run_holds(photos: Path, tmp_path: Path) -> None:
    _write(PIPE, photos, tmp_path / "out", 1, format="png")
    (tmp_path / "out/cats/felix_0.png").unlink()
    with pytest.raises(ValueError, match=r"'cats/felix_0\.png' was written before and would be"):
        _write(PIPE, photos, tmp_path / "out", 1)
    assert "cats/felix_0.jpg" not in _images(tmp_path / "out")


# --- what ends a run ----------------------------------------------------------------------------


def _check_whole(folder: Path) -> None:
    """Every file is whole, and the manifest tells of exactly these."""
    files = [name for name in _images(folder) if not Path(name).name.startswith(".")]
    for name in files:
        with Image.open(folder / name) as image:
            image.load()
    assert sorted(row.file for row in read_manifest(folder)) == files


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
            _write(PIPE, photos, tmp_path / "out", 4, threads=3, errors="skip")
    assert told.value.errno == errno.ENOSPC
    assert len(_images(tmp_path / "out")) == 7
    _check_whole(tmp_path / "out")
    assert _write(PIPE, photos, tmp_path / "out", 4).skipped == 7
    _write(PIPE, photos, tmp_path / "fresh", 4)
    assert _images(tmp_path / "out") == _images(tmp_path / "fresh")


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
    _check_whole(tmp_path / "out")
    assert _write(PIPE, photos, tmp_path / "out", 4).skipped > 0
    _check_whole(tmp_path / "out")


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
    told = _write(PIPE, photos, tmp_path / "out", 150)
    assert told.written + told.skipped == 750
    assert told.skipped > 0
    _check_whole(tmp_path / "out")
    assert len(_images(tmp_path / "out")) == 750


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
        _write(PIPE, photos, tmp_path / "out", 30)
    _check_whole(tmp_path / "out")
    assert 16 <= len(_images(tmp_path / "out")) < 150


def test_an_image_that_cannot_be_read_ends_the_run_or_is_left_out(
    photos: Path, tmp_path: Path
) -> None:
    (photos / "cats/broken.png").write_bytes((photos / "cats/tom.png").read_bytes()[:300])
    with pytest.raises(ImageError, match=r"broken\.png': is cut short"):
        _write(PIPE, photos, tmp_path / "out", 2, threads=1)
    _check_whole(tmp_path / "out")
    with pytest.warns(SkippedImageWarning, match=r"'cats/broken\.png' is left out"):
        told = _write(PIPE, photos, tmp_path / "out", 2, errors="skip")
    assert list(told.failed) == ["cats/broken.png"]
    assert len(_images(tmp_path / "out")) == told.written + told.skipped == 10


def test_an_operation_that_cannot_take_an_image_names_it(photos: Path, tmp_path: Path) -> None:
    _save(photos / "dogs/grey.png", mode="L")
    with pytest.raises(ValueError, match=r"'dogs/grey\.png': Saturation: needs red, green and"):
        _write(Pipeline([Saturation()], seed=0), photos, tmp_path / "out", 1)


# --- what is refused ----------------------------------------------------------------------------


def test_another_pipeline_or_seed_does_not_go_on_in_a_folder(photos: Path, tmp_path: Path) -> None:
    _write(PIPE, photos, tmp_path / "out", 1)
    for other in (PIPE.replace(seed=6), Pipeline([Flip(p=0.4)], seed=5)):
        with pytest.raises(FileExistsError, match="was written by another pipeline or seed"):
            _write(other, photos, tmp_path / "out", 2)
    (tmp_path / "out/pipeline.yaml").unlink()
    with pytest.raises(FileExistsError, match=r"holds a manifest\.csv without pipeline\.yaml"):
        _write(PIPE, photos, tmp_path / "out", 2)
    assert len(_images(tmp_path / "out")) == 5


def test_fewer_copies_or_other_sources_do_not_go_on_in_a_folder(
    photos: Path, tmp_path: Path
) -> None:
    _write(PIPE, photos, tmp_path / "out", 2)
    with pytest.raises(FileExistsError, match=r"holds '.*_1\..*', which this call would not write"):
        _write(PIPE, photos, tmp_path / "out", 1)
    (photos / "cats/tom.png").unlink()
    with pytest.raises(FileExistsError, match=r"holds 'cats/tom_0\.png', which this call"):
        _write(PIPE, photos, tmp_path / "out", 2)


def test_files_that_are_there_are_never_overwritten(photos: Path, tmp_path: Path) -> None:
    precious = tmp_path / "out/cats/tom_0.png"
    _save(precious, size=(3, 3))
    data = precious.read_bytes()
    with pytest.raises(FileExistsError, match=r"holds 'tom_0' already, and no manifest\.csv tells"):
        _write(PIPE, photos, tmp_path / "out", 1)
    assert _files(tmp_path / "out") == ["cats/tom_0.png"]
    precious.unlink()
    _write(PIPE, photos, tmp_path / "out", 1)
    precious = tmp_path / "out/cats/tom_1.png"
    precious.write_bytes(data)
    with pytest.raises(FileExistsError, match=r"tom_1\.png' is there already and not of this run"):
        _write(PIPE, photos, tmp_path / "out", 2, errors="skip")
    assert precious.read_bytes() == data


def test_a_function_without_a_name_can_be_written_and_goes_on(photos: Path, tmp_path: Path) -> None:
    pipe = Pipeline([Custom(function=lambda image: image / 2)], seed=0)
    _write(pipe, photos, tmp_path / "out", 1)
    assert (tmp_path / "out/pipeline.yaml").read_text().startswith("# A function in it has no name")
    again = Pipeline([Custom(function=lambda image: image / 2)], seed=0)
    assert _write(again, photos, tmp_path / "out", 1).skipped == 5


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
        _write(PIPE, photos, tmp_path / "out", **{"n": 1, **options})
    assert not (tmp_path / "out").exists()


def test_wrong_folders_are_named(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"source: the folder .* holds no image file; it holds no"):
        _write(PIPE, tmp_path / "empty", tmp_path / "out", 1)
    with pytest.raises(
        FileNotFoundError, match=r"source: there is no file or folder .*did you mea"
    ):
        _write(PIPE, tmp_path / "fotos", tmp_path / "out", 1)
    with pytest.raises(ValueError, match=r"masks: the folder .* holds no image file"):
        _write(PIPE, photos, tmp_path / "out", 1, masks=tmp_path / "empty")
    with pytest.raises(ValueError, match=r"target: .* lies in source .*choose a folder beside it"):
        _write(PIPE, photos, photos / "out", 1)
    with pytest.raises(NotADirectoryError, match=r"target: .* is a file; choose a folder"):
        _write(PIPE, photos, tmp_path / "file", 1)
    with pytest.raises(NotADirectoryError, match=r"target: can't write in .*nothing is written"):
        _write(PIPE, photos, tmp_path / "file/out", 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/manifest.csv").write_text("what,ever\n1,2\n")
    (tmp_path / "out/pipeline.yaml").write_text(PIPE.to_yaml())
    with pytest.raises(ValueError, match=r"manifest\.csv' is not one that convscope wrote"):
        _write(PIPE, photos, tmp_path / "out", 1)


def test_mixtures_belong_to_no_folder_and_are_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"MixUp: mixes classes.*mix while training"):
        _write(Pipeline([MixUp()], seed=0, classes=2), photos, tmp_path / "out", 1)


# --- what else it does --------------------------------------------------------------------------


def test_each_class_may_have_its_own_operations(photos: Path, tmp_path: Path) -> None:
    pipe = Pipeline([Choice({"cats": [Resize(height=10, width=8)]})], seed=0)
    _write(pipe, photos, tmp_path / "out", 1)
    sizes = {
        row.source: as_source(tmp_path / "out" / row.file)[0].shape[-2:]
        for row in read_manifest(tmp_path / "out")
    }
    assert sizes["cats/tom.png"] == (10, 8)
    assert sizes["dogs/bello.png"] == (24, 16)
    _save(tmp_path / "flat/a.png")
    with pytest.raises(ValueError, match="labels: Choice needs one for each image"):
        _write(pipe, tmp_path / "flat", tmp_path / "none", 1)
    assert not (tmp_path / "none").exists()


def test_a_bar_shows_how_far_it_is(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PIPE.write(photos, tmp_path / "out", 2)
    assert "/10 [" in capsys.readouterr().err
    _write(PIPE, photos, tmp_path / "silent", 2)
    assert capsys.readouterr().err == ""


def test_pictures_from_a_phone_are_written_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    _save(tmp_path / "in/a.jpg", exif=exif)
    assert _still(tmp_path) == ["a_0.jpg"]
    with Image.open(tmp_path / "out/a_0.jpg") as made:
        assert made.size == (20, 30)
        assert 0x0112 not in made.getexif()
