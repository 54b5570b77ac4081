"""What a model carries of its own: preprocessing and class names, from timm, torchvision, HF."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from torch import nn

from convscope.preprocess import Preprocess

_INTERPOLATIONS = ("bilinear", "bicubic", "nearest")
_CONVNEXT_STRETCHES = 384  # pixels; from here on its processor crops nothing
_PIL_RESAMPLE = {0: "nearest", 2: "bilinear", 3: "bicubic"}  # PIL.Image.Resampling


def carried_preprocess(source: Any) -> Preprocess | None:
    """Return the preprocessing that ``source`` describes, None when it describes none.

    Parameters
    ----------
    source
        A model (timm's ``pretrained_cfg``, torchvision's ``weights``), a torchvision weights
        entry or its transforms, or a Hugging Face image processor.
    """
    for read in (_from_timm, _from_torchvision, _from_processor):
        found = read(source)
        if found is not None:
            return found
    return None


def class_names(given: Any, model: nn.Module, preprocess: Any = None) -> list[str] | None:
    """Return the names of the classes, in the order of the outputs; None when nobody knows them.

    Parameters
    ----------
    given
        A list of names, a dict of index and name, or None for what is carried.
    model
        The network, which may carry names.
    preprocess
        What was given as preprocessing: torchvision's weights carry names too.
    """
    if given is None:
        return carried_classes(model) or carried_classes(preprocess)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"classes: must be a list of names, got {given!r}")
    if isinstance(given, Mapping):
        if sorted(given, key=str) != sorted(range(len(given)), key=str):
            raise ValueError(
                "classes: the keys of a dict must be the indices 0, 1, 2, …; got "
                f"{', '.join(map(repr, list(given)[:3]))}"
            )
        return [str(given[index]) for index in range(len(given))]
    names = [str(name) for name in given]
    if not names:
        raise ValueError("classes: the list is empty; give a name for each output, or None")
    return names


def carried_classes(model: Any) -> list[str] | None:
    """Return the class names that ``model`` carries (HF ``id2label``, torchvision categories)."""
    labels = getattr(getattr(model, "config", None), "id2label", None)
    if isinstance(labels, Mapping) and labels:
        return [str(labels[key]) for key in sorted(labels, key=int)]
    for holder in _weights_of(model):
        categories = (getattr(holder, "meta", None) or {}).get("categories")
        if categories:
            return [str(name) for name in categories]
    names = _timm_config(model).get("label_names")
    return [str(name) for name in names] if names else None


def _timm_config(source: Any) -> dict[str, Any]:
    for name in ("pretrained_cfg", "default_cfg"):
        config: Any = getattr(source, name, None)
        if config is not None and hasattr(config, "to_dict"):
            config = config.to_dict()
        if isinstance(config, Mapping) and config:
            return dict(config)
    return {}


def _from_timm(source: Any) -> Preprocess | None:
    config = _timm_config(source)
    if "input_size" not in config:
        return None
    channels, height, width = config["input_size"]
    crop = float(config.get("crop_pct") or 1.0)
    fit = {"squash": "stretch", "border": "pad"}.get(config.get("crop_mode") or "center", "crop")
    return Preprocess(
        size=(height, width),
        mean=config.get("mean"),
        std=config.get("std"),
        resize=max(min(height, width), int(min(height, width) / crop)) if fit == "crop" else None,
        fit=fit,  # type: ignore[arg-type]
        interpolation=_interpolation(config.get("interpolation")),
        channels=channels,
        origin="timm's pretrained_cfg",
    )


def _weights_of(source: Any) -> Iterator[Any]:
    """Yield ``source`` and its ``weights``, where they are an entry of a torchvision enum."""
    for holder in (source, getattr(source, "weights", None)):
        if isinstance(getattr(holder, "transforms", None), Callable) and hasattr(holder, "meta"):  # type: ignore[arg-type]
            yield holder


def _from_torchvision(source: Any) -> Preprocess | None:
    presets = [holder.transforms() for holder in _weights_of(source)]
    for preset in [*presets, source]:
        if not (hasattr(preset, "crop_size") and hasattr(preset, "resize_size")):
            continue
        crop, short = _first(preset.crop_size), _first(preset.resize_size)
        return Preprocess(
            size=crop,
            mean=getattr(preset, "mean", None),
            std=getattr(preset, "std", None),
            resize=max(crop, short),
            interpolation=_interpolation(getattr(preset, "interpolation", None)),
            channels=3,
            origin="torchvision's weights",
        )
    return None


def _from_processor(source: Any) -> Preprocess | None:
    if not hasattr(source, "image_mean") or not hasattr(source, "size"):
        return None
    size = _side(source.size)
    crop = _side(getattr(source, "crop_size", None)) if _on(source, "do_center_crop") else None
    target = crop or size
    if target is None:
        return None
    resize = max(min(target), min(size)) if crop and size else None
    part = getattr(source, "crop_pct", None)
    if part and not crop and min(target) < _CONVNEXT_STRETCHES:
        crop, resize = target, int(min(target) / part)
    mean, std = _scaling(source)
    return Preprocess(
        size=target,
        mean=mean,
        std=std,
        resize=resize,
        fit="crop" if crop else "stretch",
        interpolation=_interpolation(_PIL_RESAMPLE.get(getattr(source, "resample", 2))),
        channels=len(source.image_mean or (0, 0, 0)),
        origin="the image processor",
    )


def _scaling(source: Any) -> tuple[list[float] | None, list[float] | None]:
    """Return mean and std on values in [0, 1] of a processor that rescales and normalises 0..255.

    EfficientNet's divides by its std once more for networks with a classifier (``include_top``).
    """
    mean, std = [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]
    if getattr(source, "do_normalize", True) and source.image_mean is not None:
        mean, std = list(source.image_mean), list(source.image_std)
    factor = getattr(source, "rescale_factor", None) or 1 / 255
    if not getattr(source, "do_rescale", True):  # then its images hold what its mean is of
        factor = 1.0 if max(mean) > 1 else 1 / 255
    unit = 255 * factor
    shift = 1.0 if _on(source, "rescale_offset") else 0.0
    again = std if _on(source, "include_top") else [1.0] * len(std)
    mean = [(number + shift) / unit for number in mean]
    std = [number * twice / unit for number, twice in zip(std, again, strict=True)]
    if not any(mean) and all(abs(number - 1) < 1e-6 for number in std):
        return None, None
    return mean, std


def _on(source: Any, name: str) -> bool:
    return bool(getattr(source, name, False))


def _side(size: Any) -> tuple[int, int] | None:
    """Return (height, width) from the ways in which processors spell a size."""
    if isinstance(size, int):
        return size, size
    # A dict, or since transformers 5 an object that has all keys, most of them None.
    told = dict(size) if isinstance(size, Mapping) else getattr(size, "__dict__", {})
    if told.get("height") and told.get("width"):
        return int(told["height"]), int(told["width"])
    if told.get("shortest_edge"):
        return int(told["shortest_edge"]), int(told["shortest_edge"])
    return None


def _first(size: Any) -> int:
    return int(size[0] if isinstance(size, (list, tuple)) else size)


def _interpolation(value: Any) -> Any:
    name = str(getattr(value, "value", value) or "bilinear").lower()
    return name if name in _INTERPOLATIONS else "bilinear"
