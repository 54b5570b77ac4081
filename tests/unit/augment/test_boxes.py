"""Boxes and keypoints go where the pixels go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.augment import Pipeline
from convscope.augment.operation import Operation
from convscope.augment.ops.affine import Affine, Shear, Translate
from convscope.augment.ops.bend import Elastic, ElasticGrid
from convscope.augment.ops.canvas import Pad, Resize
from convscope.augment.ops.tilt import Perspective
from convscope.augment.ops.turn import Flip, Rotate, Rotate90
from convscope.augment.ops.window import CropFraction, CropSize, Zoom
from convscope.augment.targets import clipped, from_corners, polygon_area, to_corners

MOVES: list[Operation] = [
    Flip(axis="horizontal"),
    Flip(axis="vertical"),
    Rotate90(),
    Rotate(degrees=(-60, 60)),
    Rotate(degrees=(-60, 60), fit="expand"),
    Zoom(factor=(0.6, 1.8)),
    Translate(x=(-0.4, 0.4), y=(-0.4, 0.4)),
    Shear(degrees=(-20, 20)),
    Affine(),
    Perspective(distortion=0.4),
    CropFraction(side=(0.4, 0.9)),
    ElasticGrid(columns=3, rows=3, magnitude=4),
    Elastic(magnitude=4, sigma=10, fill=0),  # a mirror would show what the box holds twice
    Pad(left=9, top=3),
    Resize(height=50, width=91),
]


@given(
    st.lists(st.sampled_from(MOVES), min_size=1, max_size=3),
    st.integers(0, 10_000),
    st.tuples(st.integers(0, 50), st.integers(0, 30), st.integers(4, 12), st.integers(4, 12)),
)
@settings(max_examples=150, deadline=None)
def test_boxes_contain_what_they_contained(
    run: list[Operation], seed: int, place: tuple[int, int, int, int]
) -> None:
    left, top, width, height = place
    mask = torch.zeros(1, 42, 62, dtype=torch.uint8)
    mask[:, top : top + height, left : left + width] = 1
    box = [float(left), float(top), float(left + width), float(top + height)]
    pipe = Pipeline(run, seed=seed)
    result = pipe(torch.zeros(1, 1, 42, 62), masks=mask, boxes=[[box]], min_visible=0, first=0)
    rows, columns = (each.numpy() for each in result.masks[0].nonzero(as_tuple=True))
    if not len(result.boxes[0]):
        assert len(rows) <= 2  # an area less than a pixel may still hold a pixel's centre
        return
    x0, y0, x1, y1 = result.boxes[0][0].tolist()
    room = 0.75 if any(isinstance(each, ElasticGrid | Elastic) for each in run) else 0.51
    if len(rows):
        assert x0 - room <= columns.min() + 0.5
        assert columns.max() + 0.5 <= x1 + room
        assert y0 - room <= rows.min() + 0.5
        assert rows.max() + 0.5 <= y1 + room
    assert 0 <= x0 < x1 <= result.images.shape[3]
    assert 0 <= y0 < y1 <= result.images.shape[2]


@given(st.lists(st.sampled_from(MOVES), min_size=1, max_size=3), st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_keypoints_stay_on_what_they_mark(run: list[Operation], seed: int) -> None:
    """A bright spot is still at its keypoint."""
    y, x = np.mgrid[:42, :62]
    spot = np.exp(-((x - 30) ** 2 + (y - 20) ** 2) / 18)
    image = torch.from_numpy(spot).float()[None, None]
    pipe = Pipeline(run, seed=seed)
    result = pipe(image, keypoints=[[[30, 20]]], first=0)
    px, py, visible = result.keypoints[0][0].tolist()
    if not visible:
        return
    found = result.images[0, 0]
    row, column = (
        round(min(max(py, 0), found.shape[0] - 1)),
        round(min(max(px, 0), found.shape[1] - 1)),
    )
    assert found[row, column] > 0.8


def test_flips_mirror_boxes_and_keypoints_exactly() -> None:
    pipe = Pipeline([Flip(axis="horizontal")], seed=0)
    result = pipe(
        torch.zeros(1, 3, 20, 30),
        boxes=[[[2, 3, 10, 8, 5]]],  # its class, 5, is carried along
        keypoints=[
            [
                [0, 4],
                [
                    29,
                    19,
                ],
            ]
        ],
    )
    assert result.boxes[0].tolist() == [[20, 3, 28, 8, 5]]
    assert result.keypoints[0].tolist() == [[29, 4, 1], [0, 19, 1]]


@pytest.mark.parametrize("box_format", ["xyxy", "xywh", "cxcywh"])
def test_every_format_comes_back_as_it_came(box_format: Any) -> None:
    corners = torch.tensor([[2.0, 3.0, 10.0, 8.0]])
    given_boxes = from_corners(corners, box_format)
    assert torch.equal(to_corners(given_boxes, box_format), corners)
    pipe = Pipeline([Flip(axis="vertical")], seed=0)
    found = pipe(torch.zeros(1, 3, 20, 30), boxes=[given_boxes], box_format=box_format).boxes[0]
    assert torch.equal(to_corners(found, box_format), torch.tensor([[2.0, 12.0, 10.0, 17.0]]))


def test_boxes_of_which_too_little_is_left_are_dropped_and_named() -> None:
    pipe = Pipeline([CropSize(height=20, width=20, place="centre")], seed=0)  # x from 5 to 25
    boxes = [[[0, 0, 8, 20], [0, 0, 4, 20], [10, 5, 20, 15]]]  # 3/8, nothing, all of it
    result = pipe(torch.zeros(1, 3, 20, 30), boxes=boxes, min_visible=0.3)
    assert result.kept[0].tolist() == [0, 2]
    assert result.boxes[0].tolist() == [[0, 0, 3, 20], [5, 5, 15, 15]]
    assert pipe(torch.zeros(1, 3, 20, 30), boxes=boxes, min_visible=0.4).kept[0].tolist() == [2]


def test_what_a_crop_took_a_pad_does_not_bring_back() -> None:
    pipe = Pipeline(
        [CropSize(height=20, width=20, place="centre"), Pad(left=5, right=5, top=0, bottom=0)],
        seed=0,
    )
    result = pipe(torch.zeros(1, 3, 20, 30), boxes=[[[0, 0, 8, 20]]], keypoints=[[[1, 1], [9, 1]]])
    assert result.boxes[0].tolist() == [[5, 0, 8, 20]]
    assert result.keypoints[0].tolist() == [[1, 1, 0], [9, 1, 1]]


def test_boxes_that_reach_outside_their_image_are_clipped_before_anything_else() -> None:
    pipe = Pipeline([Flip(axis="horizontal", p=0.0)], seed=0)
    boxes = [[[-4, 2, 4, 6], [40, 2, 50, 6]]]
    result = pipe(torch.zeros(1, 3, 20, 30), boxes=boxes, min_visible=0.5)
    assert result.boxes[0].tolist() == [[0, 2, 4, 6]]
    assert result.kept[0].tolist() == [0]


def test_images_without_boxes_have_none_after() -> None:
    pipe = Pipeline([Rotate()], seed=0)
    result = pipe(torch.zeros(2, 3, 20, 30), boxes=[[], [[1, 2, 3, 4]]], keypoints=[[], [[3, 3]]])
    assert [tuple(each.shape) for each in result.boxes] == [(0, 4), (1, 4)]
    assert [tuple(each.shape) for each in result.keypoints] == [(0, 3), (1, 3)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"boxes": [[[5, 5, 5, 9]]]}, "boxes: box 0 of image 0 has no area"),
        ({"boxes": [[[5, 5, 4, 9]]]}, "has no area; got .* as xyxy"),
        ({"boxes": [[[1, 2, 3]]]}, r"boxes of image 0: must be a table \(K, 4\); got the shape"),
        ({"boxes": []}, "boxes: give a list, one entry for each of 1 images; got 0"),
        ({"boxes": [["a"]]}, "boxes of image 0: must be numbers"),
        ({"boxes": [[[1, 2, float("nan"), 3]]]}, "holds NaN"),
        ({"boxes": [[[1, 2, 3, 4]]], "box_format": "yolo"}, "box_format: 'yolo' isn't known"),
        ({"boxes": [[[1, 2, 3, 4]]], "min_visible": 2}, "min_visible: must be between 0 and 1"),
        ({"keypoints": [[[1, 2, 1, 4]]]}, r"must be \(K, 2\) or \(K, 3\)"),
        ({"masks": torch.zeros(1, 20, 31)}, "mask 0 is 20 × 31 and its image 20 × 30"),
        ({"masks": torch.zeros(2, 20, 30)}, "masks: give one for each of 1 images; got 2"),
        ({"labels": [1, 2]}, "labels: give one for each of 1 images; got 2"),
    ],
)
def test_what_does_not_match_is_named(arguments: dict[str, Any], says: str) -> None:
    pipe = Pipeline([Flip()], seed=0)
    with pytest.raises(ValueError, match=says):
        pipe(torch.zeros(1, 3, 20, 30), **arguments)


@given(st.lists(st.tuples(st.floats(-20, 40), st.floats(-20, 40)), min_size=3, max_size=3))
def test_clipping_a_triangle_leaves_the_area_that_sampling_finds(points: list[Any]) -> None:
    triangle = np.array(points)
    area = polygon_area(clipped(triangle, 20, 15))
    y, x = np.mgrid[:150, :200] / 10 + 0.05
    sides = [
        (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
        for a, b in zip(triangle, np.roll(triangle, -1, 0), strict=True)
    ]
    inside = np.all([s >= 0 for s in sides], 0) | np.all([s <= 0 for s in sides], 0)
    if polygon_area(triangle) > 1:
        assert abs(area - inside.sum() / 100) < 3


def test_masks_of_any_dtype_keep_it_and_their_values() -> None:
    pipe = Pipeline([Rotate(degrees=(30, 30), fit="keep")], seed=0, mask_fill=3)
    for dtype in (torch.bool, torch.uint8, torch.int16, torch.int64, torch.float32, torch.float64):
        mask = (torch.arange(600).view(1, 20, 30) % 7 * 5).to(dtype)
        found = pipe(torch.zeros(1, 3, 20, 30), masks=mask, first=0).masks
        assert found.dtype == dtype
        values = {*mask.unique().tolist(), torch.full((), 3).to(dtype).item()}
        assert set(found.unique().tolist()) <= values


def test_palette_masks_count_as_their_indices() -> None:
    from PIL import Image

    mask = Image.fromarray((np.arange(600).reshape(20, 30) % 3).astype(np.uint8), "P")
    mask.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    result = Pipeline([Flip()], seed=0)(torch.zeros(1, 3, 20, 30), masks=[mask])
    assert set(result.masks.unique().tolist()) == {0, 1, 2}
