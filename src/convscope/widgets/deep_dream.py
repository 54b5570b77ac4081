"""DeepDream: what a layer sees in an image, made stronger, as one watches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import traitlets
from matplotlib.figure import Figure

from convscope import plots
from convscope.featurevis import Cache, FeatureImage, save_frames
from convscope.featurevis.frames import kinds
from convscope.featurevis.objectives import as_objective
from convscope.images import as_source
from convscope.scope import Scope
from convscope.widgets._base import BaseWidget, as_trait_error
from convscope.widgets._deep_dream_calls import DreamCalls
from convscope.widgets._deep_dream_runs import Choices, Dreams
from convscope.widgets._export import Call
from convscope.widgets._jobs import Job
from convscope.widgets._layers import as_scope, layer_info, middle_layer

_ORIGINALS = 24  # without a dream, that an offline page holds at most


class DeepDream(DreamCalls, BaseWidget):
    """Dream about an image: choose what shall become stronger, and watch it come, size by size.

    Parameters
    ----------
    scope
        The network, as a :class:`convscope.Scope`.
    images
        One image, in any form, or several to choose from; each keeps its size.
    guides
        Images to choose a guide from: each place then goes towards the guide's nearest feature.
    cache
        True keeps finished dreams in the user's cache, so that a second look is instant; False
        neither reads nor writes it.
    **traits
        Any trait below.

    Attributes
    ----------
    image : int
        Which of the images is dreamt about, by position.
    target : str
        What becomes stronger: a layer ``"layer3"``, a channel ``"layer3:12"``, or any objective as
        text, ``"layer3:12 - layer3:40"``; a layer from the middle of the network to begin with.
    octaves : int
        How many sizes, from small to the image's own.
    octave_scale : float
        From one size to the next.
    steps : int
        Steps in each octave.
    rate : float
        Mean change of a value in a step, where 255 is white.
    jitter : int
        Most pixels by which the image is moved before each step.
    guide : int or None
        Which of the guides, by position; needs a whole layer as target.
    tile : int
        Larger images go through the network in windows of so many pixels a side.
    clip : bool
        Keep values within black and white.
    seed : int
        The same seed gives the same dream on the same device.
    shown : int or None
        The number of the dream that is shown; dreams are numbered from 0 as they are made.
    wipe : float
        Share of the width that the original keeps, 0 to 1.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> widget = cs.DeepDream(digits.scope, digits.images[0], target="conv2", octaves=1, jitter=1)
    >>> widget.run().image.shape
    torch.Size([1, 8, 8])
    """

    _module = "deep_dream"
    _topics: ClassVar = {"target": ("target",), "image": ("image",)}

    image = traitlets.Int(0).tag(sync=True)
    target = traitlets.Unicode().tag(sync=True)
    octaves = traitlets.Int(4, min=1).tag(sync=True)
    octave_scale = traitlets.Float(1.4).tag(sync=True)
    steps = traitlets.Int(10, min=1).tag(sync=True)
    rate = traitlets.Float(1.5).tag(sync=True)
    jitter = traitlets.Int(32, min=0).tag(sync=True)
    guide = traitlets.Int(None, allow_none=True).tag(sync=True)
    tile = traitlets.Int(512, min=32).tag(sync=True)
    clip = traitlets.Bool(True).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    shown = traitlets.Int(None, allow_none=True).tag(sync=True)
    wipe = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    _layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    _images = traitlets.List(traitlets.Dict()).tag(sync=True)
    _dreams = traitlets.List(traitlets.Dict()).tag(sync=True)
    _guides = traitlets.List(traitlets.Dict()).tag(sync=True)
    _films = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _size = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(
        self,
        scope: Scope,
        images: Any,
        *,
        guides: Any = None,
        cache: Cache | bool = True,
        **traits: Any,
    ) -> None:
        self._scope = as_scope(scope)
        self._source = as_source(images)
        self._guide_source = None if guides is None else as_source(guides)
        names = [] if self._guide_source is None else self._guide_source.names
        disk = Cache() if cache is True else cache or None
        self._store = Dreams(scope, self._source, self._guide_source or (), disk)
        traits.setdefault("target", middle_layer(list(scope.layers)))
        super().__init__(
            _layers=[layer_info(each) for each in scope.layers],
            _images=[{"name": str(name)} for name in self._source.names],
            _guides=[{"name": str(name)} for name in names],
            _films=list(kinds()),
            _size=self._size_of(0),
            _title="DeepDream",
            _notice=scope.notice,
            **traits,
        )

    @traitlets.default("height")
    def _room_for_a_picture(self) -> int:
        return 640

    @traitlets.validate("target")
    def _valid_target(self, proposal: dict[str, Any]) -> str:
        with as_trait_error():
            as_objective(proposal["value"]).resolved(self._scope)
        return str(proposal["value"])

    @traitlets.validate("image")
    def _valid_position(self, proposal: dict[str, Any]) -> int | None:
        index = self._valid_image(proposal)
        with as_trait_error():
            self._store.image(index or 0)  # it can be read
        return index

    @traitlets.observe("image")
    def _follow_image(self, _change: dict[str, Any]) -> None:
        self._size = self._size_of(self.image)
        shown = self.shown if self.shown in self._store else None
        if shown is None or self._store[shown].choices.image != self.image:
            self.shown = self._store.newest(self.image)

    @traitlets.observe("shown")
    def _follow_shown(self, _change: dict[str, Any]) -> None:
        if self.shown is not None:
            self.image = self._store[self.shown].choices.image

    def _size_of(self, image: int) -> list[int]:
        return [int(side) for side in self._store.image(image).shape[1:]]

    @traitlets.validate("octave_scale", "rate")
    def _valid_amount(self, proposal: dict[str, Any]) -> float:
        name, value = proposal["trait"].name, float(proposal["value"])
        least = 1.0 if name == "octave_scale" else 0.0
        if not value > least:
            raise traitlets.TraitError(f"{name}: must be above {least:g}, got {value:g}")
        return value

    @traitlets.validate("guide")
    def _valid_guide(self, proposal: dict[str, Any]) -> int | None:
        index: int | None = proposal["value"]
        count = len(self._guide_source or ())
        if index is not None and not 0 <= index < count:
            raise traitlets.TraitError(
                f"guide: there is no image {index}; "
                + (f"there are {count}, from 0" if count else "pass them: DeepDream(…, guides=…)")
            )
        return index

    @traitlets.validate("shown")
    def _valid_number(self, proposal: dict[str, Any]) -> int | None:
        number: int | None = proposal["value"]
        if number is not None:
            with as_trait_error():
                _ = self._store[number]
        return number

    @property
    def result(self) -> FeatureImage | None:
        """The dream that is shown, as far as it is; None before the first."""
        return None if self.shown is None else self._store[self.shown].picture()

    def run(self) -> FeatureImage:
        """Dream with what is chosen now, show it, and return it when it is done."""
        return self._store[self._dream(self._choices(), Job())].picture()

    def film(
        self,
        path: str | os.PathLike[str],
        *,
        frames: int = 24,
        scale: float = 0.05,
        fps: float = 12.0,
    ) -> Path:
        """Write the endless zoom into the dream that is shown, as GIF or MP4; return the path.

        Parameters
        ----------
        path
            Ends in ``.gif`` or ``.mp4``.
        frames
            How many, after the dream itself.
        scale
            The share of the picture that goes out of sight from one to the next.
        fps
            Frames a second.
        """
        if self.shown is None:
            self.run()
        kept = self._store[self.shown or 0]
        return save_frames(Path(path), self._frames(kept, frames, scale, Job()), fps=fps)

    def figure(self) -> Figure:
        """Return the widget's picture: the original beside the dream."""
        return plots.dream(
            self._store.image(self.image),
            self.result,
            theme="dark" if self.theme == "dark" else "light",
        )

    def _choices(self) -> Choices:
        return Choices(
            target=self.target,
            octaves=self.octaves,
            octave_scale=self.octave_scale,
            steps=self.steps,
            rate=self.rate,
            jitter=self.jitter,
            guide=self.guide,
            tile=self.tile,
            clip=self.clip,
            seed=self.seed,
            image=self.image,
        )

    def _export_calls(self) -> Iterator[Call]:
        """Yield the originals and the dreams, those that are shown first."""
        if self.shown is None:
            self.run()
        yield Call("original", {"image": self.image}, "the original")
        dreams = sorted(self._store, key=lambda each: (each.number != self.shown, -each.number))
        for each in dreams:
            image, number = each.choices.image, each.number
            yield Call("dreamt", {"number": number}, f"dream {number}")
            yield Call("thumbnail", {"number": number}, f"dream {number} in small")
            if image != self.image:
                yield Call("original", {"image": image}, f"the original of dream {number}")
        if len(self._images) > 1:
            yield Call("thumbnails", {"start": 0, "stop": len(self._images)}, "the strip of images")
        about = {self.image, *(each.choices.image for each in dreams)}
        for image in range(min(_ORIGINALS, len(self._images))):
            if image not in about:
                yield Call("original", {"image": image}, f"image {image}")
        for index, guide in enumerate(self._guides):
            yield Call("guide_picture", {"index": index}, f"guide {guide['name']}")
