"""A pipeline as plain data and as YAML, and back.

Reading never runs or imports anything: operations are looked up by name among those that are
registered, and functions of `Custom` only among those that the caller hands over.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from convscope.augment.combine import Choice, Node, OneOf, Sequential, SomeOf
from convscope.augment.operation import REGISTRY, Operation
from convscope.augment.pipeline import Pipeline
from convscope.augment.yaml_text import dumped, loaded

FORMAT = "augment/1"

Functions: TypeAlias = Mapping[str, Callable[..., Any]]

_COMBINATORS: dict[str, Any] = {each.__name__: each for each in (Sequential, OneOf, SomeOf, Choice)}
_SETTINGS = ("seed", "interpolation", "mask_fill", "classes")


def to_dict(pipe: Pipeline) -> dict[str, Any]:
    """Return a pipeline as plain data: numbers, words, lists and dicts, for JSON or YAML.

    Every parameter is there, also where it has its default.

    Parameters
    ----------
    pipe : Pipeline

    Returns
    -------
    dict
        "convscope" (the form), "seed", "interpolation", "mask_fill", "classes" if it has any, and
        "operations".

    Raises
    ------
    ValueError
        If a function of `Custom` can't be named.

    Examples
    --------
    >>> from convscope import augment
    >>> to_dict(augment.Pipeline([augment.Flip(p=0.5)], seed=7))["operations"]
    [{'name': 'Flip', 'params': {'axis': 'horizontal', 'p': 0.5}}]
    """
    settings = {name: _plain(getattr(pipe, name), f"Pipeline: {name}") for name in _SETTINGS}
    if settings["classes"] is None:
        del settings["classes"]
    operations = [node_to_dict(node) for node in pipe.operations]
    return {"convscope": FORMAT, **settings, "operations": operations}


def from_dict(data: Mapping[str, Any], *, functions: Functions | None = None) -> Pipeline:
    """Return the pipeline that `to_dict` wrote, or a person by hand; what is left out has defaults.

    Parameters
    ----------
    data : mapping
    functions : mapping, optional
        Functions of `Custom` by the names by which `data` calls them: "module:name" or "name".
        Nothing is imported.

    Returns
    -------
    Pipeline

    Raises
    ------
    ValueError
        If something in it isn't known or isn't allowed; near names are suggested.
    """
    form = data.get("convscope") if isinstance(data, Mapping) else None
    if form != FORMAT:
        told = f"it is in the form {form!r}" if form else f"it says no 'convscope: {FORMAT}'"
        raise ValueError(f"pipeline: {told}, and this convscope reads {FORMAT!r}")
    _refuse_unknown("pipeline", data, ["convscope", *_SETTINGS, "operations"])
    operations = _nodes(data.get("operations"), "operations", functions)
    return Pipeline(operations, **{name: data[name] for name in _SETTINGS if name in data})


def to_yaml(pipe: Pipeline, path: str | os.PathLike[str] | None = None) -> str:
    """Return a pipeline as YAML, and write it to a file if one is named.

    Parameters
    ----------
    pipe : Pipeline
    path : str or path, optional
        A file that is there is replaced.

    Returns
    -------
    str
        `to_dict`, as YAML.
    """
    text = dumped(to_dict(pipe))
    if path is not None:
        place = Path(path).expanduser()
        if not place.parent.is_dir():
            raise FileNotFoundError(f"path: there is no folder {str(place.parent)!r}; make it")
        place.write_text(text, encoding="utf-8")
    return text


def from_yaml(source: str | os.PathLike[str], *, functions: Functions | None = None) -> Pipeline:
    """Return the pipeline that a YAML text or file describes.

    Parameters
    ----------
    source : str or path
        A text of several lines, or in braces; anything else is the path of a file.
    functions : mapping, optional
        As in `from_dict`.

    Returns
    -------
    Pipeline

    Raises
    ------
    ValueError
        If it isn't YAML, or something in it isn't known; the sentence says where.
    FileNotFoundError
        If there is no such file.
    """
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{")):
        return from_dict(loaded(source), functions=functions)
    path = Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"source: there is no file {str(path)!r}")
    try:
        return from_dict(loaded(path.read_text(encoding="utf-8")), functions=functions)
    except ValueError as error:
        raise ValueError(f"{str(path)!r}: {error}") from error


def node_to_dict(node: Node) -> dict[str, Any]:
    """Return an operation or combinator as plain data.

    Parameters
    ----------
    node : Operation or Combinator

    Returns
    -------
    dict
        "name" and "params"; a combinator has "operations" too, and `Choice` in their place
        "classes", a list of [label, nodes], and "default".
    """
    name = type(node).__name__
    if isinstance(node, Operation):
        values = {each.name: getattr(node, each.name) for each in dataclasses.fields(node)}
        values["p"] = values.pop("p")  # the last
        params = {key: _plain(value, f"{name}: {key}") for key, value in values.items()}
        return {"name": name, "params": params}
    arguments = {key: _plain(each, f"{name}: {key}") for key, each in node._arguments().items()}
    told = {"name": name, "params": arguments}
    if isinstance(node, Choice):
        classes = [
            [_plain(label, "Choice: label"), [node_to_dict(each) for each in own.operations]]
            for label, own in node.classes.items()
        ]
        default = [node_to_dict(each) for each in node.default.operations]
        return {**told, "classes": classes, "default": default}
    return {**told, "operations": [node_to_dict(each) for each in node.operations]}


def node_from_dict(data: Mapping[str, Any], *, functions: Functions | None = None) -> Node:
    """Return the operation or combinator that plain data describes.

    Parameters
    ----------
    data : mapping
        As `node_to_dict` gives it; parameters that are left out have their defaults.
    functions : mapping, optional
        As in `from_dict`.

    Returns
    -------
    Operation or Combinator
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise ValueError(f"an operation is written as name and params; got {data!r}")
    name, params = data["name"], data.get("params") or {}
    if not isinstance(params, Mapping):
        raise ValueError(f"{name}: params must be names with values; got {params!r}")
    if name in _COMBINATORS:
        return _combinator(name, data, params, functions)
    if name not in REGISTRY:
        raise ValueError(
            f"there is no operation {name!r}{_near(name, [*REGISTRY, *_COMBINATORS])}; "
            "convscope.augment lists them all"
        )
    _refuse_unknown(name, data, ["name", "params"])
    cls = REGISTRY[name]
    known = [each.name for each in dataclasses.fields(cls)]
    _refuse_unknown(name, params, known)
    if name == "Custom":
        params = {**params, "function": _function(params.get("function"), functions or {})}
    return cls(**params)


