# ruff: noqa: E501  # lines of a page are longer
"""Write docs/operations.md, the table of all augmentations, from what they declare.

``python tools/operations.py`` writes it; a test compares it with what would be written.
"""

from __future__ import annotations

import inspect
import math
from pathlib import Path

from convscope.augment.declare import Param
from convscope.augment.operation import REGISTRY, Operation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"

GROUPS = {
    "place": "Where things are",
    "shape": "Which shape they have",
    "colour": "Colour and tone",
    "texture": "Texture",
    "erase": "Parts left out",
    "mix": "Two images at once",
}

HEAD = """# Operations

Every operation declares its parameters once; this page, the sliders, the checks, YAML and generated code are made from
that. A **range** (low, high) is what each sample draws its own value from, evenly; other parameters are fixed. What one
number stands for in place of a range is said where it is not that number itself. Every operation has `p`, how probable
it is for a sample to go through it, 1 by default.

`tools/operations.py` writes this page.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    parts = [HEAD]
    for group, heading in GROUPS.items():
        own = [each for each in REGISTRY.values() if each.group == group and _ours(each)]
        if own:
            parts.append(f"\n## {heading}\n")
            parts += [section(each) for each in sorted(own, key=lambda each: each.__name__)]
    return "".join(parts)


def section(operation: type[Operation]) -> str:
    """Return one operation: its sentence and the table of its parameters."""
    sentence = (inspect.getdoc(operation) or "").split("\n\n", 1)[0].replace("\n", " ")
    params = [param for name, param in operation.params().items() if name != "p"]
    text = f"\n### {operation.__name__}\n\n{sentence}\n"
    if not params:
        return text
    rows = "".join(f"| {' | '.join(_row(param))} |\n" for param in params)
    return f"{text}\n| parameter | default | allowed | what it is |\n|---|---|---|---|\n{rows}"


def _row(param: Param) -> list[str]:
    kind = "range" if param.kind == "span" else ""
    unit = f"in {param.unit}" if param.unit else ""
    single = {"symmetric": "one number x: (−x, x)", "around 1": "one number x: (1 − x, 1 + x)"}
    words = [param.help, kind, unit, "whole" if param.whole else "", single.get(param.single, "")]
    what = "; ".join(word for word in words if word)
    return [f"`{param.name}`", f"`{_shown(param, param.default)}`", _allowed(param), what]


def _allowed(param: Param) -> str:
    if param.kind == "choice":
        return ", ".join(f'`"{each}"`' for each in param.choices)
    if param.kind == "switch":
        return "`True`, `False`"
    if param.kind == "fill":
        return '0 to 1, one or one a channel; `"edge"`, `"reflect"`'
    low, high = (f"{end:g}" for end in (param.low, param.high))
    if math.isinf(param.high):
        words = "any" if math.isinf(param.low) else f"from {low}"
    else:
        words = f"{low} to {high}"
    return f"{words}, or `None`" if param.optional else words


def _shown(param: Param, value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_shown(param, each) for each in value)})"
    return (
        f'"{value}"' if isinstance(value, str) else f"{value:g}" if _number(value) else str(value)
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ours(operation: type[Operation]) -> bool:
    return operation.__module__.startswith("convscope.augment.ops.")


if __name__ == "__main__":
    import convscope.augment  # noqa: F401  # all operations register

    PAGE.write_text(page(), encoding="utf-8")
