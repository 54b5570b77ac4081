"""Images out: display bytes and encoded pictures."""

from __future__ import annotations

import doctest
import importlib
import io
import pkgutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import convscope.images
from convscope.images import Encoded, encode, to_display, to_float


def opened(encoded: Encoded) -> Image.Image:
    return Image.open(io.BytesIO(encoded.data))


def photo(channels: int = 3) -> torch.Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 1, 40), torch.linspace(0, 1, 60), indexing="ij")
    return torch.stack([(y * (c + 1) + x) / (c + 2) for c in range(channels)])


@given(hnp.arrays(np.uint8, st.tuples(st.just(3), st.integers(1, 20), st.integers(1, 20))))
def test_png_gives_back_every_byte(values: np.ndarray) -> None:
    encoded = encode(torch.from_numpy(values), "png")
    assert np.array_equal(np.array(opened(encoded)).transpose(2, 0, 1), values)
    assert (encoded.height, encoded.width) == values.shape[1:]


@pytest.mark.parametrize("kind", ["webp", "jpeg", "png"])
def test_every_format_is_what_it_says_and_looks_the_same(kind: str) -> None:
    encoded = encode(photo(), kind, quality=90)
    picture = opened(encoded)
    assert encoded.media_type == f"image/{kind}"
    assert picture.format == kind.upper()
    assert picture.size == (encoded.width, encoded.height) == (60, 40)
    shown = torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1) / 255
    assert (shown - photo()).abs().mean() < 0.02


def test_quality_trades_size() -> None:
    noisy = photo() / 2 + torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(0)) / 2
    for kind in ("webp", "jpeg"):
        sizes = [len(encode(noisy, kind, quality=quality).data) for quality in (20, 90)]
        assert sizes[0] < sizes[1] / 2


def test_max_side_shrinks_with_the_shape_kept_and_never_enlarges() -> None:
    assert (encode(photo(), max_side=30).width, encode(photo(), max_side=30).height) == (30, 20)
    assert encode(photo(), max_side=600).width == 60
    assert encode(torch.zeros(1, 2, 500), max_side=10).height == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"format": "gif"}, "format: 'gif' isn't known; choose one of webp, png, jpeg"),
        ({"quality": 0}, "quality: must be from 1 to 100; got 0"),
        ({"max_side": 0}, "max_side: must be at least 1 pixel; got 0"),
        ({"image": torch.zeros(20)}, r"image: needs the shape \(C, H, W\)"),
        ({"image": torch.zeros(1, 1, 17000)}, "17000 × 1 is too large for webp.*max_side"),
    ],
)
def test_wrong_arguments_say_what_came(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        encode(**{"image": photo(), **arguments})


def test_grey_is_shown_in_all_three_colours() -> None:
    grey = photo(1)
    shown = to_display(grey)
    assert (shown.dtype, tuple(shown.shape)) == (torch.uint8, (3, 40, 60))
    for colour in shown:
        assert torch.equal(colour, (grey[0] * 255).round().to(torch.uint8))


def test_alpha_is_gone() -> None:
    assert torch.equal(to_display(photo(4)), to_display(photo(4)[:3]))
    assert torch.equal(to_display(photo(2)), to_display(photo(2)[:1]))


def test_many_bands_show_their_first_three_each_stretched() -> None:
    bands = torch.full((7, 4, 6), 0.3)
    bands[0, 0, 0], bands[0, 1, 1] = 0.2, 0.4
    bands[1, 2, 2] = 0.9
    shown = to_display(bands)
    assert (shown[0, 0, 0], shown[0, 1, 1], shown[0, 3, 3]) == (0, 255, 128)
    assert (shown[1, 2, 2], shown[1, 0, 0]) == (255, 0)
    assert (shown[2] == 0).all()


def test_floats_are_clamped_and_nan_is_black() -> None:
    values = torch.tensor([[[-1.0, 0.5, 2.0, float("nan")]]])
    assert to_display(values)[1].tolist() == [[0, 128, 255, 0]]


def test_display_does_not_change_what_it_shows() -> None:
    for image in (photo(), photo(7), (photo() * 255).to(torch.uint8), photo().half()):
        before = image.clone()
        to_display(image)
        assert torch.equal(image, before)


def test_display_refuses_what_is_no_image() -> None:
    with pytest.raises(ValueError, match=r"needs the shape \(C, H, W\); got \(40, 60\)"):
        to_display(torch.zeros(40, 60))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (torch.tensor([0, 51, 255], dtype=torch.uint8), [0, 0.2, 1]),
        (torch.tensor([0, 13107, 65535]).to(torch.uint16), [0, 0.2, 1]),
        (torch.tensor([False, True]), [0, 1]),
        (torch.tensor([0.5, 2.5], dtype=torch.float64), [0.5, 2.5]),
    ],
)
def test_to_float_knows_the_range_of_each_dtype(values: torch.Tensor, wanted: list[float]) -> None:
    assert to_float(values).dtype == torch.float32
    assert torch.allclose(to_float(values), torch.tensor(wanted, dtype=torch.float32))


def test_to_float_refuses_integers_of_unknown_range() -> None:
    with pytest.raises(ValueError, match=r"image: torch.int64 has no known range"):
        to_float(torch.zeros(3, dtype=torch.int64))


def test_the_examples_in_the_docstrings_run() -> None:
    for module in pkgutil.iter_modules(convscope.images.__path__):
        found = importlib.import_module(f"convscope.images.{module.name}")
        assert doctest.testmod(found).failed == 0
