"""Where space is in an output: the usual order, channels last, tokens."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from convscope.network.grids import Grid, infer_grid

LINEAR, ANY, CONV = nn.Linear(2, 2), nn.Module(), nn.Conv2d(1, 1, 1)


@pytest.mark.parametrize(
    ("shape", "image", "module", "expected"),
    [
        ((1, 64, 14, 14), (224, 224), ANY, None),
        ((1, 14, 14, 64), (224, 224), ANY, Grid("channels last", (14, 14))),
        ((1, 14, 14, 14), (224, 224), ANY, None),
        ((1, 14, 14, 14), (224, 224), LINEAR, Grid("channels last", (14, 14))),
        ((1, 7, 7, 8), (224, 224), CONV, None),
        ((1, 1, 1, 512), (224, 224), ANY, Grid("channels last", (1, 1))),
        ((1, 512, 1, 1), (224, 224), ANY, None),
        ((1, 8, 12, 64), (128, 192), ANY, Grid("channels last", (8, 12))),
        ((1, 64, 8, 13), (128, 200), ANY, None),
        ((1, 196, 384), (224, 224), ANY, Grid("tokens", (14, 14))),
        ((1, 197, 384), (224, 224), ANY, Grid("tokens", (14, 14), 1)),
        ((1, 201, 384), (224, 224), ANY, Grid("tokens", (14, 14), 5)),
        ((1, 97, 384), (128, 192), ANY, Grid("tokens", (8, 12), 1)),
        ((1, 10), (224, 224), ANY, None),
        ((1, 197, 384), None, ANY, None),
    ],
)
def test_the_grid_follows_from_shape_and_image(shape, image, module, expected):
    assert infer_grid(shape, image, module) == expected


def test_tokens_become_maps_in_reading_order_without_the_class_token():
    tokens = torch.arange(2 * 7 * 3).view(2, 7, 3)
    maps = Grid("tokens", (2, 3), 1).maps(tokens)
    assert maps.shape == (2, 3, 2, 3)
    assert torch.equal(maps[1, :, 1, 0], tokens[1, 1 + 3])
    assert str(Grid("tokens", (2, 3), 1)) == "2 × 3 tokens + 1"


def test_channels_last_becomes_channels_first():
    output = torch.rand(2, 4, 5, 3)
    maps = Grid("channels last", (4, 5)).maps(output)
    assert torch.equal(maps[1, 2], output[1, :, :, 2])
