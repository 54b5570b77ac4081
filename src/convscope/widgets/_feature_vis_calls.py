"""What a page may ask of a feature visualisation: to make pictures, and what real images reach."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convscope.featurevis import FeatureImage, Progress, Run
from convscope.featurevis.cache import weights_digest
from convscope.featurevis.objectives import Objective
from convscope.images import encode
from convscope.scope import Scope
from convscope.widgets._beside import Beside
from convscope.widgets._feature_vis_easel import Easel, How, Order
from convscope.widgets._feature_vis_examples import ExampleFinder, Found
from convscope.widgets._feature_vis_targets import Wanted, Words
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import job, rpc
from convscope.widgets._shown_images import ShownImages

_FRAME = 0.15  # seconds between two pictures of a run
_MOST, _LEAST = 9, 5  # real patches
_TINY = 64  # pixels; a lossy picture of fewer would show its own blocks


@dataclass
class Bench:
    """What the jobs of one widget share.

    Attributes
    ----------
    beside
        The network for jobs.
    easel
        The pictures.
    finder
        The real images; None where none were given.
    words
        What targets may be called.
    busy
        Set while a picture develops: the gallery waits for it.
    """

    beside: Beside
    easel: Easel
    finder: ExampleFinder | None
    words: Words
    busy: threading.Event

    def scope(self) -> Scope:
        """Return the network for a job; what was found with other weights is forgotten."""
        scope = self.beside.scope()
        weights = weights_digest(scope.network)
        for each in (self.easel, self.finder, self.words):
            if each is not None:
                each.follow(weights)
        return scope


class FeatureVisCalls(ShownImages):
    """The calls of the widget, which sets what stands below."""

    _bench: Bench

    def _wanted(self, target: str | None = None) -> Wanted:
        raise NotImplementedError

    def _orders(self, wanted: Wanted) -> Iterator[Order]:
        raise NotImplementedError

    @rpc
    def check(self, target: str) -> dict[str, Any]:
        """Return whether a target can be read; else the error says what is wrong with it."""
        wanted = self._wanted(target)
        return {"target": wanted.text, "between": wanted.between}

    @job
    def look(self, job: Job, target: str) -> dict[str, Any]:
        """Return the pictures of a target that are at hand or on disk, without making any."""
        del job
        scope = self._bench.scope()
        wanted = self._wanted(target)
        known = self._bench.easel.known
        found = [(order, known(scope, order)) for order in self._orders(wanted)]
        return self._shown(wanted, [(order, made) for order, made in found if made is not None])

    @job
    def develop(self, job: Job, target: str, how: How = "new") -> dict[str, Any]:
        """Make the pictures of a target: first the main one, then its versions.

        The preview is a part with its pictures as they are at that step, several times a second.
        """
        scope = self._bench.scope()
        wanted = self._wanted(target)
        self._bench.busy.set()
        done = []  # traits and weights may change meanwhile: this is what was asked for
        try:
            for order in self._orders(wanted):
                made = self._bench.easel.known(scope, order) if how == "new" else None
                done.append((order, made or self._make(job, scope, order, how)))
                if job.stopped:  # what there is stays, and can go on
                    break
        finally:
            self._bench.busy.clear()
        return self._shown(wanted, done)

    def _make(self, job: Job, scope: Scope, order: Order, how: How) -> list[FeatureImage]:
        run = self._bench.easel.begin(scope, order, how)
        began, due, first = time.monotonic(), 0.0, run.step
        try:
            for progress in run:
                now = time.monotonic()
                if now >= due:
                    due = now + _FRAME
                    left = (now - began) / (progress.step - first) * (run.steps - progress.step)
                    job.preview(_frame(order.part, progress, run, left))
                job.progress(progress.step - first, run.steps - first, _NOTES[order.part])
                if job.stopped:
                    break
        finally:
            made = self._bench.easel.end(scope, order, run, finished=not job.stopped)
        return made

    @job
    def examples(self, job: Job, target: str) -> dict[str, Any]:
        """Return the real images that excite a target most, and least; better with every batch."""
        finder = self._bench.finder
        if finder is None:
            return {"rows": []}
        scope = self._bench.scope()
        wanted = self._wanted(target)
        rows: list[dict[str, Any]] = []
        sides = wanted.ends if wanted.between else (wanted.ends[0], -wanted.ends[0])
        for end in sides:
            found = None
            for found in finder.look(scope, end):
                job.progress(found.examples.seen, found.total, "looking at your images")
                if job.stopped:
                    break
            if found is None:
                raise ValueError("images: none could be read")
            few = bool(rows) and not wanted.between
            rows.append(self._row(scope, end, found, _LEAST if few else _MOST))
            job.preview({"rows": list(rows)})
            if job.stopped:
                break
        return {"rows": rows}

    def _row(self, scope: Scope, end: Objective, found: Found, most: int) -> dict[str, Any]:
        assert self._bench.finder is not None
        count = min(most, len(found.examples.values))
        return {
            "title": end.key,
            "maximum": found.examples.maximum,
            "seen": found.examples.seen,
            "total": found.total,
            "items": [
                self._bench.finder.item(scope, found.examples, rank) for rank in range(count)
            ],
        }

    def _shown(
        self, wanted: Wanted, made: Iterable[tuple[Order, Sequence[FeatureImage]]]
    ) -> dict[str, Any]:
        """Return the pictures of a target by part."""
        parts = [
            {
                "part": order.part,
                # A weight of diversity in the name would tell nobody anything.
                "pictures": [
                    _picture(each, wanted.text if order.part == "diverse" else each.target)
                    for each in pictures
                ],
                "unfinished": self._bench.easel.can_go_on(order),
            }
            for order, pictures in made
        ]
        return {"target": wanted.text, "parts": parts}


_NOTES = {"main": "the picture", "negative": "its negative", "diverse": "diverse versions"}


def _frame(part: str, progress: Progress, run: Run, left: float) -> dict[str, Any]:
    count = len(progress.images)
    return {
        "part": part,
        "step": progress.step,
        "steps": progress.steps,
        "left": left,
        "pictures": [shown(over_grey(progress.shown(index), run)) for index in range(count)],
        "curves": run.history.float(),
        "reached": progress.activations,
    }


def over_grey(image: Tensor, run: Run) -> Tensor:
    """Return a picture under way with its transparency laid over grey."""
    if not run.settings.alpha:
        return image
    return image[:-1] * image[-1:] + 0.5 * (1 - image[-1:])


def shown(image: Tensor) -> Any:
    """Return a picture for the page; small ones without loss."""
    return encode(image, "png" if max(image.shape[1:]) < _TINY else "webp", 90)


def _picture(made: FeatureImage, title: str) -> dict[str, Any]:
    quality = made.quality
    return {
        "title": title,
        "picture": shown(made.shown),
        "reached": quality.activation,
        "steps": quality.steps,
        "seconds": quality.seconds,
        "curve": made.history.float(),
        "notes": list(made.notes),
    }


def best(pictures: Sequence[FeatureImage]) -> float:
    """Return the most that one of some pictures reaches."""
    return float(torch.tensor([each.quality.activation for each in pictures]).nan_to_num(0).max())
