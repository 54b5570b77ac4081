"""Masks and formats: what is written is what the files can hold."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folders import PIPE, images, make_photos, save, written
from PIL import Image

from convscope.augment import Flip, Pipeline
from convscope.augment.write import read_manifest
from convscope.images import ImageError, SkippedImageWarning, as_source


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return make_photos(tmp_path)


def _palette_mask(path: Path, size: tuple[int, int] = (30, 20)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = np.zeros((size[1], size[0]), np.uint8)
    labels[3:9, 5:25], labels[12:, :11] = 5, 200
    mask = Image.fromarray(labels)
    mask.putpalette([value for i in range(256) for value in (i, 255 - i, i // 2)])
    mask.save(path)


def test_masks_move_with_their_images_and_keep_values_and_palette(tmp_path: Path) -> None:
    for name in ("cats/tom", "dogs/rex"):
        save(tmp_path / f"photos/{name}.jpg")
        _palette_mask(tmp_path / f"labels/{name}.png")
    written(PIPE, tmp_path / "photos", tmp_path / "out", 4, masks=tmp_path / "labels")
    rows = read_manifest(tmp_path / "out")
    assert images(tmp_path / "out") == sorted(
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
    told = written(
        PIPE, tmp_path / "out/images", tmp_path / "twice", 1, masks=tmp_path / "out/masks"
    )
    assert told.written == 8


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "I;16"])
def test_masks_of_any_kind_come_back_of_that_kind(tmp_path: Path, mode: str) -> None:
    save(tmp_path / "photos/a.png")
    values = np.arange(600).reshape(20, 30) * 100
    mask = (
        Image.fromarray(values.astype(np.uint16))
        if mode == "I;16"
        else Image.fromarray((values % 256).astype(np.uint8)).convert(mode)
    )
    (tmp_path / "labels").mkdir()
    mask.save(tmp_path / "labels/a.png")
    still = Pipeline([Flip(p=0)], seed=0)
    written(still, tmp_path / "photos", tmp_path / "out", 1, masks=tmp_path / "labels")
    made = Image.open(tmp_path / "out/masks/a_0.png")
    assert made.mode == mode
    assert np.array_equal(np.asarray(made), np.asarray(mask))


def test_masks_within_the_source_are_not_taken_for_images(tmp_path: Path) -> None:
    save(tmp_path / "data/images/a.png")
    _palette_mask(tmp_path / "data/masks/images/a.png")
    told = written(PIPE, tmp_path / "data", tmp_path / "out", 1, masks=tmp_path / "data/masks")
    assert told.written == 1


def test_missing_and_unfit_masks_are_named(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        save(tmp_path / f"photos/{name}.png")
    _palette_mask(tmp_path / "labels/a.png")
    _palette_mask(tmp_path / "labels/c.png", size=(20, 30))
    options = {"masks": tmp_path / "labels"}
    with pytest.raises(ValueError, match=r"masks: 1 of 3 images have none in .* such as 'b\.png'"):
        written(PIPE, tmp_path / "photos", tmp_path / "out", 1, **options)
    assert not (tmp_path / "out").exists()
    _palette_mask(tmp_path / "labels/b.png")
    with pytest.raises(ImageError, match=r"that of 'c\.png' is 20 × 30 and the image 30 × 20"):
        written(PIPE, tmp_path / "photos", tmp_path / "out", 1, **options)
    (tmp_path / "labels/b.png").unlink()
    with pytest.warns(SkippedImageWarning, match="is left out"):
        told = written(PIPE, tmp_path / "photos", tmp_path / "some", 1, errors="skip", **options)
    assert set(told.failed) == {"b.png", "c.png"}
    assert images(tmp_path / "some") == ["images/a_0.png", "masks/a_0.png"]
    _palette_mask(tmp_path / "labels/a.gif")
    with pytest.raises(ValueError, match=r"both 'a\.(gif|png)' and .* may be that of 'a'"):
        written(PIPE, tmp_path / "photos", tmp_path / "out", 1, **options)


def _still(tmp_path: Path, **options: Any) -> list[str]:
    written(Pipeline([Flip(p=0)], seed=0), tmp_path / "in", tmp_path / "out", 1, **options)
    return images(tmp_path / "out")


def test_each_image_keeps_its_format_if_that_can_hold_it(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPEG", "c.png", "d.bmp", "e.tif", "f.webp"):
        save(tmp_path / "in" / name)
    save(tmp_path / "in/g.gif")
    save(tmp_path / "in/h.ppm")
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
    save(tmp_path / "in/grey.png", mode="L")
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
    save(tmp_path / "in/a.jpg", size=(90, 60))
    sizes = []
    for quality in (20, 95):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        _still(tmp_path, quality=quality)
        sizes.append((tmp_path / "out/a_0.jpg").stat().st_size)
    assert sizes[1] > 2 * sizes[0]


def test_the_format_of_an_earlier_run_holds(photos: Path, tmp_path: Path) -> None:
    written(PIPE, photos, tmp_path / "out", 1, format="png")
    (tmp_path / "out/cats/felix_0.png").unlink()
    with pytest.raises(ValueError, match=r"'cats/felix_0\.png' was written before and would be"):
        written(PIPE, photos, tmp_path / "out", 1)
    assert "cats/felix_0.jpg" not in images(tmp_path / "out")


def test_pictures_from_a_phone_are_written_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    save(tmp_path / "in/a.jpg", exif=exif)
    assert _still(tmp_path) == ["a_0.jpg"]
    with Image.open(tmp_path / "out/a_0.jpg") as made:
        assert made.size == (20, 30)
        assert 0x0112 not in made.getexif()
