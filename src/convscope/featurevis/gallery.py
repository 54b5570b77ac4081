"""Pictures of any number of targets: in chunks, with the time left, kept on disk."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

from convscope.featurevis.cache import Cache
from convscope.featurevis.known import Known
from convscope.featurevis.objectives import Objective
from convscope.featurevis.pictures import is_pair
from convscope.featurevis.reference import data_maxima
from convscope.featurevis.result import FeatureImage
from convscope.featurevis.run import Run
from convscope.featurevis.settings import Settings, settings_of

if TYPE_CHECKING:
    from convscope.scope import Scope

_log = logging.getLogger(__name__)
_CHUNK = 16  # pictures; a few passes of a CPU, and their numbers lie in its caches
_CHUNK_GPU = 128


def visualize(
    scope: Scope,
    target: Any,
    *,
    images: Any = None,
    chunk: int | None = None,
    cache: Cache | bool = True,
    progress: bool = False,
    **options: Any,
) -> Any:
    """Return what excites a target, as a picture with its numbers.

    Parameters
    ----------
    scope
        The network.
    target
        ``"layer3:12"`` and the other spellings of `as_objective`, an objective, or a list of
        them, all different if you like: they share every pass.
    images
        Real images to compare with: then each picture knows their maximum.
    chunk
        How many pictures are made at once.
    cache
        True keeps finished pictures in the user's cache; False neither reads nor writes it.
    progress
        Show a bar with the time left.
    **options
        Those of `Settings`: ``steps``, ``size``, ``seed``, ``param``, ``copies``, …

    Returns
    -------
    FeatureImage, or list of FeatureImage
        One for each target; a list for lists and for several copies. When the person interrupts,
        what is done, with a warning in the log.

    Raises
    ------
    ValueError
        For a layer, unit, class or size that there is not.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> picture = visualize(digits.scope, "class:3", images=digits.images[:50], steps=64)
    >>> picture.quality.exceeds_data
    True
    """
    one = isinstance(target, str | Objective) or is_pair(target)
    wanted = [target] if one or not isinstance(target, Iterable) else list(target)
    made = iter_visualize(
        scope, wanted, images=images, chunk=chunk, cache=cache, progress=progress, **options
    )
    found: list[FeatureImage] = []
    try:
        for picture in made:
            found.append(picture)  # noqa: PERF402 - one by one: an interruption loses nothing
    except KeyboardInterrupt:
        if one or not found:
            raise
        _log.warning("Interrupted: %d pictures are done", len(found))
    return found[0] if one and len(found) == 1 else found


def iter_visualize(
    scope: Scope,
    targets: Sequence[Any],
    *,
    images: Any = None,
    chunk: int | None = None,
    cache: Cache | bool = True,
    progress: bool = False,
    **options: Any,
) -> Iterator[FeatureImage]:
    """Yield the pictures of many targets in order, in memory that does not grow with them.

    Parameters are those of `visualize`; each target gives as many pictures as ``copies``.
    """
    settings = settings_of(options)
    work = Known.of(scope, targets, settings, cache)
    maxima = None if images is None else data_maxima(scope, list(work.targets), images).tolist()
    per = settings.copies * settings.tries
    size = len(work.targets) if settings.together else max(1, (chunk or _chunk(scope)) // per)
    groups = [work.missing[i : i + size] for i in range(0, len(work.missing), size)]
    total = len(groups) * settings.steps
    with tqdm(total=total, disable=not (progress and total), unit="step", desc="pictures") as bar:
        ready = _made(scope, work, groups, settings, bar)
        for index in range(len(work.targets)):
            pictures = work.read(index) if index in work.hits else next(ready)
            if len(pictures) < settings.copies:  # another process has emptied the cache
                pictures = next(_made(scope, work, [[index]], settings, bar))
            for picture in pictures:
                yield picture if maxima is None else _compared(picture, maxima[index])


def _made(
    scope: Scope, work: Known, groups: Sequence[list[int]], settings: Settings, bar: Any
) -> Iterator[list[FeatureImage]]:
    """Yield the pictures of one missing target after another."""
    for group in groups:
        run = Run(scope, [work.targets[index] for index in group], settings)
        for _ in run:
            bar.update()
        pictures = run.results()
        for turn, index in enumerate(group):
            own = pictures[turn * settings.copies : (turn + 1) * settings.copies]
            work.keep(index, own)
            yield own


def _compared(picture: FeatureImage, maximum: float) -> FeatureImage:
    return replace(picture, quality=replace(picture.quality, data_maximum=maximum))


def _chunk(scope: Scope) -> int:
    return _CHUNK_GPU if scope.device.type == "cuda" else _CHUNK
