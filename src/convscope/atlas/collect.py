"""Collecting: sampled activations of several layers and what they add to each class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.atlas.about import About, LayerAbout
from convscope.atlas.attribute import AttributionRule, at, attributed, scores_layer
from convscope.atlas.errors import AtlasError
from convscope.atlas.schema import LEFT_OUT, TOP, Numbers
from convscope.atlas.store import Chunk, Store
from convscope.images.stamp import UNKNOWN, checksum
from convscope.network import Capture
from convscope.scope import Scope
from convscope.strongest import as_maps

_LOOKED_AT = 32  # images whose inputs are compared with those that were collected
_STAMPED = 100_000  # images of which it is looked at whether they were written since
_SUSPECTS = 1024  # of those the most that are prepared again: files that were copied are all new


def collect(scope: Scope, images: Any, store: Store) -> Iterator[int]:
    """Collect the samples that the store lacks, and yield how many are there after each chunk.

    One pass serves all layers and stops after the last of them; with attribution there is one to
    the class scores for each layer. Memory does not grow with the number of images. What a chunk
    holds depends on the plan alone, so an interrupted collection ends as one without interruption.

    Parameters
    ----------
    scope
        The network.
    images
        What the store was begun with, as ``scope.inputs.gather`` gives it.
    store
        Where to; its arrays are there.
    """
    about = store.about
    missing = store.missing()
    done = about.samples - sum(_size(about, index) for index in missing)
    for run in _runs(missing, alone=about.errors == "skip"):
        for index, chunk in _chunks(scope, images, about, run):
            store.write_chunk(index, chunk)
            done += len(chunk.images)
            yield done


def check_images(scope: Scope, images: Any, store: Store) -> None:
    """Refuse images that have changed since their samples were collected.

    Of files it is looked at whether they were written since, of arrays at their values; those that
    may have changed are prepared again and compared, and a few dozen others as well.

    Raises
    ------
    AtlasError
        If one has changed.
    ImageError
        If one is missing.
    """
    about = store.about
    there = store.read("samples/image")[:: about.samples_per_image]
    known = np.flatnonzero(there >= 0)
    if not len(known):
        return
    digests = store.read("samples/digest")[:: about.samples_per_image]
    stamps = store.read("samples/stamp")[:: about.samples_per_image]
    suspects = _spread(_written_since(images, _spread(known, _STAMPED), stamps), _SUSPECTS)
    for image in np.union1d(suspects, _spread(known, _LOOKED_AT)).tolist():
        part = _part(images, image, image + 1)
        _, inputs = next(iter(scope.inputs.batches(part, 1)))
        if checksum(inputs[0][0]) != digests[image]:
            name = getattr(images, "names", None)
            told = f"image {image}" if name is None else repr(name[image])
            raise AtlasError(
                f"images: {told} has changed since the atlas at {store.home.name!r} was begun; "
                "bring it back, build at another path, or use redo='collect'"
            )


def _written_since(images: Any, known: Numbers, stamps: Numbers) -> Numbers:
    """Return which images have other stamps than when they were collected."""
    before = stamps[known]
    known, before = known[before != UNKNOWN], before[before != UNKNOWN]
    now = np.asarray([images.stamp(image) for image in known.tolist()], np.int64)
    return np.asarray(known[(now != before) & (now != UNKNOWN)])


def _spread(values: Numbers, count: int) -> Numbers:
    """Return some of many values, evenly spread."""
    if len(values) <= count:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, count).astype(int)])


def _runs(missing: list[int], *, alone: bool) -> Iterator[range]:
    """Yield stretches of chunks; each alone where images left out would shift the batches."""
    start = 0
    for place, index in enumerate(missing):
        last = place + 1 == len(missing) or missing[place + 1] != index + 1
        if alone or last:
            yield range(missing[start], index + 1)
            start = place + 1


def _chunks(scope: Scope, images: Any, about: About, run: range) -> Iterator[tuple[int, Chunk]]:
    """Yield the chunks of a stretch."""
    per = about.chunk // about.samples_per_image
    first, stop = run.start * per, min(run.stop * per, about.images)
    part = _part(images, first, stop)
    sampler = Sampler.of(scope, images, about)
    taken: list[Batch] = []
    at_chunk = run.start
    # errors="skip" may leave whole chunks out.
    for batch in _batches(scope, part, about, sampler, first):
        taken.append(batch)
        end = min((at_chunk + 1) * per, about.images)
        if about.errors == "raise" and batch.images[-1] + 1 == end:
            yield at_chunk, _joined(taken, about, at_chunk)
            taken, at_chunk = [], at_chunk + 1
    if about.errors == "skip":
        yield at_chunk, _joined(taken, about, at_chunk)


def _batches(
    scope: Scope, part: Any, about: About, sampler: Sampler, first: int
) -> Iterator[Batch]:
    from convscope.images import ImageError

    errors: Any = about.errors
    try:
        for indices, inputs in scope.inputs.batches(part, about.batch_size, errors):
            yield sampler.take([first + index for index in indices], inputs)
    except ImageError:
        if about.errors == "raise":
            raise  # with "skip" it says that not one of this chunk could be read


def _part(images: Any, first: int, stop: int) -> Any:
    from convscope.raw import RawInputs

    if isinstance(images, RawInputs):
        return RawInputs(tuple(tensor[first:stop] for tensor in images.tensors))
    return images[first:stop]


@dataclass(frozen=True)
class Batch:
    """What a batch of images gave.

    Attributes
    ----------
    images
        Which images.
    digests, stamps
        (n,) uint32 of their inputs, and of what holds them.
    layers
        By name: arrays (n, D, ...), D draws of each image.
    """

    images: list[int]
    digests: Numbers
    stamps: Numbers
    layers: dict[str, dict[str, Numbers]]


@dataclass(frozen=True)
class Sampler:
    """Takes the samples of batches.

    Attributes
    ----------
    scope, images, about
        Of what, and how.
    scores
        Name of the output with the class scores; None without attribution.
    """

    scope: Scope
    images: Any
    about: About
    scores: str | None

    @classmethod
    def of(cls, scope: Scope, images: Any, about: About) -> Sampler:
        """Return what takes the samples that an atlas is about."""
        found = scores_layer(scope) if about.class_count else None
        return cls(scope, images, about, None if found is None else found.name)

    def take(self, images: list[int], inputs: tuple[Tensor, ...]) -> Batch:
        """Return the samples of a batch."""
        positions = {layer.name: self._positions(images, layer) for layer in self.about.layers}
        values, effects = self._run(inputs, positions)
        layers: dict[str, dict[str, Numbers]] = {}
        for layer in self.about.layers:
            name = layer.name
            self._check(values[name], layer, images)
            arrays = {
                "position": positions[name].numpy().astype(np.int32),
                "activation": values[name].float().cpu().numpy(),
            }
            if name in effects:
                arrays |= stored_attributions(effects[name].float().cpu())
            layers[name] = arrays
        digests = np.asarray([checksum(each) for each in inputs[0]], np.uint32)
        stamps = np.asarray([self.images.stamp(image) for image in images], np.uint32)
        return Batch(images, digests, stamps, layers)

    def _run(
        self, inputs: tuple[Tensor, ...], positions: dict[str, Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return activations (N, D, C) and attributions (N, D, K) by layer."""
        if self.scores is None:
            capture = Capture(self.scope.network, self.scope.layers, list(positions))
            maps = capture.run(inputs)
            return {name: at(as_maps(maps[name]), positions[name]) for name in positions}, {}
        values, effects = {}, {}
        rule: AttributionRule = self.about.attribution  # type: ignore[assignment]
        for name, places in positions.items():
            values[name], effects[name] = attributed(
                self.scope, name, self.scores, inputs, places, rule
            )
        return values, effects

    def _positions(self, images: list[int], layer: LayerAbout) -> Tensor:
        plan = self.about.plan
        draws = np.arange(plan.samples_per_image)
        samples = np.asarray(images)[:, None] * plan.samples_per_image + draws
        found = plan.positions(samples.reshape(-1), layer.size)
        return torch.from_numpy(found.reshape(len(images), -1, 2))

    def _check(self, values: Tensor, layer: LayerAbout, images: list[int]) -> None:
        if values.shape[2] != layer.channels:
            raise AtlasError(
                f"layers: {layer.name!r} has {values.shape[2]} channels for these images, but "
                f"{layer.channels} for the example"
            )
        bad = ~values.isfinite().all(dim=2).all(dim=1)
        if bool(bad.any()):
            image = images[int(bad.nonzero()[0])]
            raise AtlasError(
                f"layers: {layer.name!r} has values that are not finite for image {image}; choose "
                "another layer, or leave that image out"
            )


