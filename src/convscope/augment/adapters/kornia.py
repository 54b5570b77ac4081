"""Pipelines of kornia: its own containers, or `nn.Sequential` of its modules."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from convscope.augment.adapters.call import call, container, indented, signature
from convscope.augment.adapters.foreign import Foreign, copied
from convscope.augment.adapters.knob import Arguments
from convscope.augment.adapters.meanings import KORNIA
from convscope.augment.adapters.notes import Notes
from convscope.augment.adapters.randomness import seed_all
from convscope.augment.adapters.sample import Sample
from convscope.augment.declare import as_number
from convscope.augment.stacks import as_dtype

# Arguments that the objects keep under another name.
_KEPT_AS = {
    "bits": "bits_factor",
    "max_size": "size",
    "salt_vs_pepper": "salt_and_pepper",
    "r_shift_limit": "r_shift",
    "g_shift_limit": "g_shift",
    "b_shift_limit": "b_shift",
}
_SAMPLERS = {"degrees": "degree_sampler", "bits_factor": "bit_sampler", "shear": "shear_x_sampler"}
_SILENT = {"batch_prob", "forward_input_shape", "order", "center", "output_size", "input_size"}


class Kornia(Foreign):
    """A pipeline of kornia's augmentations."""

    library = "kornia"
    meanings = KORNIA

    def held(self, transform: Any) -> Sequence[Any] | None:
        """Return what a container holds."""
        known = isinstance(transform, nn.Sequential)
        return list(transform.children()) if known else None

    def arguments(self, transform: Any) -> dict[str, Any]:
        """Return the ranges of its generator, its sizes and its probability."""
        if isinstance(transform, nn.Sequential):
            return {}
        found: dict[str, Any] = dict(_ranges(getattr(transform, "_param_generator", None)))
        for name, value in getattr(transform, "flags", {}).items():
            if not isinstance(value, bool):
                found.setdefault(name, value)
        spline = getattr(transform, "dist", None)
        if spline is not None:
            found["scale"] = float(spline.high)
        if hasattr(transform, "p"):
            found["p"] = transform.p
        return found

    def changed(self, transform: Any, arguments: Arguments) -> Any:
        """Change a copy: its ranges, and the samplers that were made of them."""
        made = copied(transform)
        before = self.arguments(transform)
        for name, value in arguments.items():
            if value is not before[name] and value != before[name]:
                _set(made, name, value)
        generator = getattr(made, "_param_generator", None)
        if generator is not None:
            generator.make_samplers(generator.device, generator.dtype)
        return made

    def holding(
        self,
        transform: Any,
        arguments: Arguments,  # noqa: ARG002
        held: Sequence[Any],
        weights: Sequence[float] | None,  # noqa: ARG002
    ) -> Any:
        """Return a container of the same class and settings."""
        kind = type(transform)
        return kind(*held, **_settings(transform, len(held)))

    def composed(self, transforms: Sequence[Any]) -> Any:
        """Return a container like the user's."""
        if not self.can_edit:
            return transforms[0] if transforms else nn.Identity()
        return self.holding(self._root, {}, transforms, None)

    def listened(self, transform: Any, notes: Notes, position: int) -> Any:  # noqa: ARG002
        """Write its position on it; kornia keeps what it drew."""
        if isinstance(transform, nn.Module):
            object.__setattr__(transform, "convscope_position", position)
        return transform

    def carry_out(
        self, transforms: Sequence[Any], notes: Notes, samples: Sequence[Sample], numbers: list[int]
    ) -> list[Sample]:
        """Run samples one by one, or all together where the pipeline mixes them."""
        made = importlib.import_module("kornia.augmentation").AugmentationSequential
        settings = _settings(self._root, len(transforms))
        own = {name: settings[name] for name in ("random_apply", "extra_args") if name in settings}
        pipeline = made(*transforms, data_keys=["input"], **own)
        if any(_mixes(module) for module in pipeline.modules()):
            return _mixed(pipeline, samples, numbers, notes)

        def run(sample: Sample, _: int) -> Sample:
            found = _run(pipeline, [sample])
            _note(pipeline, pipeline._params, notes, 0)
            return found[0]

        return self.one_by_one(run, samples, numbers, notes)

    def written(self, transforms: Sequence[Any]) -> str:
        """Return code that makes a pipeline of these transforms."""
        items = [_line(each) for each in transforms]
        kind = type(self._root).__name__ if self.can_edit else "AugmentationSequential"
        settings = _settings(self._root, len(transforms))
        keys = [each.name.lower() for each in settings.get("data_keys") or ()]
        tail = f"    data_keys={keys!r},\n" if keys else ""
        head = "nn.Sequential" if kind == "Sequential" else f"K.{kind}"
        imports = "import kornia.augmentation as K\nimport torch\nfrom torch import nn\n\n"
        return f"{imports}pipeline = {head}(\n{indented(items)}\n{tail})\n"


