"""What a module returned, as named tensors: tuples, lists, dicts and dataclasses alike."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor


def tensors(value: Any, suffix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield ``(suffix, tensor)`` for every tensor in ``value``, in order.

    A bare tensor has the suffix ``""``, an element of a tuple ``"[0]"``, a value of a dict or a
    field of a dataclass ``"[logits]"``; suffixes nest.
    """
    if isinstance(value, Tensor):
        yield suffix, value
        return
    for key, item in _items(value):
        yield from tensors(item, f"{suffix}[{key}]")


def replace(value: Any, change: Callable[[str, Tensor], Tensor], suffix: str = "") -> Any:
    """Return ``value`` with every tensor exchanged for ``change(suffix, tensor)``."""
    if isinstance(value, Tensor):
        return change(suffix, value)
    changed = {key: replace(item, change, f"{suffix}[{key}]") for key, item in _items(value)}
    if not changed:
        return value
    if isinstance(value, tuple):
        items = changed.values()
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, list):
        return list(changed.values())
    result = copy.copy(value)
    for key, item in changed.items():
        if isinstance(value, Mapping):
            result[key] = item
        else:
            object.__setattr__(result, key, item)
    return result


def _items(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    if isinstance(value, (tuple, list)):
        return list(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    return []
