"""Pipelines as plain data and YAML, and back. Nothing in a file is ever run.

A function of one's own is written by its name and has to be handed in again when the file is read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from convscope.augment.combine import Choice, Combinator, Node, OneOf, Sequential, SomeOf
from convscope.augment.operation import Operation, find
from convscope.augment.ops.custom import Custom
from convscope.augment.pipeline import Pipeline

FORMAT = "augment/1"

Functions = Mapping[str, Callable[..., Any]]

_COMBINATORS: dict[str, Any] = {each.__name__: each for each in (Choice, OneOf, Sequential, SomeOf)}
_SETTINGS = ("seed", "interpolation", "mask_fill", "classes")


def to_dict(pipe: Pipeline) -> dict[str, Any]:
    """Return a pipeline as plain numbers, words, lists and dicts; `from_dict` reads it."""
    settings = {name: _plain(getattr(pipe, name)) for name in _SETTINGS}
    return {
        "convscope": FORMAT,
        **{name: value for name, value in settings.items() if value is not None},
        "operations": [node_to_dict(node) for node in pipe.operations],
    }


def from_dict(data: Any, *, functions: Functions | None = None) -> Pipeline:
    """Return the pipeline that `to_dict` described.

    Parameters
    ----------
    data : dict
    functions : dict, optional
        The functions of `Custom` operations by name.

    Raises
    ------
    ValueError
        If it is none, or names something that there is not.
    """
    if not isinstance(data, Mapping) or data.get("convscope") != FORMAT:
        came = data.get("convscope") if isinstance(data, Mapping) else data
        raise ValueError(
            f"pipeline: must say 'convscope: {FORMAT}'; got {came!r}, pass what to_yaml wrote"
        )
    unknown = sorted(set(data) - {"convscope", "operations", *_SETTINGS})
    if unknown:
        raise ValueError(f"pipeline: there is no setting {unknown[0]!r}; remove it")
    settings = {name: data[name] for name in _SETTINGS if name in data}
    operations = [
        node_from_dict(node, functions=functions) for node in _list(data, "operations", "pipeline")
    ]
    return Pipeline(operations, **settings)


def node_to_dict(node: Node) -> dict[str, Any]:
    """Return an operation or a combinator as plain data."""
    name = type(node).__name__
    if isinstance(node, Operation):
        params = {each: _plain(getattr(node, each)) for each in node.params()}
        if isinstance(node, Custom):
            params = {"function": function_name(node.function), **params}
        return {"name": name, "params": params}
    params = {each: _plain(getattr(node, each)) for each in _arguments(node)}
    if isinstance(node, Choice):
        classes = [
            [label, [node_to_dict(each) for each in own.operations]]
            for label, own in node.classes.items()
        ]
        default = [node_to_dict(each) for each in node.default.operations]
        return {"name": name, "params": params, "classes": classes, "default": default}
    return {
        "name": name,
        "params": params,
        "operations": [node_to_dict(each) for each in node.operations],
    }


def node_from_dict(data: Any, *, functions: Functions | None = None) -> Node:
    """Return the operation or combinator that `node_to_dict` described."""
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise ValueError(f"operation: must be a name and its params; got {data!r}")
    name = data["name"]
    params = data.get("params") or {}
    if not isinstance(params, Mapping):
        raise ValueError(f"{name}: params must be names and values; got {params!r}")
    params = {key: _tuples(value) for key, value in params.items()}
    if name not in _COMBINATORS:
        return _operation(name, params, functions or {})
    if name == "Choice":
        classes = {
            _label(entry): [node_from_dict(each, functions=functions) for each in entry[1]]
            for entry in _list(data, "classes", name)
        }
        default = [node_from_dict(each, functions=functions) for each in data.get("default") or ()]
        choice: Node = _made(name, Choice, classes, default=default, **params)
        return choice
    children = [
        node_from_dict(each, functions=functions) for each in _list(data, "operations", name)
    ]
    combinator: Node = _made(name, _COMBINATORS[name], children, **params)
    return combinator


def to_yaml(pipe: Pipeline, path: str | os.PathLike[str] | None = None) -> str:
    """Return a pipeline as YAML, and write it to a file if one is named."""
    text: str = yaml.dump(
        to_dict(pipe), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def from_yaml(source: str | os.PathLike[str], *, functions: Functions | None = None) -> Pipeline:
    """Return the pipeline that a YAML text, or a file of it, describes.

    Parameters
    ----------
    source : str or path
        A text of several lines, or the path of a file.
    functions : dict, optional
        The functions of `Custom` operations by name.
    """
    text = source if isinstance(source, str) and "\n" in source else _read(source)
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"pipeline: is no YAML; {' '.join(str(error).split())}") from error
    return from_dict(data, functions=functions)


def function_name(function: Callable[..., Any]) -> str:
    """Return the name by which a function is written."""
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _operation(name: str, params: dict[str, Any], functions: Functions) -> Operation:
    kind = find(name)
    if kind is Custom:
        wanted = str(params.get("function"))
        if wanted not in functions:
            raise ValueError(
                f"Custom: the function {wanted!r} is not in the file; pass "
                f"functions={{{wanted!r}: the function}}"
            )
        params["function"] = functions[wanted]
    made: Operation = _made(name, kind, **params)
    return made


def _made(name: str, kind: Callable[..., Any], /, *arguments: Any, **params: Any) -> Any:
    known = {*getattr(kind, "params")(), "function", "weights", "count", "default"}  # noqa: B009
    unknown = sorted(set(params) - known)
    if unknown:
        has = ", ".join(getattr(kind, "params")())  # noqa: B009
        raise ValueError(f"{name}: there is no parameter {unknown[0]!r}; it has {has}")
    try:
        return kind(*arguments, **params)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error


def _arguments(node: Combinator) -> list[str]:
    return [name for name in ("weights", "count", "p") if getattr(node, name, None) is not None]


def _label(entry: Any) -> Any:
    if not isinstance(entry, Sequence) or isinstance(entry, str) or len(entry) != 2:
        raise ValueError(f"Choice: classes must be pairs of a label and its list; got {entry!r}")
    return entry[0]


def _list(data: Mapping[str, Any], key: str, where: str) -> list[Any]:
    found = data.get(key)
    if not isinstance(found, list):
        raise ValueError(f"{where}: {key} must be a list; got {found!r}")
    return found


def _read(source: str | os.PathLike[str]) -> str:
    try:
        return Path(source).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FileNotFoundError(f"pipeline: there is no file {os.fspath(source)!r}") from error


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Writes short lists of numbers and words on one line."""


def _short_lists(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    flat = not any(isinstance(each, list | dict) for each in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


_Dumper.add_representer(list, _short_lists)
