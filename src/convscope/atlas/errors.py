"""What may be wrong with an atlas, said in one sentence."""

from __future__ import annotations


class AtlasError(ValueError):
    """An atlas can't be opened, or not be gone on with, as asked."""


class DamagedError(AtlasError):
    """Something in the store can't be read.

    Attributes
    ----------
    chunk
        Its key in the store.
    """

    def __init__(self, message: str, chunk: str) -> None:
        super().__init__(message)
        self.chunk = chunk


class BusyError(AtlasError):
    """Another build writes to the store."""


class AtlasNotice(UserWarning):
    """What an atlas does otherwise than asked, with the reason."""
