"""Does a map point at what the network uses? Curves of deletion and insertion tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from convscope.arguments import check_count
from convscope.attribution.attributions import Attributions
from convscope.network import untouched
from convscope.scope import Scope
from convscope.targets import logits_of, probabilities

Kind = Literal["probability", "score"]


@dataclass(frozen=True)
class Faithfulness:
    """How the score changes while pixels go or come, the most important ones first.

    A faithful map lets the score fall early when its pixels are deleted, and rise early when they
    are inserted (Petsiuk et al. 2018, "RISE").

    Attributes
    ----------
    layer
        Whose map.
    fractions
        (S + 1,) from 0 to 1, how many of the pixels have gone or come.
    deletion, insertion
        (N, S + 1), the score; ``kind`` says of what kind.
    kind
        ``"probability"`` in [0, 1] for a class, else ``"score"``.
    names
        The target of each image.
    """

    layer: str
    fractions: Tensor
    deletion: Tensor
    insertion: Tensor
    kind: Kind
    names: list[str]

    @property
    def deletion_area(self) -> Tensor:
        """(N,), the mean height of the curve of deletion: lower is more faithful."""
        return torch.trapezoid(self.deletion, self.fractions, dim=1)

    @property
    def insertion_area(self) -> Tensor:
        """(N,), the mean height of the curve of insertion: higher is more faithful."""
        return torch.trapezoid(self.insertion, self.fractions, dim=1)


def deletion_insertion(
    scope: Scope,
    images: Any,
    attributions: Attributions,
    *,
    layer: str | None = None,
    target: int = 0,
    steps: int = 20,
    batch_size: int = 16,
) -> Faithfulness:
    """Return the curves of deletion and insertion for the maps of one layer and target.

    Deleted pixels become the mean colour of their image; insertion starts from the image blurred
    until little is left of it. Maps are enlarged to the input between the centres of their cells.

    Parameters
    ----------
    scope
        The network.
    images
        The images that ``attributions`` explain, all of them.
    attributions
        The maps to judge.
    layer, target
        Which maps; the first by default.
    steps
        How many times pixels go or come, in equal numbers.
    batch_size
        How many changed images run at once.

    Returns
    -------
    Faithfulness
        A curve for each image.

    Raises
    ------
    ValueError
        If the images are not those that were explained.

    Examples
    --------
    >>> import convscope as cs
    >>> scope, image = cs.demo.scope(), cs.demo.photograph("coffee")
    >>> curves = cs.attribution.deletion_insertion(scope, image, scope.attribute(image), steps=4)
    >>> bool(curves.insertion_area > curves.deletion_area)
    True
    """
    check_count("steps", steps)
    chosen = layer or attributions.layers[0]
    given = scope.inputs.gather(images)
    found, kinds, names = [], set(), []
    for place, curves in _each(scope, given, attributions, chosen, target):
        values = attributions.map(place, layer=chosen, target=target)
        found.append(curves.run(values, steps, batch_size))
        kinds.add(curves.kind)
        names.append(attributions.targets[place][target])
    deletion, insertion = (torch.stack(each) for each in zip(*found, strict=True))
    kind: Kind = "probability" if kinds == {"probability"} else "score"
    fractions = torch.linspace(0, 1, steps + 1)
    return Faithfulness(chosen, fractions, deletion, insertion, kind, names)


def growing_curves(
    scope: Scope,
    image: Any,
    attributions: Attributions,
    *,
    layer: str | None = None,
    target: int = 0,
    steps: int = 20,
    batch_size: int = 4,
) -> Iterator[Faithfulness]:
    """Yield the curves of one image as they grow, with NaN where they have not come to yet.

    Parameters
    ----------
    scope
        The network.
    image
        The one image that ``attributions`` explains.
    attributions, layer, target, steps, batch_size
        As in :func:`deletion_insertion`; the last value that comes is what that returns.

    Examples
    --------
    >>> import convscope as cs
    >>> scope, image = cs.demo.scope(), cs.demo.photograph("coffee")
    >>> found = scope.attribute(image)
    >>> curves = cs.attribution.growing_curves(scope, image, found, steps=2, batch_size=3)
    >>> [int(each.insertion.isnan().sum()) for each in curves]
    [3, 0]
    """
    check_count("steps", steps)
    chosen = layer or attributions.layers[0]
    fractions = torch.linspace(0, 1, steps + 1)
    given = scope.inputs.gather(image)
    for place, curves in _each(scope, given, attributions, chosen, target):
        values = attributions.map(place, layer=chosen, target=target)
        names = [attributions.targets[place][target]]
        for gone, come in curves.growing(values, steps, batch_size):
            yield Faithfulness(chosen, fractions, gone[None], come[None], curves.kind, names)


def _each(
    scope: Scope, given: Any, attributions: Attributions, layer: str, target: int
) -> Iterator[tuple[int, _Curves]]:
    """Yield for each image its place among the maps, and what makes its curves."""
    attributions.map(layer=layer, target=target)  # says what there is
    where = {index: place for place, index in enumerate(attributions.indices)}
    for (index,), inputs in scope.inputs.batches(given, 1):
        if index not in where or len(given) != len(attributions.questions.table):
            raise ValueError(
                f"images: got {len(given)}, but the maps explain "
                f"{len(attributions.questions.table)}; give the same images"
            )
        place = where[index]
        yield place, _Curves(scope, inputs, _score_of(attributions, place, target))


class _Curves:
    """One image, and what is asked about it."""

    def __init__(
        self,
        scope: Scope,
        inputs: tuple[Tensor, ...],
        score: Callable[[Any], tuple[Tensor, Kind]],
    ) -> None:
        self._scope, self._score = scope, score
        self._image, *self._rest = inputs
        self.kind: Kind = "score"

    def run(self, values: Tensor, steps: int, batch_size: int) -> tuple[Tensor, Tensor]:
        """Return both curves, (steps + 1,) each."""
        *_, last = self.growing(values, steps, batch_size)
        return last

    def growing(
        self, values: Tensor, steps: int, batch_size: int
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield both curves after each batch, with NaN where they have not come to yet."""
        image = self._image
        chosen = self._chosen(values, steps)
        mean = image.mean(dim=(2, 3), keepdim=True).expand_as(image)
        ends = ((mean, image), (image, _blurred(image)))
        curves = torch.full((2, steps + 1), torch.nan)
        for curve, (inside, outside) in zip(curves, ends, strict=True):
            for places in torch.split(torch.arange(steps + 1), batch_size):
                here = chosen[places.to(chosen.device)]
                curve[places] = self._scores(torch.where(here, inside, outside))
                yield curves[0].clone(), curves[1].clone()

    def _chosen(self, values: Tensor, steps: int) -> Tensor:
        """Return (steps + 1, 1, H, W), the pixels that have gone or come after each step."""
        size = (self._image.shape[2], self._image.shape[3])
        large = functional.interpolate(
            values[None, None], size, mode="bilinear", align_corners=False
        )
        order = large.flatten().argsort(descending=True, stable=True)
        rank = torch.empty_like(order)
        rank[order] = torch.arange(len(order))
        counts = torch.linspace(0, len(order), steps + 1).round().long()
        return (rank[None] < counts[:, None]).view(-1, 1, *size).to(self._image.device)

    def _scores(self, images: Tensor) -> Tensor:
        rest = (each.expand(len(images), *each.shape[1:]) for each in self._rest)
        with untouched(self._scope.network):
            values, self.kind = self._score(self._scope.network(images.clone(), *rest))
        return values.float().cpu()


