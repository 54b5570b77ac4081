"""Before the first step: sizes that work, softmax, where to start, and clear words if none does."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from convscope.featurevis.batching import at_once
from convscope.featurevis.forward import Response
from convscope.featurevis.network_input import NetworkInput
from convscope.featurevis.objectives import Plan, Seen
from convscope.featurevis.objectives.units import OUTPUT
from convscope.featurevis.params import Canvas, canvas_of
from convscope.featurevis.pictures import Picture
from convscope.featurevis.result import FeatureImage
from convscope.featurevis.settings import Settings
from convscope.featurevis.softmax import final_softmax
from convscope.images import as_source, to_float

if TYPE_CHECKING:
    from convscope.scope import Scope

_SMALLEST = 4  # pixels


@dataclass(frozen=True)
class Setup:
    """What a run works with.

    Attributes
    ----------
    canvas
        Of the pictures.
    response
        What the network answers.
    view_size
        Height and width of what the network is shown.
    limit
        Views in one pass.
    notes
        What has to be said.
    """

    canvas: Canvas
    response: Response
    view_size: tuple[int, int]
    limit: int
    notes: tuple[str, ...]


def set_up(scope: Scope, pictures: Sequence[Picture], settings: Settings) -> Setup:
    """Find out how the network takes the pictures.

    Raises
    ------
    ValueError
        If it takes no pictures of that size, or its layers do not depend on them.
    """
    prepare = NetworkInput(scope, settings.input_range)
    size = _size(settings.size, prepare.size)
    canvas = canvas_of(
        size,
        prepare.channels,
        alpha=settings.alpha,
        matrix=settings.matrix,
        decorrelate=settings.decorrelate,
    )
    layers = tuple(dict.fromkeys(name for each in pictures for name in each.objective.layers))
    softmax = softmax_before(scope, layers)
    response = Response(scope, prepare, layers, softmax, _half(scope, settings))
    view_size = _view_size(response, _unlike(pictures), size)
    limit = settings.at_once or at_once(scope, layers, view_size, prepare.size)
    notes = () if softmax is None else (_SOFTMAX_NOTE,)
    for note in notes:
        warnings.warn(note, stacklevel=_outside())
    return Setup(canvas, response, view_size, limit, notes)


_SOFTMAX_NOTE = (
    "The model ends in softmax; what comes before it, the logit, is maximised, since the "
    "probability of a class rises when other classes fall"
)


def _outside() -> int:
    """Return the stack level, for a warning, of the first caller outside of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("convscope."):
        level, frame = level + 1, frame.f_back
    return level


def start_numbers(setup: Setup, pictures: Sequence[Picture], settings: Settings) -> Tensor:
    """Return the numbers (N, ...) that the pictures start from, on the network's device."""
    param, device = settings.chosen_param, setup.response.prepare.device
    wide = setup.response.prepare.dtype == torch.float64
    dtype = torch.float64 if wide else torch.float32
    if settings.start is None:
        numbers = param.start(setup.canvas, [each.key for each in pictures], settings.seed)
        return numbers.to(device, dtype)
    start = _start_images(settings.start, setup.canvas, [each.target for each in pictures])
    return param.encode(setup.canvas, start.to(device, dtype))


def _start_images(start: Any, canvas: Canvas, targets: Sequence[int]) -> Tensor:
    images = start if isinstance(start, list | tuple) else [start]
    found: list[Tensor] = []
    for each in images:
        if isinstance(each, FeatureImage):
            found.append(each.image if each.alpha is None else torch.cat([each.image, each.alpha]))
        else:
            source = as_source(each)
            found += [to_float(source[index]) for index in range(len(source))]
    fitted = [_fitted(image, canvas) for image in found]
    if len(found) == len(targets):  # each copy has its own
        return torch.stack(fitted)
    if len(found) not in (1, max(targets) + 1):
        raise ValueError(
            f"start: has {len(found)} images for {max(targets) + 1} targets; give one for all or "
            "one for each"
        )
    return torch.stack([fitted[index if len(fitted) > 1 else 0] for index in targets])


