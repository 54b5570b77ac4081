"""Finished pictures on disk, so that a second look is instant; bounded in size."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from torch import Tensor, nn

from convscope.featurevis.network_input import told_by_example
from convscope.featurevis.objectives import Objective
from convscope.featurevis.result import FeatureImage, Quality
from convscope.featurevis.settings import Settings

if TYPE_CHECKING:
    from convscope.scope import Scope

_log = logging.getLogger(__name__)
_FOLDER = "CONVSCOPE_CACHE"  # environment variable
_VERSION = 1  # of what a key stands for: raise it when the same options give other pictures
# These only say how the work is cut up.
_NO_PART_OF_THE_KEY = frozenset({"at_once"})


class Cache:
    """Pictures by key in a folder; the longest unused go first when it is full.

    Parameters
    ----------
    folder
        Where. By default the environment variable ``CONVSCOPE_CACHE``, else the user's cache.
    max_bytes
        How much it may hold.
    """

    def __init__(self, folder: str | Path | None = None, *, max_bytes: int = 1 << 29) -> None:
        self.folder = Path(folder) if folder is not None else _default_folder()
        self.max_bytes = max_bytes

    def get(self, key: str) -> FeatureImage | None:
        """Return a picture, None where there is none that can be read."""
        path = self._path(key)
        try:
            with safetensors.safe_open(path, "pt") as file:
                told = json.loads(file.metadata()["picture"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            os.utime(path)
        except FileNotFoundError:
            return None
        except Exception as error:  # a broken file is no reason to fail: it is made again
            _log.warning("A picture in the cache can't be read and is made again: %s", error)
            return None
        quality = Quality(**told["quality"])
        return FeatureImage(
            told["target"],
            tensors["image"],
            tensors.get("alpha"),
            quality,
            tensors["history"],
            tuple(told["notes"]),
        )

    def put(self, key: str, picture: FeatureImage) -> None:
        """Keep a picture. A folder that can't be written to is logged, no error."""
        tensors = {"image": picture.image, "history": picture.history}
        if picture.alpha is not None:
            tensors["alpha"] = picture.alpha
        told = {
            "target": picture.target,
            "quality": dataclasses.asdict(picture.quality),
            "notes": list(picture.notes),
        }
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        data = safetensors.torch.save(whole, {"picture": json.dumps(told)})
        try:
            self._write(self._path(key), data)
            self._shrink()
        except OSError as error:
            _log.warning("The picture is not kept in %s: %s", self.folder, error)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"

    def _write(self, path: Path, data: bytes) -> None:
        """Write all or nothing: another process may read meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _shrink(self) -> None:
        """Remove what was not used for longest until the folder is within bounds."""
        entries = []
        for path in self.folder.glob("*.safetensors"):
            with suppress(FileNotFoundError):  # another process may remove it
                entries.append((path.stat().st_mtime_ns, path.stat().st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries, key=lambda entry: entry[0]):
            if total <= self.max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


def weights_digest(model: nn.Module) -> str:
    """Return letters that stand for a model: its make-up, weights and buffers."""
    found = hashlib.blake2b(repr(model).encode(), digest_size=16)
    for name, tensor in model.state_dict().items():
        if isinstance(tensor, Tensor):
            found.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
            found.update(tensor_bytes(tensor))
    return found.hexdigest()


def key_of(
    scope: Scope, weights: str, target: Objective, copy: int, settings: Settings
) -> str | None:
    """Return the key of a picture; None where an option can't be named, such as a function.

    Parameters
    ----------
    scope, target, copy, settings
        What the picture is of.
    weights
        Digest of the model.
    """
    own = inputs_told(scope)
    if own is None:
        return None
    parts = [_VERSION, weights, *own, target.key, copy]
    for each in dataclasses.fields(settings):
        if each.name in _NO_PART_OF_THE_KEY:
            continue
        told = _told(getattr(settings, each.name))
        if told is None:
            return None
        parts.append(f"{each.name}={told}")
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def inputs_told(scope: Scope) -> list[object] | None:
    """Return what stands for the inputs of a network, None where a function prepares them."""
    prepare = scope.preprocess
    if prepare is not None and not dataclasses.is_dataclass(prepare):
        return None
    more = told_by_example(scope)
    return [prepare, scope.device.type, *([more] if more else [])]


def _told(value: Any) -> str | None:
    """Return text that stands for an option's value, None where there is none."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, Objective):
        return value.key
    if isinstance(value, Tensor):
        return f"{tuple(value.shape)} {hashlib.blake2b(tensor_bytes(value)).hexdigest()}"
    if isinstance(value, FeatureImage):
        return _told(value.image if value.alpha is None else torch.cat([value.image, value.alpha]))
    if isinstance(value, list | tuple):
        parts = [_told(each) for each in value]
        return None if None in parts else f"[{', '.join(map(str, parts))}]"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inside = [getattr(value, each.name) for each in dataclasses.fields(value)]
        told = _told(inside)
        return None if told is None else f"{type(value).__name__}{told}"
    return None


def tensor_bytes(tensor: Tensor) -> bytes:
    """Return the values of a tensor of any type as bytes."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


def _default_folder() -> Path:
    given = os.environ.get(_FOLDER)
    if given:
        return Path(given) / "pictures"
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "convscope" / "pictures"
