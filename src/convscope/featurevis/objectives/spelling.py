"""Objectives as text: "layer3:12", "layer3:12 - 0.5 * layer3:40", "class:tabby"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convscope.featurevis.objectives.expression import Objective
from convscope.featurevis.objectives.units import Channel, ClassLogit, Neuron, WholeLayer

_FACTOR = re.compile(r"^(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)\s*\*\s*(.+)$", re.DOTALL)
_UNIT = re.compile(r"^(?P<layer>.+):(?P<unit>-?\d+)(?:@(?:(?P<y>\d+),(?P<x>\d+)|cent(?:re|er)))?$")
_CLASS = "class:"


def as_objective(target: Any, *, named: Mapping[str, Objective] | None = None) -> Objective:
    """Return an objective from one, from text, or from a pair of a layer and a unit.

    Parameters
    ----------
    target
        - ``"layer3:12"``: the mean of channel 12 of layer3;
        - ``"layer3:12@5,7"``: its neuron in row 5 and column 7, ``"layer3:12@centre"`` the middle;
        - ``"layer3"``: the whole layer, as DeepDream has it;
        - ``"class:tabby"``, ``"class:281"``: the logit of a class;
        - ``"layer3:12 - 0.5*layer3:40"``: sums and differences, with blanks around the signs;
          ``"-layer3:12"`` is what inhibits the channel;
        - ``"layer3:12 * (layer3:7 + layer3:8)"``: products, with blanks around the star, and
          brackets;
        - ``("layer3", 12)``, or an :class:`Objective`.
    named
        More words that text may hold, with what they stand for.

    Raises
    ------
    ValueError, TypeError
        If it can't be read.

    Examples
    --------
    >>> as_objective("layer3:12 - 0.5*class:tabby")
    Objective('layer3:12 - 0.5*class:tabby')
    """
    if isinstance(target, Objective):
        return target
    if isinstance(target, tuple) and len(target) == 2 and isinstance(target[1], int):
        return Objective(((1.0, Channel(str(target[0]), target[1])),))
    if not isinstance(target, str):
        raise TypeError(
            f"target: must be text such as 'layer3:12' or 'class:tabby', or an objective, got "
            f"{type(target).__name__}"
        )
    if not target.strip():
        raise ValueError("target: is empty; name a unit, such as 'layer3:12'")
    # One that finds words when it is asked may have none to list, and would count as empty.
    return _sum(target, target, {} if named is None else named)


def _sum(text: str, whole: str, known: Mapping[str, Objective]) -> Objective:
    signs, parts = _split(text, "+-")
    total = _product(parts[0], whole, known)
    for sign, part in zip(signs, parts[1:], strict=True):
        found = _product(part, whole, known)
        total = total + found if sign == "+" else total - found
    return total


def _product(text: str, whole: str, known: Mapping[str, Objective]) -> Objective:
    """Read ``-2 * a * (b + c)``."""
    text = text.strip()
    negative = text.startswith("-")
    text = text.removeprefix("-").strip()
    factor = _FACTOR.match(text)
    weight = float(factor[1]) if factor else 1.0
    _, parts = _split(factor[2] if factor else text, "*")
    found = [_factor(part.strip(), whole, known) for part in parts]
    total = found[0]
    for each in found[1:]:
        total = total * each
    return (-weight if negative else weight) * total


def _factor(text: str, whole: str, known: Mapping[str, Objective]) -> Objective:
    if not text:
        raise ValueError(
            f"target: can't read {whole!r}; write units with a sign between them, such as "
            "'layer3:12 - layer3:40'"
        )
    if text in known:
        return known[text]
    if text.startswith("(") and text.endswith(")"):
        return _sum(text[1:-1], whole, known)
    return _atom(text)


def _split(text: str, signs: str) -> tuple[list[str], list[str]]:
    """Cut text at signs that stand between blanks and in no brackets."""
    found: list[str] = []
    parts = [""]
    depth = 0
    padded = f" {text} "
    for before, here, after in zip(padded, padded[1:-1], padded[2:], strict=False):
        depth += (here == "(") - (here == ")")
        if here in signs and depth == 0 and before.isspace() and after.isspace():
            found.append(here)
            parts.append("")
        else:
            parts[-1] += here
    return found, parts


def _atom(text: str) -> Objective:
    if text.startswith(_CLASS):
        name = text.removeprefix(_CLASS).strip()
        number = name.removeprefix("-").isdigit()
        return Objective(((1.0, ClassLogit(int(name) if number else name)),))
    found = _UNIT.match(text)
    if found is None:
        return Objective(((1.0, WholeLayer(text)),))
    layer, unit = found["layer"].strip(), int(found["unit"])
    if found["y"] is not None:
        return Objective(((1.0, Neuron(layer, unit, (int(found["y"]), int(found["x"])))),))
    if text.endswith(("@centre", "@center")):
        return Objective(((1.0, Neuron(layer, unit)),))
    return Objective(((1.0, Channel(layer, unit)),))
