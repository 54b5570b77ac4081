"""A lock that keeps two builders of one atlas apart, and that no killed builder leaves behind."""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from convscope.atlas.beat import beating
from convscope.atlas.errors import AtlasError, BusyError
from convscope.atlas.home import Home

KEY = "builder.lock"
_BEAT = 5.0  # seconds between two signs of life where the system keeps no locks
_DEAD = 30.0  # seconds without one after which a builder is taken for dead
_SETTLE = 0.3  # seconds after which another who wrote at the same time has written too
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

_log = logging.getLogger(__name__)


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Be the only builder of the atlas at ``home`` inside the ``with`` block.

    In a folder the system keeps the lock and lets go of it when a process dies, however that
    happens. Elsewhere it is a key that a thread renews, and that counts for nothing when old.

    Raises
    ------
    BusyError
        If another builder has it.
    """
    if home.folder is not None:
        with home.explained():
            home.folder.mkdir(parents=True, exist_ok=True)
            # Unbuffered: what finds no room is said at once, and not again when it is closed.
            file = (home.folder / KEY).open("a+b", buffering=0)
        with file:
            _seize(file, home)
            yield
        return
    yield from _beating(home)


def _seize(file: IO[bytes], home: Home) -> None:
    try:
        _lock_file(file)
    except OSError as error:
        if error.errno not in _TAKEN:
            raise AtlasError(
                f"path: the file system of {home.name!r} keeps no locks ({error.strerror}), so "
                "builders can't be kept apart there; build on another one, and copy the folder"
            ) from error
        file.seek(0)
        raise _busy(home, file.read()) from None
    with home.explained():
        file.seek(0)
        file.truncate()
        file.write(_card(""))


def _lock_file(file: IO[bytes]) -> None:
    if os.name == "nt":  # pragma: no cover
        import msvcrt

        # Far behind the text, which others may read so.
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _beating(home: Home) -> Iterator[None]:
    token = uuid.uuid4().hex
    there = home.read(KEY)
    if there is not None and time.time() - _beat_of(there) < _DEAD:
        raise _busy(home, there)
    home.write(KEY, _card(token))
    time.sleep(_SETTLE)
    if not _has(home, token):
        raise _busy(home, home.read(KEY) or b"{}")
    try:
        with beating("convscope-atlas-lock", _BEAT, lambda: _renew(home, token)):
            yield
    finally:
        if _has(home, token):
            home.delete(KEY)


def _renew(home: Home, token: str) -> None:
    """Give a sign of life; one that fails is said, and the next may get through."""
    try:
        if _has(home, token):
            home.write(KEY, _card(token))
    except Exception:  # each file system has errors of its own
        _log.warning("the lock of %s could not be renewed", home.name, exc_info=True)


def _has(home: Home, token: str) -> bool:
    """Tell whether a lock is still that of the builder with this token."""
    return _told(home.read(KEY) or b"{}").get("token") == token


def _card(token: str) -> bytes:
    about = {"host": socket.gethostname(), "process": os.getpid(), "time": time.time()}
    return json.dumps(about | {"token": token}).encode()


def _beat_of(card: bytes) -> float:
    """Return when the builder that wrote a card last gave a sign of life."""
    found = _told(card).get("time", 0.0)
    return found if isinstance(found, float) else 0.0


def _told(card: bytes) -> dict[str, object]:
    try:
        told = json.loads(card)
    except ValueError:  # it is being written
        return {}
    return told if isinstance(told, dict) else {}


def _busy(home: Home, card: bytes) -> BusyError:
    about = _told(card)
    who = f"process {about.get('process', '?')} on {about.get('host', '?')}"
    return BusyError(
        f"path: {home.name!r} is being built by {who}; wait until it has ended, or choose another "
        "path. Atlas.open shows what is there meanwhile"
    )
