"""Which output of a network a question is about: a class, a name, or a function."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from convscope.network import outputs

#: A class index or name for all images, one for each image, a function from the model's output
#: to one number per image, or None for the class that the network finds most likely.
Targets = int | str | Sequence[int] | Sequence[str] | Tensor | Callable[[Any], Tensor] | None


def logits_of(output: Any) -> Tensor:
    """Return the class scores (N, K) in a model's output.

    Raises
    ------
    ValueError
        If there is no tensor of that shape in it.
    """
    found = dict(outputs.tensors(output))
    best = found.get("[logits]")
    candidates = [best] if best is not None else list(found.values())
    for tensor in candidates:
        if tensor.ndim == 2 and tensor.is_floating_point():
            return tensor
        if tensor.ndim == 4 and tensor.shape[2:] == (1, 1):
            return tensor.flatten(1)
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in candidates) or "no tensor"
    raise ValueError(
        f"model: its output ({shapes}) has no class scores (N, K); pass targets= a function from "
        "the output to one number per image"
    )


def probabilities(logits: Tensor) -> tuple[Tensor, Literal["probability", "score"]]:
    """Return scores (N, K) as probabilities where they mean classes, else as they are.

    Outputs that already are probabilities (a model that ends in softmax) are kept.
    """
    logits = logits.float()
    if logits.shape[1] == 1:
        return logits, "score"
    sums = logits.sum(1)
    if bool((logits >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3):
        return logits, "probability"
    return logits.softmax(1), "probability"


def class_index(target: int | str, classes: Sequence[str] | None, count: int) -> int:
    """Return the index of a class given by index or name.

    Raises
    ------
    ValueError
        If there is no such class, naming the closest ones.
    """
    if isinstance(target, str):
        names = list(classes or [])
        if target in names:
            return names.index(target)
        if not names:
            raise ValueError(
                f"targets: {target!r} is a name, but the scope has no class names; give "
                "Scope classes=[…] or use an index"
            )
        close = difflib.get_close_matches(target, names, n=3, cutoff=0.4)
        close += [name for name in names if target.lower() in name.lower() and name not in close]
        hint = f"; did you mean {' or '.join(map(repr, close[:3]))}?" if close else ""
        raise ValueError(f"targets: no class {target!r} among {len(names)}{hint}")
    if not -count <= target < count:
        raise ValueError(f"targets: no class {target}; the model has {count}, from 0")
    return target % count


def score_of(
    targets: Targets, indices: Sequence[int], classes: Sequence[str] | None
) -> Callable[[Any], Tensor]:
    """Return the function from a batch's output to one number per image, (N,).

    Parameters
    ----------
    targets
        What was asked for, for all images.
    indices
        Which images are in the batch.
    classes
        Names of the classes.
    """
    if callable(targets):
        return targets

    def score(output: Any) -> Tensor:
        logits = logits_of(output)
        if targets is None:
            return logits.amax(1)
        if isinstance(targets, (int, str)):
            chosen: list[int | str] = [targets] * len(indices)
        else:
            given = targets.tolist() if isinstance(targets, Tensor) else targets
            values: list[int | str] = list(given)
            if max(indices) >= len(values):
                raise ValueError(
                    f"targets: {len(values)} for more images; give one for each image or one for "
                    "all"
                )
            chosen = [values[i] for i in indices]
        columns = [class_index(target, classes, logits.shape[1]) for target in chosen]
        return logits[range(len(columns)), columns]

    return score


def loss_of(
    labels: Any,
    indices: Sequence[int],
    classes: Sequence[str] | None,
    loss: Callable[[Any, Tensor], Tensor] | str,
) -> Callable[[Any], Tensor]:
    """Return the function from a batch's output to its mean loss.

    Parameters
    ----------
    labels
        The right class of every image, or what else ``loss`` takes, for all images.
    indices
        Which images are in the batch.
    classes
        Names of the classes.
    loss
        ``"cross_entropy"``, or a function from the output and the batch's labels.
    """
    if len(labels) <= max(indices):
        raise ValueError(f"labels: {len(labels)} for more images; give one for each image")
    own = labels[list(indices)] if isinstance(labels, Tensor) else [labels[i] for i in indices]
    if callable(loss):
        return lambda output: loss(output, torch.as_tensor(own))
    if loss != "cross_entropy":
        raise ValueError(f"loss: must be 'cross_entropy' or a function, got {loss!r}")

    def cross_entropy(output: Any) -> Tensor:
        logits = logits_of(output)
        values = own.tolist() if isinstance(own, Tensor) else own
        right = [class_index(value, classes, logits.shape[1]) for value in values]
        return functional.cross_entropy(logits, torch.tensor(right, device=logits.device))

    return cross_entropy
