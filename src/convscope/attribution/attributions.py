"""What an attribution answers: raw maps, what they are about, and how to look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.attribution.cam import Aim
from convscope.attribution.catalogue import METHODS, MethodName
from convscope.attribution.questions import Questions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Name under which maps of the input stand.
INPUT = "input"


@dataclass(frozen=True)
class Attributions:
    """Maps of where in each image, as each layer sees it, a target was found.

    Values are raw: what the formula of the method gives, on one scale for all images and targets.

    Attributes
    ----------
    method
        Name of the method.
    maps
        For each layer, or ``"input"``, (N, h, w), or (N, T, h, w) when several targets were asked
        for in a list of lists; float32, on the CPU.
    targets
        For each image the names of its T targets.
    classes
        (N, T) int64, index of the class, −1 where the target is none.
    scores
        (N, T), the model's raw output for each target.
    completeness
        (N, T), the sum of a map less the change of the score that it explains, which should be 0:
        for integrated gradients and DeepLift, else None.
    indices
        Positions of the images in what was given.
    aim
        What was looked for: ``"increase"``, ``"decrease"``, ``"maintain"``, or None for what the
        method is defined as.
    questions
        What was asked, as it was read.
    picture
        Gives what the network sees of image ``i``, (3, H, W) or (1, H, W) in [0, 1]; None where
        there are no pictures.
    """

    method: MethodName
    maps: dict[str, Tensor]
    targets: list[tuple[str, ...]]
    classes: Tensor
    scores: Tensor
    completeness: Tensor | None
    indices: list[int]
    aim: Aim | None
    questions: Questions = field(repr=False)
    picture: Callable[[int], Tensor] | None = field(repr=False, default=None)

    @property
    def layers(self) -> list[str]:
        """Names of the maps."""
        return list(self.maps)

    @property
    def signed(self) -> bool:
        """Whether the maps have negative values."""
        return any(bool((maps < 0).any()) for maps in self.maps.values())

    @property
    def several(self) -> bool:
        """Whether the maps have an axis of targets."""
        return any(maps.ndim == 4 for maps in self.maps.values())

    def __len__(self) -> int:
        return len(self.indices)

    def map(self, image: int = 0, *, layer: str | None = None, target: int = 0) -> Tensor:
        """Return one raw map (h, w).

        Parameters
        ----------
        image
            Which image, from 0.
        layer
            Which layer; the first by default.
        target
            Which of its targets, from 0.

        Raises
        ------
        ValueError
            If there is no such map.
        """
        name = self.layers[0] if layer is None else layer
        if name not in self.maps:
            raise ValueError(f"layer: no map of {name!r}; there are {', '.join(self.maps)}")
        for word, value, count in (("image", image, len(self)), ("target", target, self._width)):
            if not 0 <= value < count:
                raise ValueError(f"{word}: there are {count}, from 0; got {value}")
        maps = self.maps[name]
        return maps[image, target] if maps.ndim == 4 else maps[image]

    def difference(self, target: int, other: int) -> Attributions:
        """Return the maps of one target less those of another, for a diverging scale.

        Parameters
        ----------
        target, other
            Which of the several targets, from 0.
        """
        for value in (target, other):
            self.map(target=value)
        if not self.several:
            raise ValueError(
                "target: a difference needs several targets, as in [['tabby', 'lynx']]"
            )
        maps = {name: each[:, target] - each[:, other] for name, each in self.maps.items()}
        names: list[tuple[str, ...]] = [(f"{row[target]} − {row[other]}",) for row in self.targets]
        return replace(
            self,
            maps=maps,
            targets=names,
            classes=torch.full((len(self), 1), -1),
            scores=(self.scores[:, target] - self.scores[:, other])[:, None],
            completeness=None,
        )

    def overlay(
        self,
        image: int = 0,
        *,
        layer: str | None = None,
        target: int = 0,
        opacity: float = 0.6,
        **options: Any,
    ) -> Tensor:
        """Return a map in colour over the picture in grey, uint8 (3, H, W).

        Parameters
        ----------
        image, layer, target
            As in :meth:`map`.
        opacity
            How much of the map covers the picture, 0 to 1.
        **options
            Of :func:`convscope.plots.overlaid`.
        """
        from convscope import plots

        return plots.overlaid(self, image, layer=layer, target=target, opacity=opacity, **options)

    def figure(self, **options: Any) -> Figure:
        """Draw the maps over their pictures, a row for each image.

        Parameters
        ----------
        **options
            Of :func:`convscope.plots.attributions`.
        """
        from convscope import plots

        return plots.attributions(self, **options)

    def __repr__(self) -> str:
        names = "; ".join(dict.fromkeys(", ".join(row) for row in self.targets))
        shapes = ", ".join(f"{n} {tuple(m.shape)}" for n, m in self.maps.items())
        names = names if len(names) < 80 else f"{names[:79]}…"
        return f"Attributions({METHODS[self.method].title} of {names}: {shapes})"

    @property
    def _width(self) -> int:
        return self.scores.shape[1]


@dataclass(frozen=True)
class Part:
    """The answer for one batch.

    Attributes
    ----------
    indices
        Which images.
    maps
        For each layer (n, T, h, w).
    names, classes, scores
        (n) × (T) names, (n, T) classes and (n, T) scores.
    completeness
        (n, T) or None.
    """

    indices: list[int]
    maps: dict[str, Tensor]
    names: list[tuple[str, ...]]
    classes: Tensor
    scores: Tensor
    completeness: Tensor | None = None


def joined(
    parts: Iterator[Part],
    method: MethodName,
    aim: Aim | None,
    questions: Questions,
    picture: Callable[[int], Tensor] | None,
) -> Attributions:
    """Return the answers for all batches as one."""
    done = list(parts)
    if not done:
        raise ValueError("images: none could be read")
    maps = {name: torch.cat([part.maps[name] for part in done]) for name in done[0].maps}
    found = [part.completeness for part in done if part.completeness is not None]
    return Attributions(
        method=method,
        maps=maps if questions.several else {name: each[:, 0] for name, each in maps.items()},
        targets=[row for part in done for row in part.names],
        classes=torch.cat([part.classes for part in done]),
        scores=torch.cat([part.scores for part in done]),
        completeness=torch.cat(found) if found else None,
        indices=[index for part in done for index in part.indices],
        aim=aim,
        questions=questions,
        picture=picture,
    )
