import numpy as np
import pytest
import torch
from figures import panels, part, words

from convscope import plots
from convscope.plots import Pictured

ORANGE = np.array([0xE6, 0x9F, 0x00]) / 255


@pytest.fixture
def grey():
    return torch.full((3, 40, 60), 0.5)


def test_the_original_stands_beside_its_samples(grey):
    samples = [Pictured(grey, label=str(i), caption=f"Rotate {i}°") for i in range(5)]
    figure = plots.augment_preview(
        [Pictured(grey, label="cat")], samples, title="mine", what="5 of cat", notes=["Rotate"]
    )
    assert len(panels(figure, "original")) == 1
    assert len(panels(figure)) == 5
    for text in ("mine", "5 of cat", "cat", "Rotate", "Rotate 4°"):
        assert text in words(figure)


def test_in_pairs_each_sample_follows_its_own_original(grey):
    originals = [Pictured(grey * k) for k in (0.2, 0.4, 0.6)]
    samples = [Pictured(grey * k) for k in (1.2, 1.4, 1.6)]
    figure = plots.augment_preview(originals, samples)
    light = [panel.get_array().mean() for panel in panels(figure)]
    wanted = [0.1, 0.6, 0.2, 0.7, 0.3, 0.8]
    np.testing.assert_allclose(light, wanted, atol=0.01)
    with pytest.raises(ValueError, match="one for each of 3 samples; got 2"):
        plots.augment_preview(originals[:2], samples)


def test_a_mask_lies_over_its_picture_in_colour(grey):
    mask = torch.zeros(40, 60, dtype=torch.int64)
    mask[10:30, 15:45] = 7  # the colours begin again
    figure = plots.augment_preview([Pictured(grey)], [Pictured(grey, mask)])
    shown = panels(figure)[0].get_array()
    middle = shown[shown.shape[0] // 2, shown.shape[1] // 2]
    np.testing.assert_allclose(middle, 0.5 * 0.5 + 0.5 * ORANGE, atol=0.02)
    np.testing.assert_allclose(shown[2, 2], 0.5, atol=0.01)


def test_boxes_and_points_are_drawn_where_they_are(grey):
    boxes = torch.tensor([[15.0, 10, 45, 30, 0]])
    points = torch.tensor([[50.0, 5, 1], [5.0, 35, 0]])
    figure = plots.augment_preview(
        [Pictured(grey)], [Pictured(grey, None, boxes, points), Pictured(grey)]
    )
    marked, plain = (np.asarray(panel.get_array()) for panel in panels(figure))
    rows, columns = np.nonzero(np.abs(marked - plain).sum(-1) > 0.1)
    scale = marked.shape[1] / 60
    assert rows.max() == pytest.approx(30 * scale, abs=2)
    assert columns.min() == pytest.approx(15 * scale, abs=2)
    assert columns.max() == pytest.approx(50.5 * scale + 3, abs=2)  # the point; the other is unseen


def test_samples_of_another_shape_are_framed_and_not_stretched(grey):
    tall = torch.ones(3, 60, 20)
    figure = plots.augment_preview([Pictured(grey)], [Pictured(tall)], theme="dark")
    shown = panels(figure)[0].get_array()
    white = (np.asarray(shown) > 0.99).all(-1)
    rows, columns = np.nonzero(white)
    assert np.ptp(rows) / np.ptp(columns) == pytest.approx(3, rel=0.1)


def test_pictures_of_any_channels_are_shown():
    for channels in (1, 2, 4, 7):
        pictured = Pictured(torch.rand(channels, 20, 30))
        plots.augment_preview([pictured], [pictured])


def test_the_parts_have_names(grey):
    figure = plots.augment_preview([Pictured(grey)], [Pictured(grey)])
    assert part(figure, "original") is not part(figure, "mosaic")
    assert len(plots.png(figure, max_bytes=40_000)) <= 40_000
