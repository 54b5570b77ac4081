"""Generated code as such: it runs, it says what is missing, and our own makes an equal pipeline."""

from __future__ import annotations

import math
import types

import pytest
import torch
from generated import made, run, seed

from convscope import augment
from convscope.augment import (
    Affine,
    Brightness,
    Choice,
    Custom,
    Flip,
    OneOf,
    Pipeline,
    Rotate,
    Rotate90,
    Sequential,
    SomeOf,
)
from convscope.augment.codegen import to_code
from convscope.augment.operation import REGISTRY, Mixing, Operation
from peers import tv_tensors

TARGETS = ("torchvision", "kornia", "albumentations")
OPERATIONS = sorted(name for name in REGISTRY if hasattr(augment, name))
NOTHING = ("v2.Identity(),", "nn.Identity(),", 'data_keys=["input"],')
every_target = pytest.mark.parametrize("target", TARGETS)


def halved(image: torch.Tensor) -> torch.Tensor:
    return image / 2


def _images(n: int = 4) -> torch.Tensor:
    return torch.rand(n, 3, 20, 30, generator=torch.Generator().manual_seed(0))


def _binomial(hits: int, n: int, p: float) -> bool:
    return abs(hits - n * p) < 4.5 * math.sqrt(n * p * (1 - p)) + 1


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "Custom"])
def test_our_own_code_makes_an_equal_operation(name: str) -> None:
    pipe = Pipeline([REGISTRY[name](p=0.75)], seed=11, classes=3)
    again = made(pipe.to_code())
    assert again == pipe
    assert repr(again) == repr(pipe)
    labels = [0, 1, 2, 0] if pipe.mixes else None
    ours, theirs = (each(_images(), labels=labels, first=0) for each in (pipe, again))
    assert all(torch.equal(a, b) for a, b in zip(ours.images, theirs.images, strict=True))


def test_our_own_code_makes_an_equal_pipeline_of_everything() -> None:
    pipe = Pipeline(
        [
            Rotate(degrees=(-12.5, 1 / 3), fit="keep", fill=(0.1, 0.2, 0.3)),
            OneOf([Flip(axis="either"), Rotate90()], weights=[1, 2.5], p=0.3),
            SomeOf([Brightness(factor=(0.1, 0.7)), Flip(), Affine()], count=(0, 2)),
            Choice({'it\'s a "cat"': [Flip()], 3: []}, default=[Rotate(), Flip()], p=0.9),
            Sequential([Sequential([Affine(shear_x=3)], p=0.5)]),
        ],
        seed=123456789,
        interpolation="bicubic",
        mask_fill=255,
        classes=["a", "b"],
    )
    again = made(pipe.to_code("convscope"))
    assert again == pipe
    assert repr(again) == repr(pipe)
    labels = ['it\'s a "cat"', 3, "dog", 3]
    ours, theirs = (each(_images(), labels=labels, first=5) for each in (pipe, again))
    assert ours.record == theirs.record
    assert all(torch.equal(a, b) for a, b in zip(ours.images, theirs.images, strict=True))


def test_a_function_is_imported_from_where_it_is_defined_or_asked_for() -> None:
    code = Pipeline([Custom(function=halved, p=0.5)], seed=0).to_code()
    assert f"from {halved.__module__} import halved" in code
    assert "function=halved, p=0.5" in code
    homeless = types.FunctionType(halved.__code__, {}, "fade")
    homeless.__module__, homeless.__qualname__ = "__main__", "fade"
    code = Pipeline([Custom(function=homeless)], seed=0).to_code()
    assert "# fade is a function of yours: define it before this runs" in code
    unnamed = Pipeline([Custom(function=lambda image: image)], seed=0).to_code()
    assert "your_function" in unnamed
    pipe = made(unnamed, your_function=halved)
    assert torch.allclose(pipe(_images()).images, _images() / 2)


@every_target
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_written_or_named_in_a_comment(name: str, target: str) -> None:
    code = to_code(Pipeline([REGISTRY[name]()], seed=0), target)  # type: ignore[arg-type]
    made(code)
    lines = [line.strip() for line in code[code.index("pipeline =") :].splitlines()[1:-1]]
    steps = [line for line in lines if line[0] != "#" and line not in NOTHING]
    said = [line for line in lines if line.startswith(f"# {name}(")]
    assert bool(steps) != bool(said)
    assert all(len(line.partition("): ")[2].split()) >= 2 for line in said)


@every_target
def test_what_has_no_counterpart_is_a_comment_and_the_rest_runs(target: str) -> None:
    pipe = Pipeline([augment.Skew(magnitude=(0.1, 0.2)), Flip(p=1)], seed=0)
    code = pipe.to_code(target)  # type: ignore[arg-type]
    assert "# Skew(magnitude=(0.1, 0.2)): no counterpart" in code
    image = _images(1)[0]
    assert (run(target, made(code), image) - image.flip(-1)).abs().max() < 0.003


