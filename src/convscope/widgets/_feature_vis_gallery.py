"""A gallery of a layer's units: real patches at once, pictures as they are made, both together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from convscope.featurevis import FeatureImage, Settings
from convscope.featurevis.objectives import channel
from convscope.scope import Scope
from convscope.strongest import as_maps
from convscope.widgets._feature_vis_calls import Bench, over_grey, shown
from convscope.widgets._feature_vis_easel import Order
from convscope.widgets._jobs import Job
from convscope.widgets._rpc import job
from convscope.widgets._shown_images import ShownImages

_TOGETHER = 6  # pictures that are made at once: they come soon, and share every pass
_FRAME = 0.3  # seconds between two states of pictures under way
_PATCH = 64  # pixels
_UNASKED = 64  # images that are searched for patches without being asked; as in feature_loader.ts
_STEPS = 64
_SIZE = 96
_PAUSE = 0.05


class FeatureGallery(ShownImages):
    """The gallery's call of the widget, which sets what stands below."""

    _bench: Bench
    _side: int  # pixels of the network's own pictures

    def _settings(self, **changes: Any) -> Settings:
        raise NotImplementedError

    @job
    def gallery(
        self,
        job: Job,
        layer: str,
        image: int = 0,
        sort: Literal["image", "index"] = "image",
        count: int = 24,
        make: bool = False,  # noqa: FBT001, FBT002 - the page gives it by name
    ) -> dict[str, Any]:
        """Return the units of a layer in an order, and for the first of them what there is.

        Parameters
        ----------
        job
            Its previews bring tiles: those at hand, then with ``make`` all others, as they develop.
        layer
            Name of the layer.
        image
            The image whose most active units come first.
        sort
            By that image, or by number.
        count
            For how many units.
        make
            Make the pictures that are missing.
        """
        scope = self._bench.scope()
        order = self._order_of(scope, layer, image if sort == "image" else None)
        units = order[:count]
        known = self._bench.easel.known_each(scope, self._order(layer, units))
        found = [_tile(units[index], made) for index, made in sorted(known.items())]
        job.preview({"order": order, "tiles": list(found)})
        patches = list(self._patches(job, scope, layer, units, asked=make))
        if patches and make:
            self._tell(job, order, patches)
        if make:
            missing = [unit for index, unit in enumerate(units) if index not in known]
            for tiles in self._making(job, scope, layer, missing, order):
                found += tiles
        return {"order": order, "tiles": [*found, *patches]}

    def _order_of(self, scope: Scope, layer: str, image: int | None) -> list[int]:
        count = (scope.layers.find(layer).shape or (0,))[0]
        if image is None or self._bench.finder is None:
            return list(range(count))
        maps = scope.activations([self._source[image]], [layer])
        means = as_maps(next(iter(maps.values())))[0].float().mean(dim=(1, 2))
        return [int(unit) for unit in means.argsort(descending=True, stable=True)]

    def _order(self, layer: str, units: Sequence[int]) -> Order:
        size = _SIZE if self._side > _SIZE else None
        settings = self._settings(steps=_STEPS, size=size, alpha=False)
        return Order("gallery", tuple(channel(layer, unit) for unit in units), settings)

    def _patches(
        self, job: Job, scope: Scope, layer: str, units: Sequence[int], *, asked: bool
    ) -> Iterator[dict[str, Any]]:
        """Yield the real patch that excites each unit most; many images are searched if asked."""
        finder = self._bench.finder
        if finder is None:
            return
        few = len(finder.source) <= _UNASKED
        for unit in units:
            target = channel(layer, unit)
            found = finder.at_hand(scope, target)
            if found is None and (asked or few):
                for found in finder.look(scope, target):
                    self._give_way(job)
                    job.progress(found.examples.seen, found.total, "looking at your images")
                    job.check()
            if found is None:
                return
            item = finder.item(scope, found.examples, 0, side=_PATCH)
            yield {"unit": unit, "maximum": found.examples.maximum, "patch": item["picture"]}

    def _making(
        self, job: Job, scope: Scope, layer: str, missing: Sequence[int], order: list[int]
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the tiles of some units after the other, and show how they come."""
        for start in range(0, len(missing), _TOGETHER):
            group = missing[start : start + _TOGETHER]
            made = self._group(job, scope, layer, group, order, (start, len(missing)))
            if made is None:
                return
            tiles = [_tile(unit, each) for unit, each in zip(group, made, strict=True)]
            self._tell(job, order, tiles)
            yield tiles

    def _group(
        self,
        job: Job,
        scope: Scope,
        layer: str,
        group: Sequence[int],
        order: list[int],
        place: tuple[int, int],
    ) -> list[FeatureImage] | None:
        """Make some pictures in one batch; None when it was stopped."""
        easel, (before, total) = self._bench.easel, place
        whole = self._order(layer, group)
        run = easel.begin(scope, whole, "new")
        due = 0.0
        for progress in run:
            self._give_way(job)
            done = before + len(group) * progress.step / run.steps
            job.progress(round(done, 1), total, f"pictures of {layer}")
            if job.stopped:
                return None
            if time.monotonic() >= due:
                due = time.monotonic() + _FRAME
                pictures = [
                    shown(over_grey(progress.shown(index), run)) for index in range(len(group))
                ]
                live = [
                    {"unit": unit, "picture": picture, "live": True}
                    for unit, picture in zip(group, pictures, strict=True)
                ]
                job.preview({"order": order, "tiles": live})
        return easel.end_each(scope, whole, run)

    def _give_way(self, job: Job) -> None:
        """Wait while somebody waits for one picture: that goes first."""
        while self._bench.busy.is_set() and not job.stopped:
            time.sleep(_PAUSE)

    def _tell(self, job: Job, order: list[int], tiles: Sequence[dict[str, Any]]) -> None:
        """Send what is not sent again."""
        job.part({"order": order, "tiles": list(tiles)})


def _tile(unit: int, made: FeatureImage) -> dict[str, Any]:
    return {"unit": unit, "picture": shown(made.shown), "reached": made.quality.activation}
