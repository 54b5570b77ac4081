"""The still picture of a dream."""

import io
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image

from convscope import plots


@dataclass(frozen=True)
class Found:
    target: str
    image: torch.Tensor
    history: torch.Tensor


def found(height=40, width=60, history=(1.0, 3.0, 2.0)):
    image = torch.zeros(3, height, width)
    image[2] = 1
    return Found("layer3:12", image, torch.tensor(history))


def colours(figure):
    with Image.open(io.BytesIO(plots.png(figure, dpi=100))) as picture:
        return np.asarray(picture.convert("RGB"))


def test_the_original_stands_at_the_left_and_the_dream_at_the_right():
    red = torch.zeros(3, 40, 60, dtype=torch.uint8)
    red[0] = 255
    pixels = colours(plots.dream(red, found()))
    reds = np.argwhere((pixels == (255, 0, 0)).all(axis=2))
    blues = np.argwhere((pixels == (0, 0, 255)).all(axis=2))
    assert reds[:, 1].max() < blues[:, 1].min()
    np.testing.assert_allclose(len(reds), len(blues), rtol=0.02)
    height, width = np.ptp(reds, axis=0) + 1
    assert width / height == pytest.approx(60 / 40, rel=0.02)


def test_the_curve_is_that_of_the_scores():
    figure = plots.dream(torch.rand(3, 40, 60), found(history=(1.0, float("nan"), 2.5)))
    (line,) = figure.axes[2].lines
    np.testing.assert_array_equal(line.get_ydata(), [1.0, np.nan, 2.5])
    assert "score over 3 steps, up to 2.50" in {text.get_text() for text in figure.texts}


def test_before_a_dream_the_image_stands_alone_and_it_is_said():
    figure = plots.dream(torch.rand(1, 40, 60), None, theme="dark")
    assert len(figure.axes) == 1
    assert "not dreamt yet" in {text.get_text() for text in figure.texts}


def test_tall_images_stay_on_a_page():
    figure = plots.dream(torch.rand(3, 900, 60), found(900, 60))
    assert figure.get_figheight() < 10
