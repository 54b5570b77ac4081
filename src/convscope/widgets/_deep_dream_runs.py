"""The dreams of a widget: under way, left half-way, finished; found again by their choices."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor

from convscope.featurevis import Dream, DreamOptions, DreamProgress, FeatureImage
from convscope.featurevis.cache import Cache, weights_digest
from convscope.featurevis.dreams.known import dream_key
from convscope.images import ImageSource, to_float
from convscope.scope import Scope
from convscope.widgets._beside import Beside

_AT_HAND = 3  # images
_KEPT = 1 << 29  # bytes of pictures
_UNDER_WAY = 4  # pictures that a dream holds until it is done


@dataclass(frozen=True)
class Choices:
    """What a dream is made by; typed as DreamChoices in js/lib/protocol.ts.

    Attributes
    ----------
    target
        A layer, a channel, or any objective as text.
    octaves, octave_scale, steps, rate, jitter, tile, clip, seed
        As `convscope.featurevis.DreamOptions` has them.
    guide
        Which of the guide images, None without.
    image
        Which of the images is dreamt about.
    after
        The number of the dream that this one goes on from; None for the image itself.
    """

    target: str
    octaves: int
    octave_scale: float
    steps: int
    rate: float
    jitter: int
    guide: int | None
    tile: int
    clip: bool
    seed: int
    image: int = 0
    after: int | None = None

    def options(self, guide: Tensor | None) -> DreamOptions:
        """Return the options of the dream."""
        own = asdict(self)
        for name in ("target", "image", "after"):
            own.pop(name)
        return DreamOptions(**(own | {"guide": guide}))


@dataclass
class Kept:
    """A dream with its number.

    Attributes
    ----------
    number
        Counted from 0 for each widget.
    choices
        What it is made by.
    weights
        Digest of the model that dreamt it.
    run
        The dream while there is more to do.
    found
        The picture once it is done.
    total
        How many steps it takes.
    size
        Bytes of the image.
    turn
        Held while a step is made.
    """

    number: int
    choices: Choices
    weights: str
    run: Dream | None = None
    found: FeatureImage | None = None
    total: int = 0
    size: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _latest: FeatureImage | None = field(default=None, repr=False)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.found is not None

    def picture(self) -> FeatureImage:
        """Return what there is so far."""
        if self.found is not None:
            return self.found
        if self.run is None:
            raise ValueError(f"number: dream {self.number} has not begun")
        if self._latest is None or self._latest.quality.steps != len(self.run.history):
            self._latest = self.run.result()
        return self._latest


class Dreams:
    """Dreams by number, the newest last; those that were made long ago go first.

    They are made on a network beside that of the person, who may use it meanwhile.

    Parameters
    ----------
    scope
        The network.
    images
        What is dreamt about.
    guides
        Images to dream of, each (C, H, W).
    cache
        Where finished pictures are kept on disk; None keeps none.
    """

    def __init__(
        self,
        scope: Scope,
        images: ImageSource,
        guides: Sequence[Tensor] | ImageSource,
        cache: Cache | None,
    ) -> None:
        self._beside, self._guides, self._cache = Beside(scope), guides, cache
        self.image: Callable[[int], Tensor] = functools.lru_cache(_AT_HAND)(
            lambda index: to_float(images[index])
        )
        """Return an image (C, H, W) in [0, 1] by position."""
        self._kept: dict[int, Kept] = {}
        self._next = 0
        self._lock = threading.RLock()  # jobs ask from threads of their own

    def __iter__(self) -> Iterator[Kept]:
        with self._lock:
            return iter(list(self._kept.values()))

    def __contains__(self, number: object) -> bool:
        with self._lock:
            return number in self._kept

    def __getitem__(self, number: int) -> Kept:
        with self._lock:
            if number not in self._kept:
                raise ValueError(
                    f"number: dream {number} is not kept any more; dream it again, or choose "
                    f"one of {', '.join(map(str, self._kept)) or 'none'}"
                )
            return self._kept[number]

    def scope(self) -> Scope:
        """Return the network that dreams are made on."""
        return self._beside.scope()

    def newest(self, image: int) -> int | None:
        """Return the number of the newest dream about an image."""
        return max((each.number for each in self if each.choices.image == image), default=None)

    def walk(self, choices: Choices) -> Iterator[tuple[Kept, DreamProgress]]:
        """Dream on until it is done, step by step; what is left half-way goes on from there.

        Raises
        ------
        ValueError
            For a target that the network does not have, or options that do not fit.
        """
        kept = self.of(choices)
        while (progress := self._step(kept)) is not None:
            yield kept, progress

    def _step(self, kept: Kept) -> DreamProgress | None:
        """Make a step; None when there is none left. A cell and a job may take turns at it."""
        with kept.turn:
            if kept.run is None:
                return None
            progress = next(kept.run, None)
            if progress is None:
                self._finish(kept)
                return None
            kept.total = progress.steps
            self._take(kept)
            return progress

    def of(self, choices: Choices) -> Kept:
        """Return the dream of some choices: one that is kept, one from the disk, or a new one."""
        scope = self.scope()
        weights = weights_digest(scope.network)
        with self._lock:
            for each in self._kept.values():
                if each.choices == choices and each.weights == weights:
                    return each
        base = self._base(choices)
        kept = Kept(-1, choices, weights, size=base.numel() * base.element_size())
        kept.found = self._remembered(kept)
        if kept.found is None:
            options = choices.options(self.guide(choices))
            kept.run = Dream(scope, base, choices.target, options)
        else:
            kept.total = kept.found.quality.steps
            self._take(kept)
        return kept

    def _base(self, choices: Choices) -> Tensor:
        """Return the image that a dream starts from."""
        if choices.after is None:
            return self.image(choices.image)
        return self[choices.after].picture().image

    def guide(self, choices: Choices) -> Tensor | None:
        """Return the guide image of some choices."""
        if choices.guide is None:
            return None
        if not 0 <= choices.guide < len(self._guides):
            raise ValueError(
                f"guide: there is no image {choices.guide}; there are {len(self._guides)}"
            )
        return to_float(self._guides[choices.guide])

    def _key(self, kept: Kept) -> str | None:
        options = kept.choices.options(self.guide(kept.choices))
        base = self._base(kept.choices)
        return dream_key(self.scope(), kept.weights, base, kept.choices.target, options)

    def _remembered(self, kept: Kept) -> FeatureImage | None:
        key = self._key(kept) if self._cache is not None else None
        return self._cache.get(key) if self._cache is not None and key is not None else None

    def _finish(self, kept: Kept) -> None:
        kept.found, kept.run = kept.picture(), None
        if self._cache is None or weights_digest(self.scope().network) != kept.weights:
            return  # a model that has learnt meanwhile: the dream is neither's
        key = self._key(kept)
        if key is not None:
            self._cache.put(key, kept.found)

    def _take(self, kept: Kept) -> None:
        """Give a dream its number, and let go of old ones when there is too much."""
        with self._lock:
            if kept.number >= 0:
                return
            kept.number, self._next = self._next, self._next + 1
            self._kept[kept.number] = kept
            while len(self._kept) > 1 and self._bytes() > _KEPT:
                del self._kept[next(iter(self._kept))]

    def _bytes(self) -> int:
        return sum(kept.size * (1 if kept.complete else _UNDER_WAY) for kept in self._kept.values())


def as_json(kept: Kept) -> dict[str, Any]:
    """Return what the page is told of a dream; typed as DreamInfo in js/lib/protocol.ts."""
    choices = asdict(kept.choices)
    after = choices.pop("after")
    return {
        "number": kept.number,
        "choices": choices,
        "after": after,
        "step": kept.picture().quality.steps,
        "steps": kept.total,
        "complete": kept.complete,
    }
