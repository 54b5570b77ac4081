"""An attribution, from what a person asks to the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from convscope.arguments import check_count, layer_names
from convscope.attribution.attributions import Attributions, joined
from convscope.attribution.cam import AIMS, Aim
from convscope.attribution.catalogue import Method, MethodName, method_of
from convscope.attribution.methods import by_captum
from convscope.attribution.passes import (
    Explain,
    Request,
    of_guided_layers,
    of_input,
    of_layers,
)
from convscope.attribution.questions import PREDICTED, Questions, Targets
from convscope.inputs import Errors
from convscope.network import Layer
from convscope.raw import RawInputs
from convscope.scope import Scope


def attribute(
    scope: Scope,
    images: Any,
    targets: Targets = PREDICTED,
    *,
    method: MethodName = "gradcam",
    layers: Sequence[str] | str | None = None,
    aim: Aim | None = None,
    batch_size: int = 16,
    errors: Errors = "raise",
    **options: Any,
) -> Attributions:
    """Return where in each image the targets were found.

    Class activation maps of all layers and targets come from one forward pass; see
    ``convscope.attribution.METHODS`` for what each method shows.

    Parameters
    ----------
    scope
        The network.
    images
        Files, folders, arrays, PIL images, tensors or a Dataset.
    targets
        A class (index or name), ``"predicted"``, a unit such as ``"layer3:12"``, or a function from
        the model's output to one number per image; one for all images, or a list with one for
        each. A list of lists asks for several: ``[["tabby", "lynx"]]`` for both on all images.
    method
        A name among ``convscope.attribution.METHODS``.
    layers
        Which layers to explain; by default the last one with maps. Methods that explain the input
        take none.
    aim
        ``"increase"`` and ``"decrease"`` look for what raises and what lowers the score,
        ``"maintain"`` for what leaves it alone, as keras-vis has it for regression. None is what
        the method is defined as.
    batch_size
        How many inputs run at once, noisy and covered copies included.
    errors
        ``"skip"`` leaves out files that can't be read, with a warning that names them.
    **options
        Of the method: ``signed`` (class activation maps), ``steps``, ``baseline``, ``samples``,
        ``noise``, ``seed``, ``window``, ``stride``, ``segments``.

    Returns
    -------
    Attributions
        Raw maps for each layer, or for ``"input"``.

    Raises
    ------
    TypeError, ValueError
        If a target, layer, method or option is none, or no gradient reaches a layer.

    Examples
    --------
    >>> import convscope as cs
    >>> image = cs.demo.photograph("coffee")
    >>> found = cs.attribution.attribute(cs.demo.scope(), image, [["espresso", "tea cup"]])
    >>> found.maps["head"].shape
    torch.Size([1, 2, 7, 7])
    """
    check_count("batch_size", batch_size)
    chosen = method_of(method)
    settings = chosen.settings(options)
    _check_aim(aim, chosen)
    given = scope.inputs.gather(images, errors)
    questions = Questions.of(targets, len(given), scope)
    names = _layers(layers, chosen, questions, scope)
    request = Request(scope, questions, chosen, settings, names, aim, batch_size)
    explain = _EXPLAIN.get(chosen.name, by_captum)
    batches = scope.inputs.batches(given, batch_size, errors)
    parts = (explain(request, indices, inputs) for indices, inputs in batches)
    return joined(parts, chosen.name, aim, questions, _pictures(scope, given))


def _check_aim(aim: Aim | None, method: Method) -> None:
    if aim is not None and aim not in AIMS:
        raise ValueError(f"aim: must be {', '.join(map(repr, AIMS))} or None, got {aim!r}")
    if aim == "maintain" and not method.maintains:
        raise ValueError(
            f"aim: 'maintain' is made of one gradient, which {method.name!r} does not show; use "
            "'gradcam' or 'saliency'"
        )


def _layers(
    layers: Sequence[str] | str | None, method: Method, questions: Questions, scope: Scope
) -> list[str]:
    """Return the layers to explain, as they are called."""
    if not method.layers:
        if layers is not None:
            raise ValueError(
                f"layers: {method.name!r} explains the input, so it takes none; 'gradcam' and its "
                "kin explain layers"
            )
        return []
    if layers is None:
        return [default_layer(scope, questions)]
    names = list(dict.fromkeys(layer_names(layers, scope.network)))
    if not names:
        raise ValueError("layers: got none; name at least one of scope.layers")
    for name in names:
        layer = scope.layers.find(name)
        if not has_maps(layer):
            raise ValueError(
                f"layers: {name!r} gives {layer.shape} for an image, no maps (C, H, W); ask for a "
                "layer before it"
            )
    return names


def default_layer(scope: Scope, questions: Questions | None = None) -> str:
    """Return the last layer with maps of several positions, before the units that are asked about.

    Raises
    ------
    ValueError
        If there is none.
    """
    orders = [scope.layers.find(name).order for name in (questions.layers if questions else [])]
    end = min((order for order in orders if order is not None), default=None)
    usable = [
        layer
        for layer in scope.layers
        if layer.capturable
        and has_maps(layer)
        and layer.order is not None
        and (end is None or layer.order < end)
        and layer.name.partition("[")[0] != "output"
        and max((layer.shape or (1,))[1:]) > 1
    ]
    if not usable:
        raise ValueError("layers: no layer of this model gives maps (C, H, W); use 'saliency'")
    return max(usable, key=lambda layer: layer.order or 0).name


def has_maps(layer: Layer) -> bool:
    """Tell whether a layer gives numbers at positions: (C, H, W), or (C, L)."""
    floats = layer.dtype is not None and layer.dtype.is_floating_point
    return floats and layer.shape is not None and len(layer.shape) in (2, 3)


def _pictures(scope: Scope, given: Any) -> Callable[[int], Tensor] | None:
    """Return what gives the network's view of an image; None where it takes no images."""
    if isinstance(given, RawInputs):
        if len(given.tensors) > 1 or given.tensors[0].ndim != 4:
            return None
        given = given.tensors[0]
    source = scope.source(given)

    def picture(index: int) -> Tensor:
        return scope.view(source[index])

    return picture


_EXPLAIN: dict[str, Explain] = {
    **dict.fromkeys(
        ("gradcam", "gradcam++", "layercam", "hirescam", "xgradcam", "activation_x_gradient"),
        of_layers,
    ),
    **dict.fromkeys(("saliency", "input_x_gradient", "guided_backprop", "deconvolution"), of_input),
    "guided_gradcam": of_guided_layers,
}
