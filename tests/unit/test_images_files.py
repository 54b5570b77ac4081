"""Broken, missing and giant files are named, each in one clear sentence."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

from convscope.images import ImageError, as_source

RNG = np.random.default_rng(5)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A JPEG photograph of 160 × 120 pixels."""
    path = tmp_path / "cat.jpg"
    Image.fromarray(RNG.integers(0, 256, (120, 160, 3), dtype=np.uint8)).save(path, quality=90)
    return path


def cut(path: Path, part: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    return path


def sentence(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        as_source([path], errors="skip")[0]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_truncated_jpeg_is_named_and_says_what_to_do(photo: Path) -> None:
    text = sentence(cut(photo, 0.5))
    assert repr(str(photo)) in text
    assert "is cut short (truncated); copy or download it again, or leave it out with" in text


def test_the_users_wish_for_truncated_files_is_respected(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert as_source(cut(photo, 0.5))[0].shape == (3, 120, 160)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "gif", "bmp"])
@pytest.mark.parametrize("part", [0.01, 0.1, 0.6])
def test_every_format_cut_anywhere_is_named(tmp_path: Path, suffix: str, part: float) -> None:
    path = tmp_path / f"dog.{suffix}"
    Image.fromarray(RNG.integers(0, 256, (120, 160, 3), dtype=np.uint8)).save(path)
    assert f"dog.{suffix}'" in sentence(cut(path, part))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "gif"])
def test_no_damage_gives_anything_but_an_image_or_a_sentence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"dog.{suffix}"
    Image.fromarray(RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(path)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    for _ in range(60):
        damaged = whole.copy()
        damaged[RNG.integers(0, len(whole), 4)] = RNG.integers(0, 256, 4)
        path.write_bytes(damaged.tobytes())
        try:
            image = as_source(path)[0]
        except ImageError as error:
            assert f"dog.{suffix}" in str(error)  # noqa: PT017
        else:
            assert image.ndim == 3


def test_an_empty_file_a_text_file_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic")
    assert "empty.jpg': is empty (0 bytes)" in sentence(tmp_path / "empty.jpg")
    assert "text.jpg': isn't an image that Pillow can read" in sentence(tmp_path / "text.jpg")
    assert "pillow-heif" in sentence(tmp_path / "phone.heic")
    source = as_source([tmp_path / "text.jpg", tmp_path / "gone.jpg"], errors="skip")
    with pytest.raises(ImageError, match=r"gone\.jpg': can't be opened \(there is no such file\)"):
        source[1]


def test_a_truncated_image_that_the_user_opened_is_named(photo: Path) -> None:
    with Image.open(cut(photo, 0.5)) as opened, pytest.raises(ImageError, match="image 0: is cut"):
        as_source(opened)[0]


def test_files_are_closed(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[IO[Any]] = []
    plain = Path.open

    def watched(self: Path, *arguments: Any, **options: Any) -> IO[Any]:
        opened.append(plain(self, *arguments, **options))
        return opened[-1]

    monkeypatch.setattr(Path, "open", watched)
    as_source(photo)[0]
    cut(photo, 0.5)
    with pytest.raises(ImageError):
        as_source(photo)[0]
    assert len(opened) >= 2
    assert all(file.closed for file in opened)


def test_a_jpeg_beyond_pillows_limit_is_read_smaller(
    photo: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = as_source(photo)[0]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 120 * 160 // 3)
    image = as_source(photo)[0]
    assert image.shape == (3, 60, 80)
    assert abs(image.float().mean() - whole.float().mean()) < 2
    assert "160 × 120 pixels, read at 1/2 of its size" in caplog.text
    assert Image.MAX_IMAGE_PIXELS == 120 * 160 // 3
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 120 * 160 // 60)
    assert as_source(photo)[0].shape == (3, 15, 20)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert "160 × 120 pixels, too many for Pillow" in sentence(photo)


def test_another_file_beyond_pillows_limit_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (160, 120)).save(tmp_path / "map.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9000)
    text = sentence(tmp_path / "map.png")
    assert "map.png': has more than the 18000 pixels that Pillow opens at most; save it" in text


def test_a_20000_by_20000_jpeg_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "giant.jpg"
    Image.new("L", (20_000, 20_000), 90).save(path, quality=20)
    image = as_source(path)[0]
    assert image.shape == (1, 5000, 5000)
    assert abs(int(image[0, 4000, 2000]) - 90) < 4


@pytest.mark.parametrize("max_side", [10, 50, 90, 400])
def test_a_thumbnail_looks_like_the_image(tmp_path: Path, max_side: int) -> None:
    y, x = np.mgrid[0:1:480j, 0:1:640j]
    values = np.stack([x, y, 1 - x], 2) * 255
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "a.jpg", quality=95)
    source = as_source(tmp_path / "a.jpg")
    thumbnail = source.thumbnail(-1, max_side)
    assert max(thumbnail.shape) == max_side
    wanted = torch.from_numpy(values).permute(2, 0, 1)[None]
    wanted = torch.nn.functional.interpolate(wanted, thumbnail.shape[1:], mode="area")[0]
    assert (thumbnail - wanted).abs().mean() < 2


def test_a_thumbnail_is_never_enlarged_and_obeys_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (640, 480)).save(tmp_path / "a.jpg", exif=exif)
    assert as_source(tmp_path / "a.jpg").thumbnail(0, 96).shape == (3, 96, 72)
    assert as_source(tmp_path / "a.jpg").thumbnail(0, 9000).shape == (3, 640, 480)
    with pytest.raises(ValueError, match="max_side: must be at least 1"):
        as_source(tmp_path / "a.jpg").thumbnail(0, 0)
