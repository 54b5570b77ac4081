"""Code for convscope itself: it makes an equal pipeline."""

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.script import arguments, block, literal, parameters
from convscope.augment.combine import Choice, Combinator, Node, OneOf, SomeOf
from convscope.augment.ops.custom import Custom
from convscope.augment.pipeline import Pipeline


def written(pipe: Pipeline) -> str:
    """Return the code of a pipeline."""
    imports: dict[str, None] = {"from convscope import augment": None}  # in order, once each
    lines = _lines(pipe.operations, imports)
    settings = [f"seed={pipe.seed}"]
    for name, usual in (("interpolation", "bilinear"), ("mask_fill", 0), ("classes", None)):
        if getattr(pipe, name) != usual:
            settings.append(f"{name}={literal(getattr(pipe, name))}")
    head = "\n".join(imports)
    tail = f"], {', '.join(settings)})"
    return f"{head}\n\npipeline = {block('augment.Pipeline([', lines, tail)}\n"


def _lines(nodes: Any, imports: dict[str, None]) -> list[str]:
    return [line for node in nodes for line in f"{_node(node, imports)},".splitlines()]


def _node(node: Node, imports: dict[str, None]) -> str:
    if isinstance(node, Choice):
        return _choice(node, imports)
    if isinstance(node, Combinator):
        return _combinator(node, imports)
    kind = type(node)
    name = kind.__qualname__
    if kind.__module__.startswith("convscope."):
        name = f"augment.{name}"
    else:
        imports[f"from {kind.__module__} import {name}"] = None
    told = arguments(parameters(node))
    if isinstance(node, Custom):
        told = ", ".join(filter(None, [f"function={_function(node, imports)}", told]))
    return f"{name}({told})"


def _combinator(node: Combinator, imports: dict[str, None]) -> str:
    told: dict[str, Any] = {}
    if isinstance(node, OneOf) and node.weights is not None:
        told["weights"] = node.weights
    if isinstance(node, SomeOf):
        told["count"] = node.count
    if node.p != 1:
        told["p"] = node.p
    rest = "".join(f", {name}={value!r}" for name, value in told.items())
    tail = f"]{rest})"
    return block(f"augment.{type(node).__name__}([", _lines(node.operations, imports), tail)


def _choice(node: Choice, imports: dict[str, None]) -> str:
    lines: list[str] = []
    for label, held in node.classes.items():
        lines += block(f"{literal(label)}: [", _lines(held.operations, imports), "],").splitlines()
    told = ""
    if node.default.operations:
        default = block("[", _lines(node.default.operations, imports), "]")
        told += f", default={default}"
    if node.p != 1:
        told += f", p={literal(node.p)}"
    return block("augment.Choice({", lines, f"}}{told})")


def _function(node: Custom, imports: dict[str, None]) -> str:
    """Return the name of a function, and import it from where it is defined."""
    function = node.function
    name = getattr(function, "__qualname__", type(function).__name__)
    module = getattr(function, "__module__", "")
    if name.isidentifier() and module not in ("", "__main__", None):
        imports[f"from {module} import {name}"] = None
        return name
    plain = name.rpartition(".")[2]
    plain = plain if plain.isidentifier() else "your_function"
    imports[f"# {plain} is a function of yours: define it before this runs"] = None
    return plain
