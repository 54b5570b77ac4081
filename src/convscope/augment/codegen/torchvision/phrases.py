"""Phrases that many lines of torchvision code have in common."""

from __future__ import annotations

from convscope.augment.codegen.script import Step, block, literal


def applied(code: str, p: float, note: str = "") -> Step:
    """Write that something happens with a probability."""
    if p == 1:
        return Step(code, note)
    if "\n" in code:
        lines = f"{code},".splitlines()
        return Step(block("v2.RandomApply([", lines, f"], p={literal(p)})"), note)
    return Step(f"v2.RandomApply([{code}], p={literal(p)})", note)
