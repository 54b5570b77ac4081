"""Building an atlas: four stages, each of which goes on where it was."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from convscope.arguments import layer_names
from convscope.atlas.about import FORMAT, About, LayerAbout, check_same
from convscope.atlas.attribute import scores_layer
from convscope.atlas.cells import grid_layer
from convscope.atlas.collect import check_images, collect
from convscope.atlas.errors import AtlasError
from convscope.atlas.grid import chosen_levels
from convscope.atlas.home import Home
from convscope.atlas.layout import kept_samples, lay_out
from convscope.atlas.lock import held
from convscope.atlas.plan import Plan
from convscope.atlas.read import Reader
from convscope.atlas.redo import take_back
from convscope.atlas.render import Rendering, RenderSettings
from convscope.atlas.repair import repair
from convscope.atlas.settings import BuildSettings, Icons, Stage
from convscope.atlas.shown import Kind, Teller
from convscope.atlas.steps import Resumed, each_layer, timed, told_of
from convscope.atlas.store import Store
from convscope.featurevis.cache import weights_digest
from convscope.manifold import Progress
from convscope.scope import Scope
from convscope.strongest import as_maps, patch_at

_KINDS: dict[Icons, tuple[Kind, ...]] = {
    "patches": ("patches",),
    "inversion": ("inversion",),
    "both": ("patches", "inversion"),
    "none": (),
}
# Attributions of samples, in numbers, from which on only those to the strongest classes are kept.
KEPT_ATTRIBUTIONS = 1 << 28


def build_steps(
    scope: Scope,
    images: Any,
    layers: Sequence[str] | str,
    path: str | os.PathLike[str],
    settings: BuildSettings,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Progress]:
    """Build the atlas at a path, or go on with it, and yield how far it is.

    Parameters are those of `Atlas.build`. Closing the iterator ends the build; what is written
    is whole.
    """
    given = scope.inputs.gather(images, settings.errors)
    about = _about(scope, given, layers, settings)
    with held(Home(path)):
        store = _opened(path, about)
        store.home.sweep()
        if settings.repair:
            repair(store)
        store.prepare()
        if settings.redo is not None:
            take_back(store, settings.redo)
        _write_boxes(scope, store)
        check_images(scope, given, store)
        teller = Teller(store)
        yield from told_of(_stages(scope, given, store, settings, teller, stop), teller, stop)


def render_steps(
    scope: Scope,
    images: Any,
    store: Store,
    icons: Icons,
    settings: RenderSettings,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Progress]:
    """Render icons of an atlas whose cells are there; parameters are those of `Atlas.render`."""
    about = store.about
    given = scope.inputs.gather(images, about.errors)  # type: ignore[arg-type]
    digests = _names_digest(given), weights_digest(scope.network)
    now = replace(about, images=len(given), images_digest=digests[0], weights=digests[1])
    check_same(store.home.name, about, now)
    with held(store.home):
        store.prepare()
        _check_inverted(store, settings.levels)
        check_images(scope, given, store)
        rendering = Rendering(scope, given, store, settings, stop)
        yield from told_of(_render(rendering, icons), Teller(store), stop)


def _stages(
    scope: Scope,
    images: Any,
    store: Store,
    settings: BuildSettings,
    teller: Teller,
    stop: Callable[[], bool] | None,
) -> Iterator[Progress]:
    about, missing = store.about, store.missing()
    before = max(0, about.samples - len(missing) * about.chunk)  # the last chunk may be smaller
    yield from timed("collecting", about.samples, before, collect(scope, images, store))
    yield from each_layer("laying out", store, _lay_out(store, settings, teller, stop))
    yield from each_layer("gridding", store, _grid(store, settings))
    _check_inverted(store, settings.render.levels, settings.levels)
    yield from _render(Rendering(scope, images, store, settings.render, stop), settings.icons)


def _about(scope: Scope, given: Any, layers: Sequence[str] | str, settings: BuildSettings) -> About:
    """Return what an atlas of this is about."""
    from convscope import __version__

    names = list(dict.fromkeys(layer_names(layers, scope.network)))
    if not names:
        raise AtlasError("layers: got none; name at least one of scope.layers")
    found = tuple(_layer(scope, name, str(key)) for key, name in enumerate(names))
    plan = Plan.of(
        len(given), settings.samples_per_image, settings.seed, [each.size for each in found]
    )
    return About(
        version=FORMAT,
        made_by=__version__,
        model=scope.name,
        weights=weights_digest(scope.network),
        preprocess=str(scope.preprocess),
        images=len(given),
        images_digest=_names_digest(given),
        view=_view_size(scope),
        samples_per_image=settings.samples_per_image,
        seed=settings.seed,
        margin=plan.margin,
        batch_size=settings.batch_size,
        chunk=plan.chunk(settings.batch_size),
        attribution=settings.attribution,
        errors=settings.errors,
        classes=None if scope.classes is None else tuple(scope.classes),
        class_count=_class_count(scope, settings),
        layers=found,
    )


def _layer(scope: Scope, name: str, key: str) -> LayerAbout:
    layer = scope.layers.find(name)
    if layer.dtype is None or not layer.dtype.is_floating_point:
        raise AtlasError(f"layers: {name!r} gives {layer.dtype}, an atlas needs real numbers")
    _, channels, height, width = as_maps(torch.empty(1, *(layer.shape or ()), device="meta")).shape
    return LayerAbout(layer.name, key, channels, (height, width))


def _class_count(scope: Scope, settings: BuildSettings) -> int:
    if settings.attribution == "none":
        return 0
    scores = scores_layer(scope)
    if scores is None:
        raise AtlasError(
            "attribution: the network's output has no class scores (N, K); build with "
            "attribution='none'"
        )
    return int((scores.shape or (0,))[0])


def _view_size(scope: Scope) -> tuple[int, int]:
    example = scope.example[0]
    if example.ndim != 4:
        raise AtlasError(
            f"scope: the network takes {tuple(example.shape)}, an atlas is of networks that take "
            "images (N, C, H, W)"
        )
    return int(example.shape[2]), int(example.shape[3])


def _write_boxes(scope: Scope, store: Store) -> None:
    """Write what each position of each layer sees."""
    for layer in store.about.layers:
        key = f"layers/{layer.key}/box"
        if not store.has(key) or store.lacks(key, 0):  # killed before its only chunk was written
            field = scope.layers.find(layer.name).receptive
            height, width = layer.size
            boxes = [
                patch_at(field, (row, column), layer.size, store.about.view).box
                for row in range(height)
                for column in range(width)
            ]
            store.put(key, np.asarray(boxes, np.int32).reshape(height, width, 4))


def _names_digest(given: Any) -> str:
    names = getattr(given, "names", None) or [str(len(given))]
    found = hashlib.blake2b(digest_size=16)
    for name in names:
        found.update(f"{name}\0".encode())
    return found.hexdigest()


def _opened(path: str | os.PathLike[str], about: About) -> Store:
    store = Store.find(path, write=True)
    if store is None:
        return Store.create(path, about)
    check_same(store.home.name, store.about, about)
    return store


def _lay_out(
    store: Store, settings: BuildSettings, teller: Teller, stop: Callable[[], bool] | None
) -> Iterator[str]:
    told = dataclasses.asdict(settings.layout)
    for layer in store.about.layers:
        if not _done(store, layer.name, "layout", told):
            places = lay_out(store, layer.name, settings.layout, progress=teller.tell, stop=stop)
            store.put(f"layers/{layer.key}/xy", places, rows=store.about.chunk)
            store.mark(layer.name, "layout", told)
        yield layer.name


def _grid(store: Store, settings: BuildSettings) -> Iterator[str]:
    about = store.about
    chosen = chosen_levels(len(kept_samples(store)), settings.levels)
    told = {
        "levels": list(chosen.sides),
        "min_count": settings.min_count,
        "notes": list(chosen.notes),
    }
    for layer in store.about.layers:
        if not _done(store, layer.name, "grid", told):
            grid_layer(store, layer.name, chosen.sides, settings.min_count)
            store.mark(layer.name, "grid", told)
        if about.samples * about.class_count > KEPT_ATTRIBUTIONS:
            store.drop_attributions(layer.name)
        yield layer.name


def _check_inverted(
    store: Store, wanted: Sequence[int] | None, asked: Sequence[int] | int | None = None
) -> None:
    """Refuse inversions of levels that there are not, but for those that were left out."""
    reader = Reader(store)
    there = {side for layer in reader.layers for side in reader.levels(layer)}
    left_out = {asked} if isinstance(asked, int) else set(asked or ())
    gone = sorted(set(wanted or ()) - there - left_out)
    if gone:
        known = ", ".join(map(str, sorted(there))) or "none yet"
        raise AtlasError(
            f"inversion_levels: the atlas has no level {gone[0]}; it has {known}: choose of these"
        )


def _render(rendering: Rendering, icons: Icons) -> Iterator[Progress]:
    """Render patches of all levels, then inversions, coarse levels first."""
    for kind in _KINDS[icons]:
        for side, layer in rendering.order(kind):
            began, before = time.monotonic(), -1
            for done, total in rendering.run(kind, side, layer):
                before = done - 1 if before < 0 else before  # the first that comes is new
                stage = f"rendering {kind}, {side} × {side} of {layer}"
                yield Resumed(stage, done, total, time.monotonic() - began, before)


def _done(store: Store, layer: str, stage: Stage, told: dict[str, Any]) -> bool:
    """Tell whether a stage is done as asked; refuse one that is done otherwise."""
    there = store.marked(layer, stage)
    if there is None:
        return False
    for name, value in told.items():
        if there.get(name) != value:
            raise AtlasError(
                f"path: {store.home.name!r} was made with {name}={there.get(name)!r}, now it is "
                f"{value!r}; call as before, choose another path, or redo={stage!r} to make that "
                "stage anew"
            )
    return True
