"""Does a map point at what the network uses? Curves of deletion and insertion tell."""

from __future__ import annotations

from collections.abc import Callable
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
    kind: Literal["probability", "score"]
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
    attributions.map(layer=chosen, target=target)  # says what there is
    given = scope.inputs.gather(images)
    where = {index: place for place, index in enumerate(attributions.indices)}
    gone, come, names, kinds = [], [], [], set()
    for (index,), inputs in scope.inputs.batches(given, 1):
        if index not in where or len(given) != len(attributions.questions.table):
            raise ValueError(
                f"images: got {len(given)}, but the maps explain "
                f"{len(attributions.questions.table)}; give the same images"
            )
        place = where[index]
        values = attributions.map(place, layer=chosen, target=target)
        curves = _Curves(scope, inputs, _score_of(attributions, place, target))
        deleted, inserted = curves.run(values, steps, batch_size)
        gone.append(deleted)
        come.append(inserted)
        kinds.add(curves.kind)
        names.append(attributions.targets[place][target])
    return Faithfulness(
        layer=chosen,
        fractions=torch.linspace(0, 1, steps + 1),
        deletion=torch.stack(gone),
        insertion=torch.stack(come),
        kind="probability" if kinds == {"probability"} else "score",
        names=names,
    )


class _Curves:
    """One image, and what is asked about it."""

    def __init__(
        self,
        scope: Scope,
        inputs: tuple[Tensor, ...],
        score: Callable[[Any], tuple[Tensor, Literal["probability", "score"]]],
    ) -> None:
        self._scope, self._score = scope, score
        self._image, *self._rest = inputs
        self.kind: Literal["probability", "score"] = "score"

    def run(self, values: Tensor, steps: int, batch_size: int) -> tuple[Tensor, Tensor]:
        """Return both curves, (steps + 1,) each."""
        image = self._image
        size = (image.shape[2], image.shape[3])
        large = functional.interpolate(
            values[None, None], size, mode="bilinear", align_corners=False
        )
        order = large.flatten().argsort(descending=True, stable=True)
        rank = torch.empty_like(order)
        rank[order] = torch.arange(len(order))
        counts = torch.linspace(0, len(order), steps + 1).round().long()
        chosen = (rank[None] < counts[:, None]).view(-1, 1, *size).to(image.device)
        mean = image.mean(dim=(2, 3), keepdim=True).expand_as(image)
        deleted = self._curve(torch.where(chosen, mean, image), batch_size)
        return deleted, self._curve(torch.where(chosen, image, _blurred(image)), batch_size)

    def _curve(self, images: Tensor, batch_size: int) -> Tensor:
        found = []
        with untouched(self._scope.network):
            for batch in torch.split(images, batch_size):
                rest = (each.expand(len(batch), *each.shape[1:]) for each in self._rest)
                values, self.kind = self._score(self._scope.network(batch.clone(), *rest))
                found.append(values.float().cpu())
        return torch.cat(found)


def _score_of(
    attributions: Attributions, image: int, target: int
) -> Callable[[Any], tuple[Tensor, Literal["probability", "score"]]]:
    """Return the function from an output to the scores of its images, and what kind they are."""
    index = int(attributions.classes[image, target])
    asked = attributions.questions.table[attributions.indices[image]][target]
    if index < 0 and not callable(asked):
        raise ValueError(
            f"target: {attributions.targets[image][target]!r} is no class and no function of the "
            "output, so no score falls or rises; explain a class"
        )

    def score(output: Any) -> tuple[Tensor, Literal["probability", "score"]]:
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
