"""YAML as a person writes it: plain data in, plain data out, and nothing is ever run.

What is read is YAML 1.2 where it differs: ``1e-3`` is a number, and ``no`` and ``off`` are words,
which class names may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9]+)[eE][-+]?[0-9]+|[-+]?[0-9]*\.[0-9]+|[-+]?[0-9]+\."
)
_FLOAT_STARTS = list("-+.0123456789")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Reads numbers, words, lists and mappings; no aliases, which could grow without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(
                problem="found an alias; write out what it stands for", problem_mark=mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        keys = [(key.tag, key.value) for key, _ in node.value]
        for (key, _), told in zip(node.value, keys, strict=True):
            if keys.count(told) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"found {key.value!r} twice", problem_mark=key.start_mark
                )
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _implicit(cls: Any, tag: str, pattern: str | re.Pattern[str], starts: list[str]) -> None:
    whole = re.compile(rf"^(?:{pattern if isinstance(pattern, str) else pattern.pattern})$")
    cls.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", whole, starts)


_Loader.yaml_implicit_resolvers = {}
_implicit(_Loader, "null", r"~|null|Null|NULL|", ["~", "n", "N", ""])
_implicit(_Loader, "bool", r"true|True|TRUE|false|False|FALSE", list("tTfF"))
_implicit(_Loader, "int", r"[-+]?[0-9]+", list("-+0123456789"))
_implicit(_Loader, "float", _FLOAT, _FLOAT_STARTS)
_implicit(_Dumper, "float", _FLOAT, _FLOAT_STARTS)  # so that it quotes words that look like one


def _short_lists(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    plain = not any(isinstance(each, list | dict) for each in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


def _words(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    breaks = data.splitlines() not in (
        [],
        [data],
    )  # other breaks than "\n" are kept by double quotes alone
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style='"' if breaks else None)


_Dumper.add_representer(list, _short_lists)
_Dumper.add_representer(str, _words)


def dumped(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML, with lists of numbers and words on one line."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def loaded(text: str) -> Any:
    """Return the plain data of a YAML text; a `ValueError` says in which line it is wrong."""
    try:
        return yaml.load(text, Loader=_Loader)  # a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise ValueError(f"YAML: can't be read{where}: {what}") from error
    except RecursionError as error:
        raise ValueError("YAML: can't be read: it is nested too deeply") from error
