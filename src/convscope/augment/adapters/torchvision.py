"""Pipelines of torchvision, of its v2 transforms and of the older ones."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from convscope.augment.adapters.call import call, container, signature
from convscope.augment.adapters.foreign import Foreign, copied
from convscope.augment.adapters.knob import Arguments
from convscope.augment.adapters.meanings import TORCHVISION
from convscope.augment.adapters.notes import Notes
from convscope.augment.adapters.sample import Sample
from convscope.augment.adapters.torchvision_spy import Spy
from convscope.augment.stacks import as_dtype

_CONTAINERS = {"Compose", "RandomApply", "RandomChoice", "RandomOrder", "Sequential", "ModuleList"}
_FROM_PILLOW = {"ToTensor", "PILToTensor", "ToImage"}


class Torchvision(Foreign):
    """A torchvision pipeline: `Compose`, `nn.Sequential` or one transform."""

    library = "torchvision"
    meanings = TORCHVISION

    def held(self, transform: Any) -> Sequence[Any] | None:
        """Return what a container holds."""
        if type(transform).__name__ not in _CONTAINERS or not _is_known(transform):
            return None
        return list(getattr(transform, "transforms", transform))

    def weights(self, transform: Any) -> Sequence[float] | None:
        """Return the probabilities of a `RandomChoice`."""
        if type(transform).__name__ != "RandomChoice":
            return None
        return [1.0] * len(transform.transforms) if transform.p is None else list(transform.p)

    def arguments(self, transform: Any) -> dict[str, Any]:
        """Return the arguments of the constructor that are attributes by the same name."""
        own = {name: getattr(transform, name) for name in _named(transform)}
        if type(transform).__name__ == "RandomChoice":
            own.pop("p", None)
        return {name: value for name, value in own.items() if name != "transforms"}

    def changed(self, transform: Any, arguments: Arguments) -> Any:
        """Make it anew where its constructor takes all it has, or else change a copy."""
        parameters = signature(type(transform))
        whole = set(parameters) == set(arguments) and _is_known(transform)
        arguments = _fitting(type(transform).__name__, arguments)
        if whole:
            return type(transform)(**arguments)
        made = copied(transform)
        for name, value in arguments.items():
            setattr(made, name, value)
        if hasattr(made, "_log_ratio"):  # kept by v2 beside the ratio itself
            made._log_ratio = torch.log(torch.tensor(made.ratio))
        return made

    def holding(
        self,
        transform: Any,
        arguments: Arguments,
        held: Sequence[Any],
        weights: Sequence[float] | None,
    ) -> Any:
        """Return a container of the same class."""
        kind = type(transform)
        if issubclass(kind, nn.Sequential):
            return kind(*[each if isinstance(each, nn.Module) else Spy(each) for each in held])
        if kind.__name__ == "RandomChoice":
            return kind(list(held), p=None if weights is None else list(weights))
        return kind(list(held), **arguments)

    def composed(self, transforms: Sequence[Any]) -> Any:
        """Return a container like the user's, or `nn.Identity` where nothing is left."""
        if not transforms:
            return nn.Identity()
        root = self._root if self.can_edit else None
        if root is None or type(root).__name__ not in _CONTAINERS:
            return transforms[0]
        return self.holding(root, self.arguments(root), transforms, self.weights_left(transforms))

    def weights_left(self, transforms: Sequence[Any]) -> Sequence[float] | None:
        """Return the weights of the outermost container, as long as nothing was taken out of it."""
        weights = self.weights(self._root)
        return weights if weights is not None and len(weights) == len(transforms) else None

    def listened(self, transform: Any, notes: Notes, position: int) -> Any:
        """Put a transform into a `Spy`."""
        return Spy(transform, notes, position)

    def carry_out(
        self, transforms: Sequence[Any], notes: Notes, samples: Sequence[Sample], numbers: list[int]
    ) -> list[Sample]:
        """Run samples one by one: torchvision draws once for a batch."""
        pipeline = self.composed(transforms)
        spies = _spies(transforms)
        pillow = any(type(spy.inner).__name__ in _FROM_PILLOW for spy in spies)
        older = [spy.inner for spy in spies if _is_older(spy.inner)]

        def run(sample: Sample, _: int) -> Sample:
            for spy in spies:
                spy.undo = None
            return _run(pipeline, sample, spies, pillow=pillow, older=older)

        return self.one_by_one(run, samples, numbers, notes)

    def written(self, transforms: Sequence[Any]) -> str:
        """Return code that makes a pipeline of these transforms."""
        older = any(_is_older(each) for each in _flat(self, transforms))
        prefix = "transforms" if older else "v2"
        head = (
            "from torchvision import transforms"
            if older
            else ("from torchvision.transforms import v2")
        )
        items = [_line(self, prefix, each) for each in transforms]
        return f"import torch\n{head}\n\npipeline = {container(f'{prefix}.Compose', items)}\n"


