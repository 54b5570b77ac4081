"""Pipelines of Albumentations (2.0.8, the last under the MIT licence)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convscope.augment.adapters.call import call, container, literal, signature
from convscope.augment.adapters.foreign import Foreign, copied
from convscope.augment.adapters.knob import Arguments
from convscope.augment.adapters.meanings import ALBUMENTATIONS
from convscope.augment.adapters.notes import Notes
from convscope.augment.adapters.sample import Sample

_CONTAINER_SETTINGS = ("n", "replace", "channels")
_SILENT = {
    "shape",
    "interpolation",
    "fill",
    "fill_mask",
    "cols",
    "rows",
    "random_seed",
    "seed",
    "output_shape",
}


class Albumentations(Foreign):
    """An Albumentations pipeline: `Compose` or one transform."""

    library = "albumentations"
    meanings = ALBUMENTATIONS

    def held(self, transform: Any) -> Sequence[Any] | None:
        """Return what a container holds."""
        holds = any(kind.__name__ == "BaseCompose" for kind in type(transform).__mro__)
        return list(transform.transforms) if holds else None

    def arguments(self, transform: Any) -> dict[str, Any]:
        """Return the arguments as Albumentations itself tells them, to save a pipeline."""
        own: dict[str, Any] = {}
        if self.held(transform) is not None:
            own = {
                name: getattr(transform, name)
                for name in _CONTAINER_SETTINGS
                if hasattr(transform, name)
            }
        else:
            try:
                told = transform.get_transform_init_args()
            except (NotImplementedError, AttributeError):  # such as Lambda
                told = {}
            own = {name: told[name] for name in signature(type(transform)) if name in told}
        return {**own, "p": transform.p}

    def changed(self, transform: Any, arguments: Arguments) -> Any:
        """Make it anew, checked by Albumentations; or change the p of a copy."""
        before = self.arguments(transform)
        if len(before) == 1 and len(signature(type(transform))) > 1:
            made = copied(transform)
            made.p = arguments["p"]
            return made
        return type(transform)(**arguments)

    def holding(
        self,
        transform: Any,
        arguments: Arguments,
        held: Sequence[Any],
        weights: Sequence[float] | None,  # noqa: ARG002
    ) -> Any:
        """Return a container of the same class."""
        own = dict(arguments)
        if "n" in own:
            own["n"] = min(int(own["n"]), len(held))
        if type(transform).__name__ in ("Compose", "ReplayCompose"):
            return importlib.import_module("albumentations").Compose(list(held), p=own["p"])
        return type(transform)(transforms=list(held), **own)

    def composed(self, transforms: Sequence[Any]) -> Any:
        """Return a `Compose` with the settings of the user's."""
        made = importlib.import_module("albumentations").Compose
        if self.held(self._root) is None or not hasattr(self._root, "processors"):
            return made(list(transforms))
        if not isinstance(self._root, made):
            return self.holding(self._root, self.arguments(self._root), transforms, None)
        return made(list(transforms), **_settings(self._root))

    def listened(self, transform: Any, notes: Notes, position: int) -> Any:
        """Hear when it is applied, and with which parameters."""
        apply = transform.apply_with_params

        def heard(params: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            told = {name: value for name, value in params.items() if name not in _SILENT}
            notes.put(position, told)
            return apply(params, *args, **kwargs)

        transform.apply_with_params = heard
        return transform

    def carry_out(
        self, transforms: Sequence[Any], notes: Notes, samples: Sequence[Sample], numbers: list[int]
    ) -> list[Sample]:
        """Run samples one by one."""
        own = importlib.import_module("albumentations")
        settings = _settings(self._root) if self.can_edit else {}
        boxes = {**(settings.get("bbox_params") or {}), **_BOXES}
        points = {**(settings.get("keypoint_params") or {}), **_POINTS}
        outer = (
            [self.holding(self._root, self.arguments(self._root), transforms, None)]
            if (self.can_edit and not isinstance(self._root, own.Compose))
            else list(transforms)
        )
        pipeline = own.Compose(
            outer,
            bbox_params=boxes if samples[0].boxes is not None else None,
            keypoint_params=points if samples[0].keypoints is not None else None,
            p=settings.get("p", 1.0),
            mask_interpolation=settings.get("mask_interpolation"),
        )
        undo = _undoing(transforms)

        def run(sample: Sample, number: int) -> Sample:
            pipeline.set_random_seed(number)
            return _run(pipeline, sample, undo)

        return self.one_by_one(run, samples, numbers, notes)

    def written(self, transforms: Sequence[Any]) -> str:
        """Return code that makes a pipeline of these transforms."""
        items = [_line(self, each) for each in transforms]
        settings = (
            _settings(self._root) if self.can_edit and hasattr(self._root, "processors") else {}
        )
        tail = "".join(
            f", {name}={literal(value)}"
            for name, value in settings.items()
            if name in ("bbox_params", "keypoint_params") and value
        )
        return f"import albumentations as A\n\npipeline = {container('A.Compose', items, tail)}\n"


_BOXES = {
    "format": "pascal_voc",
    "label_fields": ["index"],
    "clip": True,
    "filter_invalid_bboxes": True,
}
_POINTS = {"format": "xy", "label_fields": None, "remove_invisible": False}


def _settings(root: Any) -> dict[str, Any]:
    """Return the settings of a `Compose` other than what it holds."""
    found: dict[str, Any] = {"p": root.p}
    for argument, key in (("bbox_params", "bboxes"), ("keypoint_params", "keypoints")):
        processor = getattr(root, "processors", {}).get(key)
        if processor is not None:
            told = dict(processor.params.to_dict_private())
            found[argument] = {k: v for k, v in told.items() if not k.startswith("__")}
    for name in ("additional_targets", "is_check_shapes", "mask_interpolation", "seed"):
        if getattr(root, name, None) is not None:
            found[name] = getattr(root, name)
    return found


def _run(pipeline: Any, sample: Sample, undo: Callable[[Tensor], Tensor]) -> Sample:
    image = sample.image.permute(1, 2, 0).contiguous().cpu().numpy()
    given: dict[str, Any] = {"image": image[..., 0] if image.shape[2] == 1 else image}
    if sample.mask is not None:
        given["masks"] = [_mask(each) for each in sample.mask]
    if sample.boxes is not None and sample.index is not None:
        given |= {"bboxes": sample.boxes.cpu().numpy(), "index": sample.index.tolist()}
    if sample.keypoints is not None:
        given["keypoints"] = sample.keypoints.cpu().numpy()
    found = pipeline(**given)
    mask = None
    if sample.mask is not None:
        mask = torch.stack([torch.as_tensor(np.asarray(each)) for each in found["masks"]])
    return Sample(
        undo(_tensor(found["image"])).to(sample.image.device),
        mask,
        _table(found.get("bboxes"), 4) if sample.boxes is not None else None,
        torch.as_tensor(np.asarray(found["index"], np.int64)) if "index" in found else None,
        _table(found.get("keypoints"), 2) if sample.keypoints is not None else None,
    )


def _tensor(image: Any) -> Tensor:
    """Return a picture (C, H, W), uint8 or float."""
    if isinstance(image, Tensor):  # after ToTensorV2
        return image if image.ndim == 3 else image[None]
    array = np.ascontiguousarray(image if image.ndim == 3 else image[..., None])
    if array.dtype == np.uint16:
        array = array.astype(np.float32) / 65535
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()


def _mask(plane: Tensor) -> Any:
    """Return one mask in a dtype that OpenCV moves: uint8, or float32 for larger numbers."""
    array = plane.cpu().numpy()
    if array.dtype == bool or (array.size and array.min() >= 0 and array.max() <= 255):
        whole = array.dtype == bool or np.issubdtype(array.dtype, np.integer)
        return array.astype(np.uint8 if whole else np.float32)
    return array.astype(np.float32)


def _table(rows: Any, columns: int) -> Tensor:
    table = np.asarray(rows, np.float32).reshape(len(rows), -1 if len(rows) else columns)
    return torch.as_tensor(table[:, :columns], dtype=torch.float32)


def _undoing(transforms: Sequence[Any]) -> Callable[[Tensor], Tensor]:
    """Return what brings values back to [0, 1], after what prepares them for a network."""
    last = next((t for t in reversed(transforms) if type(t).__name__ == "Normalize"), None)

    def restored(image: Tensor) -> Tensor:
        if last is None or not image.is_floating_point():
            return image
        if last.normalization == "standard":
            mean, std = (image.new_tensor(each).reshape(-1, 1, 1) for each in (last.mean, last.std))
            return image * std + mean
        low, high = image.min(), image.max()
        return (image - low) / (high - low).clamp(min=1e-6)

    return restored


def _line(adapter: Albumentations, transform: Any) -> str:
    held = adapter.held(transform)
    arguments = adapter.arguments(transform)
    if held is None:
        return call("A", transform, arguments)
    tail = "".join(f", {name}={literal(value)}" for name, value in arguments.items())
    return container(f"A.{type(transform).__name__}", [_line(adapter, each) for each in held], tail)
