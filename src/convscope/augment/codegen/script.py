"""Pieces of generated code: expressions, comments in their place, and lists of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from convscope.augment.combine import Combinator, Node
from convscope.augment.operation import Operation
from convscope.augment.pipeline import Pipeline


@dataclass(frozen=True)
class Step:
    """One operation as code.

    Attributes
    ----------
    code : str
        An expression, of several lines perhaps; empty where the library has no counterpart.
    note : str
        Why there is none, or in what the code differs; one phrase.
    """

    code: str = ""
    note: str = ""


@dataclass
class Context:
    """What the code of one pipeline has in common.

    Attributes
    ----------
    pipe : Pipeline
    helpers : set of str
        Names of the helpers that the code needs: imports and small classes.
    """

    pipe: Pipeline
    helpers: set[str] = field(default_factory=set)

    def needs(self, helper: str) -> str:
        """Ask for a helper, and return its name."""
        self.helpers.add(helper)
        return helper


Table: TypeAlias = Mapping[str, Callable[[Any, Context], Step]]


def step(operation: Operation, table: Table, context: Context) -> Step:
    """Write one operation with the functions of a table; a comment if it has none."""
    write = table.get(type(operation).__name__)
    if write is None:
        return Step(note="no counterpart")
    return write(operation, context)


def comment(node: Node, note: str) -> str:
    """Return the comment that stands for an operation or combinator without a counterpart."""
    return f"# {shown(node)}: {note}"


def shown(node: Node) -> str:
    """Return an operation with those parameters that are not its defaults, in one line."""
    if isinstance(node, Combinator):
        return f"{type(node).__name__} of {len(node.operations)}"
    return f"{type(node).__name__}({arguments(parameters(node))})"


def parameters(operation: Operation) -> dict[str, Any]:
    """Return the parameters of an operation that are not its defaults."""
    found = {}
    for name, param in operation.params().items():
        value = getattr(operation, name)
        if repr(value) != repr(param.check(param.default, name)):  # -0.0 is another 0.0
            found[name] = value
    return found


def arguments(values: Mapping[str, Any]) -> str:
    """Return arguments by name as code."""
    return ", ".join(f"{name}={literal(value)}" for name, value in values.items())


def literal(value: Any) -> str:
    """Return a plain value as code, whole floats without a point."""
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value)) if value or math.copysign(1, value) > 0 else "-0.0"
    if isinstance(value, list | tuple):
        inside = ", ".join(map(literal, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, str) and not set(value) & set('"\\\n\r\t'):
        return f'"{value}"'
    return repr(value)


def number(value: float, digits: int = 6) -> float:
    """Return a number that was computed, without the noise of its last digits."""
    return round(float(value), digits)


def pair(values: Sequence[float], factor: float = 1.0, shift: float = 0.0) -> tuple[float, float]:
    """Return a range, converted; a negative factor turns it round."""
    ends = sorted(number(each * factor + shift) for each in values)
    return ends[0], ends[1]


def kernel(sigma: float) -> int:
    """Return the size of a kernel that holds a Gaussian as far as ours goes, four deviations."""
    return 2 * max(round(4 * sigma), 1) + 1


def listed(nodes: Sequence[Node], write: Callable[[Node], Step], blank: str = "") -> list[str]:
    """Return nodes as the lines of a list, without indentation.

    Parameters
    ----------
    nodes : sequence of Operation or Combinator
    write : callable
        Writes one.
    blank : str
        What stands for a node without a counterpart where its place counts; nothing if empty.
    """
    lines: list[str] = []
    for node in nodes:
        written = write(node)
        if not written.code:
            lines.append(comment(node, written.note))
            lines += [f"{blank},"] if blank else []
            continue
        first, *rest = f"{written.code},".splitlines()
        if written.note and rest:
            lines.append(f"# {written.note}")
        lines.append(f"{first}  # {written.note}" if written.note and not rest else first)
        lines += rest
    return lines


def block(head: str, lines: Sequence[str], tail: str = ")") -> str:
    """Return a call with one argument a line: ``head``, the lines indented, ``tail``."""
    inside = "".join(f"    {line}\n" for line in lines)
    return f"{head}\n{inside}{tail}"


def assembled(
    imports: Sequence[str], helpers: Mapping[str, str], context: Context, note: str, body: str
) -> str:
    """Return a whole script: imports, the small classes it needs, and the pipeline."""
    needed = [text for name, text in helpers.items() if name in context.helpers]
    above = "\n\n\n".join(["\n".join(imports), *[text.rstrip() for text in needed]])
    gap = "\n\n\n" if needed else "\n\n"
    return f"{above}{gap}{note}{body}\n"


def has_code(lines: Sequence[str]) -> bool:
    """Return whether lines hold more than comments."""
    return any(not line.lstrip().startswith("#") for line in lines)
