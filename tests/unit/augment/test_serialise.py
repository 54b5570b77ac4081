"""A pipeline as plain data and YAML: exactly itself again, and never more than data."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from convscope.augment import (
    Affine,
    Choice,
    Custom,
    Flip,
    Geometric,
    OneOf,
    Pipeline,
    Rotate,
    Sequential,
    SomeOf,
    Translate,
)
from convscope.augment.operation import REGISTRY, Operation
from convscope.augment.serialise import from_dict, node_from_dict, node_to_dict, to_dict

OWN = [cls for name, cls in REGISTRY.items() if cls.__module__.startswith("convscope.")]


def darker(image: torch.Tensor) -> torch.Tensor:
    return image / 2


FUNCTIONS = {"darker": darker}


def _again(pipe: Pipeline) -> Pipeline:
    """Go through JSON and through YAML, and say whether both agree."""
    by_json = from_dict(json.loads(json.dumps(to_dict(pipe))), functions=FUNCTIONS)
    by_yaml = Pipeline.from_yaml(pipe.to_yaml(), functions=FUNCTIONS)
    assert by_json == by_yaml
    return by_yaml


def _other(cls: type[Operation]) -> Operation:
    """Return an operation with no parameter at its default, where that is possible."""
    changes: dict[str, Any] = {"function": darker} if cls is Custom else {}
    for name, param in cls.params().items():
        if param.kind == "switch":
            changes[name] = not param.default
        elif param.kind == "choice":
            changes[name] = param.choices[-1]
        elif param.kind == "fill":
            changes[name] = (0.125, 0.2, 1 / 3)
    made = cls(**changes)
    for name, param in cls.params().items():
        if param.kind not in ("span", "number"):
            continue
        low, high = max(param.low, -5), min(param.high, 5)
        if param.whole:
            low, high = int(low) + 1, int(high)
        part = (low, high) if param.kind == "span" else low + (high - low) / 3
        whole = round(low + (high - low) / 3) if param.whole and param.kind == "number" else part
        try:
            made = made.replace(**{name: whole})
        except ValueError:  # not beside its other parameters
            continue
    return made


@pytest.mark.parametrize("cls", OWN, ids=lambda cls: cls.__name__)
def test_every_operation_comes_back_as_it_was(cls: type[Operation]) -> None:
    usual = cls(function=darker) if cls is Custom else cls()  # type: ignore[call-arg]
    for each in (usual, _other(cls)):
        pipe = Pipeline([each], seed=3)
        assert _again(pipe) == pipe
        assert node_from_dict(node_to_dict(each), functions=FUNCTIONS) == each
        told = node_to_dict(each)["params"]
        assert list(told)[-1] == "p"
        assert set(told) >= set(cls.params())


def test_combinators_come_back_however_they_are_nested() -> None:
    pipe = Pipeline(
        [
            OneOf([Flip(p=0.5), Sequential([Rotate(degrees=7), Flip(axis="vertical")], p=0.25)]),
            OneOf([Flip(), Affine()], weights=[1, np.float64(2.5)], p=0.1),
            SomeOf([Flip(), Flip(), OneOf([Rotate()])], count=(0, 2), p=0.3),
            Choice(
                {"no": [Flip()], 3: Rotate(degrees=(-3, 1e-5)), "1e5": [], "yes: #1": [Affine()]},
                default=[SomeOf([Flip()], count=1)],
                p=0.9,
            ),
            Custom(function=darker, p=0.6),
        ],
        seed=2**40 + 1,
        interpolation="bicubic",
        mask_fill=255,
        classes=["no", "Größe", "1e5"],
    )
    again = _again(pipe)
    assert again == pipe
    assert again.draw(5, labels=["no", 3, "1e5", "x", 2]) == pipe.draw(
        5, labels=["no", 3, "1e5", "x", 2]
    )


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(-180, 180),
    st.floats(0, 1),
    st.text(max_size=12) | st.integers(),
)
def test_every_number_and_every_label_comes_back_to_the_last_digit(
    one: float, other: float, p: float, label: str | int
) -> None:
    turned = Rotate(degrees=(min(one, other), max(one, other)), p=p)
    pipe = Pipeline([Choice({label: [turned]})], seed=0)
    assert _again(pipe) == pipe


def test_the_yaml_is_what_a_person_would_write() -> None:
    pipe = Pipeline([Rotate(degrees=(-15, 12.5), p=0.7), OneOf([Flip()])], seed=7)
    lines = pipe.to_yaml().splitlines()
    assert lines[:5] == [
        "convscope: augment/1",
        "seed: 7",
        "interpolation: bilinear",
        "mask_fill: 0",
        "operations:",
    ]
    assert lines[5] == "- name: Rotate"
    assert "    degrees: [-15, 12.5]" in lines
    assert "    p: 0.7" in lines
    assert yaml.safe_load(pipe.to_yaml()) == to_dict(pipe)  # any other YAML reader sees the same


def test_what_is_written_by_hand_may_leave_out_what_has_a_default() -> None:
    text = """
    convscope: augment/1
    operations:
      - name: Flip
      - name: Rotate
        params: {degrees: 1e+1}
      - name: Choice
        classes: {no: [{name: Flip}], 3: []}
    """
    pipe = Pipeline.from_yaml(text)
    assert pipe.operations == (Flip(), Rotate(degrees=10), Choice({"no": [Flip()], 3: []}))


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    pipe = Pipeline([Translate(), Flip(p=0.5)], seed=7)
    path = tmp_path / "flips.yaml"
    text = pipe.to_yaml(path)
    assert path.read_text(encoding="utf-8") == text
    assert Pipeline.from_yaml(path) == Pipeline.from_yaml(str(path)) == pipe
    with pytest.raises(FileNotFoundError, match=r"source: there is no file '.*flop\.yaml'"):
        Pipeline.from_yaml(tmp_path / "flop.yaml")
    with pytest.raises(FileNotFoundError, match="path: there is no folder"):
        pipe.to_yaml(tmp_path / "none" / "flips.yaml")
    path.write_text(text.replace("Translate", "Translat"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"flips\.yaml'.*did you mean 'Translate'"):
        Pipeline.from_yaml(path)


def _node(name: str, **rest: Any) -> dict[str, Any]:
    return {"convscope": "augment/1", "operations": [{"name": name, **rest}]}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"operations": []}, "pipeline: it says no 'convscope: augment/1'"),
        ({"convscope": "augment/2"}, "it is in the form 'augment/2', and this convscope reads"),
        ([1, 2], "pipeline: it says no 'convscope: augment/1'"),
        ({"convscope": "augment/1"}, "operations: must be a list; got None"),
        ({**_node("Flip"), "sede": 3}, "pipeline: there is no 'sede'; did you mean 'seed'"),
        ({**_node("Flip"), "seed": -3}, "seed: must be a whole number from 0; got -3"),
        (_node("Rotat"), r"operations\[0\]: there is no operation 'Rotat'; did you mean 'Rotate'"),
        (_node("OneOff", operations=[]), "did you mean 'OneOf'"),
        (
            _node("Rotate", params={"degree": 3}),
            r"operations\[0\]: Rotate: there is no 'degree'; did you mean 'degrees'; it has",
        ),
        (_node("Rotate", params={"p": 3}), r"\[0\]: Rotate: p must be between 0 and 1; got 3"),
        (_node("Rotate", params=[3]), "Rotate: params must be names with values"),
        (_node("Flip", operations=[]), "Flip: there is no 'operations'"),
        (_node("OneOf"), "OneOf: operations: must be a list; got None"),
        (_node("SomeOf", operations=[{"name": "Flip"}], params={"counts": 1}), "mean 'count'"),
        (
            _node("OneOf", operations=[{"name": "Flip"}, {"name": "Flop"}]),
            r"operations\[0\]: OneOf: operations\[1\]: there is no operation 'Flop'",
        ),
        (_node("Choice"), "Choice: classes must give operations for each label"),
        (_node("Choice", classes=[[["a"], []]]), r"Choice: each class is \[label, operations\]"),
        ({"convscope": "augment/1", "operations": ["Flip"]}, "is written as name and params"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(data: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        from_dict(data)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1\nb: 2", "YAML: can't be read in line 2"),
        ("a: &x [1]\nb: *x", "in line 2, column 4: found an alias"),
        ("a: 1\na: 2", "in line 1, column 1: found 'a' twice"),
        ("a: !!python/object/apply:os.system [exit]\n", "could not determine a constructor"),
        ("[" * 5000 + "\n", "nested too deeply"),
    ],
)
def test_a_text_that_is_no_plain_yaml_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Pipeline.from_yaml(text)


def test_functions_are_handed_over_and_never_imported(tmp_path: Path) -> None:
    (tmp_path / "harmful.py").write_text("raise SystemExit('imported')")
    sys.path.insert(0, str(tmp_path))
    try:
        text = "convscope: augment/1\noperations:\n- name: Custom\n  params: {function: harmful:f}"
        with pytest.raises(ValueError, match=r"Custom: .*'harmful:f' is never imported.*hand it"):
            Pipeline.from_yaml(text)
        pipe = Pipeline.from_yaml(text, functions={"harmful:f": darker})
        assert pipe.operations == Pipeline.from_yaml(text, functions={"f": darker}).operations
        assert "harmful" not in sys.modules
    finally:
        sys.path.remove(str(tmp_path))


def test_a_function_without_a_name_of_its_own_cannot_be_written_down() -> None:
    def inner(image: torch.Tensor) -> torch.Tensor:
        return image

    for function in (lambda image: image, inner, torch.nn.Identity()):
        with pytest.raises(ValueError, match="has no name of its own in a module"):
            Pipeline([Custom(function=function)], seed=0).to_yaml()


def test_an_operation_of_the_users_own_is_known_by_its_class_name() -> None:
    from toys import Half

    pipe = Pipeline([Half(p=0.5)], seed=1)
    assert "name: Half" in pipe.to_yaml()
    assert _again(pipe) == pipe
    assert issubclass(Half, Geometric)
