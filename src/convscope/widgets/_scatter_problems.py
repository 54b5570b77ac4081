"""What may be wrong with a set of images, as the page has it: doubles, labels among others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.widgets._jobs import Job
from convscope.widgets._scatter_columns import Category
from convscope.widgets._scatter_maps import watched

if TYPE_CHECKING:
    from convscope.manifold import Projection


def problems(projection: Projection, labels: Category | None, job: Job) -> dict[str, Any]:
    """Return duplicates and suspicious labels; typed as Problems in js/lib/scatter_calls.ts."""
    from convscope.manifold import Stopped, duplicates

    job.progress(0, 1, "looking for duplicates")
    twice = [each.indices.tolist() for each in duplicates(projection)]
    note = _nothing_to_compare(labels)
    if note:
        return {"duplicates": twice, "suspicious": [], "note": note}
    assert labels is not None
    try:
        return {"duplicates": twice, "suspicious": _doubted(projection, labels, job), "note": ""}
    except Stopped:
        job.check()
        raise


def _nothing_to_compare(labels: Category | None) -> str:
    if labels is None:
        return "There are no labels to compare; pass labels=."
    known = np.unique(labels.codes[labels.codes != len(labels.names)])
    return "" if len(known) > 1 else "All labels are the same."


def _doubted(projection: Projection, labels: Category, job: Job) -> list[dict[str, Any]]:
    from convscope.manifold import suspicious

    given = np.array([*labels.names, None], object)[labels.codes]
    found = suspicious(projection, given, **watched(job))
    rows = zip(found.indices, found.given, found.suggested, found.support, strict=True)
    return [
        {
            "point": int(point),
            "label": found.names[own],
            "other": found.names[other],
            "share": float(share),
        }
        for point, own, other, share in rows
    ]
