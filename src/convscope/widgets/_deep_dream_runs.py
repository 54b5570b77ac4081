"""The dreams of a widget: under way, left half-way, finished; found again by their choices."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor

from convscope.featurevis import Dream, DreamOptions, DreamProgress, FeatureImage
from convscope.featurevis.cache import Cache, weights_digest
from convscope.featurevis.dreams.known import dream_key
from convscope.images import ImageSource, to_float
from convscope.scope import Scope

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
    after: int | None = None

    def options(self, guide: Tensor | None) -> DreamOptions:
        """Return the options of the dream."""
        own = asdict(self)
        for name in ("target", "after"):
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
    turn
        Held while a step is made.
    """

    number: int
    choices: Choices
    weights: str
    run: Dream | None = None
    found: FeatureImage | None = None
    total: int = 0
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

    Parameters
    ----------
    scope
        The network.
    image
        (C, H, W) in [0, 1].
    guides
        Images to dream of, each (C, H, W).
    cache
        Where finished pictures are kept on disk; None keeps none.
    """

    def __init__(
        self,
        scope: Scope,
        image: Tensor,
        guides: Sequence[Tensor] | ImageSource,
        cache: Cache | None,
    ) -> None:
        self._scope, self._image, self._guides, self._cache = scope, image, guides, cache
        self._kept: dict[int, Kept] = {}
        self._next = 0
        self._lock = threading.RLock()  # jobs ask from threads of their own

    def __iter__(self) -> Iterator[Kept]:
        with self._lock:
            return iter(list(self._kept.values()))

    def __getitem__(self, number: int) -> Kept:
        with self._lock:
            if number not in self._kept:
                raise ValueError(
                    f"number: dream {number} is not kept any more; dream it again, or choose "
                    f"one of {', '.join(map(str, self._kept)) or 'none'}"
                )
            return self._kept[number]

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
        weights = weights_digest(self._scope.network)
        with self._lock:
            for each in self._kept.values():
                if each.choices == choices and each.weights == weights:
                    return each
        kept = Kept(-1, choices, weights)
        kept.found = self._remembered(kept)
        if kept.found is None:
            kept.run = Dream(
                self._scope,
                self.base(choices.after),
                choices.target,
                choices.options(self.guide(choices)),
            )
        else:
            kept.total = kept.found.quality.steps
            self._take(kept)
        return kept

    def base(self, after: int | None) -> Tensor:
        """Return the image that a dream starts from."""
        return self._image if after is None else self[after].picture().image

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
        base = self.base(kept.choices.after)
        return dream_key(self._scope, kept.weights, base, kept.choices.target, options)

    def _remembered(self, kept: Kept) -> FeatureImage | None:
        key = self._key(kept) if self._cache is not None else None
        return self._cache.get(key) if self._cache is not None and key is not None else None

    def _finish(self, kept: Kept) -> None:
        kept.found, kept.run = kept.picture(), None
        key = self._key(kept) if self._cache is not None else None
        if self._cache is not None and key is not None:
            self._cache.put(key, kept.found)

    def _take(self, kept: Kept) -> None:
        """Give a dream its number, and let go of old ones when there is too much."""
        with self._lock:
            if kept.number >= 0:
                return
            kept.number, self._next = self._next, self._next + 1
            self._kept[kept.number] = kept
            each = self._image.numel() * self._image.element_size()
            while len(self._kept) > 1 and self._bytes(each) > _KEPT:
                del self._kept[next(iter(self._kept))]

    def _bytes(self, each: int) -> int:
        return sum(each if kept.complete else _UNDER_WAY * each for kept in self._kept.values())


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
