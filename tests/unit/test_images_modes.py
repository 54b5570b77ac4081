"""Pillow images of every mode and orientation become the right tensor."""

from __future__ import annotations

import io
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.images import ImageError, as_source

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (20, 30), dtype=np.uint8)
RAMP = np.linspace(0, 65535, 600).reshape(20, 30).astype(np.uint16)


def through(image: Image.Image, path: Path, **options: object) -> torch.Tensor:
    image.save(path, **options)
    return as_source(path)[0]


def channels_first(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values).permute(2, 0, 1)


def test_a_colour_file_gives_its_bytes_channels_first(tmp_path: Path) -> None:
    image = through(Image.fromarray(RGB), tmp_path / "a.png")
    assert image.dtype == torch.uint8
    assert torch.equal(image, channels_first(RGB))


def test_a_grey_file_stays_one_channel(tmp_path: Path) -> None:
    image = through(Image.fromarray(GREY), tmp_path / "a.png")
    assert torch.equal(image, torch.from_numpy(GREY)[None])


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_grey_keeps_its_depth_and_is_not_clipped_to_white(
    tmp_path: Path, suffix: str
) -> None:
    image = through(Image.fromarray(RAMP), tmp_path / f"a.{suffix}")
    assert image.dtype == torch.float32
    assert torch.equal(image[0], torch.from_numpy(RAMP.astype(np.float32) / 65535))


def test_big_endian_16_bit_tiff_reads_like_little_endian(tmp_path: Path) -> None:
    path = tmp_path / "big.tif"
    path.write_bytes(big_endian_tiff(RAMP))
    with Image.open(path) as opened:
        assert opened.mode == "I;16B"
    assert torch.equal(as_source(path)[0][0], torch.from_numpy(RAMP.astype(np.float32) / 65535))


def big_endian_tiff(values: np.ndarray) -> bytes:
    height, width = values.shape
    data = values.astype(">u2").tobytes()
    tags = [
        (256, 3, 1, width << 16),
        (257, 3, 1, height << 16),
        (258, 3, 1, 16 << 16),
        (259, 3, 1, 1 << 16),
        (262, 3, 1, 1 << 16),
        (273, 4, 1, 8 + 2 + 8 * 12 + 4),
        (277, 3, 1, 1 << 16),
        (279, 4, 1, len(data)),
    ]
    entries = b"".join(struct.pack(">HHII", *tag) for tag in tags)
    return b"MM\x00\x2a" + struct.pack(">IH", 8, len(tags)) + entries + b"\0\0\0\0" + data


def test_mode_i_is_read_as_16_bit(tmp_path: Path) -> None:
    image = through(Image.fromarray(RAMP.astype(np.int32)), tmp_path / "a.tif")
    assert torch.equal(image[0], torch.from_numpy(RAMP.astype(np.float32) / 65535))


def test_32_bit_integers_without_a_scale_are_refused(tmp_path: Path) -> None:
    values = RAMP.astype(np.int32) * 1000
    with pytest.raises(ImageError, match=r"a\.tif.*from 0 to 65535000.*floats in \[0, 1\]"):
        through(Image.fromarray(values), tmp_path / "a.tif")


def test_32_bit_float_tiff_keeps_its_values(tmp_path: Path) -> None:
    values = RNG.random((20, 30), dtype=np.float32)
    image = through(Image.fromarray(values), tmp_path / "a.tif")
    assert torch.equal(image, torch.from_numpy(values)[None])


def test_32_bit_float_tiff_up_to_255_says_what_to_do(tmp_path: Path) -> None:
    values = RNG.random((20, 30), dtype=np.float32) * 255
    with pytest.raises(ImageError, match=r"a\.tif.*divide by 255"):
        through(Image.fromarray(values), tmp_path / "a.tif")


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    alpha = np.zeros((20, 30, 1), np.uint8)
    alpha[:, 10:20] = 128
    alpha[:, 20:] = 255
    image = through(Image.fromarray(np.concatenate([RGB, alpha], 2)), tmp_path / "a.png")
    wanted = channels_first(RGB)
    assert image.shape == (3, 20, 30)
    assert (image[:, :, :10] == 255).all()
    assert torch.equal(image[:, :, 20:], wanted[:, :, 20:])
    blend = 255 + (wanted[:, :, 10:20].float() - 255) * 128 / 255
    assert (image[:, :, 10:20] - blend).abs().max() <= 1


def test_grey_with_alpha_stays_one_channel(tmp_path: Path) -> None:
    alpha = np.where(np.arange(30) < 12, 0, 255).astype(np.uint8)
    values = np.stack([GREY, np.broadcast_to(alpha, (20, 30))], 2)
    image = through(Image.fromarray(values), tmp_path / "a.png")
    assert image.shape == (1, 20, 30)
    assert (image[:, :, :12] == 255).all()
    assert torch.equal(image[0, :, 12:], torch.from_numpy(GREY)[:, 12:])


def test_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    indexed = Image.fromarray(RGB).quantize(32)
    image = through(indexed, tmp_path / "a.png")
    assert torch.equal(image, channels_first(np.array(indexed.convert("RGB"))))


