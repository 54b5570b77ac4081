"""From what a person gives to what a network takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn

from convscope.arguments import check_count
from convscope.carried import carried_preprocess
from convscope.images import ImageSource, as_source, resize, to_float
from convscope.needs import dtype_of, input_channels, takes_pictures
from convscope.network import Survey, survey, untouched
from convscope.preprocess import Preprocess, prepared_by
from convscope.raw import RawImages, RawInputs, raw_tensor, spread

Errors = Literal["raise", "skip"]
Result = TypeVar("Result")

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
        self._dtype = dtype_of(network)
        self._example = _as_example(example)
        self._writes_input = True  # until a survey knows better
        self._raw = preprocess == "none" or not _is_image_batch(self._example)
        self._preprocess = None if self._raw else _as_preprocess(preprocess, network)
        self._guessed = not self._raw and self._preprocess is None
        self._carried = not self._guessed and preprocess is None and self._example is None
        self._settled = not (self._guessed or self._carried)

    @property
    def example(self) -> tuple[Tensor, ...] | None:
        """The inputs that the user gave as an example."""
        return self._example

    @property
    def raw(self) -> bool:
        """Whether tensors are passed as they are."""
        return self._raw

    @property
    def preprocess(self) -> Preprocess | Callable[[Tensor], Tensor] | None:
        """How an image becomes an input; None where tensors are passed as they are."""
        if not self._settled:
            self._first_accepted(self._runs)
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

    def accepted(self) -> tuple[Tensor, ...]:
        """Return inputs that the network takes, a batch on its device.

        Raises
        ------
        ValueError
            If it runs on no example.
        """

        def run(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            self._runs(inputs)
            return inputs

        return self._first_accepted(run)

    def survey(self) -> Survey:
        """Run the network on an example and describe what ran.

        Raises
        ------
        ValueError
            If it runs on no example; the model's own error is the cause.
        """
        found = self._first_accepted(lambda inputs: survey(self._network, inputs))
        self._writes_input = found.writes_input
        return found

    def _first_accepted(self, run: Callable[[tuple[Tensor, ...]], Result]) -> Result:
        """Return what ``run`` gives for the first example that the network accepts."""
        failures: list[tuple[Exception, tuple[Tensor, ...]]] = []
        for example in self._examples():
            try:
                found = run(self._to_network(example))
            except Exception as error:  # any model error: the next size may do
                failures.append((error, example))
                continue
            if self._guessed or self._carried:
                self._settle(example[0].shape[1:])
            return found
        first, example = failures[0]
        shapes = " and ".join(str(tuple(t.shape)) for t in example)
        raise ValueError(
            f"model: raised {type(first).__name__} on an example of shape {shapes} "
            f"({_one_line(first)}); pass example= with an input that it takes"
        ) from first

    def _runs(self, inputs: tuple[Tensor, ...]) -> bool:
        with untouched(self._network):
            self._network(*(tensor.clone() for tensor in inputs))  # it may write to them
        return True

    def _settle(self, shape: torch.Size) -> None:
        """Take (C, H, W), which the network accepted, for its input."""
        channels, height, width = shape
        self._settled = True
        if self._preprocess is None:
            self._preprocess = Preprocess(size=(height, width), channels=channels)
        elif isinstance(self._preprocess, Preprocess):
            self._preprocess = self._preprocess.fitted((height, width), channels)

    def view(self, image: Tensor) -> Tensor:
        """Return what the network sees of an image, float32 (C, H, W) in [0, 1]."""
        if isinstance(self.preprocess, Preprocess):
            return self.preprocess.view(image)
        if self.preprocess is None:
            return spread(image)
        size = self.preprocess(to_float(image)).shape[-2:]
        return to_float(resize(image, (int(size[0]), int(size[1]))))

    def batches(
        self, images: Any, batch_size: int, errors: Errors = "raise"
    ) -> Iterator[tuple[list[int], tuple[Tensor, ...]]]:
        """Yield ``(indices, inputs)``, with inputs on the network's device and in its type."""
        check_count("batch_size", batch_size)
        if self._raw:
            yield from self._raw_batches(images, batch_size)
            return
        prepare: Callable[[Tensor], Tensor] | None = self.preprocess
        if prepare is None:
            raise RuntimeError("a scope for images has no preprocessing")
        if not isinstance(prepare, Preprocess):
            prepare = prepared_by(prepare)
        source = self.gather(images, errors)
        for indices, batch in source.batches(batch_size, prepare):
            yield indices, self._to_network((batch,))

    def gather(self, images: Any, errors: Errors = "raise") -> Any:
        """Return ``images`` as something with a length that :meth:`batches` takes as it is."""
        if not self._raw:
            return as_source(images, errors=errors)
        return images if isinstance(images, RawInputs) else self._raw_inputs(images)

    def source(self, images: Any, errors: Errors = "raise") -> ImageSource:
        """Return ``images`` as a lazy sequence.

        Raises
        ------
        ValueError
            If the network takes no images.
        """
        if self._raw and self._example is not None and not _is_image_batch(self._example):
            raise ValueError("scope: this network takes no images, so there is none to browse")
        if not self._raw or isinstance(images, ImageSource):
            return as_source(images, errors=errors)
        return RawImages(self._raw_inputs(images).tensors[0])

    def _raw_batches(
        self, images: Any, batch_size: int
    ) -> Iterator[tuple[list[int], tuple[Tensor, ...]]]:
        given = self.gather(images)
        tensors, count = given.tensors, len(given)
        for start in range(0, count, batch_size):
            stop = min(count, start + batch_size)
            part = tuple(t[start:stop].detach() for t in tensors)
            if self._writes_input:  # the user's tensors are not the model's to change
                part = tuple(t.clone() for t in part)
            yield list(range(start, stop)), self._to_network(part)

    def _raw_inputs(self, images: Any) -> RawInputs:
        wanted = 1 if self._example is None else len(self._example)
        given = images if isinstance(images, tuple) and len(images) == wanted else (images,)
        tensors = [raw_tensor(each) for each in given]
        found = [tensor for tensor in tensors if tensor is not None and tensor.ndim]
        if len(found) != wanted or len({len(tensor) for tensor in found}) != 1:
            raise ValueError(
                f"images: the network takes {wanted} input(s) as tensors (N, ...) of one length, "
                f"got {_describe(images)}"
            )
        if len(found[0]) == 0:
            raise ValueError("images: there is none; give at least one")
        if self._example is None and found[0].ndim == 3 and takes_pictures(self._network):
            raise ValueError(
                f"images: with preprocess='none' the network gets them as they are, but shape "
                f"{tuple(found[0].shape)} lacks the axis of images; pass images[None]"
            )
        return RawInputs(tuple(found))

    def _examples(self) -> Iterator[tuple[Tensor, ...]]:
        if self._example is not None:
            yield self._example
            return
        generator = torch.Generator().manual_seed(0)
        if self._preprocess is not None and not isinstance(self._preprocess, Preprocess):
            image = torch.rand(input_channels(self._network), 256, 256, generator=generator)
            yield (prepared_by(self._preprocess)(image)[None],)
            return
        channels, size = input_channels(self._network), None
        if self._preprocess is not None:
            channels, size = self._preprocess.channels or channels, self._preprocess.size
        tried = [] if size is None else [(channels, *size)]  # type: ignore[misc]
        if self._carried:  # what a model carries may be of another than was built from it
            channels = input_channels(self._network)
            tried += [] if size is None else [(channels, *size)]  # type: ignore[misc]
        if size is None or self._carried:
            tried += [(channels, side, side) for side in _SIDES]
        for shape in dict.fromkeys(tried):
            yield (torch.rand(1, *shape, generator=generator),)

    def _to_network(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(
            t.to(self._device, self._dtype if t.is_floating_point() else t.dtype) for t in tensors
        )


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
        found = found.with_channels(input_channels(network))
    return found


def _describe(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return type(value).__name__


def _one_line(error: BaseException | None) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "…"
