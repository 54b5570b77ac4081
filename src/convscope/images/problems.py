"""What can go wrong with one image."""

from __future__ import annotations


class ImageError(ValueError):
    """One image can't be read or used; the sentence names it and says what to do."""


class SkippedImageWarning(UserWarning):
    """An image was left out because ``errors="skip"``; the sentence names it and says why."""
