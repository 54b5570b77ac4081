"""AugmentPreview over the pipelines of other libraries that people already have."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from convscope import AugmentPreview
from peers import albumentations, kornia, v2

PIPES = {
    "torchvision": lambda: v2.Compose(
        [v2.RandomRotation((-20, 30)), v2.ColorJitter(brightness=(0.5, 1.5))]
    ),
    "kornia": lambda: kornia.augmentation.AugmentationSequential(
        kornia.augmentation.RandomAffine((-20.0, 30.0), p=1.0),
        kornia.augmentation.RandomBrightness((0.5, 1.5), p=1.0),
        data_keys=["input", "mask"],
    ),
    "albumentations": lambda: albumentations.Compose(
        [
            albumentations.Rotate(limit=(-20, 30), p=1),
            albumentations.RandomBrightnessContrast(p=1),
        ]
    ),
}


@pytest.fixture(params=PIPES)
def library(request):
    return request.param


@pytest.fixture
def image():
    rows, columns = np.mgrid[:60, :80]
    return np.stack([rows * 4, columns * 3, (rows + columns) % 50 * 5], -1).astype(np.uint8)


@pytest.fixture
def preview(library, image):
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:60] = 1
    return AugmentPreview(PIPES[library](), [image], masks=[mask], samples=5)


def asked(preview, **changes):
    names = ("operations", "seed", "samples", "mode", "image", "alone")
    return {**{name: getattr(preview, name) for name in names}, **changes}


def pixels(answer):
    return np.asarray(Image.open(io.BytesIO(answer["pixels"].data)).convert("RGB"), np.int16)


def test_its_sliders_are_found_in_its_parameters(preview, library):
    assert len(preview.operations) == 2
    catalogue = {entry["name"]: entry for entry in preview._catalogue}
    first = preview.operations[0]
    spans = [p for p in catalogue[first["name"]]["params"] if p["kind"] == "span"]
    values = [first["params"][span["name"]] for span in spans]
    assert [-20, 30] in values
    assert preview._targets == [library]


def test_samples_are_drawn_and_come_again_with_the_same_seed(preview, image):
    answer = preview.sheet(**asked(preview))
    assert len(answer["tiles"]) == 5
    assert answer["masks"] is not None
    assert [each["path"] for each in answer["drawn"]] == [[0], [1]]
    preview._preview._last = None
    again = preview.sheet(**asked(preview))
    np.testing.assert_array_equal(pixels(answer), pixels(again))
    other = preview.sheet(**asked(preview, seed=preview.seed + 1))
    assert np.abs(pixels(other) - pixels(answer)).mean() > 1


def test_a_slider_changes_what_is_drawn_and_what_python_has(preview, library):
    before = pixels(preview.sheet(**asked(preview)))
    nodes = [dict(node) for node in preview.operations]
    for name, value in nodes[0]["params"].items():
        if value == [-20, 30]:
            nodes[0] = {**nodes[0], "params": {**nodes[0]["params"], name: [170, 180]}}
    preview.operations = nodes
    assert np.abs(pixels(preview.sheet(**asked(preview))) - before).mean() > 5
    assert type(preview.pipeline).__module__.startswith(library)


def test_switched_off_and_alone(preview, image):
    off = [{**node, "on": False} for node in preview.operations]
    shown = pixels(preview.sheet(**asked(preview, operations=off)))[:60, :80]
    assert np.abs(shown - image).mean() < 5
    alone = preview.sheet(**asked(preview, alone=[1]))
    assert [each["path"] for each in alone["drawn"]] == [[1]]


def test_there_are_no_draws_without_an_image_but_marks_of_those_shown(preview):
    items = preview.distributions(preview.operations, preview.seed, 0)["items"]
    assert items
    assert all(item["counts"] == [] for item in items)


def test_it_is_written_as_code_of_its_own_library(preview, library):
    text = preview.code(preview.operations, preview.seed, library)["text"]
    assert library in text
    assert "Rotat" in text or "Affine" in text
    assert preview.png().startswith(b"\x89PNG")
