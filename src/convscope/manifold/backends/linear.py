"""PCA: the first two components are the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convscope.manifold.backends.start import plane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convscope.manifold.parameters import Parameters
    from convscope.manifold.watch import Watch


def layout(
    vectors: NDArray[np.float32], parameters: Parameters, watch: Watch
) -> NDArray[np.float32]:
    """Return the first two components, (N, 2)."""
    del parameters
    xy = plane(vectors)
    watch.layout(xy, 1.0, last=True)
    return xy