def stored_attributions(effects: Tensor) -> dict[str, Numbers]:
    """Return attributions (..., K) as the store keeps them.

    Half precision holds them as shares of the largest of each sample, whatever their scale.
    """
    scale = effects.abs().amax(-1)
    shares = (effects / scale.clamp_min(torch.finfo(torch.float32).tiny)[..., None]).half()
    top = effects.topk(min(TOP, effects.shape[-1]), dim=-1)
    return {
        "attribution": shares.numpy(),
        "attribution_scale": scale.numpy(),
        "top_class": top.indices.numpy().astype(np.int32),
        "top_value": top.values.numpy(),
    }


def _joined(batches: list[Batch], about: About, index: int) -> Chunk:
    """Return batches as a chunk of the store, with rows for images that were left out."""
    draws, start, count = about.samples_per_image, index * about.chunk, _size(about, index)
    images = np.full(count, LEFT_OUT, np.int32)
    digests, stamps = np.zeros(count, np.uint32), np.zeros(count, np.uint32)
    layers: dict[str, dict[str, Numbers]] = {layer.name: {} for layer in about.layers}
    for batch in batches:
        rows = (np.asarray(batch.images)[:, None] * draws + np.arange(draws) - start).reshape(-1)
        images[rows] = np.repeat(batch.images, draws)
        digests[rows] = np.repeat(batch.digests, draws)
        stamps[rows] = np.repeat(batch.stamps, draws)
        for layer, arrays in batch.layers.items():
            for name, values in arrays.items():
                flat = values.reshape(-1, *values.shape[2:])
                whole = layers[layer].setdefault(
                    name, np.zeros((count, *flat.shape[1:]), flat.dtype)
                )
                whole[rows] = flat
    return Chunk(images, digests, stamps, layers)


def _size(about: About, index: int) -> int:
    return min(about.chunk, about.samples - index * about.chunk)
