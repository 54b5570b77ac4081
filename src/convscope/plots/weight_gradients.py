"""The gradients that change the weights of a layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from convscope.plots import matrix
from convscope.plots.channels import dimensions, limit_of, odd_notes, part_of
from convscope.plots.page import StillFigure
from convscope.plots.style import Array, ColormapName, Scale, ThemeName, theme_of
from convscope.plots.values import kernels_of, norms

_SIDE = 32  # channels a side


def gradients(
    gradient: Any,
    *,
    layer: str = "",
    limit: int = _SIDE,
    colormap: ColormapName = "diverging",
    theme: ThemeName = "light",
) -> StillFigure:
    """Draw the gradient of the loss by a layer's weights: a grid of kernels, in × out.

    keract's `display_gradients_of_trainable_weights`, on one scale centred at 0.

    Parameters
    ----------
    gradient : Tensor or array_like
        d loss / d weight, (out, in, kh, kw), (out, in, k) or (out, in), such as
        `scope.weight_gradients(images, labels)["conv1.weight"]`.
    layer : str
        Name of the layer, for the title.
    limit : int
        How many filters and input channels to draw; with more, those of the largest gradients.
    colormap : {"diverging", "auto", "magma", "viridis", "grey"}
        Colours of the gradient.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> import torch
    >>> from convscope import plots
    >>> figure = plots.gradients(torch.randn(16, 8, 3, 3), layer="conv1.weight")
    """
    kernels = kernels_of(gradient, "gradient")
    sizes = norms(kernels)
    side = limit_of(limit, _SIDE)
    across, down = _largest(sizes.max(axis=1), side), _largest(sizes.max(axis=0), side)
    notes = ["one scale for the whole gradient"]
    if len(across) < len(kernels) or len(down) < kernels.shape[1]:
        notes.append("channels of the largest gradients, in their order")
    what = (
        f"{dimensions(kernels.shape)} · {part_of(len(across), len(kernels), 'filter')}, "
        f"{part_of(len(down), kernels.shape[1], 'input channel')}"
    )
    return matrix.draw(
        kernels,
        across,
        down,
        title=layer or "Gradient of the weights",
        what=what,
        scale=Scale.of(kernels, colormap, theme_of(theme)),
        ends=None,
        notes=[*notes, *odd_notes(kernels)],
        theme=theme_of(theme),
    )


def _largest(sizes: Array, side: int) -> list[int]:
    return sorted(int(index) for index in np.argsort(-sizes, kind="stable")[:side])
