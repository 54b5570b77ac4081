"""What lays points out: one file a library, all called alike."""

from convscope.manifold.backends.choice import BACKENDS, Backend, choose, layout

__all__ = ["BACKENDS", "Backend", "choose", "layout"]
