"""What may be wrong with a set of images, as the page has it: doubles, labels among others."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from convscope.widgets._jobs import Job
from convscope.widgets._scatter_columns import Category
from convscope.widgets._scatter_maps import watched

if TYPE_CHECKING:
    from convscope.manifold import Projection


MOST = 100  # of each kind are sent, the clearest first, and as many points of a group


def problems(projection: Projection, labels: Category | None, job: Job) -> dict[str, Any]:
    """Return duplicates and suspicious labels; typed as Problems in js/lib/scatter_calls.ts."""
    from convscope.manifold import Stopped

    try:
        return _problems(projection, labels, job)
    except Stopped:
        job.check()  # says it in the words of a job
        raise


def _problems(projection: Projection, labels: Category | None, job: Job) -> dict[str, Any]:
    from convscope.manifold import duplicates

    twice = duplicates(projection, **watched(job))
    found = {
        "duplicates": [
            {"points": each.indices[:MOST].tolist(), "size": len(each.indices)}
            for each in twice[:MOST]
        ],
        "groups": len(twice),
    }
    note = _nothing_to_compare(labels)
    if note:
        return {**found, "suspicious": [], "doubted": 0, "note": note}
    assert labels is not None
    return {**found, **_doubted(projection, labels, job), "note": ""}


def _nothing_to_compare(labels: Category | None) -> str:
    if labels is None:
        return "There are no labels to compare; pass labels=."
    known = np.unique(labels.codes[labels.codes != len(labels.names)])
    return "" if len(known) > 1 else "All labels are the same."


def _doubted(projection: Projection, labels: Category, job: Job) -> dict[str, Any]:
    from convscope.manifold import suspicious

    found = suspicious(projection, labels.told(), **watched(job))
    rows = zip(found.indices, found.given, found.suggested, found.support, strict=True)
    shown = [
        {
            "point": int(point),
            "label": found.names[own],
            "other": found.names[other],
            "share": float(share),
        }
        for point, own, other, share in itertools.islice(rows, MOST)
    ]
    return {"suspicious": shown, "doubted": len(found)}
