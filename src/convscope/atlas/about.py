"""What an atlas is of, and how it was made: the attributes of its store."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from convscope.atlas.errors import AtlasError
from convscope.atlas.plan import Plan

FORMAT = 1  # of the store: docs/atlas-format.md


@dataclass(frozen=True)
class LayerAbout:
    """A layer of an atlas.

    Attributes
    ----------
    name
        As ``scope.layers`` has it.
    key
        Of its group in the store.
    channels
        Length of an activation.
    size
        (H, W) of its map.
    """

    name: str
    key: str
    channels: int
    size: tuple[int, int]


@dataclass(frozen=True)
class About:
    """What was collected.

    Attributes
    ----------
    version
        Of the format.
    made_by
        Version of convscope.
    model, weights
        Name of the network, and a digest of its make-up and weights.
    preprocess
        How an image became an input, in words.
    images, images_digest
        How many images, and a digest of their names.
    view
        (H, W) in pixels of what the network sees of an image.
    samples_per_image, seed, margin
        See `Plan`.
    batch_size, chunk
        Images that ran at once, samples in a chunk of the store.
    attribution
        How attribution to the classes was found: ``"linear"``, ``"smoothed"``, ``"none"``.
    errors
        What happened to images that could not be read.
    classes
        Names of the classes; None where the network has none.
    class_count
        How many class scores the network gives, 0 without attribution.
    layers
        What was looked at.
    """

    version: int
    made_by: str
    model: str
    weights: str
    preprocess: str
    images: int
    images_digest: str
    view: tuple[int, int]
    samples_per_image: int
    seed: int
    margin: tuple[float, float]
    batch_size: int
    chunk: int
    attribution: str
    errors: str
    classes: tuple[str, ...] | None
    class_count: int
    layers: tuple[LayerAbout, ...]

    @property
    def plan(self) -> Plan:
        """The draws."""
        return Plan(self.images, self.samples_per_image, self.seed, self.margin)

    @property
    def samples(self) -> int:
        """How many samples are planned."""
        return self.images * self.samples_per_image

    @property
    def chunks(self) -> int:
        """Into how many chunks they go."""
        return -(-self.samples // self.chunk)

    def layer(self, name: str | None) -> LayerAbout:
        """Return what is known of a layer, of the first one without a name."""
        if name is None:
            return self.layers[0]
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(repr(layer.name) for layer in self.layers)
        raise AtlasError(f"layer: the atlas has no {name!r}; it is of {known}")

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON holds."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> About:
        """Return what `to_json` told."""
        layers = tuple(
            LayerAbout(each["name"], each["key"], each["channels"], _pair(each["size"]))
            for each in told["layers"]
        )
        classes = None if told["classes"] is None else tuple(told["classes"])
        view, margin = _pair(told["view"]), _pair(told["margin"])
        changed = {"layers": layers, "classes": classes, "view": view, "margin": margin}
        return cls(**{**told, **changed})


_WORDS = {
    "weights": "the network's weights or make-up",
    "images_digest": "the names of the images",
    "images": "the number of images",
    "layers": "layers",
    "preprocess": "how images are prepared",
    "view": "the size of the network's input",
    "classes": "the names of the classes",
}
_NEVER_ASKED = ("version", "made_by", "model", "chunk", "margin", "class_count")


def check_same(path: str, there: About, wanted: About) -> None:
    """Refuse to go on with an atlas of something else.

    Raises
    ------
    AtlasError
        A sentence that says what differs.
    """
    for field in dataclasses.fields(About):
        old, new = getattr(there, field.name), getattr(wanted, field.name)
        if field.name in _NEVER_ASKED or old == new:
            continue
        words = _WORDS.get(field.name, field.name)
        told = f": {_short(old)} there, {_short(new)} now" if _telling(field.name) else ""
        raise AtlasError(
            f"path: {path!r} holds an atlas of something else, since {words} differ{told}; call "
            "with what it was begun with to go on, or choose another path"
        )


def _telling(name: str) -> bool:
    return name not in ("weights", "images_digest", "classes")


def _short(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], LayerAbout):
        return ", ".join(layer.name for layer in value)
    return str(value)


def _pair(values: Any) -> tuple[Any, Any]:
    first, second = values
    return first, second
