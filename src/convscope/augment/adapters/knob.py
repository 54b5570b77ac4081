"""The sliders of a transform of another library, found in the arguments that it was made with.

A number becomes one slider, a pair (low, high) a slider with two handles, numbers for each axis one
slider each. What an argument means (its unit, its limits) stands in a table of names; an argument
with a name of its own gets a slider around its value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from convscope.augment.declare import Param, as_number

Arguments: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Meaning:
    """What an argument of some name is.

    Attributes
    ----------
    help : str
        One phrase.
    unit : str
        As in `Param`.
    low, high : float
        Which values are allowed.
    slider : (float, float) or None
        What the slider covers; all that is allowed when None.
    step : float
        Of the slider.
    whole : bool
        Whole numbers only.
    axes : tuple of str
        Names of the numbers of a sequence that is no (low, high), such as ("x", "y").
    spans : tuple of str
        Names of the pairs (low, high) of a longer sequence.
    switch : bool
        Whether True and False are worth a switch.
    """

    help: str = ""
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    slider: tuple[float, float] | None = None
    step: float = 0.01
    whole: bool = False
    axes: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    switch: bool = False


Meanings: TypeAlias = Mapping[str, Meaning | None]


@dataclass(frozen=True)
class Knob:
    """One slider of a transform, and where in its arguments the value stands.

    Attributes
    ----------
    argument : str
        Its name.
    place : int, str, (int, int) or None
        Which item, key or slice of the argument; None for all of it.
    param : Param
        The slider.
    """

    argument: str
    place: int | str | tuple[int, int] | None
    param: Param


def knobs(title: str, arguments: Arguments, meanings: Meanings) -> tuple[Knob, ...]:
    """Return the sliders of a transform, ``p`` last.

    Parameters
    ----------
    title : str
        Its class.
    arguments : mapping
        What it was made with, by name.
    meanings : mapping
        What they mean, by "Class.name" or name; None for what has no slider.
    """
    found: list[Knob] = []
    for name, value in arguments.items():
        key = f"{title}.{name}" if f"{title}.{name}" in meanings else name
        if key not in meanings or meanings[key] is not None:
            found += _of_argument(name, value, meanings.get(key))
    return tuple(sorted(found, key=lambda knob: knob.param.name == "p"))


def turned(
    arguments: Arguments, found: tuple[Knob, ...], values: Mapping[str, Any], where: str
) -> Arguments:
    """Return the arguments with the sliders at other values; what they hold is copied, not changed.

    Parameters
    ----------
    arguments : mapping
    found : tuple of Knob
        Sliders of these arguments.
    values : mapping
        By name of the slider; those left out stay.
    where : str
        What a `ValueError` calls the transform.
    """
    changed = dict(arguments)
    for knob in found:
        if knob.param.name not in values:
            continue
        value = knob.param.check(values[knob.param.name], where)
        changed[knob.argument] = _put(changed[knob.argument], knob.place, value)
    return changed


def _of_argument(name: str, value: Any, meaning: Meaning | None) -> list[Knob]:
    if isinstance(value, bool):
        if meaning is None or not meaning.switch:
            return []
        return [Knob(name, None, Param("switch", meaning.help, value, name=name))]
    plain = as_number(value)
    if plain is not None:
        return [Knob(name, None, _number(name, value, meaning))]
    if isinstance(value, Mapping):  # such as {"x": (low, high), "y": (low, high)}
        return [
            Knob(name, key, _pair(f"{name} {key}", tuple(each), meaning))
            for key, each in value.items()
            if _is_numbers(each) and len(each) == 2
        ]
    return _of_sequence(name, value, meaning) if _is_numbers(value) else []


def _of_sequence(name: str, value: Any, meaning: Meaning | None) -> list[Knob]:
    axes, spans = (meaning.axes, meaning.spans) if meaning else ((), ())
    if spans and len(value) == 2 * len(spans):
        return [
            Knob(name, (2 * i, 2 * i + 2), _pair(f"{name} {axis}", tuple(pair), meaning))
            for i, axis in enumerate(spans)
            if (pair := value[2 * i : 2 * i + 2])
        ]
    if axes and len(axes) == len(value):
        return [
            Knob(name, i, _number(axis if name == "size" else f"{name} {axis}", value[i], meaning))
            for i, axis in enumerate(axes)
        ]
    if len(value) == 1:
        return [Knob(name, 0, _number(name, value[0], meaning))]
    if len(value) == 2 and value[0] <= value[1]:
        return [Knob(name, None, _pair(name, tuple(value), meaning))]
    return []


def _number(name: str, value: Any, meaning: Meaning | None) -> Param:
    whole = meaning.whole if meaning else isinstance(value, int)
    value = value if whole else _tidy(value)
    shown = _limits(meaning, float(value), float(value), whole=whole)
    return replace(shown, kind="number", default=value, name=name)


def _pair(name: str, value: tuple[Any, ...], meaning: Meaning | None) -> Param:
    whole = meaning.whole if meaning else all(isinstance(each, int) for each in value)
    value = value if whole else (_tidy(value[0]), _tidy(value[1]))
    shown = _limits(meaning, float(value[0]), float(value[1]), whole=whole)
    return replace(shown, kind="span", default=value, name=name)


def _limits(meaning: Meaning | None, first: float, last: float, *, whole: bool) -> Param:
    """Return a Param whose limits and slider hold the values that are there."""
    if meaning is None:
        reach = max(abs(first), abs(last)) or 1.0
        low, high = (0.0 if first >= 0 else -2 * reach), 2 * reach
        step = 1.0 if whole else 10.0 ** math.floor(math.log10(reach / 50))
        return Param("number", "", None, step=step, slider=(low, high), whole=whole)
    low, high = min(meaning.low, first), max(meaning.high, last)
    start, end = meaning.slider or (low, high)
    slider = (min(start, first), max(end, last))
    return Param("number", meaning.help, None, low, high, meaning.step, slider, meaning.unit, whole)


def _tidy(value: Any) -> float:
    """Return a float without what single precision left of it."""
    return round(float(value), 6)


def _put(argument: Any, place: int | str | tuple[int, int] | None, value: Any) -> Any:
    if place is None:
        return type(argument)(value) if isinstance(argument, list | tuple) else value
    if isinstance(place, str):
        return {**argument, place: value}
    items = list(argument)
    if isinstance(place, tuple):
        items[slice(*place)] = value
    else:
        items[place] = value
    return type(argument)(items)


def _is_numbers(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) > 0
        and all(as_number(each) is not None for each in value)
    )
