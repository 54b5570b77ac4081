"""Code for Albumentations (2.0.8, the last under the MIT licence)."""

from __future__ import annotations

from convscope.augment.codegen.albumentations.geometry import GEOMETRY
from convscope.augment.codegen.albumentations.helpers import HELPERS
from convscope.augment.codegen.albumentations.pixels import PIXELS
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
from convscope.augment.combine import Choice, Combinator, Node, OneOf, SomeOf
from convscope.augment.operation import Operation
from convscope.augment.pipeline import Pipeline

_BLANK = "A.NoOp(p=1)"
_TABLE = {**GEOMETRY, **PIXELS}


def written(pipe: Pipeline) -> str:
    """Return the code of a pipeline."""
    context = Context(pipe)
    lines = listed(pipe.operations, lambda node: _step(node, context))
    imports = ["import albumentations as A"]
    imports += ["import cv2"] if "cv2" in context.helpers else []
    imports += ["import numpy as np"] if "Moved" in context.helpers else []
    note = "# For NumPy images (height, width, channels), uint8.\n"
    body = block("pipeline = A.Compose([", lines, "])")
    return assembled(imports, HELPERS, context, note, body)


def _step(node: Node, context: Context) -> Step:
    if isinstance(node, Combinator):
        return _combined(node, context)
    return step(node, _TABLE, context)


def _combined(node: Combinator, context: Context) -> Step:
    if isinstance(node, Choice):
        return Step(note="no counterpart, transforms don't see labels")
    if isinstance(node, OneOf):
        return _one_of(node, context)
    blank = _BLANK if isinstance(node, SomeOf) else ""
    lines = listed(node.operations, lambda each: _step(each, context), blank)
    if not has_code(lines):
        return Step(note="nothing of it has a counterpart")
    p = f"p={literal(node.p)}"
    if not isinstance(node, SomeOf):
        return Step(block("A.Sequential([", lines, f"], {p})"))
    low, high = node.count
    some = [_some(lines, n) for n in range(low, high + 1)]
    if len(some) == 1:
        return Step(f"A.Sequential([{some[0]}], {p})" if node.p < 1 else some[0])
    return Step(
        block("A.OneOf([", [line for each in some for line in f"{each},".splitlines()], f"], {p})")
    )


def _some(lines: list[str], count: int) -> str:
    return block("A.SomeOf([", lines, f"], n={count}, p=1)") if count else _BLANK


def _one_of(node: OneOf, context: Context) -> Step:
    """Write a choice, whose members are chosen by their ``p`` and then certain.

    So a member with a probability of its own is put into a sequence, which has the weight.
    """
    weights = node.weights or (1.0,) * len(node.operations)
    lines: list[str] = []
    for child, weight in zip(node.operations, weights, strict=True):
        share = literal(round(weight / max(weights), 6))

        def member(each: Node, share: str = share) -> Step:
            written = _step(each, context)
            code = written.code or _BLANK
            if isinstance(each, Operation) and "\n" not in code and code.endswith("p=1)"):
                return Step(f"{code[:-2]}{share})", written.note)
            inside = f"{code},".splitlines()
            return Step(block("A.Sequential([", inside, f"], p={share})"), written.note)

        lines += listed([child], member)
    return Step(block("A.OneOf([", lines, f"], p={literal(node.p)})"))
