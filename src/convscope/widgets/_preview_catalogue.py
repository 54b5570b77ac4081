"""What a preview's page is told of operations, their parameters and their distributions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convscope.augment.declare import Param
from convscope.augment.previewable import Entry, Previewable, leaves

_DRAWS = 1000
_BINS = 16


def catalogue(entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """Return all operations by kind; typed as CatalogueEntry in ``js/lib/protocol.ts``."""
    return [_told(name, entry) for name, entry in entries.items()]


def distributions(pipe: Previewable, labels: Sequence[int | str] | None) -> list[dict[str, Any]]:
    """Return for each span of each leaf how many of many draws fell into each part of it.

    Where a library cannot draw without an image, there are no counts.
    """
    record = pipe.draws(_DRAWS, labels)
    entries = pipe.catalogue()
    found = []
    for place, walk in enumerate(leaves(pipe.describe())):
        entry = entries.get(walk.node["name"], Entry())
        for param in entry.params:
            values = walk.node["params"].get(param.name)
            if param.kind != "span" or not isinstance(values, list | tuple):
                continue
            drawn = None if record is None else record.columns[place].values.get(param.name)
            low, high = values
            counts: list[int] = []
            if drawn is not None:
                low, high = min(low, float(drawn.min())), max(high, float(drawn.max()))
                bins = _BINS if high > low else 1
                counts = np.histogram(drawn, bins, (low, high))[0].tolist()
            about = {"path": list(walk.path), "param": param.name}
            found.append({**about, "counts": counts, "range": [low, high]})
    return found


def _told(name: str, entry: Entry) -> dict[str, Any]:
    return {
        "name": name,
        "title": entry.title or name,
        "group": entry.group,
        "help": entry.help,
        "nests": entry.nests,
        "addable": entry.addable,
        "params": [_param(each) for each in entry.params],
    }


def _param(param: Param) -> dict[str, Any]:
    """Return a parameter; typed as ParamInfo in ``js/lib/protocol.ts``."""
    # A default may be written short, such as 15 for (-15, 15): the page gets it in full.
    default = param.check(param.default, param.name)
    return {
        "name": param.name,
        "kind": param.kind,
        "help": param.help,
        "default": list(default) if isinstance(default, tuple) else default,
        "low": param.low if math.isfinite(param.low) else None,
        "high": param.high if math.isfinite(param.high) else None,
        "step": param.step,
        "slider": [_finite(param.slider[0], -100), _finite(param.slider[1], 100)],
        "unit": param.unit,
        "whole": param.whole,
        "choices": list(param.choices),
        "optional": param.optional,
    }


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
