"""From a folder to a folder: exactly so many, each told of, the same however it is run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from folders import PIPE, files, images, make_photos, save, written

from convscope.augment import Choice, Custom, Pipeline, Resize, Rotate, Saturation
from convscope.augment.write import read_manifest
from convscope.images import as_source


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return make_photos(tmp_path)


def test_each_image_has_exactly_n_copies_in_its_class_folder(photos: Path, tmp_path: Path) -> None:
    told = written(PIPE, photos, tmp_path / "out", 2)
    assert (told.written, told.skipped, dict(told.failed)) == (10, 0, {})
    assert told.directory == tmp_path / "out"
    assert images(tmp_path / "out") == [
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
    assert written(PIPE, photos, tmp_path / "out", n, per="total").written == n
    rows = read_manifest(tmp_path / "out")
    each = [sum(row.source == name for row in rows) for name in files(photos)]
    assert sum(each) == len(images(tmp_path / "out")) == n
    assert max(each) - min(each) <= 1


def test_a_flat_folder_and_a_single_image_are_sources_too(tmp_path: Path) -> None:
    save(tmp_path / "flat/a.png")
    save(tmp_path / "flat/b.png")
    written(PIPE, tmp_path / "flat", tmp_path / "out", 1)
    assert images(tmp_path / "out") == ["a_0.png", "b_0.png"]
    assert {row.label for row in read_manifest(tmp_path / "out")} == {""}
    written(PIPE, tmp_path / "flat/a.png", tmp_path / "one", 3)
    assert images(tmp_path / "one") == ["a_0.png", "a_1.png", "a_2.png"]


def test_names_that_differ_in_their_suffix_alone_stay_apart(tmp_path: Path) -> None:
    save(tmp_path / "flat/a.png")
    save(tmp_path / "flat/a.jpg")
    save(tmp_path / "flat/A.bmp")
    written(PIPE, tmp_path / "flat", tmp_path / "out", 1, format="png")
    assert images(tmp_path / "out") == ["A_bmp_0.png", "a_jpg_0.png", "a_png_0.png"]


def test_the_manifest_tells_what_made_each_file_and_replays_it(
    photos: Path, tmp_path: Path
) -> None:
    told = written(PIPE, photos, tmp_path / "out", 3, format="png")
    rows = read_manifest(told.manifest)
    assert sorted(row.file for row in rows) == images(tmp_path / "out")
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
        written(pipe, photos, tmp_path / str(threads), 20, threads=threads)
    assert torch.get_num_threads() == before
    assert files(tmp_path / "1") == files(tmp_path / "4")
    for name in files(tmp_path / "1"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "4" / name).read_bytes()


def _noisy(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    return image + torch.from_numpy(rng.normal(0, 0.1, image.shape))


def test_an_image_that_is_added_later_does_not_change_the_others(
    photos: Path, tmp_path: Path
) -> None:
    written(PIPE, photos, tmp_path / "out", 2)
    before = {
        name: (tmp_path / "out" / name).stat().st_mtime_ns for name in files(photos.parent / "out")
    }
    save(photos / "cats/aaa.png")
    told = written(PIPE, photos, tmp_path / "out", 3)
    assert (told.written, told.skipped) == (8, 10)
    for name in set(before) - {"manifest.csv"}:
        assert (tmp_path / "out" / name).stat().st_mtime_ns == before[name]
    written(PIPE, photos, tmp_path / "fresh", 3)
    for name in images(tmp_path / "fresh"):
        assert (tmp_path / "fresh" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_running_again_writes_only_what_is_missing(photos: Path, tmp_path: Path) -> None:
    written(PIPE, photos, tmp_path / "out", 2)
    lost = tmp_path / "out/cats/tom_1.png"
    data = lost.read_bytes()
    lost.unlink()
    told = written(PIPE, photos, tmp_path / "out", 2)
    assert (told.written, told.skipped) == (1, 9)
    assert lost.read_bytes() == data
    assert len(read_manifest(tmp_path / "out")) == 10
    assert written(PIPE, photos, tmp_path / "out", 2).written == 0


def test_each_class_may_have_its_own_operations(photos: Path, tmp_path: Path) -> None:
    pipe = Pipeline([Choice({"cats": [Resize(height=10, width=8)]})], seed=0)
    written(pipe, photos, tmp_path / "out", 1)
    sizes = {
        row.source: as_source(tmp_path / "out" / row.file)[0].shape[-2:]
        for row in read_manifest(tmp_path / "out")
    }
    assert sizes["cats/tom.png"] == (10, 8)
    assert sizes["dogs/bello.png"] == (24, 16)
    save(tmp_path / "flat/a.png")
    with pytest.raises(ValueError, match="labels: Choice needs one for each image"):
        written(pipe, tmp_path / "flat", tmp_path / "none", 1)
    assert not (tmp_path / "none").exists()


def test_a_bar_shows_how_far_it_is(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PIPE.write(photos, tmp_path / "out", 2)
    assert "/10 [" in capsys.readouterr().err
    written(PIPE, photos, tmp_path / "silent", 2)
    assert capsys.readouterr().err == ""
