"""A pipeline: one seed, one result; what was drawn is told, kept and replayed."""

from __future__ import annotations

import json
import pickle
import random
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from convscope.augment import Custom, Geometric, OneOf, Pipeline, Record
from convscope.augment.operation import Operation, find
from convscope.augment.ops.affine import Affine
from convscope.augment.ops.bend import ElasticGrid
from convscope.augment.ops.colour import Brightness
from convscope.augment.ops.mix import MixUp
from convscope.augment.ops.texture import GaussianBlur
from convscope.augment.ops.turn import Flip, Rotate
from convscope.augment.ops.window import CropSize


def _noise(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    return image + torch.from_numpy(rng.normal(0, 0.1, image.shape))


PIPE = [Flip(p=0.5), OneOf([Rotate(degrees=30), Affine()], p=0.8), Custom(function=_noise, p=0.6)]


def _images(n: int = 6) -> torch.Tensor:
    return (torch.rand(n, 3, 24, 32, generator=torch.Generator().manual_seed(0)) * 255).byte()


def test_the_same_seed_gives_the_same_pictures_and_another_one_others() -> None:
    images = _images()
    first = Pipeline(PIPE, seed=5)(images)
    assert torch.equal(first.images, Pipeline(PIPE, seed=5)(images).images)
    assert not torch.equal(first.images, Pipeline(PIPE, seed=6)(images).images)


def test_each_call_goes_on_where_the_one_before_ended() -> None:
    images = _images()
    pipe = Pipeline(PIPE, seed=5)
    parts = torch.cat([pipe(images[:2]).images, pipe(images[2:]).images])
    assert torch.equal(parts, Pipeline(PIPE, seed=5)(images).images)
    assert not torch.equal(pipe(images).images, parts)
    assert torch.equal(pipe(images, first=0).images, parts)


def test_threads_share_the_numbers_out_without_losing_one() -> None:
    pipe = Pipeline(PIPE, seed=5)
    taken: list[int] = []

    def work() -> None:
        for _ in range(20):
            taken.extend(pipe(_images(1)).record.samples.tolist())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(80))


def test_no_global_random_state_is_touched_or_read() -> None:
    def states() -> tuple[Any, ...]:
        return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()

    torch.manual_seed(1)
    before = states()
    first = Pipeline(PIPE, seed=2)(_images()).images
    assert states() == before
    torch.manual_seed(99)
    assert torch.equal(first, Pipeline(PIPE, seed=2)(_images()).images)


def test_a_pipeline_without_a_seed_chooses_one_and_tells_it() -> None:
    pipe = Pipeline(PIPE)
    again = Pipeline(PIPE, seed=pipe.seed)
    assert torch.equal(pipe(_images()).images, again(_images()).images)
    assert Pipeline(PIPE).seed != pipe.seed


def test_the_record_replays_exactly_also_after_a_detour_through_json() -> None:
    images, masks = _images(), torch.arange(6 * 24 * 32).view(6, 24, 32) % 5
    pipe = Pipeline(PIPE, seed=3)
    result = pipe(images, masks=masks)
    record = Record.from_dict(json.loads(json.dumps(result.record.to_dict())))
    assert record == result.record
    again = Pipeline(PIPE, seed=77).replay(record, images, masks=masks)
    assert torch.equal(again.images, result.images)
    assert torch.equal(again.masks, result.masks)
    alone = pipe.replay(record.select([4]), images[4:5])
    assert (alone.images[0].int() - result.images[4].int()).abs().max() <= 1


def test_the_record_tells_what_each_sample_went_through() -> None:
    result = Pipeline(PIPE, seed=3)(_images())
    assert len(result.record) == 6
    for drawn in result.record:
        assert [each.key for each in drawn] == ["Flip", "Rotate", "Affine", "Custom"]
        assert sum(each.applied for each in drawn if each.key in ("Rotate", "Affine")) <= 1
        assert -30 <= drawn[1].values["degrees"] <= 30
    unmoved = [i for i, drawn in enumerate(result.record) if not any(d.applied for d in drawn)]
    assert all(torch.equal(result.images[i], _images()[i]) for i in unmoved)


def test_a_record_of_another_pipeline_or_of_other_images_is_refused() -> None:
    record = Pipeline(PIPE, seed=3).draw(2)
    with pytest.raises(ValueError, match=r"was drawn for .*'Rotate'.* and this pipeline is"):
        Pipeline([Flip()], seed=0).replay(record, _images(2))
    with pytest.raises(ValueError, match="record: tells of 2 samples, and there are 3 images"):
        Pipeline(PIPE, seed=0).replay(record, _images(3))
    with pytest.raises(ValueError, match=r"record: this is not what Record\.to_dict wrote"):
        Record.from_dict({"seed": 3})


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.float16])
def test_images_keep_their_dtype(dtype: torch.dtype) -> None:
    images = _images() if dtype == torch.uint8 else (_images() / 255).to(dtype)
    assert Pipeline(PIPE, seed=0)(images).images.dtype == dtype


