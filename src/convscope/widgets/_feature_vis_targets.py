"""What a picture shall show, from the text that a person or the page writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convscope.featurevis.objectives import (
    Objective,
    as_objective,
    direction,
    interpolate,
)
from convscope.featurevis.objectives.units import Channel, Neuron
from convscope.images import ImageSource
from convscope.scope import Scope
from convscope.widgets._beside import Beside

# As in js/lib/feature_target.ts.
BETWEEN = " <-> "
_PLACE = re.compile(r"^(?P<layer>.+):image (?P<image>\d+)(?:@(?P<y>\d+),(?P<x>\d+))?$")
_POWER = 2.0  # of the cosine: other directions in which activations are large are kept out
_SIGN = re.compile(r"\s[+-]\s")


@dataclass(frozen=True)
class Wanted:
    """A target that was read.

    Attributes
    ----------
    text
        As it was written.
    objectives
        One, or all from one to the other.
    ends
        What real images are compared with: the objective, or both ends.
    """

    text: str
    objectives: tuple[Objective, ...]
    ends: tuple[Objective, ...]

    @property
    def between(self) -> bool:
        """Whether it goes from one unit to another."""
        return len(self.objectives) > 1


class Words(Mapping[str, Objective]):
    """What targets may be called beside units and classes.

    The person's own objectives by their names, and ``"layer3:image 2@5,7"``: the direction of what
    a layer has at a place of an image, or on the mean over the whole image.

    Parameters
    ----------
    beside
        The network, as jobs have it.
    source
        The images; None for none.
    own
        Objectives by name.
    """

    def __init__(
        self, beside: Beside, source: ImageSource | None, own: Mapping[str, Objective]
    ) -> None:
        self._beside = beside
        self._source = source
        self._own = dict(own)
        self._weights = ""
        self._found: dict[str, Objective] = {}

    def follow(self, weights: str) -> None:
        """Forget directions that were found with other weights than those of a digest."""
        if weights != self._weights:
            self._weights, self._found = weights, {}

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and (text in self._own or _PLACE.match(text) is not None)

    def __getitem__(self, text: str) -> Objective:
        if text in self._own:
            return self._own[text]
        found = _PLACE.match(text)
        if found is None:
            raise KeyError(text)
        kept = self._found
        if text not in kept:
            place = None if found["y"] is None else (int(found["y"]), int(found["x"]))
            kept[text] = self._of_image(found["layer"], int(found["image"]), place)
        return kept[text]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def _of_image(self, layer: str, image: int, place: tuple[int, int] | None) -> Objective:
        count = 0 if self._source is None else len(self._source)
        if self._source is None or not 0 <= image < count:
            raise ValueError(f"target: there is no image {image}; there are {count}, from 0")
        scope = self._beside.scope()
        name = scope.layers.find(layer).name
        maps = scope.activations([self._source[image]], [name])[name][0].float()
        flat = maps.reshape(len(maps), -1)
        if place is None:
            return direction(name, flat.mean(1), power=_POWER)
        height, width = (*maps.shape[1:], 1, 1)[:2]
        if not (place[0] < height and place[1] < width):
            raise ValueError(
                f"target: no place {place[0]},{place[1]} in layer {name!r}, whose maps have "
                f"{height} rows and {width} columns"
            )
        return direction(name, flat[:, place[0] * width + place[1]], power=_POWER)


def read(text: str, scope: Scope, words: Words, *, versions: int) -> Wanted:
    """Return what a text asks for.

    Parameters
    ----------
    text
        What `as_objective` reads, with the words given; ``"layer3:12 <-> layer3:40"`` is all
        between two.
    scope
        The network.
    words
        More that the text may hold.
    versions
        How many pictures there are from one end to the other.

    Raises
    ------
    ValueError
        If it can't be read, or the network does not have it.
    """
    plain = text.replace("↔", "<->")
    parts = [part.strip() for part in plain.split(BETWEEN.strip())]
    if len(parts) > 2:
        raise ValueError(f"target: {text!r} has more than two ends; write one pair with '<->'")
    ends = tuple(as_objective(part, named=words) for part in parts)
    for end in ends:
        end.resolved(scope)  # what is wrong is said now
    if len(ends) == 1:
        return Wanted(text, ends, ends)
    return Wanted(text, tuple(interpolate(ends[0], ends[1], versions)), ends)


def one_channel(target: Objective) -> tuple[int, str, int] | None:
    """Return sign, layer and unit of a resolved objective that is one channel and nothing else."""
    if len(target.terms) != 1:
        return None
    ((weight, term),) = target.terms
    if not isinstance(term, Channel) or abs(weight) != 1:
        return None
    return (1 if weight > 0 else -1), term.layer, term.unit


def first_unit(text: str) -> tuple[str, int] | None:
    """Return layer and unit of the first part of a text where that is a channel or a neuron."""
    first = _SIGN.split(text.replace("↔", "<->").split(BETWEEN.strip())[0])[0].strip()
    if _PLACE.match(first) or "(" in text:
        return None
    try:
        terms = as_objective(first).terms
    except ValueError:
        return None
    term = terms[0][1]
    return (term.layer, term.unit) if isinstance(term, Channel | Neuron) else None
