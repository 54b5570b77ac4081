"""What the demo says when a package of its extra is missing."""

from __future__ import annotations


def needs(package: str, role: str) -> ModuleNotFoundError:
    """Make the error for a missing `package`, whose part in the demo is its `role`.

    Examples
    --------
    >>> str(needs("scikit-image", "carries the demo's photographs"))
    "scikit-image, which carries the demo's photographs, is missing: pip install convscope[demo]"
    """
    return ModuleNotFoundError(
        f"{package}, which {role}, is missing: pip install convscope[demo]", name=package
    )
