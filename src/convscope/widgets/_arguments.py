"""Arguments from a page, checked against the signature of the method they are for."""

from __future__ import annotations

import collections.abc
import inspect
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def bind(
    function: Callable[..., Any], params: Mapping[str, Any], *, skip: int = 0
) -> dict[str, Any]:
    """Return ``params`` as keyword arguments for ``function``; a `TypeError` says why not.

    Parameters
    ----------
    function
        A bound method.
    params
        Arguments by name, as they came from JSON.
    skip
        Number of leading parameters that the caller fills itself (the job of a `job`).
    """
    name = function.__name__
    known = _parameters(function)[skip:]
    names = [parameter.name for parameter in known]
    unknown = [key for key in params if key not in names]
    if unknown:
        takes = ", ".join(names) or "no arguments"
        raise TypeError(f"{name}: unknown argument {unknown[0]!r}; it takes {takes}")
    missing = [p.name for p in known if p.default is p.empty and p.name not in params]
    if missing:
        raise TypeError(f"{name}: argument {missing[0]!r} is missing")
    hints = _hints(getattr(function, "__func__", function))
    return {key: _checked(value, hints.get(key, Any), key) for key, value in params.items()}


def defaults(function: Callable[..., Any], *, skip: int = 0) -> dict[str, Any]:
    """Return the default arguments of ``function`` by name."""
    known = _parameters(function)[skip:]
    return {p.name: p.default for p in known if p.default is not p.empty}


def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    """Return what a bound method takes beside its object."""
    return _taken(getattr(function, "__func__", function))[inspect.ismethod(function) :]


@cache
def _taken(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except NameError:
        # An annotation that is imported for type checkers only: names are checked, types are not.
        return {}


def _checked(value: Any, hint: Any, name: str) -> Any:
    fits, value = _fit(value, hint)
    if not fits:
        raise TypeError(f"{name}: expected {_words(hint)}, got {value!r}")
    return value


def _fit(value: Any, hint: Any) -> tuple[bool, Any]:
    """Return whether a JSON value fits a type hint, and the value as that type."""
    origin = get_origin(hint)
    if hint is Any or hint is object:
        return True, value
    if hint is None or hint is type(None):
        return value is None, value
    if origin in (Union, types.UnionType):
        return _fit_union(value, get_args(hint))
    if origin is Literal:
        return value in get_args(hint), value
    if hint is bool:
        return isinstance(value, bool), value
    if hint in (int, float):
        return _fit_number(value, hint)
    return _fit_container(value, hint, origin or hint)


def _fit_union(value: Any, members: tuple[Any, ...]) -> tuple[bool, Any]:
    for member in members:
        fits, fitted = _fit(value, member)
        if fits:
            return True, fitted
    return False, value


def _fit_number(value: Any, kind: type[int] | type[float]) -> tuple[bool, Any]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False, value
    # JavaScript has one kind of number: 3 and 3.0 are the same there.
    if kind is int and value != int(value):
        return False, value
    return True, kind(value)


def _fit_container(value: Any, hint: Any, origin: Any) -> tuple[bool, Any]:
    arguments = get_args(hint)
    if origin in (dict, collections.abc.Mapping):
        return isinstance(value, dict), value
    if origin is tuple:
        return _fit_tuple(value, arguments)
    if origin in (list, collections.abc.Sequence, collections.abc.Iterable):
        if not isinstance(value, list):
            return False, value
        fitted = [_fit(item, arguments[0] if arguments else Any) for item in value]
        return all(fits for fits, _ in fitted), [item for _, item in fitted]
    return (isinstance(value, origin), value) if isinstance(origin, type) else (True, value)


def _fit_tuple(value: Any, members: tuple[Any, ...]) -> tuple[bool, Any]:
    if not isinstance(value, list):
        return False, value
    if len(members) == 2 and members[1] is ...:
        members = (members[0],) * len(value)
    if members and len(members) != len(value):
        return False, value
    fitted = [
        _fit(item, hint) for item, hint in zip(value, members or [Any] * len(value), strict=True)
    ]
    return all(fits for fits, _ in fitted), tuple(item for _, item in fitted)


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_words(member) for member in get_args(hint))
    if hint is None or hint is type(None):
        return "None"
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