def _score_of(
    attributions: Attributions, image: int, target: int
) -> Callable[[Any], tuple[Tensor, Kind]]:
    """Return the function from an output to the scores of its images, and what kind they are."""
    index = int(attributions.classes[image, target])
    asked = attributions.questions.table[attributions.indices[image]][target]
    if index < 0 and not callable(asked):
        raise ValueError(
            f"target: {attributions.targets[image][target]!r} is no class and no function of the "
            "output, so no score falls or rises; explain a class"
        )

    def score(output: Any) -> tuple[Tensor, Kind]:
        if index < 0:
            return asked(output).flatten(), "score"
        values, kind = probabilities(logits_of(output))
        return values[:, index], kind

    return score


def _blurred(image: Tensor) -> Tensor:
    """Return an image with a Gaussian of a tenth of its shorter side, which hides all shapes."""
    sigma = max(1.0, min(image.shape[2:]) / 10)
    for axis in (2, 3):
        reach = min(int(3 * sigma), image.shape[axis] - 1)
        places = torch.arange(-reach, reach + 1, device=image.device, dtype=image.dtype)
        weights = torch.exp(-0.5 * (places / sigma) ** 2)
        kernel = (weights / weights.sum()).view(1, 1, *((-1, 1) if axis == 2 else (1, -1)))
        pad = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
        padded = functional.pad(image, pad, mode="reflect")
        channels = image.shape[1]
        image = functional.conv2d(
            padded, kernel.expand(channels, 1, *kernel.shape[2:]), groups=channels
        )
    return image