def _run(
    pipeline: Any, sample: Sample, spies: Sequence[Spy], *, pillow: bool, older: Sequence[Any]
) -> Sample:
    more = sample.mask is not None or sample.boxes is not None or sample.keypoints is not None
    if more and older:
        raise ValueError(
            f"{type(older[0]).__name__} of torchvision.transforms moves images only; take it from "
            "torchvision.transforms.v2, and masks, boxes and points move along"
        )
    tensors = importlib.import_module("torchvision.tv_tensors")
    image = _pillow(sample.image) if pillow else sample.image
    if older:
        return Sample(_picture(pipeline(image), spies))
    given: dict[str, Any] = {"image": image if pillow else tensors.Image(image)}
    if sample.mask is not None:
        mask = sample.mask.to(torch.uint8) if sample.mask.dtype == torch.bool else sample.mask
        given["masks"] = tensors.Mask(mask)
    if sample.boxes is not None:
        given["boxes"] = tensors.BoundingBoxes(
            sample.boxes.clone(), format="XYXY", canvas_size=sample.size
        )
        given["labels"] = sample.index
    if sample.keypoints is not None:
        given["keypoints"] = tensors.KeyPoints(sample.keypoints.clone(), canvas_size=sample.size)
    found = pipeline(given) if more else {"image": pipeline(given["image"])}
    return Sample(
        _picture(found["image"], spies),
        *(_plain(found.get(name)) for name in ("masks", "boxes", "labels", "keypoints")),
    )


def _picture(image: Any, spies: Sequence[Spy]) -> Tensor:
    """Bring what came out back to a picture: uint8 or in [0, 1], not normalised."""
    if isinstance(image, tuple | list | dict):
        raise ValueError("it makes several images of one, which can't be shown; take FiveCrop out")
    if not isinstance(image, Tensor):
        image = importlib.import_module("torchvision.transforms.v2.functional").pil_to_tensor(image)
    picture: Tensor = _plain(image)
    for spy in reversed(spies):
        if spy.undo is not None:
            picture = spy.undo(picture)
    return picture


def _plain(tensor: Any) -> Any:
    return tensor.as_subclass(Tensor) if isinstance(tensor, Tensor) else tensor


def _pillow(image: Tensor) -> Any:
    functional = importlib.import_module("torchvision.transforms.v2.functional")
    pillow: Any = functional.to_pil_image(as_dtype(image, torch.uint8).cpu())
    return pillow


def _fitting(title: str, arguments: Arguments) -> dict[str, Any]:
    """Return arguments as the constructors want them, which is not always as the attributes are."""
    found = dict(arguments)
    if title == "ColorJitter":
        found = {name: value for name, value in found.items() if value is not None}
    if title == "RandomErasing" and found.get("value", 0) is None:
        found["value"] = "random"
    kernel = found.get("kernel_size")
    if isinstance(kernel, list | tuple):
        found["kernel_size"] = type(kernel)(int(side) // 2 * 2 + 1 for side in kernel)
    elif isinstance(kernel, int):
        found["kernel_size"] = kernel // 2 * 2 + 1
    return found


def _named(transform: Any) -> list[str]:
    """Return the arguments of its constructor that it keeps, or all that it keeps."""
    parameters = signature(type(transform))
    if parameters and all(hasattr(transform, name) for name in parameters):
        return list(parameters)
    kept = [name for name in parameters if hasattr(transform, name)]
    extra = [
        name
        for name in vars(transform)
        if not name.startswith("_") and name not in kept and name != "training"
    ]
    return kept + extra


def _is_known(transform: Any) -> bool:
    return type(transform).__module__.startswith(("torchvision.", "torch.nn."))


def _is_older(transform: Any) -> bool:
    module = type(transform).__module__
    return module == "torchvision.transforms.transforms" or module.startswith(
        "torchvision.transforms.autoaugment"
    )


def _spies(transforms: Sequence[Any]) -> list[Spy]:
    found: list[Spy] = []
    for each in transforms:
        if isinstance(each, Spy):
            found.append(each)
        else:
            found += _spies(list(getattr(each, "transforms", each)))
    return found


def _flat(adapter: Torchvision, transforms: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for each in transforms:
        held = adapter.held(each)
        found += [each] if held is None else _flat(adapter, held)
    return found


def _line(adapter: Torchvision, prefix: str, transform: Any) -> str:
    held = adapter.held(transform)
    arguments = adapter.arguments(transform)
    if held is None:
        return call(prefix, transform, _fitting(type(transform).__name__, arguments))
    items = [_line(adapter, prefix, each) for each in held]
    weights = adapter.weights(transform)
    told = {**arguments, **({} if weights is None else {"p": weights})}
    tail = "".join(f", {name}={value!r}" for name, value in told.items())
    name = "Compose" if isinstance(transform, nn.Sequential) else type(transform).__name__
    return container(f"{prefix}.{name}", items, tail)
