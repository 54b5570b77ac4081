import numpy as np
import pytest
import torch
from figures import bar, panels, part, words
from torch import nn

import convscope as cs
from convscope import plots


def test_first_filters_are_pictures_in_colour_with_zero_in_the_middle():
    weight = torch.zeros(4, 3, 5, 7)
    weight[1, 0, 2, 3], weight[2, 2, 0, 0] = 2.0, -1.0
    figure = plots.filters(weight, layer="stem")
    drawn = [image.get_array() for image in panels(figure)]
    assert len(drawn) == 4
    assert np.allclose(drawn[1][2, 3], [1.0, 0.5, 0.5])
    assert np.allclose(drawn[2][0, 0], [0.5, 0.5, 0.25])
    assert bar(figure)[0] == [-1, 0, 2]


def test_with_filter_scale_every_filter_uses_the_whole_range():
    weight = torch.zeros(2, 3, 5, 7)
    weight[0, 0, 0, 0], weight[1, 1, 1, 1] = 100.0, 0.01
    drawn = [i.get_array() for i in panels(plots.filters(weight, scale="filter"))]
    assert drawn[0][0, 0, 0] == drawn[1][1, 1, 1] == 1.0


def test_filters_of_a_scope_bring_their_layer_name():
    model = nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU())
    scope = cs.Scope(model, example=torch.zeros(1, 3, 16, 20))
    figure = plots.filters(scope.filters("0"))
    assert words(figure).startswith("0\n8 × 3 × 5 × 5 · 8 filters")


def test_a_grouped_convolution_over_three_channels_a_group_is_not_a_colour_picture():
    model = nn.Sequential(nn.Conv2d(6, 8, 3, groups=2))
    scope = cs.Scope(model, example=torch.zeros(1, 6, 9, 11))
    figure = plots.filters(scope.filters("0"))
    assert all(image.get_array().ndim == 2 for image in panels(figure))


def test_deep_filters_show_their_longest_kernels_first(weight):
    norms = torch.linalg.vector_norm(weight.flatten(2), dim=2)
    figure = plots.filters(weight, sort="norm")
    rows = [axes for axes in figure.axes if axes.get_gid() == "mosaic"]
    assert len(rows) == 9
    first = int(norms.square().sum(1).argmax())
    drawn = [int(text.get_text()) for text in rows[0].texts]
    assert drawn == norms[first].argsort(descending=True).tolist()
    assert np.array_equal(rows[0].images[0].get_array(), weight[first, drawn[0]])


def test_the_kernels_of_one_filter_carry_their_norms(weight):
    figure = plots.filters(weight, unit=4)
    assert len(panels(figure)) == 5
    for norm in torch.linalg.vector_norm(weight[4].flatten(1), dim=1):
        assert f"{float(norm):.1f}" in words(figure)


def test_gradients_are_a_grid_of_input_channels_by_filters(weight):
    figure = plots.gradients(weight)
    drawn = np.ma.filled(part(figure, "kernels").images[0].get_array(), np.nan)
    high, wide = drawn.shape[0] // 5, drawn.shape[1] // 9  # 5 inputs down, 9 filters across
    block = drawn[2 * high : 3 * high, 6 * wide : 7 * wide]
    kernel = block[np.isfinite(block)].reshape(high - 2, wide - 2)
    times = (high - 2) // 3
    assert np.array_equal(kernel[::times, ::times], weight[6, 2])
    places, _ = bar(figure)
    assert (places[0], places[-1]) == pytest.approx((float(weight.min()), float(weight.max())))


def test_large_gradients_keep_the_channels_that_matter():
    gradient = torch.zeros(50, 40, 3, 3)
    gradient[45, 38, 1, 1] = 7.0
    figure = plots.gradients(gradient)
    drawn = part(figure, "kernels").images[0].get_array()
    assert drawn.max() == 7
    assert "32 of 50 filters, 32 of 40 input channels" in words(figure)


def test_weights_of_linear_layers_and_short_convolutions_are_drawn():
    assert part(plots.filters(torch.rand(4, 6)), "kernels").images[0].get_array().shape == (6, 4)
    plots.filters(torch.rand(4, 6, 5))
    with pytest.raises(ValueError, match=r"choose one slice: weight\[:, :, 0\]"):
        plots.filters(torch.rand(4, 6, 3, 3, 3))
    with pytest.raises(ValueError, match="gradient: expected weights"):
        plots.gradients(torch.rand(4))
