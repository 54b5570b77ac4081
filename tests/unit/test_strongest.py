"""The images and places that excite a unit most."""

from __future__ import annotations

import torch
from torch import nn

from convscope import Preprocess, Scope
from convscope.network import ReceptiveField
from convscope.strongest import find_strongest, patch_at


def planted(count: int = 30) -> torch.Tensor:
    """Dark images, each with one spot; later ones brighter."""
    images = torch.zeros(count, 3, 20, 30)
    for i in range(count):
        images[i, i % 3, 2 + i % 15, 3 + i % 20] = (i + 1) / count
    return images


def test_the_strongest_images_and_positions_are_found_whatever_the_batches():
    net = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(3)[:, :, None, None])
    scope = Scope(net, Preprocess(size=(20, 30)))
    for batch_size in (4, 30):
        *_, found = find_strongest(scope, planted(), "0", k=2, batch_size=batch_size)
        assert found.images[:, 1].tolist() == [28, 25]
        assert found.positions[0, 1].tolist() == [2 + 28 % 15, 3 + 28 % 20]
        assert found.mean_images[0].tolist() == [27, 28, 29]
        assert (found.seen, found.size) == (30, (20, 30))


def test_results_grow_with_every_batch_and_there_are_no_more_than_images():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    results = list(
        find_strongest(Scope(net, Preprocess(size=(20, 30))), planted(5), "0", batch_size=2)
    )
    assert [r.seen for r in results] == [2, 4, 5]
    assert [len(r.values) for r in results] == [2, 4, 5]
    assert (results[-1].values[0] >= results[0].values[0]).all()


def test_a_patch_is_the_receptive_field_cut_at_the_border():
    field = ReceptiveField(size=(5, 7), stride=(2, 2), start=(0.0, 0.0))
    inside = patch_at(field, (4, 5), (10, 15), (20, 30))
    assert (inside.box, inside.whole) == ((6, 7, 11, 14), True)
    corner = patch_at(field, (0, 0), (10, 15), (20, 30))
    assert corner.box == (0, 0, 3, 4)


def test_an_unknown_or_huge_field_gives_a_window_around_its_centre():
    for field in (None, ReceptiveField(size=(99, 99), stride=(2, 2), start=(0.0, 0.0))):
        patch = patch_at(field, (5, 7), (10, 15), (20, 30))
        y0, x0, y1, x1 = patch.box
        assert not patch.whole
        assert (y1 - y0, x1 - x0) == (8, 8)
        assert y0 < 11 < y1
        assert x0 < 15 < x1
    assert patch_at(None, (0, 0), (1, 1), (20, 30)).box == (0, 0, 20, 30)
