"""Signs of life, given beside work that may take long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(name: str, seconds: float, sign: Callable[[], None]) -> Iterator[None]:
    """Call ``sign`` every so many seconds inside the ``with`` block, in a thread of this name."""
    end = threading.Event()

    def beat() -> None:
        while not end.wait(seconds):
            sign()

    thread = threading.Thread(target=beat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
