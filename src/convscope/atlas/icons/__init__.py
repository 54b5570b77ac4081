"""The icons of an atlas: real patches and inversions; nothing here knows of a store."""

from convscope.atlas.icons.goal import Whitening
from convscope.atlas.icons.inversion import Icon, render_inversions
from convscope.atlas.icons.order import Order, ScreenOrder, in_turn
from convscope.atlas.icons.patches import PatchIcon, cut_patches
from convscope.atlas.icons.settings import IconSettings
from convscope.atlas.icons.tiles import Tiling

__all__ = [
    "Icon",
    "IconSettings",
    "Order",
    "PatchIcon",
    "ScreenOrder",
    "Tiling",
    "Whitening",
    "cut_patches",
    "in_turn",
    "render_inversions",
]
