import numpy as np
import pytest
import torch
from figures import panels, part, pixels

from convscope import plots


def test_a_heat_map_lies_over_the_whole_picture(maps, picture):
    axes = part(plots.heatmap(maps[0], picture, opacity=0.4), "mosaic")
    behind = next(image for image in axes.images if image.get_gid() == "picture")
    over = next(image for image in axes.images if image.get_alpha() == 0.4)
    assert behind.get_extent() == over.get_extent()
    wide, tall = (
        over.get_extent()[1] - over.get_extent()[0],
        over.get_extent()[2] - over.get_extent()[3],
    )
    assert wide / tall == pytest.approx(30 / 20)


def test_heat_maps_draw_every_channel_over_the_picture(maps, picture):
    figure = plots.heatmaps(maps, picture)
    pictures = [i for i in part(figure, "mosaic").images if i.get_gid() == "picture"]
    assert len(panels(figure)) == len(pictures) == 6


def test_a_dead_channel_leaves_a_merged_map_finite(maps, picture):
    for merge in ("mean", "max"):
        for scale in ("shared", "channel"):
            figure = plots.heatmaps(maps, picture, merge=merge, scale=scale)
            assert np.isfinite(panels(figure)[-1].get_array()).all()


def test_merged_maps_hold_the_mean_or_the_maximum_of_the_channels(maps, picture):
    for merge, expected in (("mean", maps.mean(0)), ("max", maps.amax(0))):
        drawn = panels(plots.heatmaps(maps, picture, merge=merge))[-1].get_array()
        assert np.allclose(drawn, expected)


def test_merging_with_channel_scale_lets_each_channel_count_the_same(picture):
    maps = torch.zeros(2, 3, 4)
    maps[0, 0, 0], maps[1, 2, 3] = 1000.0, 0.001
    drawn = panels(plots.heatmaps(maps, picture, merge="mean", scale="channel"))[-1].get_array()
    assert drawn[0, 0] == pytest.approx(0.5)
    assert drawn[2, 3] == pytest.approx(0.5)


def test_pictures_may_be_bytes_grey_or_channels_last(maps, picture):
    whole = (picture * 255).round().to(torch.uint8)
    one = pixels(plots.heatmap(maps[0], whole))
    assert np.array_equal(pixels(plots.heatmap(maps[0], whole.permute(1, 2, 0))), one)
    assert np.array_equal(pixels(plots.heatmap(maps[0], whole / 255)), one)
    plots.heatmap(maps[0], picture[:1])
    plots.heatmap(maps[0], picture[0])


def test_a_normalised_picture_is_refused_with_advice(maps, picture):
    with pytest.raises(ValueError, match=r"image: .* show the picture before its normalisation"):
        plots.heatmap(maps[0], picture * 4 - 2)
    with pytest.raises(ValueError, match=r"image: expected a picture .* got \(7, 20, 30\)"):
        plots.heatmap(maps[0], torch.rand(7, 20, 30))


def test_maps_that_can_not_lie_over_a_picture_are_refused(maps, picture):
    with pytest.raises(ValueError, match="opacity: expected a number from 0 to 1, got 2"):
        plots.heatmap(maps[0], picture, opacity=2)
    with pytest.raises(ValueError, match=r"map: expected one map .* choose one: map\[0\]"):
        plots.heatmap(maps, picture)
    with pytest.raises(ValueError, match="maps: a vector has no positions"):
        plots.heatmaps(maps[:, 0, 0], picture)