def _ranges(generator: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a generator draws from, single numbers as the ranges they stand for."""
    if generator is None:
        return
    plain = getattr(generator, "sampler_dict", None)
    if plain is not None:
        for name, sampler in plain.items():
            yield name.removesuffix("_factor"), (float(sampler.low), float(sampler.high))
        return
    for argument in signature(type(generator)):
        name = "bits_factor" if argument == "bits" else argument
        value = getattr(generator, name, None)
        if name in ("p", "resize_to") or isinstance(value, bool | str):
            continue
        sampler = getattr(generator, _SAMPLERS.get(name, f"{name}_sampler"), None)
        if as_number(value) is not None and sampler is not None and name != "kernel_size":
            value = (float(sampler.low), float(sampler.high))
        yield name, value.tolist() if isinstance(value, Tensor) else value


def _set(transform: Any, name: str, value: Any) -> None:
    """Set one argument wherever a transform keeps it."""
    if name in ("p", "p_batch"):
        setattr(transform, name, value)
        return
    if name == "kernel_size":
        odd = [int(side) // 2 * 2 + 1 for side in (value if isinstance(value, tuple) else [value])]
        value = tuple(odd) if isinstance(value, tuple) else odd[0]
    if name in transform.flags:
        transform.flags[name] = value
    if hasattr(transform, "dist") and name == "scale":
        transform.dist = torch.distributions.Uniform(-float(value), float(value))
    generator = getattr(transform, "_param_generator", None)
    if generator is None:
        return
    if hasattr(generator, "sampler_dict"):
        generator.samplers = tuple(
            (torch.tensor(value), key, None, None)
            if key.removesuffix("_factor") == name
            else (factor, key, centre, bound)
            for factor, key, centre, bound in generator.samplers
        )
        return
    for kept in (name, *(("resize_to", "output_size") if name == "size" else ())):
        if getattr(generator, kept, None) is not None:
            setattr(generator, kept, value)


def _settings(root: Any, count: int) -> dict[str, Any]:
    """Return the settings of a container other than what it holds."""
    if not isinstance(root, nn.Sequential):
        return {}
    names = [each for each in signature(type(root)) if each not in ("args", "kwargs")]
    found = {name: getattr(root, name) for name in names if hasattr(root, name)}
    weights = found.pop("random_apply_weights", None)
    if weights is not None and len(weights) == count:
        found["random_apply_weights"] = weights
    if isinstance(found.get("random_apply"), tuple):
        low, high = found["random_apply"]
        found["random_apply"] = (min(low, count), min(high, count + 1))
    return found


def _run(pipeline: Any, samples: Sequence[Sample]) -> list[Sample]:
    """Run samples of one size together."""
    first = samples[0]
    images = torch.stack([as_dtype(each.image, torch.float32) for each in samples])
    given, keys = [images], ["input"]
    for key, name in (("mask", "mask"), ("bbox_xyxy", "boxes"), ("keypoints", "keypoints")):
        tensors = [getattr(each, name) for each in samples]
        if tensors[0] is not None and tensors[0].numel():
            given.append(torch.stack([each.to(images) for each in tensors]))
            keys.append(key)
    found = pipeline(*given, data_keys=keys)
    by_key = dict(zip(keys, [found] if len(keys) == 1 else found, strict=True))
    pictures = _undone(pipeline, by_key["input"])
    return [
        Sample(
            pictures[i],
            by_key["mask"][i] if "mask" in by_key else first.mask,
            by_key["bbox_xyxy"][i] if "bbox_xyxy" in by_key else each.boxes,
            each.index,
            by_key["keypoints"][i] if "keypoints" in by_key else each.keypoints,
        )
        for i, each in enumerate(samples)
    ]


def _mixed(
    pipeline: Any, samples: Sequence[Sample], numbers: Sequence[int], notes: Notes
) -> list[Sample]:
    if len({each.image.shape for each in samples}) > 1:
        raise ValueError("images must have one size, to be mixed; resize them first")
    if any(each.boxes is not None or each.keypoints is not None for each in samples):
        raise ValueError("boxes and keypoints of two images can't be mixed; leave them out")
    seed_all(numbers[0], samples[0].image.device)
    found = _run(pipeline, samples)
    for i in range(len(samples)):
        notes.begin()
        _note(pipeline, pipeline._params, notes, i)
    return found


def _note(container_: Any, params: Any, notes: Notes, row: int) -> None:
    """Note what each module of a container drew for one row of the batch."""
    for item in params or ():
        module = container_.get_submodule(item.name)
        position = getattr(module, "convscope_position", None)
        if isinstance(item.data, list):
            _note(module, item.data, notes, row)
        elif position is not None and _applied(item.data, row):
            notes.put(position, _row(item.data or {}, row))


def _applied(data: Mapping[str, Any] | None, row: int) -> bool:
    gate = None if data is None else data.get("batch_prob")
    return gate is None or bool(gate.reshape(-1)[min(row, gate.numel() - 1)] > 0.5)


def _row(data: Mapping[str, Any], row: int) -> dict[str, Any]:
    return {
        ("degrees" if name == "angle" and "scale" in data else name.removesuffix("_factor")): (
            value[row]
        )
        for name, value in data.items()
        if name not in _SILENT and isinstance(value, Tensor) and value.ndim and len(value) > row
    }


def _undone(pipeline: Any, images: Tensor) -> Tensor:
    """Bring normalised values back to [0, 1]."""
    for module in reversed(list(pipeline.modules())):
        if type(module).__name__ == "Normalize":
            mean, std = (
                module.flags[name].to(images).reshape(1, -1, 1, 1) for name in ("mean", "std")
            )
            images = images * std + mean
    return images


def _mixes(module: Any) -> bool:
    return any(kind.__name__ == "MixAugmentationBaseV2" for kind in type(module).__mro__)


def _line(transform: Any) -> str:
    if isinstance(transform, nn.Sequential):
        settings = _settings(transform, len(transform))
        kind = type(transform).__name__
        head = "nn.Sequential" if kind == "Sequential" else f"K.{kind}"
        told = "".join(
            f", {name}={settings[name]!r}" for name in ("random_apply",) if settings.get(name)
        )
        return container(head, [_line(each) for each in transform], told).replace("([", "(*[", 1)
    return call("K" if hasattr(transform, "flags") else "nn", transform, _told(transform))


def _told(transform: Any) -> dict[str, Any]:
    """Return the arguments of its constructor, as far as it keeps them."""
    kept = Kornia.arguments(_READER, transform)
    found: dict[str, Any] = {}
    for name in signature(type(transform)):
        source = _KEPT_AS.get(name, name)
        if source in kept:
            found[name] = kept[source]
        elif name in getattr(transform, "flags", {}):
            found[name] = transform.flags[name]
        elif hasattr(transform, name):
            found[name] = getattr(transform, name)
    if type(transform).__name__ == "RandomFisheye":  # takes nothing but tensors
        found |= {name: torch.tensor(found[name]) for name in ("center_x", "center_y", "gamma")}
    return found


_READER = object.__new__(Kornia)
