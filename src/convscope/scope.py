"""Scope: a network, how its inputs are prepared, and the names of its classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from convscope.answers import Batch, Prediction, concatenated
from convscope.arguments import check_count, check_module, check_names, layer_names
from convscope.carried import class_names
from convscope.gradients import Gradients
from convscope.handover import Handover
from convscope.images import ImageSource
from convscope.inputs import Errors, Inputs
from convscope.needs import one_device
from convscope.network import Capture, Filters, LayerTree, build_tree, filters, untouched, unwrap
from convscope.preprocess import Preprocess
from convscope.targets import logits_of, probabilities


class Scope(Gradients, Handover):
    """A network and all that is needed to look into it.

    Nothing here changes the model: hooks, gradients, flags, buffers and random states are as
    before after every call, also when it raises.

    Parameters
    ----------
    model
        Any ``torch.nn.Module``. It stays where it is and is looked at in evaluation mode.
    preprocess
        How an image becomes an input: a :class:`Preprocess`, a torchvision weights entry, a
        Hugging Face image processor, or a function from a float32 image (C, H, W) in [0, 1] to an
        input (C, H, W). By default what the model carries; else values in [0, 1] at a size that
        the network accepts, and ``scope.notice`` says so. ``"none"`` passes tensors as they are.
    classes
        Names of the classes, in the order of the outputs, or a dict of index and name. By default
        those that the model or the torchvision weights carry.
    device
        Where the model is expected to be; an error if it is elsewhere, since it is never moved.
    example
        An input, or a tuple of them, each (N, ...): for models that take no image, or several
        inputs. Then activations are asked for with such tensors, passed as they are.
    name
        What to call the network; by default its class.

    Examples
    --------
    >>> import convscope as cs
    >>> scope = cs.demo.scope()
    >>> scope.predict(cs.demo.photograph("coffee"), top=1)[0][0].name
    'espresso'
    """

    def __init__(
        self,
        model: nn.Module,
        preprocess: Preprocess | Callable[[Tensor], Tensor] | Any | None = None,
        *,
        classes: Sequence[str] | Mapping[int, str] | None = None,
        device: torch.device | str | None = None,
        example: Tensor | tuple[Tensor, ...] | None = None,
        name: str | None = None,
    ) -> None:
        check_module(model)
        self.model = model
        self.network = unwrap(model)
        self.name = name or type(self.network).__name__
        self.device = one_device(self.network, device)
        self.classes = class_names(classes, self.network, preprocess)
        self._inputs = Inputs(self.network, preprocess, example, self.device)
        self._known: tuple[object, LayerTree] | None = None

    @property
    def preprocess(self) -> Preprocess | Callable[[Tensor], Tensor] | None:
        """How an image becomes an input; None where tensors are passed as they are."""
        return self._inputs.preprocess

    @property
    def inputs(self) -> Inputs:
        """What turns images into batches of inputs."""
        return self._inputs

    @property
    def notice(self) -> str:
        """One sentence on what had to be assumed about the inputs, ``""`` when nothing was."""
        return self._inputs.notice

    @property
    def example(self) -> tuple[Tensor, ...]:
        """Inputs that the network takes, a batch on its device: the user's, else random ones."""
        return self._inputs.accepted()

    @property
    def has_example(self) -> bool:
        """Whether the user gave an example."""
        return self._inputs.example is not None

    @property
    def layers(self) -> LayerTree:
        """All layers, learnt from one dry run on an example input."""
        now = tuple((name, id(module)) for name, module in self.network.named_modules())
        if self._known is None or self._known[0] != now:
            self._known = (now, build_tree(self.network, self._inputs.survey()))
        return self._known[1]

    def source(self, images: Any, *, errors: Errors = "raise") -> ImageSource:
        """Return ``images``, in any form, as a lazy sequence of (C, H, W) tensors."""
        return self._inputs.source(images, errors)

    def view(self, image: Tensor) -> Tensor:
        """Return what the network sees of an image (C, H, W), in [0, 1], before normalisation."""
        return self._inputs.view(image)

    def predict(
        self, images: Any, *, top: int = 5, batch_size: int = 32, errors: Errors = "raise"
    ) -> list[list[Prediction]]:
        """Return the ``top`` classes of every image, most likely first.

        Parameters
        ----------
        images
            Files, folders, arrays, PIL images, tensors or a Dataset.
        top
            How many classes for each image.
        batch_size
            How many images run at once.
        errors
            ``"skip"`` leaves out files that can't be read, with a warning that names them.

        Raises
        ------
        ValueError
            If the model's output has no class scores.
        """
        check_count("top", top)
        found = []
        for _, inputs in self._inputs.batches(images, batch_size, errors):
            with untouched(self.network):
                values, kind = probabilities(logits_of(self.network(*inputs), use="to predict"))
            check_names(self.classes, values.shape[1])
            best = values.cpu().topk(min(top, values.shape[1]), dim=1)
            for scores, indices in zip(best.values.tolist(), best.indices.tolist(), strict=True):
                pairs = zip(scores, indices, strict=True)
                found.append([Prediction(self.class_name(i), i, s, kind) for s, i in pairs])
        return found

    def class_name(self, index: int) -> str:
        """Return the name of a class, ``"class 7"`` where there is none."""
        if self.classes is None or index >= len(self.classes):
            return f"class {index}"
        return self.classes[index]

    def iter_activations(
        self,
        images: Any,
        layers: Sequence[str] | str,
        *,
        batch_size: int = 32,
        errors: Errors = "raise",
        device: torch.device | str | None = "cpu",
    ) -> Iterator[Batch]:
        """Yield the activations of ``layers`` batch by batch, in memory that does not grow.

        The pass stops after the last of the layers. Between batches the model is as it was.

        Parameters
        ----------
        images
            Files, folders, arrays, PIL images, tensors or a Dataset.
        layers
            Names as ``scope.layers`` has them.
        batch_size
            How many images run at once.
        errors
            ``"skip"`` leaves out files that can't be read, with a warning that names them.
        device
            Where the activations go; None leaves them where the model is.

        Yields
        ------
        Batch
            Positions of the images and, for each layer, (N, C, H, W) or (N, C).
        """
        capture = self._capture(layers)
        for indices, inputs in self._inputs.batches(images, batch_size, errors):
            taken = capture.run(inputs)
            if device is not None:
                taken = {name: tensor.to(device) for name, tensor in taken.items()}
            yield Batch(indices, taken)

    def activations(
        self,
        images: Any,
        layers: Sequence[str] | str,
        *,
        batch_size: int = 32,
        errors: Errors = "raise",
    ) -> dict[str, Tensor]:
        """Return the activations of ``layers`` on all images, on the CPU.

        Parameters are those of :meth:`iter_activations`.

        Returns
        -------
        dict of str to Tensor
            For each layer (N, C, H, W) or (N, C).

        Examples
        --------
        >>> import convscope as cs
        >>> maps = cs.demo.scope().activations(cs.demo.images(), ["stem"])
        >>> maps["stem"].shape[1:]
        torch.Size([32, 112, 112])
        """
        batches = self.iter_activations(images, layers, batch_size=batch_size, errors=errors)
        return concatenated(batch.activations for batch in batches)

    def filters(self, layer: str) -> Filters:
        """Return the weights of the convolution ``layer``, ready to be shown."""
        return filters(self.network, self.layers, layer)

    def on(self, model: nn.Module) -> Scope:
        """Return this scope for a model of the same architecture: other weights, or a copy."""
        prepare, example = self.preprocess or "none", self._inputs.example
        return Scope(model, prepare, classes=self.classes, example=example, name=self.name)

    def __repr__(self) -> str:
        classes = "no class names" if self.classes is None else f"{len(self.classes)} classes"
        return f"Scope({self.name} on {self.device}, {classes})"

    def _capture(self, layers: Sequence[str] | str) -> Capture:
        return Capture(self.network, self.layers, layer_names(layers, self.network))