def test_a_palette_with_a_transparent_colour_shows_white_there(tmp_path: Path) -> None:
    indexed = Image.fromarray((np.arange(600).reshape(20, 30) % 3).astype(np.uint8), "P")
    indexed.putpalette([250, 0, 0, 0, 240, 0, 0, 0, 230])
    image = through(indexed, tmp_path / "a.png", transparency=1)
    assert image[:, 0, :3].T.tolist() == [[250, 0, 0], [255, 255, 255], [0, 0, 230]]


@pytest.mark.parametrize(("mode", "key"), [("RGB", (9, 8, 7)), ("L", 9)])
def test_a_transparent_colour_key_shows_white_there(
    tmp_path: Path, mode: str, key: int | tuple[int, ...]
) -> None:
    keyed = Image.new(mode, (30, 20), 100 if mode == "L" else (100, 50, 25))
    keyed.putpixel((4, 3), key)
    image = through(keyed, tmp_path / "a.png", transparency=key)
    assert (image[:, 3, 4] == 255).all()
    assert image[0, 0, 0] == 100
    assert image.shape[0] == len(mode)


def test_cmyk_tiff_becomes_rgb(tmp_path: Path) -> None:
    red = Image.new("CMYK", (30, 20), (0, 255, 255, 0))
    assert through(red, tmp_path / "a.tif")[:, 5, 5].tolist() == [255, 0, 0]


def test_cmyk_jpeg_reads_right_with_and_without_adobes_inversion(tmp_path: Path) -> None:
    """Without Adobe's marker the stored values aren't inverted; Pillow inverts them anyway."""
    inverted = io.BytesIO()
    Image.new("CMYK", (32, 16), (0, 255, 255, 0)).save(inverted, "JPEG", quality=100)
    (tmp_path / "adobe.jpg").write_bytes(inverted.getvalue())
    plain = io.BytesIO()
    Image.new("CMYK", (32, 16), (255, 0, 0, 255)).save(plain, "JPEG", quality=100)
    (tmp_path / "plain.jpg").write_bytes(without_adobe_marker(plain.getvalue()))
    for image in as_source(tmp_path):
        assert (image[:, 5, 5] - torch.tensor([255.0, 0.0, 0.0])).abs().max() <= 3


def without_adobe_marker(data: bytes) -> bytes:
    start = data.index(b"\xff\xee")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    assert data[start + 4 : start + 9] == b"Adobe"
    return data[:start] + data[start + 2 + length :]


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    bits = RNG.random((20, 30)) > 0.5
    image = through(Image.fromarray(bits), tmp_path / "a.png")
    assert torch.equal(image[0], torch.from_numpy(bits).to(torch.uint8) * 255)


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "LAB", "RGBX", "PA", "RGBa"])
def test_other_colour_modes_become_rgb(mode: str) -> None:
    image = as_source(Image.new(mode, (30, 20)))[0]
    assert (image.shape, image.dtype) == ((3, 20, 30), torch.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_exif_orientation_is_obeyed(tmp_path: Path, orientation: int, suffix: str) -> None:
    stored = Image.fromarray(RGB)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if suffix == "webp" else {}
    image = through(stored, tmp_path / f"a.{suffix}", exif=exif, **lossless)
    turned = {  # the EXIF standard: which side the 0th row and the 0th column are
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: RGB[::-1].transpose(1, 0, 2),
        7: RGB[::-1, ::-1].transpose(1, 0, 2),
        8: RGB[:, ::-1].transpose(1, 0, 2),
    }[orientation]
    assert torch.equal(image, channels_first(turned.copy()))


def test_16_bit_images_are_turned_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = through(Image.fromarray(RAMP), tmp_path / "a.png", exif=exif)
    assert image.shape == (1, 30, 20)
    assert image[0, 0, -1] == 0


def test_broken_exif_leaves_the_picture_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(RGB).save(path)

    def broken(self: Image.Image) -> Image.Exif:
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr(Image.Image, "getexif", broken)
    assert as_source(path)[0].shape == (3, 20, 30)
    assert "a.jpg" in caplog.text


def test_an_animation_gives_the_frame_it_stands_at(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert as_source(tmp_path / "a.gif")[0][:, 5, 5].tolist() == [255, 0, 0]
    with Image.open(tmp_path / "a.gif") as movie:
        movie.seek(2)
        assert as_source(movie)[0][:, 5, 5].tolist() == [0, 0, 255]


def test_a_lazily_opened_image_may_be_read_by_many_threads(tmp_path: Path) -> None:
    Image.fromarray(np.tile(RGB, (20, 20, 1))).save(tmp_path / "a.png")
    wanted = as_source(tmp_path / "a.png")[0]
    with Image.open(tmp_path / "a.png") as lazy:
        source = as_source([lazy] * 8)
        got: list[torch.Tensor] = []
        threads = [threading.Thread(target=lambda i=i: got.append(source[i])) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(got) == 8
    assert all(torch.equal(image, wanted) for image in got)
