"""Labels: of which class a sample is, and the shares of classes in a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from convscope.augment.combine import Label
from convscope.augment.declare import as_number

Classes: TypeAlias = "int | tuple[str, ...] | None"


def checked_classes(classes: int | Sequence[str] | None) -> Classes:
    """Return how many classes there are, or their names; a `ValueError` says what is wrong."""
    if classes is None:
        return None
    plain = as_number(classes)
    if plain is not None and plain == int(plain) and plain > 0:
        return int(plain)
    if plain is None and isinstance(classes, Sequence) and not isinstance(classes, str) and classes:
        return tuple(str(each) for each in classes)
    raise ValueError(f"classes: must be how many there are, or their names; got {classes!r}")


def plain_labels(labels: Any, count: int) -> list[Label] | None:
    """Return labels as a list of int and str; shares count as their largest."""
    if labels is None:
        return None
    if isinstance(labels, Tensor | np.ndarray):
        if labels.ndim == 2:
            labels = labels.argmax(1)
        labels = labels.tolist()
    listed = list(labels) if not isinstance(labels, str | int) else [labels]
    if len(listed) != count:
        raise ValueError(f"labels: give one for each of {count} images; got {len(listed)}")
    return [each.item() if hasattr(each, "item") else each for each in listed]


def shares(labels: Any, count: int, classes: Classes) -> Tensor:
    """Return labels as shares of classes, (N, K) float32."""
    if isinstance(labels, Tensor | np.ndarray) and labels.ndim == 2:
        return torch.as_tensor(labels).to(torch.float32)
    if classes is None:
        raise ValueError(
            "labels: MixUp and CutMix make shares of classes; pass shares (N, classes), or tell "
            "the pipeline its classes, a number or a list of names"
        )
    known = len(classes) if isinstance(classes, tuple) else classes
    found = torch.zeros(count, known)
    for i, label in enumerate(plain_labels(labels, count) or []):
        found[i, _position(label, classes, known)] = 1
    return found


def _position(label: Label, classes: Classes, known: int) -> int:
    if isinstance(label, str):
        if not isinstance(classes, tuple) or label not in classes:
            raise ValueError(f"labels: {label!r} is none of the classes of the pipeline")
        return classes.index(label)
    if not 0 <= label < known:
        raise ValueError(f"labels: {label!r} is none of {known} classes, from 0")
    return int(label)
