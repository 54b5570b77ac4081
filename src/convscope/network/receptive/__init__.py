"""Exact receptive fields of every tensor that one forward pass computes."""

from .field import ReceptiveField
from .tracker import Tracker

__all__ = ["ReceptiveField", "Tracker"]
