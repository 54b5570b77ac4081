"""What a parameter of an operation is: declared once, read by everything.

Sliders, validation, YAML, generated code and the table of the documentation all come from the
`Param` that stands beside the default in the operation's dataclass.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["span", "number", "choice", "switch", "fill"]
Single: TypeAlias = Literal["same", "symmetric", "around 1"]

Span: TypeAlias = float | tuple[float, float]
Fill: TypeAlias = float | tuple[float, ...] | Literal["edge", "reflect"]


@dataclass(frozen=True)
class Param:
    """One parameter of an operation.

    Attributes
    ----------
    kind : {"span", "number", "choice", "switch", "fill"}
        A span (low, high) is what a value is drawn from, anew for each sample; the others are
        fixed. A fill is a value in [0, 1], one for each channel, "edge" or "reflect".
    help : str
        One phrase: what it does.
    default : object
        As the field holds it.
    low, high : float
        Which values are allowed.
    step : float
        Of a slider, and of nothing else.
    slider : tuple of float
        What a slider covers; narrower than what is allowed where that has no end.
    unit : str
        "°", "px", "%", "×" or "" for a plain number.
    whole : bool
        Whole numbers only.
    single : {"same", "symmetric", "around 1"}
        What one number x stands for in a span: (x, x), (−x, x) or (1 − x, 1 + x).
    choices : tuple of str
        Of a choice.
    optional : bool
        Whether None is allowed.
    name : str
        Filled in from the field.
    """

    kind: Kind
    help: str
    default: Any
    low: float = -math.inf
    high: float = math.inf
    step: float = 0.01
    slider: tuple[float, float] = (0.0, 1.0)
    unit: str = ""
    whole: bool = False
    single: Single = "same"
    choices: tuple[str, ...] = ()
    optional: bool = False
    name: str = ""

    def check(self, value: Any, where: str) -> Any:
        """Return the value as the operation keeps it; a `ValueError` names it and says why not."""
        what = f"{where}: {self.name}"
        if value is None and self.optional:
            return None
        if self.kind == "span":
            return self._span(value, what)
        if self.kind == "number":
            return self._number(value, what)
        if self.kind == "fill":
            return _fill(value, what)
        if self.kind == "switch":
            if not isinstance(value, bool):
                raise ValueError(f"{what} is on or off; got {value!r}, pass True or False")
            return value
        if value not in self.choices:
            words = ", ".join(repr(choice) for choice in self.choices)
            raise ValueError(f"{what} must be one of {words}; got {value!r}")
        return value

    def _number(self, value: Any, what: str) -> float:
        plain = as_number(value)
        if plain is None:
            raise ValueError(f"{what} must be a number; got {value!r}")
        if self.whole and plain != int(plain):
            raise ValueError(f"{what} must be a whole number; got {value!r}")
        if not self.low <= plain <= self.high:
            raise ValueError(f"{what} must be {self._limits()}; got {value!r}")
        return int(plain) if self.whole else plain

    def _span(self, value: Any, what: str) -> tuple[float, float]:
        plain = as_number(value)
        if plain is not None:
            ends = self._ends(plain)
        elif isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
            ends = tuple(value)
        else:
            raise ValueError(f"{what} must be (low, high) or one number; got {value!r}")
        low, high = (self._number(end, what) for end in ends)
        if low > high:
            raise ValueError(
                f"{what} must run from low to high; got {value!r}, pass ({high:g}, {low:g})"
            )
        return low, high

    def _ends(self, plain: float) -> tuple[float, float]:
        if self.single == "symmetric":
            return -abs(plain), abs(plain)
        if self.single == "around 1":
            return max(self.low, 1 - abs(plain)), 1 + abs(plain)
        return plain, plain

    def _limits(self) -> str:
        unit = f" {self.unit}" if self.unit not in ("", "°") else self.unit
        if math.isinf(self.high):
            return f"at least {self.low:g}{unit}" if not math.isinf(self.low) else "finite"
        if math.isinf(self.low):
            return f"at most {self.high:g}{unit}"
        return f"between {self.low:g} and {self.high:g}{unit}"


def span(
    default: Span,
    text: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    slider: tuple[float, float] | None = None,
    step: float = 0.01,
    unit: str = "",
    whole: bool = False,
    single: Single = "same",
) -> Any:
    """Declare a range from which each sample draws its own value, uniformly."""
    return _declared(
        Param("span", text, default, low, high, step, slider or (low, high), unit, whole, single)
    )


def number(
    default: float | None,
    text: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    slider: tuple[float, float] | None = None,
    step: float = 0.01,
    unit: str = "",
    whole: bool = False,
    optional: bool = False,
) -> Any:
    """Declare one fixed number."""
    return _declared(
        Param(
            "number",
            text,
            default,
            low,
            high,
            step,
            slider or (low, high),
            unit,
            whole,
            optional=optional,
        )
    )


def choice(default: str, text: str, choices: Sequence[str]) -> Any:
    """Declare one of a few words."""
    return _declared(Param("choice", text, default, choices=tuple(choices)))


def switch(default: bool, text: str) -> Any:  # noqa: FBT001
    """Declare something on or off."""
    return _declared(Param("switch", text, default))


def fill(default: Fill = 0.0) -> Any:
    """Declare what is put where the image has no pixel."""
    text = "what is put where there is no image: a value, one a channel, its edge or its mirror"
    return _declared(Param("fill", text, default, 0, 1))


@functools.lru_cache
def params_of(operation: type) -> Mapping[str, Param]:
    """Return the declared parameters of a class by name, in order; ``p`` is the last."""
    declared = {
        field.name: dataclasses.replace(field.metadata["param"], name=field.name)
        for field in dataclasses.fields(operation)
        if "param" in field.metadata
    }
    return MappingProxyType(dict(sorted(declared.items(), key=lambda item: item[0] == "p")))


def as_number(value: Any) -> float | None:
    """Return a finite number as a float, None for anything else."""
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        return None
    try:
        plain = float(value)
    except (TypeError, ValueError):
        return None
    return plain if math.isfinite(plain) else None


def _declared(param: Param) -> Any:
    return dataclasses.field(default=param.default, metadata={"param": param})


def _fill(value: Any, what: str) -> Fill:
    if value in ("edge", "reflect"):
        return value  # type: ignore[no-any-return]
    plain = as_number(value)
    values = [plain] if plain is not None else _numbers(value)
    if values is None or any(each is None or not 0 <= each <= 1 for each in values):
        raise ValueError(
            f"{what} must be a value between 0 and 1, one for each channel, 'edge' or 'reflect'; "
            f"got {value!r}"
        )
    return plain if plain is not None else tuple(each for each in values if each is not None)


def _numbers(value: Any) -> list[float | None] | None:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return None
    return [as_number(each) for each in value]
