"""Checks of what a person passes to a scope, each with one sentence."""

from __future__ import annotations

import difflib
import operator
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import nn


def check_module(model: object) -> None:
    """Refuse what is no module, and modules that can't be looked into."""
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model: must be a torch.nn.Module, got {type(model).__name__}; pass the model "
            "itself, not its output, class or state_dict"
        )
    if isinstance(model, torch.jit.ScriptModule):
        raise TypeError(
            "model: is a TorchScript module, whose layers can't be looked into; pass the module "
            "that it was made from"
        )


def check_count(name: str, value: Any, *, least: int = 1) -> int:
    """Return a whole number of at least ``least``; a sentence says why ``name`` is none."""
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: must be a whole number, got {value!r}") from None
    if count < least:
        raise ValueError(f"{name}: must be at least {least}, got {count}")
    return count


def check_known(options: Iterable[str], of: type) -> None:
    """Refuse options that a dataclass does not have, with the closest one that it has."""
    known = [each.name for each in fields(of)]
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
            raise TypeError(f"{name}: no such option{hint}")


def layer_names(layers: Any, network: nn.Module) -> Sequence[str]:
    """Return names of layers as a list."""
    if isinstance(layers, str):
        return [layers]
    given = list(layers) if isinstance(layers, Iterable) else None
    if given is None or isinstance(layers, nn.Module):
        raise TypeError(
            f"layers: must be a name or a list of names, got {_what(layers, network)}; "
            "scope.layers lists them"
        )
    for name in given:
        if not isinstance(name, str):
            raise TypeError(
                f"layers: each must be a name, got {_what(name, network)}; scope.layers lists them"
            )
    return given


def check_names(classes: Sequence[str] | None, count: int) -> None:
    """Warn when there are more or fewer names than a model has outputs."""
    if classes is not None and len(classes) != count and count > 1:
        warnings.warn(
            f"classes: {len(classes)} names for the {count} outputs of the model, so they may "
            "stand for others; give Scope classes= with one name for each",
            stacklevel=3,
        )


def _what(value: Any, network: nn.Module) -> str:
    if isinstance(value, nn.Module):
        known = next((n for n, m in network.named_modules() if m is value and n), None)
        hint = "" if known is None else f", which is called {known!r}"
        return f"a {type(value).__name__} module{hint}"
    if isinstance(value, (int, float, type(None))):
        return repr(value)
    return f"a {type(value).__name__}"
