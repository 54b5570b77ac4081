"""What may be wrong with a set of images: the same one twice, a label among others."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from convscope.manifold.nearest import nearest
from convscope.widgets._jobs import Job
from convscope.widgets._scatter_columns import Category

NEAR = 10  # neighbours whose labels are looked at
_SHARE = 0.7  # of them must agree on another label
_OWN = 0.1  # of them at most may have the point's own
_LOOKED_AT = 20_000  # points whose neighbours are looked for; a sample of larger maps
_TOGETHER = 512
_SAME = 1e-4  # of the vectors' size: closer ones are the same


def duplicates(vectors: npt.NDArray[np.float32]) -> list[list[int]]:
    """Return groups of points that are the same in the layer's space, but for rounding.

    Parameters
    ----------
    vectors
        (N, d).
    """
    step = _SAME * max(float(np.abs(vectors).max(initial=0)), 1e-12)
    rounded = np.round(vectors / step).astype(np.int32)
    _, group, counts = np.unique(rounded, axis=0, return_inverse=True, return_counts=True)
    group = group.ravel()
    many = np.flatnonzero(counts[group] > 1)
    order = many[np.argsort(group[many], kind="stable")]
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    found = [part.tolist() for part in np.split(order, cuts) if len(part)]
    return sorted(found)


def suspicious(
    vectors: npt.NDArray[np.float32], labels: Category, job: Job
) -> tuple[list[dict[str, Any]], str]:
    """Return points most of whose neighbours have one other label, and what was not looked at.

    Parameters
    ----------
    vectors
        (N, d); neighbours are looked for in them.
    labels
        Of the points; missing ones are neither judged nor counted.
    job
        Hears how far it is.

    Returns
    -------
    list of dict
        Typed as Suspicious in js/lib/scatter_calls.ts, the surest first.
    str
        One sentence where only a sample was looked at, else empty.
    """
    count, missing = len(vectors), len(labels.names)
    some = np.flatnonzero(labels.codes != missing)
    note = ""
    if len(some) > _LOOKED_AT:
        draw = np.random.default_rng(0).choice(some, _LOOKED_AT, replace=False)
        note = f"Looked at {_LOOKED_AT:,} of {len(some):,} labels."
        some = np.sort(draw)
    k = min(NEAR, count - 1)
    found = []
    for start in range(0, len(some), _TOGETHER):
        job.check()
        part = some[start : start + _TOGETHER]
        near, _ = nearest(vectors[part], vectors, k, own=part)
        found += _judged(part, labels.codes[near], labels)
        job.progress(start + len(part), len(some), "comparing labels of neighbours")
    return sorted(found, key=lambda each: (-each["share"], each["point"])), note


def _judged(
    points: npt.NDArray[np.int64], near: npt.NDArray[np.uint16], labels: Category
) -> list[dict[str, Any]]:
    found = []
    for point, codes in zip(points.tolist(), near, strict=True):
        known = codes[codes != len(labels.names)]
        if len(known) == 0:
            continue
        counts = np.bincount(known)
        best = int(counts.argmax())
        own = int(labels.codes[point])
        share = counts[best] / len(codes)
        mine = counts[own] / len(codes) if own < len(counts) else 0.0
        if best != own and share >= _SHARE and mine <= _OWN:
            names = labels.names
            found.append(
                {"point": point, "label": names[own], "other": names[best], "share": float(share)}
            )
    return found