def _fitted(image: Tensor, canvas: Canvas) -> Tensor:
    if canvas.alpha and len(image) == canvas.channels:
        image = torch.cat([image, torch.full_like(image[:1], 0.5)])
    if len(image) == 1 and canvas.planes == 3:
        image = image.expand(3, -1, -1)
    if len(image) != canvas.planes:
        raise ValueError(
            f"start: an image has {len(image)} channels, the network takes {canvas.planes}"
        )
    return torch.nn.functional.interpolate(
        image[None], canvas.size, mode="bilinear", antialias=True
    )[0]


def _size(given: int | tuple[int, int] | None, native: tuple[int, int]) -> tuple[int, int]:
    size = native if given is None else (given, given) if isinstance(given, int) else tuple(given)
    if len(size) != 2 or not all(isinstance(side, int) for side in size):
        raise ValueError(f"size: must be one or two whole numbers of pixels, got {given!r}")
    if min(size) < _SMALLEST:
        raise ValueError(f"size: must be at least {_SMALLEST} pixels, got {given!r}")
    return size


def softmax_before(scope: Scope, layers: Sequence[str]) -> int | None:
    """Return which call of softmax is left out when layers are looked at, None for none."""
    last = [name for name in layers if name.startswith(OUTPUT) or _is_softmax(scope, name)]
    return final_softmax(scope.network, scope.example) if last else None


def _is_softmax(scope: Scope, name: str) -> bool:
    return "softmax" in scope.layers.find(name).kind.lower()


def _half(scope: Scope, settings: Settings) -> bool:
    if settings.precision == "auto":
        return scope.device.type == "cuda" and torch.cuda.is_bf16_supported()
    return settings.precision == "bfloat16"


def _unlike(pictures: Sequence[Picture]) -> list[Picture]:
    """Return one picture for each choice of layers: what goes for it goes for the others."""
    first: dict[tuple[str, ...], Picture] = {}
    for each in pictures:
        first.setdefault(each.objective.activation.layers, each)
    return list(first.values())


def _view_size(
    response: Response, pictures: Sequence[Picture], size: tuple[int, int]
) -> tuple[int, int]:
    """Return the size of view that the network takes: that of the pictures, or its own."""
    native = response.prepare.size
    first: Exception | None = None
    for each in dict.fromkeys([size, native]):
        try:
            _try(response, pictures, each)
        except _Unmoved as error:
            raise ValueError(str(error)) from None
        except Exception as error:  # any model error: its own size may do
            first = first or error
            continue
        return each
    raise ValueError(
        f"size: the network raised {type(first).__name__} on a picture of {size[0]} × {size[1]} "
        f"({first}); it takes {native[0]} × {native[1]}"
    ) from first


class _Unmoved(Exception):  # noqa: N818 - it becomes a ValueError
    """A target does not depend on the picture."""


def _try(response: Response, pictures: Sequence[Picture], size: tuple[int, int]) -> None:
    """Run a step's worth on mid-grey; raise if it can't be or is of no use."""
    prepare = response.prepare
    dtype = torch.float64 if prepare.dtype == torch.float64 else torch.float32
    view = torch.full((1, prepare.channels, *size), 0.5, device=prepare.device, dtype=dtype)
    view.requires_grad_(True)
    moving = [each for each in pictures if each.objective.activation.terms]
    if not moving:
        return
    with response.open(gradients=True):
        seen = Seen(response.maps(view), view, torch.zeros(1, dtype=torch.long))
        for picture in moving:  # each by itself: in one sum all would seem to depend on the view
            score = Plan([picture.objective.activation]).scores(seen).sum()
            if not _depends(score, view):
                raise _Unmoved(
                    f"target: {picture.title!r} does not depend on the picture, or the model cuts "
                    "the gradient on the way (detach, argmax, rounding), so nothing can excite it; "
                    "choose another layer"
                )


def _depends(score: Tensor, view: Tensor) -> bool:
    if not score.requires_grad:
        return False
    return torch.autograd.grad(score, view, allow_unused=True, retain_graph=True)[0] is not None
