"""A map on disk: one safetensors file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors

from convscope.manifold.parameters import Parameters
from convscope.manifold.pca import Basis
from convscope.manifold.projection import Projection
from convscope.manifold.quality import Estimate, Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KIND = "convscope projection"
_VERSION = 1


def save(projection: Projection, path: str | os.PathLike[str]) -> Path:
    """Write a map to one file, which appears only when it is whole.

    Parameters
    ----------
    projection
        The map.
    path
        Where to write; an existing file is replaced.

    Returns
    -------
    Path
        The file written.
    """
    from safetensors.numpy import save_file

    path = Path(path)
    arrays: dict[str, NDArray[Any]] = {
        "xy": projection.xy,
        "vectors": projection.vectors,
        "indices": projection.indices,
        "mean": projection.basis.mean,
        "directions": projection.basis.directions,
    }
    if projection.landmarks is not None:
        arrays["landmarks"] = projection.landmarks
    about = {
        "version": _VERSION,
        "given": projection.given,
        "parameters": asdict(projection.parameters),
        "backend": projection.backend,
        "seconds": projection.seconds,
        "quality": asdict(projection.quality),
        "basis": {"explained": projection.basis.explained, "unit": projection.basis.unit},
    }
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        whole = {name: np.ascontiguousarray(each) for name, each in arrays.items()}
        save_file(whole, partial, metadata={"kind": _KIND, "about": json.dumps(about)})
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def load(path: str | os.PathLike[str]) -> Projection:
    """Read a map that `save` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is none, is damaged, or is of a newer version.
    """
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise ValueError(f"path: {path} holds no map, or a damaged one ({error})") from error
    if meta.get("kind") != _KIND:
        raise ValueError(f"path: {path} holds no map; Projection.save writes one")
    about = json.loads(meta["about"])
    if about["version"] > _VERSION:
        raise ValueError(
            f"path: {path} is of version {about['version']} of the format and this convscope reads "
            f"up to {_VERSION}; install a newer one"
        )
    quality = about["quality"]
    return Projection(
        xy=arrays["xy"],
        vectors=arrays["vectors"],
        indices=arrays["indices"],
        given=about["given"],
        parameters=Parameters(**about["parameters"]),
        backend=about["backend"],
        seconds=about["seconds"],
        quality=Quality(
            Estimate(**quality["trustworthiness"]),
            Estimate(**quality["overlap"]),
            quality["neighbours"],
        ),
        basis=Basis(arrays["mean"], arrays["directions"], **about["basis"]),
        landmarks=arrays.get("landmarks"),
    )
