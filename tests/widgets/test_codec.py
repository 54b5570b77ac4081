"""Values with arrays in them arrive in the page as they were."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convscope.images import Encoded
from convscope.widgets._codec import encode


def decode(value, buffers):
    """Read the wire format as js/lib/binary.ts does, written from its description."""
    if isinstance(value, list):
        return [decode(item, buffers) for item in value]
    if not isinstance(value, dict):
        return value
    if "$buffer" in value and "dtype" in value:
        dtype = np.dtype(value["dtype"]).newbyteorder("<")
        return np.frombuffer(buffers[value["$buffer"]], dtype).reshape(value["shape"])
    if "$float" in value:
        return float(value["$float"].replace("Infinity", "inf"))
    if "$map" in value:
        return {key: decode(item, buffers) for key, item in value["$map"]}
    return {key: decode(item, buffers) for key, item in value.items()}


def roundtrip(value):
    encoded, buffers = encode(value)
    return decode(json.loads(json.dumps(encoded, allow_nan=False)), buffers)


DTYPES = [np.float32, np.float64, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32]


@given(
    hnp.arrays(
        st.sampled_from(DTYPES), hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)
    )
)
def test_any_array_of_a_javascript_dtype_keeps_values_dtype_and_shape(array):
    back = roundtrip({"a": array})["a"]
    np.testing.assert_array_equal(back, array)
    assert back.dtype == array.dtype
    assert back.shape == array.shape


def test_strides_do_not_matter():
    array = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    for view in (array[:, ::2], array.transpose(2, 0, 1), array[::-1], np.asfortranarray(array)):
        np.testing.assert_array_equal(roundtrip(view), view)


def test_big_endian_arrays_arrive_with_their_values():
    array = np.array([[1, 2, 258]], dtype=">u2")
    encoded, buffers = encode(array)
    assert encoded["dtype"] == "uint16"
    assert buffers[0] == b"\x01\x00\x02\x00\x02\x01"


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([True, False]), "uint8"),
        (np.array([1.5, -2.0], np.float16), "float32"),
        (np.array([-3, 2**31 - 1]), "int32"),
        (np.array([0, 2**40]), "float64"),
        (np.array([2**63], np.uint64), "float64"),
        (np.zeros((0, 4), np.int64), "int32"),
    ],
)
def test_dtypes_that_javascript_lacks_become_one_that_holds_the_values(array, dtype):
    encoded, _ = encode(array)
    assert encoded["dtype"] == dtype
    np.testing.assert_array_equal(roundtrip(array), array)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.randn(2, 3, 5, requires_grad=True),
        torch.randn(2, 3, 4, 6).to(memory_format=torch.channels_last),
        torch.randn(5, 7).t(),
        torch.randn(3, 4).to_sparse(),
        torch.randn(2, 3, dtype=torch.complex64).conj().imag,
    ],
    ids=["with a graph", "channels last", "transposed", "sparse", "negative view"],
)
def test_tensors_of_any_layout_arrive_as_their_values(tensor):
    expected = tensor.detach().to_dense() if tensor.layout is not torch.strided else tensor.detach()
    np.testing.assert_array_equal(roundtrip(tensor), expected.resolve_neg().numpy())


def test_bfloat16_arrives_as_float32():
    tensor = torch.tensor([1.0, 0.5, -3.25], dtype=torch.bfloat16)
    assert roundtrip([tensor])[0].tolist() == [1.0, 0.5, -3.25]


def test_what_is_sent_does_not_change_when_the_array_does():
    array = np.ones(4, np.float32)
    _, buffers = encode(array)
    array[:] = 7
    assert np.frombuffer(buffers[0], np.float32).tolist() == [1, 1, 1, 1]


def test_nan_and_infinities_survive_json():
    back = roundtrip({"a": math.nan, "b": [math.inf, -math.inf], "c": np.float32("nan"), "d": 0.5})
    assert math.isnan(back["a"])
    assert back["b"] == [math.inf, -math.inf]
    assert math.isnan(back["c"])
    assert back["d"] == 0.5


def test_nan_inside_arrays_stays():
    back = roundtrip(np.array([1, np.nan, np.inf], np.float32))
    np.testing.assert_array_equal(back, np.array([1, np.nan, np.inf], np.float32))


def test_scalars_of_numpy_and_torch_become_numbers():
    encoded, buffers = encode([np.int64(3), torch.tensor(2.5), np.bool_(True), np.array(4)])
    assert encoded == [3, 2.5, True, 4]
    assert buffers == []


def test_pictures_become_buffers_with_their_media_type():
    encoded, buffers = encode({"p": [Encoded(b"RIFF..", "image/webp", 30, 20)]})
    assert encoded == {"p": [{"$buffer": 0, "mediaType": "image/webp", "width": 30, "height": 20}]}
    assert buffers == [b"RIFF.."]


def test_dataclasses_paths_tuples_and_sets_become_json():
    @dataclass
    class Guess:
        name: str
        score: float

    value = {"g": Guess("tabby", 0.62), "p": Path("a/b.png"), "t": (1, None), 3: {"x"}}
    assert encode(value)[0] == {
        "g": {"name": "tabby", "score": 0.62},
        "p": "a/b.png",
        "t": [1, None],
        "3": ["x"],
    }


def test_a_users_key_that_looks_like_a_tag_is_not_taken_for_one():
    value = {"$buffer": 0, "x": {"$float": "y"}}
    assert roundtrip(value) == value


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"items": [1, object()]}, r"value\.items\[1\]: cannot send a object"),
        ({"z": np.array([1j, 2j])}, r"value\.z: cannot send an array of complex128"),
        ([np.array(["a", "bc"])], r"value\[0\]: cannot send an array of <U2"),
        ({"m": torch.nn.ReLU()}, r"value\.m: cannot send a ReLU"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_place(value, where):
    with pytest.raises(TypeError, match=where):
        encode(value)
