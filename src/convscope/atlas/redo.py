"""Making a stage anew: what it and the stages after it made is taken away."""

from __future__ import annotations

from convscope.atlas.errors import AtlasError
from convscope.atlas.read import Reader
from convscope.atlas.schema import ATTRIBUTION
from convscope.atlas.settings import Stage
from convscope.atlas.store import Store


def take_back(store: Store, stage: Stage) -> None:
    """Forget a stage and those that follow from it.

    Raises
    ------
    AtlasError
        If what the stage needs was let go of.
    """
    for layer in store.about.layers:
        if stage in ("layout", "grid") and store.dropped(layer.name):
            raise AtlasError(
                f"redo: {stage!r} needs the samples' attributions, which were let go of since they "
                "are many; use redo='collect'"
            )
        for side in Reader(store).levels(layer.name):
            for kind in ("patches", "inversion"):
                store.home.delete(f"layers/{layer.key}/levels/{side}/{kind}")
        if stage == "render":
            continue
        store.mark(layer.name, "grid", None)
        store.home.delete(f"layers/{layer.key}/levels")
        if stage != "grid":
            store.mark(layer.name, "layout", None)
        if stage == "collect":
            store.mark(layer.name, ATTRIBUTION, None)
    if stage == "collect":
        store.home.delete("samples/image")
        store.prepare()
