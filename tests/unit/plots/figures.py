"""Questions to ask a figure."""

import numpy as np


def part(figure, name):
    """The axes of a figure with this name."""
    return next(axes for axes in figure.axes if axes.get_gid() == name)


def panels(figure, name="mosaic"):
    """The pictures of a mosaic, without what lies behind them."""
    return [image for image in part(figure, name).images if image.get_gid() != "picture"]


def bar(figure):
    """Where the colour bar has its ticks, and what they say."""
    axes = part(figure, "colour bar")
    return list(axes.get_xticks()), [label.get_text() for label in axes.get_xticklabels()]


def words(figure):
    """All words of a figure, a line each."""
    texts = [text.get_text() for text in figure.texts]
    return "\n".join([*texts, *(t.get_text() for axes in figure.axes for t in axes.texts)])


def pixels(figure):
    """The figure as (H, W, 4) bytes."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())
