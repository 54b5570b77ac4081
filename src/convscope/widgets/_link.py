"""Two widgets of one network: what is chosen in one is shown in the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from convscope.featurevis.objectives import Term, as_objective
from convscope.featurevis.objectives.units import Channel, Layered, WholeLayer
from convscope.widgets._base import BaseWidget

logger = logging.getLogger(__name__)


def _layer_of(target: str) -> tuple[str] | None:
    """Return the layer of a target that is a layer, or a unit of one; None for more than that."""
    term = _only_term(target)
    return (term.layer,) if isinstance(term, Layered) else None


def _unit_of(target: str) -> tuple[str, int | None] | None:
    """Return layer and unit of a target that is a unit, and no unit of one that is a layer."""
    term = _only_term(target)
    if isinstance(term, WholeLayer):
        return term.layer, None
    return (term.layer, term.unit) if isinstance(term, Channel) else None


def _only_term(target: str) -> Term | None:
    terms = as_objective(target).terms
    return terms[0][1] if len(terms) == 1 else None


# What a widget that knows one image makes of several, and one that knows targets of a layer. Of
# several that lead to one topic the last that is chosen counts.
_BRIDGES: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("images", "image"): lambda chosen: (chosen[0][0],) if chosen[0] else None,
    ("image", "images"): lambda chosen: ([chosen[0]],),
    ("layer", "target"): lambda chosen: chosen,
    ("unit", "target"): lambda chosen: (f"{chosen[0]}:{chosen[1]}",),
    ("target", "unit"): lambda chosen: _unit_of(chosen[0]),
    ("target", "layer"): lambda chosen: _layer_of(chosen[0]),
}


class Link:
    """A link between two widgets; `unlink` ends it.

    Attributes
    ----------
    topics
        What goes over: ``"unit"`` (a layer and a channel), ``"layer"``, ``"target"`` (a layer, a
        channel or any objective as text), ``"image"``, ``"images"`` (a selection), ``"place"`` (a
        position in a layer's map of an image).
    """

    def __init__(self, source: BaseWidget, target: BaseWidget) -> None:
        self.source, self.target = source, target
        self._ways = _ways(source, target)
        self.topics = tuple(dict.fromkeys(given for given, _ in self._ways))
        self._told: dict[str, Any] = {}
        names = {name for topic in self.topics for name in source._topics[topic]}
        self._names = sorted(names)
        source.observe(self._tell, names=self._names)
        self._tell()

    def unlink(self) -> None:
        """Let each widget go its own way; safe to call twice."""
        if self._names:
            self.source.unobserve(self._tell, names=self._names)
            self._names = []

    def _tell(self, _change: Any = None) -> None:
        for taken in dict.fromkeys(taken for _, taken in self._ways):
            chosen = [(given, self._chosen(given)) for given, to in self._ways if to == taken]
            known = [(given, values) for given, values in chosen if None not in values]
            if not known:
                self._told.pop(taken, None)  # what is chosen once more is told once more
            elif self._told.get(taken) != known[-1]:
                self._told[taken] = known[-1]
                given, values = known[-1]
                meant = values if given == taken else _BRIDGES[given, taken](values)
                if meant is not None:
                    self._set(taken, meant)

    def _chosen(self, topic: str) -> tuple[Any, ...]:
        return tuple(getattr(self.source, name) for name in self.source._topics[topic])

    def _set(self, topic: str, values: tuple[Any, ...]) -> None:
        """Choose in the target; what it does not have is said there, and the source goes on."""
        try:
            with self.target.hold_trait_notifications():
                for name, value in zip(self.target._topics[topic], values, strict=True):
                    self.target.set_trait(name, value)
        except traitlets.TraitError as error:
            logger.info("a linked widget has no such %s: %s", topic, error)
            self.target._notice = str(error)


def link(source: BaseWidget, target: BaseWidget) -> Link:
    """Show in ``target`` what is chosen in ``source``, from now on.

    A channel clicked in a `LayerBrowser` is opened in a `FeatureVis`, or becomes what a `DeepDream`
    makes stronger; an image goes along where both have the same images. A second link the other
    way round is fine.

    Parameters
    ----------
    source
        The widget in which one chooses.
    target
        The widget that follows.

    Returns
    -------
    Link
        Its ``unlink()`` ends it.

    Raises
    ------
    TypeError
        If one of them is no widget of convscope.
    ValueError
        If they have nothing in common.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> browser = cs.LayerBrowser(digits.scope, digits.images[:20])
    >>> other = cs.LayerBrowser(digits.scope, digits.images[:20])
    >>> followed = cs.link(browser, other)
    >>> browser.layer, browser.unit = "conv2", 3
    >>> other.layer, other.unit
    ('conv2', 3)
    >>> followed.unlink()
    """
    for name, widget in (("source", source), ("target", target)):
        if not isinstance(widget, BaseWidget):
            raise TypeError(f"{name}: must be a widget of convscope, got {type(widget).__name__}")
    if source is target:
        raise ValueError("target: must be another widget than source")
    return Link(source, target)


def _ways(source: BaseWidget, target: BaseWidget) -> list[tuple[str, str]]:
    """Return which topics of the source go to which of the target."""
    same = [topic for topic in source._topics if topic in target._topics]
    found = [(topic, topic) for topic in same]
    found += [
        (given, taken)
        for given, taken in _BRIDGES
        if given in source._topics
        and taken in target._topics
        and not {given, taken}.intersection(same)
    ]
    if not _same_images(source, target):
        found = [way for way in found if not {"image", "images", "place"}.intersection(way)]
    if not found:
        raise ValueError(
            f"target: {type(target).__name__} shows {_words(target)}, and {type(source).__name__} "
            f"chooses {_words(source)}; these two have nothing in common"
        )
    return found


def _same_images(source: BaseWidget, target: BaseWidget) -> bool:
    """Tell whether a position means the same image in both, as far as their images have names."""
    one, other = (getattr(widget, "_source", None) for widget in (source, target))
    return one is None or other is None or list(one.names) == list(other.names)


def _words(widget: BaseWidget) -> str:
    return ", ".join(widget._topics) or "nothing that can be linked"
