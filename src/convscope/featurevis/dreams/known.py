"""What a finished dream is found again by."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from torch import Tensor

from convscope.featurevis.cache import inputs_told, tensor_bytes
from convscope.featurevis.dreams.options import DreamOptions
from convscope.featurevis.objectives import as_objective
from convscope.images import as_source, to_float

if TYPE_CHECKING:
    from convscope.scope import Scope

_VERSION = 1  # raise it when the same options give other dreams


def dream_key(
    scope: Scope, weights: str, image: Tensor, target: str, options: DreamOptions
) -> str | None:
    """Return the key of a dream for a `Cache`; None where the preprocessing can't be named.

    Parameters
    ----------
    scope, image, target, options
        What is dreamt, how, and what it starts from (C, H, W).
    weights
        Digest of the model, as `weights_digest` gives it.
    """
    inputs = inputs_told(scope)
    if inputs is None:
        return None
    own = {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
    guide = own.pop("guide")
    parts = ["dream", _VERSION, weights, *inputs, as_objective(target).key, own, _picture(image)]
    parts.append(None if guide is None else _picture(to_float(as_source(guide)[0])))
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def _picture(image: Tensor) -> str:
    told = f"{image.dtype}{tuple(image.shape)}".encode() + tensor_bytes(image)
    return hashlib.blake2b(told, digest_size=16).hexdigest()
