"""Which output of a network a question is about: a class, a name, or a function."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from convscope.network import outputs

#: A class index or name for all images, one for each image, a function from the model's output
#: to one number per image, or None for the class that the network finds most likely.
Targets = int | str | Sequence[int] | Sequence[str] | Tensor | Callable[[Any], Tensor] | None


def logits_of(output: Any, *, use: str = "to choose a class") -> Tensor:
    """Return the class scores (N, K) in a model's output.

    Parameters
    ----------
    output
        What the model returned.
    use
        What they are needed for, in words.

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
        f"model: its output ({shapes}) has no class scores (N, K) {use}; give targets= "
        "(weight_gradients: loss=) as a function of the output"
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


def class_index(
    target: Any, classes: Sequence[str] | None, count: int, *, name: str = "targets"
) -> int:
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
                f"{name}: {target!r} is a name, but the scope has no class names; give "
                "Scope classes=[…] or use an index"
            )
        close = difflib.get_close_matches(target, names, n=3, cutoff=0.4)
        close += [n for n in names if target.lower() in n.lower() and n not in close]
        hint = f"; did you mean {' or '.join(map(repr, close[:3]))}?" if close else ""
        raise ValueError(f"{name}: no class {target!r} among {len(names)}{hint}")
    if not _is_index(target):
        raise TypeError(f"{name}: a class is an index or a name, got {target!r}")
    index = operator.index(target)
    if not -count <= index < count:
        raise ValueError(f"{name}: no class {index}; the model has {count}, from 0")
    return index % count


def check_targets(targets: Any, count: int) -> None:
    """Refuse targets that are none for ``count`` images, before anything runs."""
    if targets is None or callable(targets) or isinstance(targets, str) or _is_index(targets):
        return
    chosen = _listed("targets", targets)
    if len(chosen) != count:
        raise ValueError(
            f"targets: {len(chosen)} for {count} images; give one for each image or one for all"
        )
    for target in chosen:
        if not isinstance(target, str) and not _is_index(target):
            raise TypeError(f"targets: a class is an index or a name, got {target!r}")


def as_labels(labels: Any, count: int) -> Any:
    """Return the labels of ``count`` images as a tensor or a list, in order.

    Raises
    ------
    TypeError, ValueError
        If they are not one for each image.
    """
    given = labels if isinstance(labels, Tensor) and labels.ndim else _listed("labels", labels)
    if len(given) != count:
        raise ValueError(f"labels: {len(given)} for {count} images; give one for each image")
    return given


def _listed(name: str, values: Any) -> list[Any]:
    """Return values as a list; lists, tuples, arrays, tensors and columns of tables are values."""
    if isinstance(values, Tensor) and values.ndim == 0:
        values = values.item()
    if isinstance(values, Tensor) or (hasattr(values, "tolist") and hasattr(values, "ndim")):
        values = values.tolist()
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise TypeError(
            f"{name}: must be classes, an index or a name for each image, got {values!r}"
            if isinstance(values, (str, int, float, type(None)))
            else f"{name}: must be classes, an index or a name for each image, got a "
            f"{type(values).__name__}"
        )
    return list(values)


def _is_index(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.ndim == 0 and not value.is_floating_point()
    return hasattr(value, "__index__") and getattr(value, "ndim", 0) == 0


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
        return lambda output: _one_each(targets(output), len(indices))

    def score(output: Any) -> Tensor:
        logits = logits_of(output)
        if targets is None:
            return logits.amax(1)
        if isinstance(targets, str):
            chosen: list[Any] = [targets] * len(indices)
        elif _is_index(targets):
            chosen = [operator.index(targets)] * len(indices)  # type: ignore[arg-type]
        else:
            values = _listed("targets", targets)
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
    own = labels[list(indices)] if isinstance(labels, Tensor) else [labels[i] for i in indices]
    if callable(loss):
        return lambda output: _one_number(loss(output, torch.as_tensor(own)))
    if loss != "cross_entropy":
        raise ValueError(f"loss: must be 'cross_entropy' or a function, got {loss!r}")

    def cross_entropy(output: Any) -> Tensor:
        logits = logits_of(output)
        values = own.tolist() if isinstance(own, Tensor) else own
        right = [class_index(v, classes, logits.shape[1], name="labels") for v in values]
        return functional.cross_entropy(logits, torch.tensor(right, device=logits.device))

    return cross_entropy


def _one_each(score: Any, count: int) -> Tensor:
    """Return what a function of the user's gave, if it is one number per image."""
    if isinstance(score, Tensor) and tuple(score.shape) == (count,):
        return score
    got = f"a tensor of shape {tuple(score.shape)}" if isinstance(score, Tensor) else repr(score)
    raise ValueError(
        f"targets: the function must give one number per image, a tensor ({count},), got {got}"
    )


def _one_number(loss: Any) -> Tensor:
    if isinstance(loss, Tensor) and loss.numel() == 1:
        return loss.reshape(())
    got = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
    raise ValueError(f"loss: the function must give one number, the mean of the batch, got {got}")
