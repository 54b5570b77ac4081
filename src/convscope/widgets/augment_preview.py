"""AugmentPreview: a pipeline of augmentations, edited live on one's own images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, cast

import traitlets
from matplotlib.figure import Figure

from convscope.augment.previewable import Node, find, plain
from convscope.augment.previewed import previewable_of
from convscope.augment.record import Record
from convscope.augment.targets import BoxFormat
from convscope.scope import Scope
from convscope.threads import one_thread
from convscope.widgets._base import BaseWidget, as_trait_error
from convscope.widgets._beside import Beside
from convscope.widgets._export import Call
from convscope.widgets._jobs import Job
from convscope.widgets._layers import as_scope
from convscope.widgets._preview_catalogue import catalogue, distributions
from convscope.widgets._preview_export import calls
from convscope.widgets._preview_figure import figure
from convscope.widgets._preview_inputs import Given
from convscope.widgets._preview_sheet import sheet
from convscope.widgets._preview_show import Asked, Guess, Mode, Preview
from convscope.widgets._rpc import job, rpc

MOST_SAMPLES = 64  # as in js/views/preview_tools.ts
_SIDE = 224  # pixels of a tile, where the page does not say
_RESOLUTION = 512

Nodes = list[dict[str, Any]]


class AugmentPreview(BaseWidget):
    """Preview a pipeline of augmentations live, and edit it: sliders, order, switches.

    Parameters
    ----------
    pipe
        A :class:`convscope.augment.Pipeline`, or one that you have of torchvision (v2
        ``Compose``), kornia (``AugmentationSequential``) or Albumentations (``Compose``). It is
        never changed; `pipeline` is what the widget made of it.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    masks
        One for each image: (H, W) labels or (K, H, W) planes, Pillow images or paths.
    boxes
        One table (K, 4) for each image, in pixels; a fifth column is the class.
    keypoints
        One table (K, 2) for each image, x and y of pixel centres, or (K, 3) with visibility.
    labels
        The class of each image, for operations that depend on it; by default what `images` carry.
    scope
        A network: each sample then carries the class that it takes it for.
    box_format : {"xyxy", "xywh", "cxcywh"}
        Of `boxes`.
    resolution : int or None
        Images with a longer side than this are reduced before they are augmented.
    **traits
        Any trait below.

    Attributes
    ----------
    operations : list of dict
        The pipeline as nodes: ``{"name": "Rotate", "params": {"degrees": [-15, 15], "p": 1},
        "on": True}``; combinators have their children as ``"operations"``.
    seed : int
        Of all draws.
    samples : int
        How many samples are shown, 1 to 64.
    mode : {"samples", "images"}
        Many samples of one image, or one sample of each of many.
    image : int
        The image, or the first of them, by position.
    alone : list of int or None
        Path of the operation of which the effect is shown alone: ``[2, 0]`` is the first child of
        the third.
    held : int or None
        The sample that is compared with its original.
    wipe : float
        Which share of the comparison the original takes, 0 to 1.
    show_masks, show_boxes : bool
        Whether masks, and boxes and keypoints, are drawn.

    Examples
    --------
    >>> import convscope as cs
    >>> from convscope import augment
    >>> pipe = augment.Pipeline([augment.Rotate(degrees=20), augment.Flip(p=0.5)], seed=0)
    >>> preview = cs.AugmentPreview(pipe, cs.demo.images())
    >>> preview.operations[0]["params"]["degrees"]
    [-20.0, 20.0]
    """

    _module = "augment_preview"

    # The page owns it while a slider is dragged; an echo would make the handle jump back.
    operations = traitlets.List(traitlets.Dict()).tag(sync=True, echo_update=False)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    samples = traitlets.Int(12, min=1, max=MOST_SAMPLES).tag(sync=True)
    mode = traitlets.Enum(("samples", "images"), "samples").tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    alone = traitlets.List(traitlets.Int(), None, allow_none=True).tag(sync=True)
    held = traitlets.Int(None, allow_none=True, min=0).tag(sync=True)
    wipe = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True, echo_update=False)
    show_masks = traitlets.Bool(True).tag(sync=True)
    show_boxes = traitlets.Bool(True).tag(sync=True)
    _catalogue = traitlets.List(traitlets.Dict()).tag(sync=True)
    _images = traitlets.List(traitlets.Dict()).tag(sync=True)
    _editable = traitlets.Bool(True).tag(sync=True)
    _targets = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _extras = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        pipe: Any,
        images: Any,
        masks: Any = None,
        boxes: Any = None,
        keypoints: Any = None,
        *,
        labels: Sequence[int | str] | None = None,
        scope: Scope | None = None,
        box_format: BoxFormat = "xyxy",
        resolution: int | None = _RESOLUTION,
        **traits: Any,
    ) -> None:
        self._beside = None if scope is None else Beside(as_scope(scope))
        given = Given(
            images, masks, boxes, keypoints, labels, box_format=box_format, resolution=resolution
        )
        self._preview = Preview(previewable_of(pipe), given)
        own = {
            "operations": self._preview.base.describe(),
            "seed": self._preview.base.seed,
            "_images": [{"name": name} for name in self._preview.names(range(len(given)))],
            "_extras": [*given.extras, *([] if scope is None else ["scope"])],
            "_notice": "" if scope is None else scope.notice,
            **self._about_pipeline(),
        }
        super().__init__(**{**own, **traits})

    @property
    def pipeline(self) -> Any:
        """The pipeline as it is now, without what is switched off; it may be set to another."""
        return self._preview.state(self._nodes(), self.seed).pipeline

    @pipeline.setter
    def pipeline(self, pipe: Any) -> None:
        self._preview = Preview(previewable_of(pipe), self._preview.given)
        base = self._preview.base
        with self.hold_sync(), self.hold_trait_notifications():
            about = {**self._about_pipeline(), "alone": None, "seed": base.seed}
            for name, value in {**about, "operations": base.describe()}.items():
                self.set_trait(name, value)

    @property
    def record(self) -> Record:
        """What was drawn for the samples shown."""
        return self._preview.show(self._asked()).outcome.record

    def figure(self) -> Figure:
        """Return the widget's picture: the original and its samples, with what was drawn."""
        return figure(
            self._preview,
            self._asked(),
            scope=None if self._beside is None else self._beside.scope(),
            masks=self.show_masks,
            marks=self.show_boxes,
            theme="dark" if self.theme == "dark" else "light",
        )

    @rpc
    def sheet(
        self,
        operations: Nodes,
        seed: int,
        samples: int,
        mode: Mode,
        image: int,
        alone: list[int] | None = None,
        side: int = _SIDE,
        moving: bool = False,  # noqa: FBT001, FBT002
    ) -> dict[str, Any]:
        """Return the samples of a state, and what was drawn for them."""
        asked = Asked(cast("list[Node]", operations), seed, samples, mode, image, alone)
        # While a slider moves, the other cores are the browser's.
        with one_thread() if moving else nullcontext():
            shown = self._preview.glance(asked, side) if moving else self._preview.show(asked)
            found = shown.outcome
            tiles = sheet(
                *(found.images, found.masks, found.boxes, found.keypoints), side=side, brief=moving
            )
        return {**tiles, "names": self._preview.names(shown.originals), "drawn": shown.drawn()}

    @rpc
    def originals(self, samples: int, mode: Mode, image: int, side: int = _SIDE) -> dict[str, Any]:
        """Return the original of all samples, or of each."""
        given = self._preview.given
        indices = Asked([], 0, samples, mode, image).indices(len(given))
        indices = indices if mode == "images" else indices[:1]
        found = given.batch(indices)
        tiles = sheet(found.images, found.masks, found.boxes, found.keypoints, side=side)
        own = [list(given[i].size) for i in indices]
        return {**tiles, "names": self._preview.names(indices), "own": own}

    @rpc
    def distributions(self, operations: Nodes, seed: int, image: int) -> dict[str, Any]:
        """Return how the values of many draws are distributed, without touching an image."""
        state = self._preview.state(cast("list[Node]", operations), seed)
        return {"items": distributions(state, self._preview.labels([image]))}

    @job
    def think(
        self,
        job: Job,
        operations: Nodes,
        seed: int,
        samples: int,
        mode: Mode,
        image: int,
        alone: list[int] | None = None,
    ) -> dict[str, Any]:
        """Return what the network takes each sample and its original for."""
        if self._beside is None:
            raise ValueError("scope: no network was given; pass AugmentPreview(..., scope=scope)")
        asked = Asked(cast("list[Node]", operations), seed, samples, mode, image, alone)
        found: list[Guess] = []
        for part in self._preview.looks(self._beside.scope(), asked):
            job.check()
            found += part
        half = len(found) // 2
        return {"samples": found[:half], "originals": found[half:]}

    @rpc
    def code(self, operations: Nodes, seed: int, target: str) -> dict[str, Any]:
        """Return the pipeline as code."""
        return {"text": self._preview.state(cast("list[Node]", operations), seed).to_code(target)}

    @traitlets.default("height")
    def _room_for_twelve(self) -> int:
        return 640

    @traitlets.validate("operations")
    def _valid_operations(self, proposal: dict[str, Any]) -> list[Node]:
        with as_trait_error():
            return cast(
                "list[Node]", plain(self._preview.base.with_state(proposal["value"]).describe())
            )

    @traitlets.validate("image")
    def _valid_image(self, proposal: dict[str, Any]) -> int:
        index, count = cast("int", proposal["value"]), len(self._preview.given)
        if not 0 <= index < count:
            raise traitlets.TraitError(
                f"image: there is no image {index}; there are {count}, from 0"
            )
        return index

    @traitlets.validate("alone")
    def _valid_alone(self, proposal: dict[str, Any]) -> list[int] | None:
        path = cast("list[int] | None", proposal["value"])
        if path is not None:
            with as_trait_error():
                find(cast("list[Node]", self.operations), path)
        return path

    @traitlets.observe("samples")
    def _let_go(self, _change: dict[str, Any]) -> None:
        if self.held is not None and self.held >= self.samples:
            self.held = None

    def _export_calls(self) -> Iterator[Call]:
        """Yield what a page without a kernel can be asked, the most wanted first."""
        thinks = self._beside is not None
        return calls(self._preview, self._asked(), targets=self._targets, thinks=thinks)

    def _asked(self) -> Asked:
        return Asked(
            self._nodes(),
            self.seed,
            self.samples,
            cast("Mode", self.mode),  # traitlets holds the choices, not the type
            self.image,
            None if self.alone is None else list(self.alone),
        )

    def _nodes(self) -> list[Node]:
        return cast("list[Node]", self.operations)

    def _about_pipeline(self) -> dict[str, Any]:
        base = self._preview.base
        return {
            "_catalogue": catalogue(self._preview.entries),
            "_editable": base.can_edit,
            "_targets": list(base.targets),
            "_title": f"Augmentation · {base.targets[0]}",
        }
