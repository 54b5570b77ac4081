"""The code that makes an object: its class and the arguments that differ from the defaults."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from convscope.augment.declare import as_number


def signature(kind: type) -> dict[str, inspect.Parameter]:
    """Return the parameters of a constructor by name, without ``self``."""
    try:
        found = dict(inspect.signature(kind.__init__).parameters)  # type: ignore[misc]
    except (TypeError, ValueError):
        return {}
    found.pop("self", None)
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {name: each for name, each in found.items() if each.kind not in fixed}


def call(prefix: str, made: Any, arguments: Mapping[str, Any]) -> str:
    """Return the call that makes an object, such as ``v2.RandomRotation(degrees=[-5.0, 5.0])``.

    Parameters
    ----------
    prefix : str
        What its module is called in the code.
    made : object
    arguments : mapping
        What it was made with; those equal to their defaults are left out.
    """
    parameters = signature(type(made))
    told = [
        f"{name}={literal(value, prefix)}"
        for name, value in arguments.items()
        if name in parameters and not _same(value, parameters[name].default)
    ]
    return f"{prefix}.{type(made).__name__}({', '.join(told)})"


def literal(value: Any, prefix: str = "") -> str:
    """Return a value as code; enumerations by their name in the module."""
    if isinstance(value, enum.Enum):
        return f"{prefix}.{value}" if prefix == "v2" else repr(value.name)
    if isinstance(value, float):
        return repr(round(value, 6))
    if isinstance(value, tuple):
        inside = ", ".join(literal(each, prefix) for each in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(literal(each, prefix) for each in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{key!r}: {literal(each, prefix)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        plain = literal(value.tolist())
        return f"torch.tensor({plain})" if hasattr(value, "detach") else plain
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__).rpartition(".")[2].replace("<lambda>", "your_function")
    return repr(value)


def indented(lines: Sequence[str]) -> str:
    """Return lines as the items of a list, four spaces in; each may be several lines itself."""
    return "\n".join("    " + line for text in lines for line in f"{text},".splitlines())


def container(head: str, items: Sequence[str], tail: str = "") -> str:
    """Return a call whose first argument is a list, one item a line."""
    return f"{head}([\n{indented(items)}\n]{tail})"


def _same(value: Any, default: Any) -> bool:
    if default is inspect.Parameter.empty:
        return False
    if isinstance(value, list | tuple) and isinstance(default, list | tuple):
        return len(value) == len(default) and all(map(_same, value, default))
    if isinstance(value, enum.Enum) and isinstance(default, str):
        return default.casefold() in (str(value.value).casefold(), value.name.casefold())
    if as_number(value) is not None and as_number(default) is not None:
        return float(value) == float(default)
    if type(value).__module__ == "numpy" or hasattr(value, "detach"):
        return False
    return bool(value == default)
