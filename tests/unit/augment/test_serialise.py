"""Pipelines as YAML: exact, readable, and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from convscope import augment
from convscope.augment import Choice, Custom, Flip, OneOf, Pipeline, Rotate, Sequential, SomeOf
from convscope.augment.operation import REGISTRY
from convscope.augment.serialise import from_dict, node_from_dict, node_to_dict, to_dict


def halved(image: torch.Tensor) -> torch.Tensor:
    return image / 2


OWN = [
    each
    for each in REGISTRY.values()
    if each.__module__.startswith("convscope.") and each is not Custom
]
NESTED = Pipeline(
    [
        Rotate(degrees=(-5, 7.25), fill=(0.1, 0.2, 0.3), p=0.5),
        OneOf([Flip(), Sequential([Flip(axis="vertical")], p=0.25)], weights=[1, 3], p=0.5),
        SomeOf([Flip(), augment.Invert()], count=(0, 2)),
        Choice({"cat": [Flip()], 3: [augment.Resize(height=20, width=30)]}, default=[Flip()]),
        augment.PadTo(height=None, width=40),
    ],
    seed=7,
    interpolation="bicubic",
    mask_fill=255,
    classes=["cat", "dog"],
)


@pytest.mark.parametrize("kind", OWN, ids=lambda each: each.__name__)
def test_every_operation_comes_back_equal(kind: type[Any]) -> None:
    pipe = Pipeline([kind(p=0.3)], seed=1)
    assert Pipeline.from_yaml(pipe.to_yaml()) == pipe


def test_whatever_is_nested_comes_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    text = NESTED.to_yaml(path)
    assert path.read_text() == text
    for source in (text, path, str(path)):
        assert Pipeline.from_yaml(source) == NESTED
    assert from_dict(to_dict(NESTED)) == NESTED


def test_the_text_is_one_that_a_person_would_write() -> None:
    text = Pipeline([Rotate(degrees=(-5, 7), p=0.5)], seed=7).to_yaml()
    assert text.startswith("convscope: augment/1\nseed: 7\n")
    assert "- name: Rotate\n  params:\n    degrees: [-5.0, 7.0]\n" in text


def test_nodes_by_themselves_come_back_too() -> None:
    for node in NESTED.operations:
        assert node_from_dict(node_to_dict(node)) == node


def test_a_function_of_ones_own_is_handed_in_again() -> None:
    pipe = Pipeline([Custom(function=halved)], seed=0)
    text = pipe.to_yaml()
    assert "function: halved" in text
    assert Pipeline.from_yaml(text, functions={"halved": halved}) == pipe
    with pytest.raises(ValueError, match="Custom: the function 'halved' is not in the file; pass"):
        Pipeline.from_yaml(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2", "must say 'convscope: augment/1'; got None"),
        ("- 1\n- 2", "must say 'convscope: augment/1'"),
        ("convscope: augment/9\noperations: []", "got 'augment/9'"),
        ("convscope: augment/1\noperations: 3", "operations must be a list; got 3"),
        ("convscope: augment/1\ncolour: 3\noperations: []", "there is no setting 'colour'"),
        (
            "convscope: augment/1\noperations:\n- name: Rotat",
            "there is no 'Rotat'; did you mean 'Rotate'",
        ),
        (
            "convscope: augment/1\noperations:\n- name: Rotate\n  params: {angle: 3}",
            "Rotate: there is no parameter 'angle'; it has degrees",
        ),
        (
            "convscope: augment/1\noperations:\n- name: Rotate\n  params: {p: 3}",
            "Rotate: p must be between 0 and 1; got 3",
        ),
        ("convscope: augment/1\noperations:\n- 3", "must be a name and its params; got 3"),
        ("a: [1\nb: 2", "is no YAML"),
        ("!!python/object/apply:os.getcwd []\n", "is no YAML"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Pipeline.from_yaml(text)


def test_a_file_that_is_not_there_is_said_so() -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file 'nowhere\.yaml'"):
        Pipeline.from_yaml("nowhere.yaml")
