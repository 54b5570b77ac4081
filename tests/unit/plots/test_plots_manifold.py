"""Still pictures of maps of points."""

import matplotlib.colors
import numpy as np
import pytest
import torch
from figures import bar, pixels, words

from convscope import plots
from convscope.manifold import categories, project
from convscope.plots.manifold import CLASS_COLOURS


@pytest.fixture(scope="module")
def proj():
    draw = np.random.default_rng(0)
    return project(draw.normal(size=(60, 5)).astype(np.float32), method="pca")


def drawn(figure):
    """The points that are drawn one by one: places and colours."""
    dots = figure.axes[0].collections[0]
    return np.asarray(dots.get_offsets()), dots.get_facecolors()


def test_points_keep_their_shape_and_both_axes_have_one_scale(proj):
    places, _ = drawn(plots.manifold(proj))
    sizes = np.ptp(places, axis=0)
    np.testing.assert_allclose(
        sizes[0] / sizes[1], np.ptp(proj.xy[:, 0]) / np.ptp(proj.xy[:, 1]), 1e-4
    )
    # Up is up: inches count from the top.
    assert places[proj.xy[:, 1].argmax(), 1] == places[:, 1].min()


def test_classes_have_colours_names_and_counts(proj):
    labels = [None if i == 5 else ["ant", "bee"][i % 2] for i in range(60)]
    figure = plots.manifold(proj, labels, name="label")
    _, colours = drawn(figure)
    expected = matplotlib.colors.to_rgb(CLASS_COLOURS[1])
    np.testing.assert_allclose(colours[7, :3], expected, atol=1e-3)
    assert not np.allclose(colours[5, :3], expected, atol=0.05)
    text = words(figure)
    for line in ("label", "ant", "bee", "missing", "30", "29", "1", "60 points · trustworthiness"):
        assert line in text
    same = plots.manifold(proj, categories(labels, 60), name="label")
    np.testing.assert_array_equal(pixels(figure), pixels(same))


def test_values_have_a_bar_with_the_numbers_of_the_data(proj):
    values = np.linspace(2, 9, 60)
    values[3] = np.nan
    figure = plots.manifold(proj, values=values)
    _, colours = drawn(figure)
    viridis = matplotlib.colormaps["viridis"]
    np.testing.assert_allclose(colours[0, :3], viridis(0.0)[:3], atol=1e-2)
    np.testing.assert_allclose(colours[59, :3], viridis(1.0)[:3], atol=1e-2)
    assert bar(figure)[1] == ["2.00", "9.00"]


def test_many_classes_are_named_as_far_as_there_is_room(proj):
    text = words(plots.manifold(proj, [f"kind {i % 30:02}" for i in range(60)]))
    assert "kind 19" in text
    assert "kind 25" not in text
    assert "and 10 more" in text


def test_more_points_than_can_be_drawn_one_by_one_become_a_picture(proj):
    from dataclasses import replace

    xy = np.random.default_rng(1).normal(size=(30_000, 2)).astype(np.float32)
    many = replace(proj, xy=xy, indices=np.arange(30_000), given=30_000)
    figure = plots.manifold(many, np.arange(30_000) % 3)
    (sheet,) = figure.axes[0].images
    inked = np.asarray(sheet.get_array())[..., 3] > 0
    assert inked.sum() > 10_000
    assert not figure.axes[0].collections


def test_pictures_rings_and_neighbours_are_drawn_where_their_points_are(proj):
    near = proj.neighbours(4, 3).indices.tolist()
    picture = torch.zeros(3, 20, 30)
    figure = plots.manifold(proj, pictures={9: picture}, selection=[1, 2], point=4, near=near)
    axes = figure.axes[0]
    places, _ = drawn(figure)
    (shown,) = axes.images
    left, right, bottom, top = shown.get_extent()
    np.testing.assert_allclose([(left + right) / 2, (top + bottom) / 2], places[9], atol=1e-6)
    assert (right - left) / (bottom - top) == pytest.approx(1.5)
    ends = [line.get_xydata()[1] for line in axes.lines]
    np.testing.assert_allclose(ends, places[near])
    assert len(axes.collections) == 3


def test_what_is_not_one_for_each_point_is_refused(proj):
    with pytest.raises(ValueError, match="values: 3 for 60 points"):
        plots.manifold(proj, values=[1, 2, 3])
    with pytest.raises(ValueError, match="labels: 3 for 60 points"):
        plots.manifold(proj, ["a", "b", "c"])
    with pytest.raises(ValueError, match="pass labels or values, not both"):
        plots.manifold(proj, ["a"] * 60, values=np.arange(60))
