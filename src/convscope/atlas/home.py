"""Where an atlas lies: a folder, or any URL that fsspec knows, as keys with bytes."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.atlas.errors import AtlasError

if TYPE_CHECKING:
    from zarr.abc.store import Store as ZarrStore

_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Home:
    """A place for keys with bytes, each written whole or not at all.

    Parameters
    ----------
    path
        A folder, or a URL such as ``"s3://bucket/my.atlas"`` or ``"memory://my.atlas"``.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        text = os.fspath(path)
        text = text.removeprefix("file://")
        self.folder = None if "://" in text else Path(text).expanduser()
        self.name = text if self.folder is None else str(self.folder)

    def zarr(self, *, read_only: bool = False) -> ZarrStore:
        """Return it as a store of Zarr's."""
        from zarr.storage import FsspecStore, LocalStore

        if self.folder is not None:
            return LocalStore(self.folder, read_only=read_only)
        self._remote()  # says what is wrong with the URL
        return FsspecStore.from_url(self.name, read_only=read_only)

    def read(self, key: str) -> bytes | None:
        """Return what lies under a key, None where there is nothing."""
        try:
            if self.folder is not None:
                return (self.folder / key).read_bytes()
            fs, root = self._remote()
            return bytes(fs.cat_file(f"{root}/{key}"))
        except FileNotFoundError:
            return None

    def exists(self, key: str) -> bool:
        """Tell whether there is something under a key."""
        if self.folder is not None:
            return (self.folder / key).exists()
        fs, root = self._remote()
        return bool(fs.exists(f"{root}/{key}"))

    def write(self, key: str, data: bytes) -> None:
        """Put bytes under a key; a reader meets the old ones or the new ones."""
        with self.explained():
            if self.folder is None:
                fs, root = self._remote()
                fs.makedirs(f"{root}/{key}".rpartition("/")[0], exist_ok=True)
                fs.pipe_file(f"{root}/{key}", data)
                return
            target = self.folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
            try:
                partial.write_bytes(data)
                partial.replace(target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise

    def delete(self, key: str) -> None:
        """Take away a key with all below it, nothing where there is none."""
        import shutil

        with self.explained():
            if self.folder is None:
                fs, root = self._remote()
                if fs.exists(f"{root}/{key}"):
                    fs.rm(f"{root}/{key}", recursive=True)
                return
            target = self.folder / key
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Take away what a killed build left half written; call it with the lock held."""
        if self.folder is not None:
            for partial in self.folder.rglob("*.partial"):
                partial.unlink(missing_ok=True)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say in one sentence why nothing can be written."""
        try:
            yield
        except OSError as error:
            if error.errno in _READ_ONLY or isinstance(error, PermissionError):
                raise AtlasError(
                    f"path: {self.name!r} can't be written to ({_reason(error)}); Atlas.open reads "
                    "it, and a build needs a place that it may write to"
                ) from error
            if error.errno in _FULL:
                raise AtlasError(
                    f"path: no room is left for {self.name!r} ({_reason(error)}); what is there is "
                    "whole, so make room and call the same again, which goes on"
                ) from error
            raise

    def _remote(self) -> tuple[Any, str]:
        import fsspec

        try:
            fs, root = fsspec.core.url_to_fs(self.name)
        except (ImportError, ValueError) as error:
            raise AtlasError(f"path: {self.name!r} can't be reached ({error})") from error
        return fs, root


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
