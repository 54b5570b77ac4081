"""Resizing keeps dtype and range, equals Pillow within rounding, and is memory-safe."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convscope.images import resize

METHODS = ["nearest", "bilinear", "bicubic", "area"]
DTYPES = [
    torch.uint8,
    torch.uint16,
    torch.int16,
    torch.int32,
    torch.bool,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
]


def photo(channels: int, height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(channels * height * width)
    return torch.randint(0, 256, (channels, height, width), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtype_is_kept_and_both_sides_follow_the_size(method: str, dtype: torch.dtype) -> None:
    image = photo(3, 20, 30).to(dtype) if dtype != torch.bool else photo(3, 20, 30) > 127
    for size in ((7, 11), (41, 23), (20, 11), (20, 30)):
        resized = resize(image, size, method=method)
        assert (resized.dtype, tuple(resized.shape)) == (dtype, (3, *size))


@given(
    channels=st.integers(1, 7),
    source=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    method=st.sampled_from(METHODS),
    value=st.integers(0, 255),
)
@settings(max_examples=60, deadline=None)
def test_a_plain_surface_stays_plain(
    channels: int, source: tuple[int, int], size: tuple[int, int], method: str, value: int
) -> None:
    image = torch.full((channels, *source), value, dtype=torch.uint8)
    assert (resize(image, size, method=method) == value).all()
    unit = resize(image / 255, size, method=method)
    assert torch.allclose(unit, torch.tensor(value / 255), atol=1e-5)


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(31, 47), (100, 40), (160, 301)])
def test_bytes_equal_pillows_resampling_but_for_rounding(
    method: str, size: tuple[int, int]
) -> None:
    image = photo(3, 90, 140)
    height, width = size
    pillow = Image.fromarray(image.permute(1, 2, 0).numpy())
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    wanted = torch.from_numpy(np.array(pillow.resize((width, height), filters[method])))
    difference = (resize(image, size, method=method).int() - wanted.permute(2, 0, 1).int()).abs()
    assert (difference > 1).float().mean() < 1e-4  # where both passes of bicubic round apart
    assert difference.max() <= 2


def test_area_is_the_mean_of_what_lies_under_each_pixel() -> None:
    image = photo(2, 20, 30)
    wanted = image.double().reshape(2, 10, 2, 10, 3).mean(dim=(2, 4))
    assert torch.equal(resize(image, (10, 10), method="area"), wanted.round().to(torch.uint8))
    assert torch.allclose(resize(image.double(), (10, 10), method="area"), wanted)


def test_nearest_gives_only_values_that_were_there() -> None:
    image = torch.tensor([[[0, 10, 20, 30, 40, 50]]], dtype=torch.uint8)
    assert resize(image, (1, 3), method="nearest").flatten().tolist() == [10, 30, 50]


def test_bicubic_does_not_overshoot() -> None:
    edge = torch.cat([torch.zeros(1, 6, 15), torch.ones(1, 6, 15)], dim=2)
    raw = F.interpolate(edge[None], (6, 70), mode="bicubic", antialias=True)
    assert raw.min() < 0
    assert raw.max() > 1
    resized = resize(edge, (6, 70), method="bicubic")
    assert (resized.min(), resized.max()) == (0, 1)
    wide = resize(edge * 6 - 3, (6, 70), method="bicubic")
    assert (wide.min(), wide.max()) == (-3, 3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32], ids=str)
@pytest.mark.parametrize("memory", ["channels first", "channels last"])
def test_working_in_strips_changes_nothing(
    method: str, dtype: torch.dtype, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = photo(3, 97, 61).to(dtype)
    if dtype == torch.float32:
        image = image / 255
    if memory == "channels last":
        image = image.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    whole = resize(image, (31, 41), method=method)
    monkeypatch.setattr(sys.modules["convscope.images.resize"], "_STRIP", 3 * 61 * 7)
    strips = resize(image, (31, 41), method=method)
    rounded = dtype == torch.uint16 or method == "area"  # a half may go either way
    tolerance = 1e-6 if dtype == torch.float32 else int(rounded)
    assert (strips.double() - whole.double()).abs().max() <= tolerance


QUIET = {**os.environ, "OMP_NUM_THREADS": "1"}  # torch's threads spin when others want the cores

GIANT = """
import resource, torch
from convscope.images import as_source, encode, resize
row = torch.zeros(1, 20_000, 3, dtype=torch.uint8)
row[:, 10_000:] = 200
giant = row.expand(20_000, 20_000, 3)  # one row seen 20,000 times: only a copy would take memory
image = as_source(giant)[0]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for method in ("nearest", "bicubic", "area"):
    part = image if method == "bicubic" else image[:, :5000]  # as floats, 1,144 MB
    small = resize(part, (224, 448), method=method)
    assert small.dtype == torch.uint8
    assert small[0, 100, :200].max() == 0 and small[2, 100, 230:].min() == 200, method
picture = encode(image, max_side=96)
assert (picture.width, picture.height) == (96, 96)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_20000_by_20000_array_is_resized_without_a_copy_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GIANT], capture_output=True, text=True, check=False, env=QUIET
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 450, "megabytes, where one copy takes 1,144"


@pytest.mark.parametrize(
    ("shape", "dtype", "size", "method", "sentence"),
    [
        ((20, 30), torch.uint8, (5, 5), "area", r"image: needs the shape \(C, H, W\).*\(20, 30\)"),
        ((3, 0, 30), torch.uint8, (5, 5), "area", "not empty"),
        ((3, 20, 30), torch.uint8, (0, 5), "area", r"size: .*at least 1; got \(0, 5\)"),
        ((3, 20, 30), torch.uint8, (5, 5, 5), "area", r"size: needs \(height, width\)"),
        ((3, 20, 30), torch.uint8, (5, 5), "lanczos", "method: 'lanczos' isn't known; .*area"),
        ((3, 20, 30), torch.complex64, (5, 5), "area", "complex"),
    ],
)
def test_wrong_arguments_say_what_came(
    shape: tuple[int, ...], dtype: torch.dtype, size: tuple[int, ...], method: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        resize(torch.zeros(shape, dtype=dtype), size, method=method)
