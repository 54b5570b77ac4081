"""Runs of operations carried out as one are what they would be one after the other."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference import in_turn, resampled_mask
from scipy.ndimage import binary_erosion, maximum_filter, minimum_filter

from convscope.augment import Geometric, Pipeline
from convscope.augment.operation import Operation
from convscope.augment.ops.affine import Affine, Shear, Translate
from convscope.augment.ops.bend import Elastic, ElasticGrid
from convscope.augment.ops.canvas import Pad, Resize
from convscope.augment.ops.colour import Contrast, Saturation
from convscope.augment.ops.tilt import Perspective
from convscope.augment.ops.turn import Flip, Rotate, Rotate90
from convscope.augment.ops.window import CropFraction, Zoom
from convscope.augment.shrink import copy_sizes

GREY = 1 / 255

WHOLE: list[Operation] = [
    Flip(axis="horizontal"),
    Flip(axis="vertical"),
    Rotate90(turns="90"),
    Rotate90(turns="180"),
    Rotate90(turns="270"),
]
BENT: list[Operation] = [
    Rotate(degrees=(-40, 40)),
    Rotate(degrees=(-40, 40), fit="keep"),
    Rotate(degrees=(-40, 40), fit="keep", fill="reflect"),
    Rotate(degrees=(-40, 40), fit="keep", fill="edge"),
    Rotate(degrees=(-40, 40), fit="expand", fill=0.5),
    Zoom(factor=(0.7, 1.6)),
    Translate(x=(-0.3, 0.3), y=(-0.2, 0.2), fill=(1.0, 0.5, 0.0)),
    Shear(degrees=(-20, 20)),
    Affine(),
    Perspective(distortion=0.4),
    CropFraction(side=(0.5, 0.9)),
    CropFraction(side=(0.8, 0.9), resize=False),
    ElasticGrid(columns=3, rows=4, magnitude=3),
    Elastic(magnitude=4, sigma=8),
    Pad(left=3, top=5, right=0, bottom=2, fill=0.25),
    Resize(height=47, width=61),
]


def _ramp(height: int, width: int) -> torch.Tensor:
    """Make an image on which interpolation is exact: linear in x and y."""
    y, x = torch.meshgrid(torch.arange(height) / height, torch.arange(width) / width, indexing="ij")
    return torch.stack([x, y, 0.5 * x - 0.5 * y + 0.5])[None].float()


def _warps(pipe: Pipeline, size: tuple[int, int]) -> list[Any]:
    record = pipe.draw(1)
    sizes = np.array([size])
    warps = []
    for leaf, column in zip(pipe.leaves, record.columns, strict=True):
        assert isinstance(leaf.operation, Geometric)
        warps.append(leaf.operation.warp(dict(column.values), sizes))
        sizes = warps[-1].sizes
    return warps


@given(
    st.lists(st.sampled_from(BENT + WHOLE), min_size=1, max_size=4),
    st.integers(0, 1000),
)
@example(  # where two canvases end at one place, their edge is seen once
    run=[
        Rotate(degrees=(-40, 40), fit="expand", fill=0.5),
        Translate(x=(-0.3, 0.3), y=(-0.2, 0.2), fill=(1.0, 0.5, 0.0)),
        Rotate(degrees=(-40, 40), fit="expand", fill=0.5),
    ],
    seed=0,
)
@example(  # where the rims of two canvases cross
    run=[
        Rotate(degrees=(-40, 40), fit="expand", fill=0.5),
        Affine(),
        Rotate(degrees=(-40, 40), fit="expand", fill=0.5),
    ],
    seed=0,
)
@settings(max_examples=120, deadline=None)
def test_a_run_of_warps_is_one_resample_of_the_same(run: list[Operation], seed: int) -> None:
    pipe = Pipeline(run, seed=seed)
    image, inside = _ramp(43, 58), np.ones((1, 43, 58))
    warps = _warps(pipe, (43, 58))
    wanted = in_turn(image[0].numpy().astype(float), warps)
    found = pipe(image, first=0).images[0].numpy()
    assert found.shape == wanted.shape
    # At the rim of what lies inside, twice interpolated is more blurred than once.
    blank = [type(w)(w.matrix, w.sizes, w.lattice, w.smooth, 0.0) for w in warps]
    share = in_turn(inside, blank)[0]
    solid = binary_erosion(share > 1 - 1e-9, iterations=3)
    # Nor is a ramp one any more behind a bend: where its tiles meet, it has kinks.
    kinks = sum(warp.lattice is not None for warp in warps[:-1])
    assert np.abs(found - wanted)[:, solid].max(initial=0) < (1 + kinks) * GREY
    if any(warp.fill in ("reflect", "edge") for warp in warps):
        return  # outside, a folded ramp has kinks
    flat = maximum_filter(wanted, (1, 9, 9)) - minimum_filter(wanted, (1, 9, 9)) < 1e-9
    apart = np.abs(found - wanted)[flat & (share <= 0)]
    # Where the rims of two canvases cross, a wedge thinner than a pixel may show between them.
    assert (apart > GREY).sum() <= 4 * len(image[0])
    assert apart.max(initial=0) < 0.1


@given(
    st.lists(st.sampled_from(WHOLE), min_size=0, max_size=3),
    st.sampled_from(BENT),
    st.lists(st.sampled_from(WHOLE), min_size=0, max_size=3),
    st.integers(0, 1000),
)
@settings(max_examples=80, deadline=None)
def test_turns_and_mirrors_around_a_warp_cost_nothing(
    before: list[Operation], warp: Operation, after: list[Operation], seed: int
) -> None:
    pipe = Pipeline([*before, warp, *after], seed=seed)
    image = torch.rand(1, 3, 31, 45, generator=torch.Generator().manual_seed(seed))
    found = pipe(image, first=0).images[0].numpy()
    wanted = in_turn(image[0].numpy().astype(float), _warps(pipe, (31, 45)))
    if not _shrinks(pipe, len(before)):  # there, single points would glitter: areas are looked up
        assert np.abs(found - wanted).max() < GREY


def _shrinks(pipe: Pipeline, position: int) -> bool:
    warps = _warps(pipe, (31, 45))
    size = warps[position - 1].sizes[0] if position else np.array([31, 45])
    after = warps[position].sizes[0]
    sizes = copy_sizes(warps[position].matrix, size, (int(after[0]), int(after[1])), "bilinear")
    return bool((sizes != size).any())


@given(
    st.lists(st.sampled_from(WHOLE), min_size=1, max_size=5),
    st.sampled_from([torch.uint8, torch.float32]),
)
def test_moving_whole_pixels_changes_none(run: list[Operation], dtype: torch.dtype) -> None:
    image = (torch.rand(2, 3, 5, 7) * 255).to(torch.uint8)
    image = image if dtype == torch.uint8 else image / 255
    wanted = image
    for operation in run:
        if isinstance(operation, Flip):
            wanted = wanted.flip(-1 if operation.axis == "horizontal" else -2)
        else:
            wanted = wanted.rot90(int(operation.turns) // 90, (-2, -1))  # type: ignore[attr-defined]
    found = Pipeline(run, seed=0)(image).images
    assert found.dtype == dtype
    assert torch.equal(found, wanted)


@given(st.lists(st.sampled_from(BENT + WHOLE), min_size=1, max_size=3), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_mask_and_image_move_alike(run: list[Operation], seed: int) -> None:
    """The image is the mask: where it shows one class purely, the mask says that class."""
    classes = torch.zeros(1, 33, 47, dtype=torch.int64)
    classes[:, 8:20, 10:30], classes[:, 15:30, 25:40] = 1, 2
    image = torch.stack([(classes == k).float() for k in range(3)], 1)
    pipe = Pipeline([_dark(each) for each in run], seed=seed, mask_fill=9)
    result = pipe(image, masks=classes, first=0)
    shares, mask = result.images[0], result.masks[0]
    assert set(mask.unique().tolist()) <= {0, 1, 2, 9}
    for k in range(3):
        pure = shares[k] > 0.97
        assert (mask[pure] == k).float().mean() > 0.995 if pure.any() else True
    assert (shares[:, mask == 9].sum(0) < 0.51).all()


def _dark(operation: Operation) -> Operation:
    return operation.replace(fill=0.0) if hasattr(operation, "fill") else operation


@pytest.mark.parametrize("operation", BENT, ids=lambda each: type(each).__name__)
def test_masks_take_the_nearest_pixel(operation: Operation) -> None:
    pipe = Pipeline([operation], seed=3, mask_fill=7)
    mask = torch.randint(0, 5, (1, 2, 29, 41), generator=torch.Generator().manual_seed(1)).byte()
    found = pipe(torch.rand(1, 3, 29, 41), masks=mask, first=0).masks[0].numpy()
    wanted = resampled_mask(mask[0].numpy(), _warps(pipe, (29, 41))[0], outside=7)
    assert found.dtype == np.uint8
    assert (found == wanted).mean() > 0.999  # but for points that fall on the edge of two pixels


def test_a_batch_is_its_images_one_by_one() -> None:
    pipe = Pipeline([*(each.replace(p=0.5) for each in BENT)], seed=11)
    images = (torch.rand(5, 3, 40, 50) * 255).to(torch.uint8)
    together = pipe(images, first=20).images
    for i, image in enumerate(images):
        alone = pipe(image, first=20 + i).images[0]
        assert (together[i].int() - alone.int()).abs().max() <= 1


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_images_in_several_chunks_are_those_of_each_alone(dtype: torch.dtype) -> None:
    colours = [Contrast(factor=(0.5, 1.5), p=0.7), Saturation(factor=(0, 2), p=0.7)]
    shapes = [
        each.replace(p=0.3)
        for each in BENT
        if not isinstance(each, Pad | Resize | CropFraction)
        and getattr(each, "fit", "keep") != "expand"  # all keep their size
    ]
    pipe = Pipeline([Flip(p=0.5), *shapes, *colours], seed=5)
    images = (torch.rand(7, 3, 120, 130) * 255).to(torch.uint8)
    images = images if dtype == torch.uint8 else images / 255
    masks = torch.randint(0, 5, (7, 2, 120, 130))
    together = pipe(images, masks, first=3)
    assert together.images.dtype == dtype
    for i in range(7):
        alone = pipe(images[i : i + 1], masks[i : i + 1], first=3 + i)
        apart = (together.images[i].double() - alone.images[0].double()).abs().max()
        assert apart <= (1 if dtype == torch.uint8 else 1e-4)
        assert (together.masks[i] == alone.masks[0]).float().mean() > 0.9999


def test_what_sees_nothing_outside_needs_no_fill() -> None:
    """Some are turned and show black, the others their own border; neither changes the other."""
    images = torch.rand(6, 3, 40, 50)
    pipe = Pipeline([Flip(p=0.5), Rotate(degrees=(20, 30), fit="keep", p=0.5)], seed=2)
    result = pipe(images)
    for image, found, (flip, turn) in zip(images, result.images, result.record, strict=True):
        if not turn.applied:
            torch.testing.assert_close(
                found, image.flip(-1) if flip.applied else image, rtol=0, atol=1e-5
            )
        else:
            assert found[:, 0, 0].max() == 0
    assert {turn.applied for _, turn in result.record} == {True, False}


def test_operations_that_no_sample_enters_do_not_part_a_run() -> None:
    from convscope.augment.fuse import Step, _runs

    pipe = Pipeline([Flip(), Rotate(), Affine()], seed=0)
    steps = [
        Step(leaf.operation, column)
        for leaf, column in zip(pipe.leaves, pipe.draw(2).columns, strict=True)
    ]
    assert [(kind, len(run)) for kind, run in _runs(steps, fused=True)] == [(Geometric, 3)]
    assert [len(run) for _, run in _runs(steps, fused=False)] == [1, 1, 1]


def test_a_plain_resize_to_less_is_by_area() -> None:
    image = torch.rand(2, 3, 64, 96)
    found = Pipeline([Resize(height=16, width=24)], seed=0)(image).images
    wanted = torch.nn.functional.interpolate(image, (16, 24), mode="bilinear", antialias=True)
    assert (found - wanted).abs().max() < 1e-4


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_pixels_stay_within_their_range(interpolation: Any) -> None:
    image = (torch.rand(2, 1, 30, 20) > 0.5).float()
    found = Pipeline([Rotate(degrees=(17, 17))], seed=0, interpolation=interpolation)(image).images
    assert found.min() >= 0
    assert found.max() <= 1
    if interpolation == "nearest":
        assert set(found.unique().tolist()) <= {0.0, 1.0}


def test_sizes_may_differ_and_differ_after() -> None:
    images = [torch.rand(3, 20, 30), torch.rand(1, 25, 15), torch.rand(3, 20, 30)]
    result = Pipeline([Rotate(degrees=(20, 20), fit="expand"), Flip()], seed=0)(images)
    assert result.images[0].shape == result.images[2].shape != result.images[1].shape
    assert [each.shape[0] for each in result.images] == [3, 1, 3]


def test_the_images_given_are_left_as_they_are() -> None:
    images = torch.rand(4, 3, 20, 20)
    before = images.clone()
    for operation in itertools.chain(BENT, WHOLE):
        result = Pipeline([operation.replace(p=0.5)], seed=1)(images)
        result.images[0].mul_(0) if isinstance(result.images, list) else None
        assert torch.equal(images, before)
