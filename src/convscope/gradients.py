"""What a scope tells of slopes: how scores and losses change with activations and with weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from torch import Tensor

from convscope.answers import averaged, concatenated
from convscope.inputs import Errors
from convscope.network import activation_gradients, weight_gradients
from convscope.targets import Targets, as_labels, check_targets, loss_of, score_of

if TYPE_CHECKING:
    from convscope.scope import Scope


class Gradients:
    """The methods of :class:`convscope.Scope` that run the network backwards."""

    def gradients(
        self,
        images: Any,
        targets: Targets,
        layers: Sequence[str] | str,
        *,
        batch_size: int = 32,
        errors: Errors = "raise",
    ) -> dict[str, Tensor]:
        """Return d score / d activation for every image, on the CPU.

        Parameters
        ----------
        images, layers, batch_size, errors
            As in :meth:`iter_activations`.
        targets
            A class (index or name) for all images, one for each, None for the most likely one, or
            a function from the model's output to one number per image. The score of a class is
            the model's raw output for it, its logit.

        Returns
        -------
        dict of str to Tensor
            For each layer the shape of its activations.
        """
        scope = cast("Scope", self)
        capture = scope._capture(layers)

        def parts() -> Iterator[dict[str, Tensor]]:
            given = scope.inputs.gather(images, errors)
            check_targets(targets, len(given))
            for indices, inputs in scope.inputs.batches(given, batch_size, errors):
                score = score_of(targets, indices, scope.classes)
                found = activation_gradients(capture, inputs, score)
                yield {name: tensor.cpu() for name, tensor in found.items()}

        return concatenated(parts())

    def weight_gradients(
        self,
        images: Any,
        labels: Any,
        *,
        loss: Callable[[Any, Tensor], Tensor] | Literal["cross_entropy"] = "cross_entropy",
        batch_size: int = 32,
    ) -> dict[str, Tensor]:
        """Return d loss / d weight for every parameter, averaged over the images, on the CPU.

        The network runs in evaluation mode, so that batch statistics do not mix the images.

        Parameters
        ----------
        images, batch_size
            As in :meth:`iter_activations`.
        labels
            The right class of every image, as an index or a name; with a function as ``loss``
            whatever tensor (N, ...) it takes.
        loss
            ``"cross_entropy"``, or a function from the model's output and the labels of a batch to
            the mean loss of the batch.

        Returns
        -------
        dict of str to Tensor
            For each parameter its shape.
        """
        scope = cast("Scope", self)
        given = scope.inputs.gather(images)
        right = as_labels(labels, len(given))

        def parts() -> Iterator[tuple[int, dict[str, Tensor]]]:
            for indices, inputs in scope.inputs.batches(given, batch_size):
                mean_loss = loss_of(right, indices, scope.classes, loss)
                yield len(indices), weight_gradients(scope.network, inputs, mean_loss)

        return averaged(parts())
