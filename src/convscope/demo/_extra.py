"""What the demo says when a package of its extra is missing."""

from __future__ import annotations


def needs(package: str, what: str) -> ModuleNotFoundError:
    """Make the error for a missing `package`, which `what` is made of.

    Examples
    --------
    >>> str(needs("scikit-image", "the demo's photographs"))
    "scikit-image, which carries the demo's photographs, is missing: pip install convscope[demo]"
    """
    return ModuleNotFoundError(
        f"{package}, which carries {what}, is missing: pip install convscope[demo]", name=package
    )
