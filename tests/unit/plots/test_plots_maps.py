import numpy as np
import pytest
import torch
from figures import bar, panels, part, pixels, words

from convscope import plots


def test_a_shared_bar_ends_at_the_numbers_of_the_data(maps):
    places, labels = bar(plots.activations(maps))
    assert places[0] == pytest.approx(float(maps.min()))
    assert places[-1] == pytest.approx(float(maps.max()))
    assert labels[0] == f"−{abs(float(maps.min())):.2f}"


def test_the_shared_range_is_that_of_the_whole_layer_also_when_few_are_shown(maps):
    places, _ = bar(plots.activations(maps, limit=1, sort="sparsity"))
    assert (places[0], places[-1]) == pytest.approx((float(maps.min()), float(maps.max())))


def test_signed_data_are_centred_at_zero_and_magnitudes_are_not(maps):
    norm = panels(plots.activations(maps))[0].norm
    assert norm.vmax == -norm.vmin == pytest.approx(float(maps.abs().max()))
    norm = panels(plots.activations(maps.relu() + 1))[0].norm
    assert norm.vmin == 1


def test_channel_scale_prints_each_range_and_says_so(maps):
    figure = plots.activations(maps.relu(), scale="channel")
    assert bar(figure)[1] == ["its minimum", "its maximum"]
    assert "each channel has its own scale" in words(figure)
    for image, channel in zip(panels(figure), maps.relu(), strict=True):
        if channel.min() != channel.max():
            assert image.norm.vmax == pytest.approx(float(channel.max()))
            assert f"… {float(channel.max()):.2f}" in words(figure)


def test_dead_and_constant_channels_are_drawn_and_marked(maps):
    figure = plots.activations(maps, scale="channel")
    assert all(np.isfinite(image.norm(image.get_array())).all() for image in panels(figure))
    marked = [line for line in part(figure, "mosaic").lines if line.get_gid() == "silent"]
    assert len(marked) == 1
    assert "0 everywhere (1 of 6)" in words(figure)


def test_values_that_are_not_finite_are_counted_and_leave_the_scale_alone(maps):
    low, high = float(maps.min()), float(maps.max())
    maps[0, 1, 1], maps[1, 2, 2] = float("nan"), float("inf")
    figure = plots.activations(maps)
    places, _ = bar(figure)
    assert (places[0], places[-1]) == pytest.approx((low, high))
    assert "not finite (2 of 210 values)" in words(figure)


def test_as_many_panels_are_drawn_as_asked_for(maps):
    assert len(panels(plots.activations(maps))) == 6
    assert len(panels(plots.activations(maps, limit=4))) == 4
    assert len(panels(plots.activations(torch.rand(70, 3, 4)))) == 64
    assert len(panels(plots.activations(torch.rand(70, 3, 4), limit=70))) == 70


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("mean", lambda m: -m.mean((1, 2))),
        ("max", lambda m: -m.amax((1, 2))),
        ("sparsity", lambda m: -(m == 0).float().mean((1, 2))),
        ("similarity", lambda m: -torch.cosine_similarity(m.flatten(1), m[3].flatten()[None])),
    ],
)
def test_channels_are_sorted_as_the_layer_browser_sorts_them(sort, key):
    maps = torch.rand(8, 4, 5, generator=torch.Generator().manual_seed(3)) - 0.4
    maps = maps.relu()
    figure = plots.activations(maps, sort=sort, unit=3)
    drawn = [int(text.get_text()) for text in part(figure, "mosaic").texts]
    assert drawn == key(maps).argsort(stable=True).tolist()


def test_maps_are_drawn_upright():
    maps = torch.zeros(1, 4, 6)
    maps[0, 0, 5] = 1  # first row, last column: top right
    figure = plots.activations(maps, colormap="grey", theme="dark")
    image = panels(figure)[0]
    pixel = pixels(figure)
    left, right, bottom, top = image.get_extent()
    axes = part(figure, "mosaic")
    cell = ((right - left) / 6, (bottom - top) / 4)

    def shade(x, y):
        across, up = axes.transData.transform((x, y))
        return pixel[pixel.shape[0] - int(up), int(across), 0]

    assert shade(right - cell[0] / 2, top + cell[1] / 2) == 255
    assert shade(left + cell[0] / 2, bottom - cell[1] / 2) == 0


def test_the_chosen_unit_is_outlined(maps):
    figure = plots.activations(maps, unit=3)
    outlined = [patch for patch in part(figure, "mosaic").patches if patch.get_gid() == "chosen"]
    assert len(outlined) == 1
    with pytest.raises(ValueError, match="unit: the layer has units 0 to 5, got 6"):
        plots.activations(maps, unit=6)


def test_a_batch_is_refused_with_a_way_out_and_a_batch_of_one_is_taken(maps):
    with pytest.raises(ValueError, match=r"got shape \(2, 6, 5, 7\); choose one image: maps\[0\]"):
        plots.activations(torch.stack([maps, maps]))
    assert len(panels(plots.activations(maps[None]))) == 6


def test_a_vector_is_a_strip_with_its_values_as_bars():
    values = torch.tensor([0.5, -2.0, 0.0, 3.0, 1.0])
    figure = plots.activations(values, layer="pool", unit=1)
    heights = [patch.get_height() for patch in part(figure, "profile").patches]
    assert heights == pytest.approx(values.tolist())
    assert part(figure, "strip").images[0].get_array().shape == (1, 5)
    assert bar(figure)[0][0] == -2


def test_maps_of_a_single_position_are_a_vector():
    figure = plots.activations(torch.rand(9, 1, 1))
    assert len(part(figure, "profile").patches) == 9


def test_a_vector_becomes_the_most_square_arrangement_as_in_keract():
    figure = plots.activations(torch.arange(32.0), vector="square")
    drawn = panels(figure)[0].get_array()
    assert drawn.shape == (4, 8)
    assert drawn[1, 0] == 8


def test_options_that_would_do_nothing_are_refused(maps):
    with pytest.raises(ValueError, match="columns: a strip has one row"):
        plots.activations(maps[:, 0, 0], columns=3)
    with pytest.raises(ValueError, match="limit: expected at least 1, got 0"):
        plots.activations(maps, limit=0)
    with pytest.raises(ValueError, match="columns: expected at least 1, got 0"):
        plots.activations(maps, columns=0)