@every_target
def test_a_pipeline_of_nothing_but_comments_still_runs(target: str) -> None:
    for operations in ([], [augment.Skew()], [Choice({1: [Flip()]})], [OneOf([augment.Skew()])]):
        pipeline = made(Pipeline(operations, seed=0).to_code(target))  # type: ignore[arg-type]
        image = _images(1)[0]
        assert (run(target, pipeline, image) - image).abs().max() < 0.003


@every_target
def test_an_operation_of_ones_own_is_a_comment(target: str) -> None:
    class Mine(Operation):
        pass

    try:
        code = Pipeline([Mine(), Flip()], seed=0).to_code(target)  # type: ignore[arg-type,abstract]
    finally:
        del REGISTRY["Mine"]
    assert "# Mine(): no counterpart" in code


@every_target
def test_probabilities_are_those_of_ours(target: str) -> None:
    pipeline = made(Pipeline([Flip(p=0.3)], seed=0).to_code(target))  # type: ignore[arg-type]
    seed(pipeline, target, 7)
    image = _images(1)[0]
    hits = sum(bool((run(target, pipeline, image) - image).abs().max() > 0.1) for _ in range(400))
    assert _binomial(hits, 400, 0.3)


@every_target
def test_a_choice_keeps_its_weights_and_its_own_probability(target: str) -> None:
    dark, bright = Brightness(factor=(0.5, 0.5), p=0.5), Brightness(factor=(1.5, 1.5))
    pipe = Pipeline([OneOf([dark, bright], weights=[1, 3], p=0.8)], seed=0)
    pipeline = made(pipe.to_code(target))  # type: ignore[arg-type]
    seed(pipeline, target, 7)
    image = torch.full((3, 8, 9), 0.4)
    means = [float(run(target, pipeline, image).mean()) for _ in range(500)]
    assert _binomial(sum(mean < 0.3 for mean in means), 500, 0.8 * 0.25 * 0.5)
    assert _binomial(sum(mean > 0.5 for mean in means), 500, 0.8 * 0.75)


@pytest.mark.parametrize("target", ["torchvision", "albumentations"])
def test_some_of_them_are_applied_in_their_order(target: str) -> None:
    steps = [Brightness(factor=(2, 2)), augment.Invert(), Brightness(factor=(0.5, 0.5))]
    pipe = Pipeline([SomeOf(steps, count=(1, 2))], seed=0)
    pipeline = made(pipe.to_code(target))  # type: ignore[arg-type]
    seed(pipeline, target, 7)
    image = torch.full((3, 8, 9), 0.2)
    seen: dict[float, int] = {}
    for _ in range(600):
        value = round(float(run(target, pipeline, image).mean()), 1)
        seen[value] = seen.get(value, 0) + 1
    # Alone: 0.4, 0.8, 0.1; first and second 0.6, first and third 0.2, second and third 0.4.
    expected = {0.4: 1 / 3, 0.8: 1 / 6, 0.1: 1 / 6, 0.6: 1 / 6, 0.2: 1 / 6}
    assert seen.keys() == expected.keys()
    assert all(_binomial(seen[value], 600, p) for value, p in expected.items())


def test_kornia_says_that_a_choice_is_shared_by_a_batch() -> None:
    code = Pipeline([OneOf([Flip(), Rotate()])], seed=0).to_code("kornia")
    assert "# which one is drawn once for a whole batch" in code


def test_torchvision_moves_masks_and_boxes_along_and_fills_masks_with_their_own_value() -> None:
    pipe = Pipeline([Rotate(degrees=(30, 30), fit="keep", fill=1)], seed=0, mask_fill=7)
    pipeline = made(pipe.to_code("torchvision"))
    image = torch.zeros(3, 20, 30, dtype=torch.uint8)
    mask = torch.zeros(20, 30, dtype=torch.uint8)
    found, moved = pipeline(tv_tensors.Image(image), tv_tensors.Mask(mask))
    assert found[:, 0, 0].tolist() == [255, 255, 255]
    assert moved[0, 0] == 7
    assert moved[10, 15] == 0


def test_another_target_is_refused_with_a_sentence() -> None:
    with pytest.raises(
        ValueError, match=r"^target: 'keras' isn't known; choose 'convscope', 'torch"
    ):
        Pipeline([], seed=0).to_code("keras")  # type: ignore[arg-type]


def test_mixing_is_said_to_belong_to_the_batch() -> None:
    for name in OPERATIONS:
        if issubclass(REGISTRY[name], Mixing):
            code = Pipeline([REGISTRY[name]()], seed=0).to_code("torchvision")
            assert f"v2.{name}(alpha=" in code
            assert "goes into the collate function" in code
