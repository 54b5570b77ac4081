"""What a page may ask of a dream widget: a dream as it comes, its picture, a film of the zoom."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from convscope.featurevis import DreamProgress, save_frames, zooming
from convscope.images import Encoded, ImageSource, encode
from convscope.widgets._deep_dream_runs import Choices, Dreams, Kept, as_json
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import Dispatcher, job, rpc
from convscope.widgets._shown_images import ShownImages

_FRAME = 0.1  # seconds between two pictures of a dream under way
_SHOWN = 2048  # longer side of what the page shows, in pixels
_LIVE = 640  # of what it shows while it dreams
_THUMBNAIL = 96
_TINY = 64


class DreamCalls(ShownImages):
    """The calls of the dream widget, which sets what stands below."""

    _guide_source: ImageSource | None
    _store: Dreams
    _dispatcher: Dispatcher
    image: int
    shown: int | None
    _dreams: list[dict[str, Any]]

    @job
    def develop(
        self,
        job: Job,
        target: str,
        octaves: int,
        octave_scale: float,
        steps: int,
        rate: float,
        jitter: int,
        guide: int | None,
        tile: int,
        clip: bool,  # noqa: FBT001
        seed: int,
        image: int = 0,
        after: int | None = None,
    ) -> dict[str, Any]:
        """Dream, showing how it comes; asked to stop, keep what there is, to be gone on with."""
        given = (target, octaves, octave_scale, steps, rate, jitter, guide, tile, clip, seed)
        return {"number": self._dream(Choices(*given, image, after), job)}

    @rpc
    def original(self, image: int = 0) -> dict[str, Any]:
        """Return an image that is dreamt about."""
        found = self._store.image(image)
        _, height, width = found.shape
        return {"image": image, "picture": _shown(found), "width": width, "height": height}

    @rpc
    def dreamt(self, number: int) -> dict[str, Any]:
        """Return a dream's picture and how strong the target became."""
        found = self._store[number].picture()
        _, height, width = found.image.shape
        return {
            "number": number,
            "picture": _shown(found.image),
            "width": width,
            "height": height,
            "scores": found.history,
            "seconds": found.quality.seconds,
            "notes": list(found.notes),
        }

    @rpc
    def thumbnail(self, number: int) -> dict[str, Any]:
        """Return a small picture of a dream."""
        return {"number": number, "picture": _small(self._store[number].picture().image)}

    @rpc
    def guide_picture(self, index: int) -> dict[str, Any]:
        """Return a small picture of a guide image."""
        if self._guide_source is None or not 0 <= index < len(self._guide_source):
            raise ValueError(f"index: there is no guide image {index}")
        return {"index": index, "picture": _small(self._guide_source.thumbnail(index, _THUMBNAIL))}

    @rpc
    def full_picture(self, number: int) -> Encoded:
        """Return a dream in its full size, as PNG."""
        return encode(self._store[number].picture().image, "png")

    @job
    def make_film(
        self,
        job: Job,
        number: int,
        frames: int,
        scale: float,
        fps: float,
        kind: Literal["gif", "mp4"] = "gif",
    ) -> dict[str, Any]:
        """Return the film of going into a dream; asked to stop, the frames so far."""
        kept = self._store[number]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"dream.{kind}"
            save_frames(path, self._frames(kept, frames, scale, job), fps=fps)
            data = np.frombuffer(path.read_bytes(), np.uint8)
        return {"file": data, "kind": kind}

    def _dream(self, choices: Choices, job: Job) -> int:
        """Dream until it is done or `job` is stopped, and return the dream's number."""
        number, due = -1, 0.0
        for kept, progress in self._store.walk(choices):
            if progress.step == 1:
                self._tell(kept)
            number = kept.number
            job.progress(progress.step, progress.steps, _note(progress), progress.seconds_left)
            if time.monotonic() >= due:  # a picture that no page sees need not be encoded
                job.preview(_live(progress))
                due = time.monotonic() + _FRAME
            if job.stopped:
                break
        found = self._store[number] if number >= 0 else self._store.of(choices)
        self._tell(found)
        return found.number

    def _tell(self, kept: Kept) -> None:
        """Let every view know which dreams there are, and which is shown."""
        with self._dispatcher.lock:
            self._dreams = [as_json(each) for each in self._store]
            if kept.choices.image == self.image:
                self.shown = kept.number
            elif self.shown not in self._store:  # the person looks at another image meanwhile
                self.shown = self._store.newest(self.image)

    def _frames(self, kept: Kept, frames: int, scale: float, job: Job) -> Iterator[Tensor]:
        choices = kept.choices
        options = {
            name: getattr(choices, name)
            for name in ("octave_scale", "steps", "rate", "jitter", "tile", "clip", "seed")
        }
        guide = self._store.guide(choices)
        walked = zooming(
            self._store.scope(),
            kept.picture().image,
            choices.target,
            frames=frames,
            scale=scale,
            octaves=choices.octaves,
            guide=guide,
            **options,
        )
        yield kept.picture().image
        began = time.monotonic()
        for progress in walked:
            left = (time.monotonic() - began) * (1 / progress.share - 1)
            job.progress(progress.frame - 1, frames, "frames", left)
            if progress.picture is not None:
                job.preview({"picture": encode(progress.picture, "jpeg", 85, _LIVE), "film": True})
                yield progress.picture
            if job.stopped:
                return


def _note(progress: DreamProgress) -> str:
    return f"octave {progress.octave} of {progress.octaves}"


def _live(progress: DreamProgress) -> dict[str, Any]:
    return {
        "picture": encode(progress.image, "jpeg", 85, _LIVE),
        "octave": progress.octave,
        "octaves": progress.octaves,
        "step": progress.step,
        "steps": progress.steps,
        "score": progress.score,
    }


def _shown(image: Tensor) -> Encoded:
    # A lossy picture of a few pixels would show its own blocks.
    tiny = max(image.shape[1:]) < _TINY
    return encode(image, "png") if tiny else encode(image, "webp", 92, _SHOWN)


def _small(image: Tensor) -> Encoded:
    return encode(image, "webp", max_side=_THUMBNAIL)