def test_uint8_and_float_are_the_same_picture() -> None:
    images = _images()
    whole = Pipeline(PIPE, seed=1)(images).images
    parts = Pipeline(PIPE, seed=1)(images / 255).images
    assert (whole / 255 - parts).abs().max() <= 0.5 / 255 + 1e-5


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_any_number_of_channels(channels: int) -> None:
    images = torch.rand(3, channels, 20, 30)
    result = Pipeline(PIPE, seed=0)(images)
    assert result.images.shape == images.shape


def test_whatever_holds_images_is_taken(tmp_path: Path) -> None:
    array = _images(2).permute(0, 2, 3, 1).numpy()
    for i, each in enumerate(array):
        Image.fromarray(each).save(tmp_path / f"{i}.png")
    pipe = Pipeline([Flip()], seed=0)
    wanted = _images(2).flip(-1)
    for images in (array, list(array), [Image.fromarray(each) for each in array], tmp_path):
        assert torch.equal(pipe(images).images, wanted)
    assert torch.equal(pipe(_images(2)[0]).images, wanted[:1])


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (torch.rand(2, 3, 4, 4) * 2, r"floats must lie in \[0, 1\]; got"),
        (torch.full((1, 3, 4, 4), float("nan")), r"floats must lie in \[0, 1\]"),
        (torch.zeros(3, 4), r"must be \(C, H, W\) or \(N, C, H, W\)"),
        (torch.zeros(0, 3, 4, 4), "not empty"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.int64), "pass uint8 in 0..255 or floats"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.bool), "masks as masks="),
    ],
)
def test_images_that_are_none_are_refused(images: torch.Tensor, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Pipeline([Flip()], seed=0)(images)


@pytest.mark.parametrize(
    "first",
    [Flip(), Rotate(), ElasticGrid(), Brightness(), GaussianBlur(), MixUp(), Flip(p=0)],
    ids=lambda each: f"{type(each).__name__} {each.p}",
)
def test_no_operation_takes_floats_out_of_range(first: Operation) -> None:
    images = torch.rand(5, 3, 120, 130)
    images[4, 1, 60, 70] = 1.2  # the last of several chunks
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]; got .* to 1.2,"):
        Pipeline([first, Brightness()], seed=0)(images)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Flip(p=1.5), "Flip: p must be between 0 and 1; got 1.5"),
        (lambda: Flip(p=-0.1), "Flip: p must be between 0 and 1; got -0.1"),
        (lambda: Flip(p="often"), "Flip: p must be a number; got 'often'"),
        (lambda: Flip(axis="diagonal"), "axis must be one of 'horizontal'"),
        (lambda: Rotate(degrees=(20, -20)), "must run from low to high; .* pass \\(-20, 20\\)"),
        (lambda: Rotate(degrees=(1, 2, 3)), "degrees must be \\(low, high\\) or one number"),
        (lambda: Rotate(fill="sky"), "fill must be a value between 0 and 1"),
        (lambda: Rotate(fill=(0.1, 3)), "fill must be a value between 0 and 1"),
        (lambda: CropSize(height=2.5, width=3), "height must be a whole number; got 2.5"),
        (lambda: Pipeline([Flip()], seed=-1), "seed: must be a whole number from 0; got -1"),
        (lambda: Pipeline([Flip()], interpolation="cubic"), "interpolation: 'cubic' isn't known"),
        (lambda: Pipeline([Flip()], classes="cats"), "classes: must be how many"),
        (lambda: Custom(function=3), "function must be callable; got 3"),
        (lambda: find("Rotat"), "there is no 'Rotat'; did you mean 'Rotate'?"),
    ],
)
def test_what_is_wrong_is_named(build: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("?", r"\?")):
        build()


def test_a_single_number_stands_for_a_range_as_torch_users_expect() -> None:
    assert Rotate(degrees=15) == Rotate(degrees=(-15, 15))
    assert Affine(scale=1.2).scale == (1.2, 1.2)


def test_a_function_that_changes_the_shape_is_told_what_to_do() -> None:
    pipe = Pipeline([Custom(function=lambda image: image[:, ::2])], seed=0)
    with pytest.raises(ValueError, match=r"gave the shape \(3, 12, 32\) .* or subclass Geometric"):
        pipe(_images(1))


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(TypeError, match="there is a Flip already"):
        type("Flip", (Geometric,), {"__module__": __name__})


def test_pipelines_travel_and_compare() -> None:
    pipe = Pipeline(PIPE, seed=4, interpolation="bicubic", classes=["cat", "dog"])
    pipe(_images(3))
    again = pickle.loads(pickle.dumps(pipe))
    assert again == pipe
    assert torch.equal(again(_images()).images, pipe(_images()).images)  # goes on alike
    assert pipe.replace(seed=5) != pipe
    assert pipe.replace(seed=5).operations == pipe.operations
