"""What a network says an image is, as a small bar chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from convscope.plots.page import MARGIN, Page, StillFigure, fit
from convscope.plots.style import ThemeName, number, theme_of

ROW = 0.25  # inches


class Named(Protocol):
    """A class with its score, such as `convscope.scope.Prediction`."""

    @property
    def name(self) -> str:
        """Name of the class."""

    @property
    def score(self) -> float:
        """Probability in [0, 1], or a raw score."""

    @property
    def kind(self) -> str:
        """Either "probability" or "score"."""


def predictions(
    predictions: Sequence[Named], *, title: str = "Prediction", theme: ThemeName = "light"
) -> StillFigure:
    """Draw the classes that a network names for one image, as bars.

    Parameters
    ----------
    predictions : sequence of Prediction
        One image's entry of `scope.predict(images)`, best first.
    title : str
        Title of the figure, such as the name of the image.
    theme : {"light", "dark"}
        Colours of the page.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, so nothing has to be closed.

    Examples
    --------
    >>> from convscope import plots
    >>> from convscope.scope import Prediction
    >>> figure = plots.predictions([Prediction("tabby", 281, 0.62, "probability")])
    """
    if not predictions:
        raise ValueError("predictions: expected at least one, got an empty list")
    body = MARGIN + 0.46
    page = Page(3.4, body + len(predictions) * ROW + MARGIN, theme_of(theme))
    kinds = sorted({entry.kind for entry in predictions})
    page.header(title, f"the first {len(predictions)}, by {' and '.join(kinds)}")
    bars(page, MARGIN, body, page.width - 2 * MARGIN, predictions)
    return page.figure


def bars(page: Page, left: float, top: float, width: float, entries: Sequence[Named]) -> None:
    """Draw a name, a number and a bar for each entry; a full bar is 1, or the largest score."""
    full = max(abs(entry.score) for entry in entries) or 1.0
    if all(entry.kind == "probability" for entry in entries):
        full = 1.0
    axes = page.axes(left, top, width, len(entries) * ROW)
    axes.set_gid("predictions")
    for row, entry in enumerate(entries):
        value = _score(entry)
        down = row * ROW
        name = fit(entry.name, width - 0.45, "label")
        page.text(left, top + down, name, "label", color=page.theme.ink)
        page.text(left + width, top + down, value, "label", ha="right")
        axes.barh(down + 0.165, width, height=0.035, color=page.theme.line)
        share = max(entry.score, 0.0) / full
        axes.barh(down + 0.165, width * share, height=0.035, color=page.theme.accent)


def _score(entry: Named) -> str:
    if entry.kind != "probability":
        return number(entry.score)
    return "< 0.01" if 0 < entry.score < 0.005 else f"{entry.score:.2f}"