def _combinator(
    name: str, data: Mapping[str, Any], params: Mapping[str, Any], functions: Functions | None
) -> Node:
    known = {"OneOf": ["weights", "p"], "SomeOf": ["count", "p"]}.get(name, ["p"])
    _refuse_unknown(name, params, known)
    if name != "Choice":
        _refuse_unknown(name, data, ["name", "params", "operations"])
        return _COMBINATORS[name](  # type: ignore[no-any-return]
            _nodes(data.get("operations"), f"{name}: operations", functions), **params
        )
    _refuse_unknown(name, data, ["name", "params", "classes", "default"])
    given = data.get("classes")
    pairs = list(given.items() if isinstance(given, Mapping) else given or ())
    for pair in pairs:
        if not (
            isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str | int)
        ):
            raise ValueError(f"Choice: each class is [label, operations]; got {pair!r}")
    classes = {label: _nodes(own, f"Choice: {label!r}", functions) for label, own in pairs}
    default = _nodes(data.get("default", []), "Choice: default", functions)
    return Choice(classes, default=default, **params)


def _nodes(listed: Any, where: str, functions: Functions | None) -> list[Node]:
    if not isinstance(listed, list | tuple):
        raise ValueError(f"{where}: must be a list; got {listed!r}")
    return [_node(each, f"{where}[{i}]", functions) for i, each in enumerate(listed)]


def _node(data: Any, where: str, functions: Functions | None) -> Node:
    try:
        return node_from_dict(data, functions=functions)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _refuse_unknown(where: str, given: Mapping[Any, Any], known: list[str]) -> None:
    for each in given:
        if each not in known:
            raise ValueError(
                f"{where}: there is no {each!r}{_near(str(each), known)}; it has {', '.join(known)}"
            )


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]!r}" if close else ""


def _plain(value: Any, where: str) -> Any:
    """Return a value as JSON and YAML have it; whole floats without their point."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float) or hasattr(value, "item"):
        number = value.item() if hasattr(value, "item") else value
        return int(number) if float(number).is_integer() and str(number) != "-0.0" else number
    if isinstance(value, list | tuple):
        return [_plain(each, where) for each in value]
    if callable(value):
        return _function_name(value, where)
    raise ValueError(f"{where}: {value!r} can't be written down; use numbers, words and lists")


def _function_name(function: Callable[..., Any], where: str) -> str:
    """Return "module:name" of a function that stands in a module under its name."""
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    found: Any = sys.modules.get(module or "")
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None or found != function:
        told = name or type(function).__name__
        raise ValueError(
            f"{where}: {told!r} has no name of its own in a module and can't be written down; "
            "define it with def, outside any function"
        )
    return f"{module}:{name}"


def _function(name: Any, functions: Functions) -> Callable[..., Any]:
    if callable(name):
        return name  # type: ignore[no-any-return]
    for each in (name, str(name).rpartition(":")[2]):
        if each in functions:
            return functions[each]
    raise ValueError(
        f"Custom: the function {name!r} is never imported from a file; hand it over, with "
        f"functions={{{str(name).rpartition(':')[2]!r}: ...}}"
    )
