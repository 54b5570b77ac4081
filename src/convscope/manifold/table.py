"""A map as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor

from convscope.manifold.labels import per_point

#: What the table always has, in order.
PLACES = ("index", "x", "y")

if TYPE_CHECKING:
    from convscope.manifold.projection import Projection


def to_pandas(projection: Projection, columns: Mapping[str, Any]) -> Any:
    """Return a map as a pandas table with ``index``, ``x``, ``y`` and the columns given.

    Raises
    ------
    ImportError
        If pandas isn't installed.
    ValueError
        If a column has neither one value for each point nor one for each vector given, or is
        called as one of the map's own.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_pandas: pandas is not installed; pip install pandas") from error

    table = {"index": projection.indices, "x": projection.xy[:, 0], "y": projection.xy[:, 1]}
    for name, values in columns.items():
        if name in PLACES:
            raise ValueError(f"{name}: is the map's own column; give yours another name")
        own = per_point(name, values, projection)
        if isinstance(own, Tensor):
            own = own.detach().cpu().numpy()
        if hasattr(own, "reset_index"):
            own = own.reset_index(drop=True)  # rows go by position, whatever their names
        table[name] = own
    return pd.DataFrame(table)
