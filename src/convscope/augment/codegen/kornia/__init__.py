"""Code for kornia, which draws for each image of a batch."""

from __future__ import annotations

from convscope.augment.codegen.kornia.geometry import GEOMETRY
from convscope.augment.codegen.kornia.helpers import HELPERS
from convscope.augment.codegen.kornia.phrases import SHARED
from convscope.augment.codegen.kornia.pixels import PIXELS
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
from convscope.augment.pipeline import Pipeline

_BLANK = "nn.Identity()"
_TABLE = {**GEOMETRY, **PIXELS}


def written(pipe: Pipeline) -> str:
    """Return the code of a pipeline."""
    context = Context(pipe)
    lines = listed(pipe.operations, lambda node: _step(node, context))
    if not has_code(lines):
        lines.append(f"{_BLANK},")
    imports = ["import kornia.augmentation as K"]
    body = block("pipeline = K.AugmentationSequential(", [*lines, 'data_keys=["input"],'])
    imports += ["import torch"] if context.helpers else []
    imports += ["from torch import nn"] if _BLANK in body else []
    note = '# For float images (N, C, H, W) in [0, 1]; with masks: data_keys=["input", "mask"].\n'
    return assembled(imports, HELPERS, context, note, body)


def _step(node: Node, context: Context) -> Step:
    if isinstance(node, Combinator):
        return _combined(node, context)
    return step(node, _TABLE, context)


def _combined(node: Combinator, context: Context) -> Step:
    if isinstance(node, Choice):
        return Step(note="no counterpart, modules don't see labels")
    needs_place = isinstance(node, OneOf | SomeOf)
    lines = listed(
        node.operations, lambda each: _step(each, context), _BLANK if needs_place else ""
    )
    if not has_code(lines):
        return Step(note="nothing of it has a counterpart")
    count = len(node.operations)
    if isinstance(node, OneOf):
        return _drawn(lines, node, (1, 2), node.weights or (1.0,) * count)
    if isinstance(node, SomeOf):
        low, high = node.count
        if high == 1 and low == 1:
            return _drawn(lines, node, (1, 2), (1.0,) * count)
        return Step(note="no counterpart, kornia applies some of them in a random order")
    if node.p == 1:
        return Step(block("K.ImageSequential(", lines))
    nested = f"{block('K.ImageSequential(', lines)},".splitlines()
    weights = [node.p, 1 - node.p]
    return _choice([*nested, f"{_BLANK},"], (1, 2), weights)


def _drawn(
    lines: list[str], node: Combinator, count: tuple[int, int], weights: tuple[float, ...]
) -> Step:
    """Write a choice; nothing at all is one more of its members."""
    if node.p == 1 and len(set(weights)) == 1:
        return _choice(lines, count, None)
    whole = sum(weights)
    shares = [node.p * each / whole for each in weights]
    rest = [f"{_BLANK},"] if node.p < 1 else []
    return _choice([*lines, *rest], count, [*shares, *([1 - node.p] if rest else [])])


def _choice(lines: list[str], count: tuple[int, int], weights: list[float] | None) -> Step:
    tail = [f"random_apply={count},"]
    if weights:
        tail.append(f"random_apply_weights={literal([round(each, 6) for each in weights])},")
    return Step(block("K.ImageSequential(", [*lines, *tail]), SHARED)
