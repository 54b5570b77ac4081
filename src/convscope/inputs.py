"""From what a person gives to what a network takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import torch
from torch import Tensor, nn

from convscope.carried import carried_preprocess
from convscope.images import ImageSource, as_source, resize, to_float
from convscope.network import Survey, survey
from convscope.preprocess import Preprocess

Errors = Literal["raise", "skip"]

# Sides in pixels that are tried, in this order, when nothing tells what the network takes:
# ImageNet's first, then CIFAR's, MNIST's and the other common ones.
_SIDES = (224, 32, 28, 64, 96, 128, 256, 299, 384, 512, 8, 16)


class Inputs:
    """Prepares images for one network.

    Parameters
    ----------
    network
        The network, without wrappers.
    preprocess
        What :class:`convscope.Scope` takes.
    example
        Inputs for networks that take something else than one batch of images.
    device
        Where inputs go.
    """

    def __init__(
        self, network: nn.Module, preprocess: Any, example: Any, device: torch.device
    ) -> None:
        self._network = network
        self._device = device
        self._dtype = _dtype(network)
        self._example = _as_example(example)
        self._raw = preprocess == "none" or not _is_image_batch(self._example)
        self._preprocess = None if self._raw else _as_preprocess(preprocess, network)
        self._guessed = not self._raw and self._preprocess is None

    @property
    def raw(self) -> bool:
        """Whether tensors are passed as they are."""
        return self._raw

    @property
    def preprocess(self) -> Preprocess | Callable[[Tensor], Tensor] | None:
        """How an image becomes an input; None where tensors are passed as they are."""
        if self._guessed and self._preprocess is None:
            self.survey()
        return self._preprocess

    @property
    def notice(self) -> str:
        """One sentence on what was assumed, ``""`` when nothing was."""
        if not self._guessed or not isinstance(self.preprocess, Preprocess):
            return ""
        height, width = self.preprocess.size or (0, 0)  # type: ignore[misc]
        return (
            f"No preprocessing found in the model: images are scaled to {height} × {width} pixels "
            "and values to [0, 1], without normalisation. Give Scope a cs.Preprocess(…) to change "
            "this."
        )

    def survey(self) -> Survey:
        """Run the network on an example and describe what ran.

        Raises
        ------
        ValueError
            If it runs on no example; the model's own error is the cause.
        """
        failures: list[tuple[Exception, tuple[Tensor, ...]]] = []
        for example in self._examples():
            try:
                found = survey(self._network, self._to_network(example))
            except Exception as error:  # any model error: the next size may do
                failures.append((error, example))
                continue
            if self._guessed and self._preprocess is None:
                channels, height, width = example[0].shape[1:]
                self._preprocess = Preprocess(size=(height, width), channels=channels)
            return found
        first, example = failures[0]
        shapes = " and ".join(str(tuple(t.shape)) for t in example)
        raise ValueError(
            f"model: raised {type(first).__name__} on an example of shape {shapes} "
            f"({_one_line(first)}); pass example= with an input that it takes"
        ) from first

    def view(self, image: Tensor) -> Tensor:
        """Return what the network sees of an image, float32 (C, H, W) in [0, 1]."""
        if isinstance(self.preprocess, Preprocess):
            return self.preprocess.view(image)
        if self.preprocess is None:
            low, high = image.amin(), image.amax()
            return ((image - low) / (high - low).clamp_min(1e-12)).float()
        size = self.preprocess(to_float(image)).shape[-2:]
        return to_float(resize(image, (int(size[0]), int(size[1]))))

    def batches(
        self, images: Any, batch_size: int, errors: Errors = "raise"
    ) -> Iterator[tuple[list[int], tuple[Tensor, ...]]]:
        """Yield ``(indices, inputs)``, with inputs on the network's device and in its type."""
        if batch_size < 1:
            raise ValueError(f"batch_size: must be at least 1, got {batch_size}")
        if self._raw:
            yield from self._raw_batches(images, batch_size)
            return
        prepare: Callable[[Tensor], Tensor] | None = self.preprocess
        if prepare is None:
            raise RuntimeError("a scope for images has no preprocessing")
        if not isinstance(prepare, Preprocess):
            prepare = _floats_first(prepare)
        source = as_source(images, errors=errors)
        for indices, batch in source.batches(batch_size, prepare):
            yield indices, self._to_network((batch,))

    def source(self, images: Any, errors: Errors = "raise") -> ImageSource:
        """Return ``images`` as a lazy sequence.

        Raises
        ------
        ValueError
            If the network takes no images.
        """
        if self._raw and self._example is not None and not _is_image_batch(self._example):
            raise ValueError("scope: this network takes no images, so there is none to browse")
        return as_source(images, errors=errors)

    def _raw_batches(
        self, images: Any, batch_size: int
    ) -> Iterator[tuple[list[int], tuple[Tensor, ...]]]:
        given = images if isinstance(images, tuple) else (images,)
        tensors = tuple(torch.as_tensor(t) for t in given if not isinstance(t, (str, bytes)))
        wanted = 1 if self._example is None else len(self._example)
        if len(tensors) != wanted or len({len(t) for t in tensors}) != 1:
            raise ValueError(
                f"images: the network takes {wanted} input(s) as tensors (N, ...) of one length, "
                f"got {_describe(images)}"
            )
        count = len(tensors[0])
        if count == 0:
            raise ValueError("images: there is none; give at least one")
        for start in range(0, count, batch_size):
            stop = min(count, start + batch_size)
            own = tuple(t[start:stop].detach().clone() for t in tensors)  # a model may write in it
            yield list(range(start, stop)), self._to_network(own)

    def _examples(self) -> Iterator[tuple[Tensor, ...]]:
        if self._example is not None:
            yield self._example
            return
        generator = torch.Generator().manual_seed(0)
        if self._preprocess is not None and not isinstance(self._preprocess, Preprocess):
            image = torch.rand(_channels(self._network), 256, 256, generator=generator)
            yield (self._preprocess(image)[None],)
            return
        channels, size = _channels(self._network), None
        if self._preprocess is not None:
            channels, size = self._preprocess.channels or channels, self._preprocess.size
        sizes = [size] if size is not None else [(side, side) for side in _SIDES]
        for height, width in sizes:  # type: ignore[misc]
            yield (torch.rand(1, channels, height, width, generator=generator),)

    def _to_network(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(
            t.to(self._device, self._dtype if t.is_floating_point() else t.dtype) for t in tensors
        )


def one_device(network: nn.Module, device: torch.device | str | None) -> torch.device:
    """Return where inputs go, and refuse a network that can't be looked at where it is."""
    for name, parameter in network.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise ValueError(
                f"model: {name!r} belongs to a lazy module without weights; run the model once on "
                "a batch, then pass it"
            )
    tensors = [*network.parameters(), *network.buffers()]
    found = tensors[0].device if tensors else torch.device(device or "cpu")
    if found.type == "meta":
        raise ValueError(
            "model: its parameters are on the meta device and hold no values; load the weights "
            "first"
        )
    if device is not None and not _same_device(found, torch.device(device)):
        raise ValueError(
            f"device: the model is on {found}, not on {device}; move it with "
            f"model.to({str(device)!r}) first, since convscope never moves a model"
        )
    return found


def _same_device(a: torch.device, b: torch.device) -> bool:
    return a.type == b.type and (a.index or 0) == (b.index or 0)


def _dtype(network: nn.Module) -> torch.dtype:
    floating = (p.dtype for p in network.parameters() if p.is_floating_point())
    return next(floating, torch.float32)


def _channels(network: nn.Module) -> int:
    """Return how many channels the first convolution takes."""
    for module in network.modules():
        if isinstance(module, nn.modules.conv._ConvNd):
            return int(module.in_channels)
    return 3


def _as_example(example: Any) -> tuple[Tensor, ...] | None:
    if example is None:
        return None
    tensors = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    if not tensors or not all(isinstance(t, Tensor) and t.ndim and len(t) for t in tensors):
        raise ValueError(
            f"example: must be a tensor (N, ...) or a tuple of them, got {_describe(example)}"
        )
    return tensors


def _is_image_batch(example: tuple[Tensor, ...] | None) -> bool:
    return example is None or (
        len(example) == 1 and example[0].ndim == 4 and example[0].is_floating_point()
    )


def _as_preprocess(
    given: Any, network: nn.Module
) -> Preprocess | Callable[[Tensor], Tensor] | None:
    """Return preprocessing from what was given or what the network carries; None when unknown."""
    if given is None:
        found = carried_preprocess(network)
    elif isinstance(given, Preprocess):
        found = given
    else:
        found = carried_preprocess(given)
        if found is None and callable(given):
            return given  # type: ignore[no-any-return]
        if found is None:
            raise TypeError(
                "preprocess: must be a cs.Preprocess, torchvision weights, an image processor, a "
                f"function of an image, or 'none', got {_describe(given)}"
            )
    if found is not None and found.channels is None:
        found = found.with_channels(_channels(network))
    return found


def _floats_first(transform: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda image: transform(to_float(image))


def _describe(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return type(value).__name__


def _one_line(error: BaseException | None) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "…"
