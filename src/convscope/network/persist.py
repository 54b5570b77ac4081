"""Activations on disk, as safetensors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import safetensors
from safetensors.torch import load_file, save_file
from torch import Tensor


def save_activations(path: str | os.PathLike[str], activations: Mapping[str, Tensor]) -> Path:
    """Write activations to one safetensors file, which appears only when it is whole.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced.
    activations
        Tensors by layer name, as ``scope.activations`` gives them.

    Returns
    -------
    Path
        The file written.
    """
    path = Path(path)
    for name, tensor in activations.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"activations: {name!r} is a {type(tensor).__name__}, not a tensor; pass what "
                "scope.activations returned"
            )
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        save_file(
            {n: t.detach().cpu().contiguous().clone() for n, t in activations.items()}, partial
        )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def load_activations(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read activations that :func:`save_activations` wrote.

    Raises
    ------
    ValueError
        If the file is no safetensors file.
    """
    try:
        return dict(load_file(path))
    except safetensors.SafetensorError as error:
        raise ValueError(f"path: {path} is no safetensors file ({error})") from error
