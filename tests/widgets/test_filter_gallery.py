"""FilterGallery without a page: its traits, and its answers to what the page asks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from convscope import FilterGallery, Scope


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 5, (3, 4)), nn.ReLU(), nn.Conv2d(5, 7, 3, bias=False))


def test_first_filters_come_in_colour_and_deeper_ones_with_norms(net):
    gallery = FilterGallery(Scope(net))
    first = gallery.filters("0")
    np.testing.assert_array_equal(first["rgb"], net[0].weight.detach().permute(0, 2, 3, 1))
    deep = gallery.filters("2")
    assert deep["rgb"] is None
    np.testing.assert_allclose(
        deep["out_norms"], net[2].weight.detach().flatten(1).norm(dim=1), rtol=1e-5
    )
    assert deep["norms"].shape == (7, 5)


def test_the_kernels_of_a_filter_are_its_weights(net):
    answer = FilterGallery(Scope(net)).kernels("2", 4)
    np.testing.assert_array_equal(answer["weights"], net[2].weight[4].detach())
    assert answer["norms"].shape == (5,)


def test_filters_that_are_all_zero_are_named(net):
    with torch.no_grad():
        net[2].weight[3] = 0
    assert FilterGallery(Scope(net)).filters("2")["dead"].tolist() == [3]


def test_kernels_of_one_and_three_dimensions_are_laid_out_flat():
    line = FilterGallery(Scope(nn.Conv1d(2, 3, 5), example=torch.rand(1, 2, 20)))
    assert line.filters("output")["shape"] == [3, 2, 1, 5]
    cube = FilterGallery(Scope(nn.Conv3d(2, 3, (2, 3, 4)), example=torch.rand(1, 2, 8, 8, 8)))
    weights = cube.kernels("output", 1)["weights"]
    assert weights.shape == (2, 3, 8)
    expected = cube._scope.model.weight[1, 0, 1].detach()  # second slice
    np.testing.assert_array_equal(weights[0][:, 4:], expected)


def test_only_convolutions_are_listed_and_others_are_refused(net):
    gallery = FilterGallery(Scope(net))
    assert [info["name"] for info in gallery._layers] == ["0", "2"]
    with pytest.raises(traitlets.TraitError, match="'1' is a ReLU and has no filters"):
        gallery.layer = "1"
    assert gallery.layer == "0"
    with pytest.raises(ValueError, match="filters 0 to 6, got 7"):
        gallery.kernels("2", 7)
    with pytest.raises(ValueError, match="no convolution"):
        FilterGallery(Scope(nn.Flatten()))
