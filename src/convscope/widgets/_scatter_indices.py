"""A trait of which points are meant: any form of whole numbers comes in, a list comes out."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import traitlets


class Indices(traitlets.TraitType[list[int], Any]):
    """A list of whole numbers from 0, without repetition; a mask of truth values is taken too.

    One check of an array, not one of each element: a selection may have a million points.
    """

    default_value: list[int] = []  # noqa: RUF012 - traitlets copies it
    info_text = "a list, an array or a mask of points"

    def make_dynamic_default(self) -> list[int]:
        """Return an empty list of the widget's own."""
        return []

    def validate(self, obj: Any, value: Any) -> list[int]:  # noqa: ARG002
        """Return the points as a list, or say what is wrong with them."""
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        if hasattr(value, "to_numpy"):
            value = value.to_numpy()
        array = np.asarray(value if value is not None else [])
        if array.dtype == bool and array.ndim == 1:
            array = np.flatnonzero(array)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise traitlets.TraitError(
                f"{self.name}: must be a list of points, whole numbers from 0, got "
                f"{type(value).__name__} of {array.dtype} and shape {array.shape}"
            )
        if array.size and int(array.min()) < 0:
            raise traitlets.TraitError(f"{self.name}: points count from 0, got {array.min()}")
        found: list[int] = list(dict.fromkeys(array.tolist()))
        return found
