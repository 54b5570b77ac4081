"""Arrays and tensors are read the way they were meant, or refused in one sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convscope.images import ImageError, as_source

RNG = np.random.default_rng(3)


def array(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


READINGS = [  # (shape, shapes of the images as an ndarray, as a tensor)
    ((20, 30), [(1, 20, 30)], [(1, 20, 30)]),
    ((20, 30, 3), [(3, 20, 30)], [(3, 20, 30)]),
    ((3, 20, 30), [(3, 20, 30)], [(3, 20, 30)]),
    ((1, 20, 30), [(1, 20, 30)], [(1, 20, 30)]),
    ((20, 30, 4), [(4, 20, 30)], [(4, 20, 30)]),
    ((20, 30, 7), [(7, 20, 30)], [(7, 20, 30)]),
    ((2, 20, 30), [(1, 20, 30)] * 2, [(2, 20, 30)]),
    ((7, 20, 30), [(1, 20, 30)] * 7, [(7, 20, 30)]),
    ((50, 8, 9), [(1, 8, 9)] * 50, None),
    ((60, 28, 28), [(1, 28, 28)] * 60, None),
    ((5, 20, 30, 3), [(3, 20, 30)] * 5, [(3, 20, 30)] * 5),
    ((5, 3, 20, 30), [(3, 20, 30)] * 5, [(3, 20, 30)] * 5),
    ((3, 3, 20, 30), [(3, 20, 30)] * 3, [(3, 20, 30)] * 3),
    ((5, 1, 20, 30), [(1, 20, 30)] * 5, [(1, 20, 30)] * 5),
    ((5, 64, 20, 30), None, [(64, 20, 30)] * 5),
]


@pytest.mark.parametrize(("shape", "as_array", "as_tensor"), READINGS)
def test_a_shape_is_read_as_most_people_mean_it(
    shape: tuple[int, ...],
    as_array: list[tuple[int, ...]] | None,
    as_tensor: list[tuple[int, ...]] | None,
) -> None:
    for images, wanted in ((array(*shape), as_array), (torch.from_numpy(array(*shape)), as_tensor)):
        if wanted is None:
            with pytest.raises(ValueError, match="layout="):
                as_source(images)
        else:
            assert [tuple(image.shape) for image in as_source(images)] == wanted


def test_axes_move_and_values_stay() -> None:
    values = array(20, 30, 3)
    wanted = torch.from_numpy(values.transpose(2, 0, 1).copy())
    assert torch.equal(as_source(values)[0], wanted)
    assert torch.equal(as_source(values.transpose(2, 0, 1))[0], wanted)
    assert torch.equal(as_source(torch.from_numpy(values))[0], wanted)
    assert torch.equal(as_source(wanted)[0], wanted)
    assert torch.equal(as_source([wanted[None]])[0], wanted)


@pytest.mark.parametrize(
    ("layout", "shape", "wanted"),
    [
        ("HWC", (3, 4, 20), (20, 3, 4)),
        ("CHW", (20, 4, 3), (20, 4, 3)),
        ("NHW", (3, 4, 20), (1, 4, 20)),
        ("NCHW", (3, 20, 5, 4), (20, 5, 4)),
        ("NHWC", (3, 4, 5, 20), (20, 4, 5)),
        ("HW", (3, 4), (1, 3, 4)),
    ],
)
def test_layout_overrules_the_guess(
    layout: str, shape: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    for images in (array(*shape), torch.from_numpy(array(*shape))):
        source = as_source(images, layout=layout)
        assert tuple(source[0].shape) == wanted
        assert len(source) == (shape[0] if layout.startswith("N") else 1)


def test_layout_holds_for_each_array_of_a_list() -> None:
    source = as_source([array(3, 4, 20), array(5, 6, 20), array(5, 6)], layout="HWC")
    assert [tuple(image.shape) for image in source] == [(20, 3, 4), (20, 5, 6), (1, 5, 6)]


def test_a_wrong_layout_is_refused() -> None:
    with pytest.raises(ValueError, match=r"layout='NHWC' has 4 axes, but the array has 3"):
        as_source(array(20, 30, 3), layout="NHWC")
    with pytest.raises(ValueError, match=r"layout: 'CWH' isn't known.*CHW"):
        as_source(array(20, 30, 3), layout="CWH")
    with pytest.raises(ValueError, match="layout: is only for arrays"):
        as_source("photo.jpg", layout="CHW")


@given(
    values=st.lists(st.integers(0, 255), min_size=6, max_size=6),
    kind=st.sampled_from(["int8", "int16", "int32", "int64", "uint32", "uint64", ">i4"]),
)
def test_integers_in_byte_range_are_bytes(values: list[int], kind: str) -> None:
    if kind == "int8":
        values = [value // 2 for value in values]
    image = as_source(np.array(values).reshape(2, 3).astype(kind))[0]
    assert image.dtype == torch.uint8
    assert image.flatten().tolist() == values


@pytest.mark.parametrize(("low", "high"), [(-1, 200), (0, 256), (0, 4095)])
def test_integers_beyond_bytes_say_their_range(low: int, high: int) -> None:
    values = np.full((20, 30), 7, np.int16)
    values[3, 4], values[5, 6] = low, high
    with pytest.raises(ImageError, match=rf"image 0.*int16.*from {low} to {high}.*uint16"):
        as_source(values)[0]


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy])
def test_uint16_fills_the_unit_range(make) -> None:
    values = np.array([[0, 1000, 65535], [1, 2, 3]], np.uint16)
    image = as_source(make(values))[0]
    assert image.dtype == torch.float32
    assert torch.equal(image[0], torch.from_numpy(values.astype(np.float32) / 65535))


def test_booleans_are_black_and_white() -> None:
    image = as_source(np.array([[True, False, True]]))[0]
    assert (image.dtype, image.tolist()) == (torch.uint8, [[[255, 0, 255]]])


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "longdouble", ">f4"])
def test_floats_of_any_width_become_float32(kind: str) -> None:
    image = as_source(np.array([[0, 0.25, 1]]).astype(kind))[0]
    assert (image.dtype, image.tolist()) == (torch.float32, [[[0, 0.25, 1]]])


def test_bfloat16_tensors_and_those_with_gradients_are_read() -> None:
    image = as_source(torch.full((3, 20, 30), 0.5, dtype=torch.bfloat16, requires_grad=True))[0]
    assert (image.dtype, image.requires_grad, image.mean()) == (torch.float32, False, 0.5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_counted(bad: float) -> None:
    values = RNG.random((20, 30, 3))
    values[2, 3, 1] = values[4, 5, 0] = bad
    with pytest.raises(ImageError, match=r"image 0.*2 of 1800 values are NaN or infinite"):
        as_source(values)[0]


@pytest.mark.parametrize(
    ("low", "high", "advice"),
    [
        (0, 255, "divide by 255, or pass the image as uint8"),
        (-2.1, 2.6, "before normalisation"),
        (0, 60000, r"rescale it to \[0, 1\]"),
    ],
)
def test_floats_outside_the_unit_range_say_why_and_what_to_do(
    low: float, high: float, advice: str
) -> None:
    values = torch.linspace(low, high, 1800).reshape(3, 20, 30)
    with pytest.raises(ImageError, match=rf"image 0.*from {low} to .*{advice}"):
        as_source(values)[0]


def test_a_hair_outside_the_unit_range_is_clamped() -> None:
    image = as_source(np.array([[-1e-6, 0.5, 1 + 1e-6]]))[0]
    assert image.tolist() == [[[0, 0.5, 1]]]


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.array([array(20, 30), array(9, 8)], dtype=object), "dtype object.*as a list"),
        (np.array(["a.jpg", "b.jpg"]), r"array of strings.*tolist\(\)"),
        (np.array(["2026-01-01"], "datetime64[D]"), r"datetime64\[D\], which isn't an image"),
        (array(20), r"shape \(20,\)"),
        (torch.zeros(()), r"shape \(\)"),
        (array(2, 2, 3, 20, 30), r"shape \(2, 2, 3, 20, 30\)"),
        (array(0, 20, 30, 3), r"is empty, shape \(0, 20, 30, 3\)"),
        (torch.zeros(3, 0, 30), "is empty"),
        ([array(20, 30), array(2, 20, 30, 3)], "image 1.*holds 2 images"),
        ([array(20, 30), array(30, 20, 25)], "image 1: none of the sides"),
        (np.zeros((20, 30), complex), "complex numbers"),
        (torch.zeros(20, 30).to_sparse(), "sparse"),
        ([[0.1, 0.2], [0.3, 0.4]], "image 0: an object of type list isn't an image; .*numpy.array"),
        ([None], "of type NoneType isn't an image"),
        (3.5, "images: an object of type float isn't an image"),
    ],
)
def test_what_is_no_image_is_refused_in_one_sentence(images: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        list(as_source(images))
    assert "\n" not in str(caught.value)


def test_strings_and_objects_are_refused_before_anything_is_read() -> None:
    for images in (np.array(["a.jpg"]), np.array([None, 1], object), [None]):
        with pytest.raises(ValueError, match="image"):
            as_source(images)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1, ::-1],
        lambda a: a.byteswap().view(a.dtype.newbyteorder()),
        lambda a: np.broadcast_to(a[:1], a.shape),
    ],
)
def test_unusual_memory_reads_right_without_warnings(
    view, recwarn: pytest.WarningsRecorder
) -> None:
    values = view(RNG.integers(0, 65535, (20, 30, 3), dtype=np.uint16))
    values.flags.writeable = False
    image = as_source(values)[0]
    wanted = values.astype(np.float32).transpose(2, 0, 1) / 65535
    assert torch.equal(image, torch.from_numpy(wanted))
    assert not recwarn.list


def test_reading_leaves_the_users_arrays_and_the_random_state_alone() -> None:
    kinds = [np.uint8, np.uint16, np.int32, np.float32, np.float64, bool]
    arrays = [RNG.integers(0, 2, (20, 30, 3)).astype(kind) for kind in kinds]
    arrays.append(np.full((20, 30), 1.0005, np.float32))
    before = [values.copy() for values in arrays]
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    for _ in as_source(arrays).batches(1, lambda image: image):
        pass
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])


def test_bytes_are_viewed_not_copied() -> None:
    values = array(20, 30, 3)
    assert as_source(values)[0].data_ptr() == values.ctypes.data


class Exotic:
    """What another array library gives."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.arange(600, dtype=np.uint16).reshape(20, 30)


def test_arrays_of_other_libraries_are_read() -> None:
    assert as_source(Exotic())[0].shape == (1, 20, 30)
    assert as_source([Exotic()])[0].shape == (1, 20, 30)
