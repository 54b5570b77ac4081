"""Phrases that many lines of kornia code have in common."""

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.script import literal

SHARED = "which one is drawn once for a whole batch"
EVENLY = "proportions are drawn evenly, not by their logarithm"


def probability(op: Any) -> str:
    """Return the argument that says how probable an operation is."""
    return f"p={literal(op.p)}"
