"""A run that takes over known samples gives what a run of all of them gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope import augment
from convscope.augment.previewable import Inputs
from convscope.augment.reuse import Memory

COUNT = 8


def a_batch(*, alike=True):
    rng = np.random.default_rng(0)
    pixels = torch.from_numpy(rng.integers(0, 255, (COUNT, 3, 20, 30), dtype=np.uint8))
    images = pixels[:1].expand(COUNT, -1, -1, -1) if alike else pixels
    masks = [torch.from_numpy(rng.integers(0, 3, (20, 30))) for _ in range(COUNT)]
    boxes = [torch.tensor([[3.0, 4, 15, 18], [10, 2, 28, 12]])] * COUNT
    points = [torch.tensor([[5.0, 6.0]])] * COUNT
    return Inputs(images, masks, boxes, points)


def operations(degrees, p, kind):
    return [
        augment.Rotate(degrees=(-degrees, degrees), p=0.5),
        augment.OneOf([augment.Flip(), augment.Brightness(), augment.Rotate90(turns="any")], p=p),
        augment.GaussianNoise(p=0.5) if kind else augment.Invert(p=0.5),
    ]


states = st.lists(
    st.builds(operations, st.integers(0, 40), st.sampled_from([0, 0.4, 1]), st.booleans()),
    min_size=2,
    max_size=5,
)


def assert_same(found, wanted):
    for one, other in (
        (found.images, wanted.images),
        (found.masks, wanted.masks),
        (found.boxes, wanted.boxes),
        (found.kept, wanted.kept),
        (found.keypoints, wanted.keypoints),
    ):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1 if a.dtype == torch.uint8 else 1e-5)
    assert type(found.images) is type(wanted.images)


@settings(max_examples=25, deadline=None)
@given(states, st.booleans())
def test_it_gives_what_running_all_gives(series, alike):
    memory, inputs = Memory(), a_batch(alike=alike)
    for each in series:
        pipe = augment.Pipeline(each, seed=5)
        record = pipe.draw(COUNT)
        wanted = pipe.replay(record, inputs.images, inputs.masks, inputs.boxes, inputs.keypoints)
        assert_same(memory.run(pipe, inputs, record), wanted)


class Counting(augment.Pipeline):
    """Notes how many samples it makes."""

    made = 0

    def replay(self, record, *rest, **named):
        type(self).made += len(record)
        return super().replay(record, *rest, **named)


@pytest.fixture
def counting():
    Counting.made = 0
    return Counting


def test_only_samples_that_go_through_the_changed_operation_are_made(counting):
    memory, inputs = Memory(), a_batch()
    for degrees in (20, 30):
        pipe = counting([augment.Rotate(degrees=degrees, p=0.5), augment.Invert(p=0.5)], seed=1)
        record = pipe.draw(COUNT)
        memory.run(pipe, inputs, record)
    turned = int(record.columns[0].applied.sum())
    assert 0 < turned < COUNT
    assert counting.made == COUNT + turned


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"interpolation": "nearest"},
        {"operations": [augment.Rotate(degrees=20, p=0.5)]},
    ],
)
def test_after_any_other_change_all_are_made(counting, change):
    memory, inputs = Memory(), a_batch()
    pipe = counting([augment.Rotate(degrees=20, p=0.5), augment.Invert(p=0.5)], seed=1)
    memory.run(pipe, inputs, pipe.draw(COUNT))
    counting.made = 0
    other = counting(**{**pipe._settings(), **change})
    memory.run(other, inputs, other.draw(COUNT))
    assert counting.made == COUNT


def test_samples_that_are_mixed_depend_on_one_another_and_are_all_made(counting):
    memory, inputs = Memory(), Inputs(a_batch(alike=False).images)
    for factor in (0.5, 0.9):
        pipe = counting([augment.Brightness(factor=(0.1, factor)), augment.MixUp()], seed=1)
        memory.run(pipe, inputs, pipe.draw(COUNT))
    assert counting.made == 2 * COUNT


def test_other_images_are_made_anew(counting):
    memory = Memory()
    pipe = counting([augment.Invert(p=0.5)], seed=1)
    for inputs in (a_batch(), a_batch()):
        memory.run(pipe, inputs, pipe.draw(COUNT))
    assert counting.made == 2 * COUNT
