"""Code for torchvision's v2 transforms, which move masks, boxes and keypoints along."""

from __future__ import annotations

from convscope.augment.codegen.script import (
    Context,
    Step,
    assembled,
    block,
    has_code,
    listed,
    literal,
    step,
)
from convscope.augment.codegen.torchvision.geometry import GEOMETRY
from convscope.augment.codegen.torchvision.helpers import HELPERS
from convscope.augment.codegen.torchvision.phrases import applied
from convscope.augment.codegen.torchvision.pixels import PIXELS
from convscope.augment.combine import Choice, Combinator, Node, OneOf, SomeOf
from convscope.augment.pipeline import Pipeline

_BLANK = "v2.Identity()"
_TABLE = {**GEOMETRY, **PIXELS}


def written(pipe: Pipeline) -> str:
    """Return the code of a pipeline."""
    context = Context(pipe)
    lines = listed(pipe.operations, lambda node: _step(node, context))
    if not has_code(lines):
        lines.append(f"{_BLANK},")
    body = block("pipeline = v2.Compose([", lines, "])")
    imports = ["import torch"]
    if "combinations" in context.helpers:
        imports = ["from itertools import combinations", "from math import comb", "", *imports]
    if {"Move", "Shades"} & context.helpers:
        imports = ["import math", *imports] if "Move" in context.helpers else imports
    if "tv_tensors" in body or "Move" in context.helpers:
        imports.append("from torchvision import tv_tensors")
    imports.append("from torchvision.transforms import v2")
    note = (
        "# For uint8 images: Pillow, or tensors (C, H, W) as tv_tensors.Image beside masks and\n"
        "# boxes. A batch would share one draw, so each image goes through by itself.\n"
    )
    return assembled(imports, HELPERS, context, note, body)


def _step(node: Node, context: Context) -> Step:
    if isinstance(node, Combinator):
        return _combined(node, context)
    return step(node, _TABLE, context)


def _combined(node: Combinator, context: Context) -> Step:
    if isinstance(node, Choice):
        return Step(note="no counterpart, transforms don't see labels")
    needs_place = isinstance(node, OneOf | SomeOf)
    lines = listed(
        node.operations, lambda each: _step(each, context), _BLANK if needs_place else ""
    )
    if not has_code(lines):
        return Step(note="nothing of it has a counterpart")
    if isinstance(node, OneOf):
        weights = "" if node.weights is None else f", p={literal(list(node.weights))}"
        return applied(block("v2.RandomChoice([", lines, f"]{weights})"), node.p)
    if isinstance(node, SomeOf):
        return applied(_some(node, lines, context), node.p)
    if node.p == 1:
        return Step(block("v2.Compose([", lines, "])"))
    return Step(block("v2.RandomApply([", lines, f"], p={literal(node.p)})"))


def _some(node: SomeOf, lines: list[str], context: Context) -> str:
    """Write a choice among all combinations, in order; each number of them equally probable."""
    context.needs("combinations")
    count, (low, high) = len(node.operations), node.count
    inner = block(
        "*[v2.Compose([v2.Identity(), *some])",
        [
            f"for n in range({low}, {high + 1})",
            "for some in combinations([",
            *[f"    {line}" for line in lines],
            "], n)",
        ],
        "]",
    )
    weights = f"p=[1 / comb({count}, n) for n in range({low}, {high + 1}) "
    weights += f"for _ in range(comb({count}, n))],"
    text = inner.removeprefix("*")
    return block("v2.RandomChoice(", [*f"{text},".splitlines(), weights])
