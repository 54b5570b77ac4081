"""The still picture of an augmentation preview."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from convscope import plots
from convscope.augment.previewable import Inputs, Node, Outcome, children
from convscope.plots.style import ThemeName, number
from convscope.scope import Scope
from convscope.widgets._preview_show import Asked, Guess, Preview


def figure(
    preview: Preview,
    asked: Asked,
    *,
    scope: Scope | None = None,
    masks: bool,
    marks: bool,
    theme: ThemeName,
) -> Figure:
    """Draw the samples of a state beside their original, or each beside its own.

    Under each stands what was drawn for it, or with a network the class that it is taken for.
    """
    shown = preview.show(asked)
    pairs = asked.mode == "images"
    indices = shown.originals if pairs else shown.originals[:1]
    names = preview.names(indices)
    samples = range(len(shown.originals))
    captions = [shown.words(i, preview.entries) for i in samples]
    of_originals: list[str] = []
    if scope is not None:
        captions, of_originals = _thoughts(preview, scope, asked)
    labels = [str(i + 1) for i in samples]
    count = len(samples)
    what = f"one sample of each of {count} images" if pairs else f"{count} samples of {names[0]}"
    return plots.augment_preview(
        _pictured(preview.given.batch(indices), names, of_originals, masks=masks, marks=marks),
        _pictured(shown.outcome, labels, captions, masks=masks, marks=marks),
        title="Augmentation",
        what=f"{what} · seed {asked.seed}",
        notes=_lines(asked.operations, preview),
        theme=theme,
    )


def _thoughts(preview: Preview, scope: Scope, asked: Asked) -> tuple[list[str], list[str]]:
    """Return what the network takes the samples and their originals for, in words."""
    found = [guess for part in preview.looks(scope, asked) for guess in part]
    half = len(found) // 2
    words = [f"{guess['name']} {_percent(guess)}" for guess in found]
    for i in range(half):
        if found[i]["name"] != found[half + i]["name"]:
            words[i] = f"≠ {words[i]}"
    return words[:half], words[half:]


def _percent(guess: Guess) -> str:
    score = guess["score"]
    return f"{100 * score:.0f} %" if guess["kind"] == "probability" else number(score)


def _pictured(
    of: Inputs | Outcome,
    labels: Sequence[str],
    captions: Sequence[str],
    *,
    masks: bool,
    marks: bool,
) -> list[plots.Pictured]:
    def entry(table: Sequence[Tensor] | Tensor | None, i: int) -> Tensor | None:
        return None if table is None else table[i]

    return [
        plots.Pictured(
            image,
            entry(of.masks, i) if masks else None,
            entry(of.boxes, i) if marks else None,
            entry(of.keypoints, i) if marks else None,
            labels[i],
            captions[i] if captions else "",
        )
        for i, image in enumerate(of.images)
    ]


def _lines(nodes: Sequence[Node], preview: Preview, depth: int = 0) -> list[str]:
    """Return a line for each operation that is on: its name, its first span, its probability."""
    lines = []
    for node in nodes:
        if not node.get("on", True):
            continue
        entry = preview.entries[node["name"]]
        spans = [each for each in entry.params if each.kind == "span"][:1]
        parts = ["· " * depth + (node.get("title") or entry.title or node["name"])]
        for span in spans:
            low, high = node["params"][span.name]
            parts.append(f"{_short(low)} … {_short(high)} {span.unit}".replace(" °", "°").strip())
        p = node["params"].get("p", 1)
        if p < 1:
            parts.append(f"p {_short(p)}")
        lines.append("  ".join(parts))
        lines += _lines(children(node), preview, depth + 1)
    return lines


def _short(value: float) -> str:
    """Write what a person set: without the zeros that a measurement would have."""
    words = number(value)
    return words.rstrip("0").rstrip(".") if "." in words else words
