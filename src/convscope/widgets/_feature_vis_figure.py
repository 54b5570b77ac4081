"""The still picture of a feature visualisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from convscope import plots
from convscope.featurevis import FeatureImage
from convscope.plots.style import number
from convscope.scope import Scope
from convscope.strongest import patch_at
from convscope.widgets._feature_vis_calls import Bench
from convscope.widgets._feature_vis_examples import ExampleFinder, Found
from convscope.widgets._feature_vis_targets import Wanted

_UNASKED = 64  # images that are searched for a still picture; as in js/lib/feature_loader.ts
_SHOWN = 7  # real patches beside a picture


def figure(
    bench: Bench, wanted: Wanted, made: Mapping[str, Sequence[FeatureImage]], **options: Any
) -> Figure:
    """Draw the pictures of a target, and the real patches that are known or soon found.

    Parameters
    ----------
    bench
        What the widget has.
    wanted
        The target.
    made
        Its pictures by part.
    **options
        Of :func:`convscope.plots.excited`.
    """
    found = _found(bench, wanted)
    main = list(made.get("main", ()))
    first = main[0] if main else None
    maximum = found[0].examples.maximum if found else None
    rows = []
    if wanted.between:
        rows.append(_versions("from one to the other", main))
    rows += [_versions("its negative, and diverse versions", _others(made))]
    rows += [_patches(bench, "real patches: the other end", each) for each in found[1:2]]
    return plots.excited(
        None if first is None else first.shown,
        _patches(bench, "real patches that excite it most", found[0]) if found else None,
        [row for row in rows if row.images],
        words="" if first is None else reached_words(first.quality.activation, maximum),
        history=None if first is None else first.history,
        maximum=maximum,
        **options,
    )


def _others(made: Mapping[str, Sequence[FeatureImage]]) -> list[FeatureImage]:
    return [*made.get("negative", ()), *made.get("diverse", ())]


def _versions(title: str, pictures: Sequence[FeatureImage]) -> plots.PictureRow:
    return plots.PictureRow(
        title,
        [each.shown for each in pictures],
        [f"{'negative ' if _negative(each) else ''}{_reached(each)}" for each in pictures],
    )


def _negative(picture: FeatureImage) -> bool:
    return picture.target.startswith("-")


def _reached(picture: FeatureImage) -> str:
    sign = -1 if _negative(picture) else 1
    return number(sign * picture.quality.activation)


def _found(bench: Bench, wanted: Wanted) -> list[Found]:
    finder, scope = bench.finder, bench.scope()
    if finder is None:
        return []
    few = len(finder.source) <= _UNASKED
    answers = []
    for end in wanted.ends:
        found = finder.at_hand(scope, end)
        if found is None and few:
            *_, found = finder.look(scope, end)
        if found is not None:
            answers.append(found)
    return answers


def _patches(bench: Bench, title: str, found: Found) -> plots.PictureRow:
    assert bench.finder is not None
    scope, examples = bench.beside.scope(), found.examples
    ranks = range(min(_SHOWN, len(examples.values)))
    return plots.PictureRow(
        title,
        [_cut(scope, bench.finder, found, rank) for rank in ranks],
        [number(float(examples.values[rank])) for rank in ranks],
    )


def _cut(scope: Scope, finder: ExampleFinder, found: Found, rank: int) -> Tensor:
    examples = found.examples
    view = scope.view(finder.source[int(examples.images[rank])])
    row, column = (int(n) for n in examples.positions[rank])
    field = scope.layers[examples.layer].receptive
    size = (int(view.shape[1]), int(view.shape[2]))
    y0, x0, y1, x1 = patch_at(field, (row, column), examples.size, size).box
    return view[:, y0:y1, x0:x1]


def reached_words(reached: float, maximum: float | None) -> str:
    """Return what was reached in words, as js/views/feature_words.ts does."""
    said = f"reached {number(reached)}"
    if maximum is None:
        return said
    if reached > 0 and maximum > 0:
        return f"{said} = {number(reached / maximum)} × the most your images reach"
    return f"{said}; the most your images reach: {number(maximum)}"


def readable(target: str) -> str:
    """Return a target with true minus signs and arrows."""
    return target.replace("<->", "↔").replace(" - ", " − ").replace("*", " × ")
