"""What images are made from: published constants and NumPy as oracles."""

import numpy as np
import pytest
import torch

import convscope as cs
from convscope.featurevis import statistics
from convscope.featurevis.draws import Draws
from convscope.featurevis.params import Fourier, Maco, Pixel, canvas_of
from convscope.featurevis.transforms import (
    Crop,
    Flip,
    Jitter,
    Pad,
    Rotate,
    Scale,
    composed,
    standard,
    views_of,
)

LUCID = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
# The same matrix as xplique and Horama print it, transposed and normalised.
XPLIQUE = [
    [0.56282854, 0.58447580, 0.58447580],
    [0.19482528, 0.0, -0.19482528],
    [0.04329450, -0.10823626, 0.06494176],
]


def test_the_colour_matrix_of_photographs_is_that_of_lucid_and_xplique():
    torch.testing.assert_close(
        statistics.photographs(3), torch.tensor(XPLIQUE).T, atol=1e-6, rtol=0
    )


def test_the_colour_matrix_of_images_with_lucids_covariance_is_lucids():
    """Any square root of a covariance is one up to a rotation; the outer product is what counts."""
    root = statistics.root_of(torch.tensor(LUCID @ LUCID.T))
    torch.testing.assert_close(
        (root @ root.T).numpy(), (LUCID @ LUCID.T).astype(np.float32), atol=1e-6, rtol=0
    )
    lengths = root.norm(dim=0)
    assert (lengths[:-1] >= lengths[1:]).all()
    # Lucid's columns are rounded to two digits; its strongest is the first principal axis.
    np.testing.assert_allclose(
        (statistics.normalised(root)[:, 0]).numpy(), LUCID[:, 0] / 0.4619524, atol=0.02
    )


@pytest.mark.parametrize("channels", [1, 3, 7])
def test_colours_drawn_with_a_covariance_give_its_matrix_back(channels):
    random = torch.Generator().manual_seed(channels)
    root = torch.randn(channels, channels, generator=random) * 0.02
    plain = torch.randn(channels, 200 * 300, generator=random)
    images = [(0.5 + (root @ plain).view(channels, 200, 300)).clamp(0, 1)]
    expected = np.cov((root @ plain).numpy()).reshape(channels, channels)
    found = statistics.colour_matrix(images)
    largest = np.linalg.eigvalsh(expected)[-1]
    np.testing.assert_allclose((found @ found.T).numpy(), expected / largest, atol=5e-3)


def test_whitened_colours_have_mean_0_and_unit_covariance():
    random = torch.Generator().manual_seed(0)
    root = torch.randn(3, 3, generator=random) * 0.05
    values = (0.5 + root @ torch.randn(3, 30 * 50, generator=random)).clamp(0, 1)
    whiten = statistics.whitening([values.view(3, 30, 50)])
    white = whiten(values.T)
    np.testing.assert_allclose(white.mean(0).numpy(), 0, atol=1e-3)
    np.testing.assert_allclose(np.cov(white.T.numpy()), np.eye(3), atol=0.05)


def test_a_spectrum_template_has_the_slope_of_its_images():
    random = torch.Generator().manual_seed(0)
    scale = statistics.frequencies((64, 64)).clamp_min(1 / 64)
    images = []
    for _ in range(6):
        phase = torch.rand(3, 64, 33, generator=random) * 2 * torch.pi
        image = torch.fft.irfft2(torch.polar((scale**-1.3).expand(3, 64, 33), phase))
        images.append(0.5 + 0.4 * image / image.abs().max())
    template = statistics.spectrum_template(images, 64, matrix=torch.eye(3))
    assert statistics.slope(template) == pytest.approx(-1.3, abs=0.1)


def test_real_photographs_fade_as_the_law_of_natural_images_says():
    """Power falls with the square of frequency or somewhat faster (Field 1987; xplique -2.1)."""
    found = statistics.spectrum_template(cs.demo.images(), 96, channels=3, max_images=8)
    assert -3.0 < 2 * statistics.slope(found) < -1.8


@pytest.mark.parametrize("size", [(16, 24), (15, 23), (16, 23)])
def test_fourier_images_are_lucids_in_numpy(size):
    height, width = size
    canvas = canvas_of(size, 3)
    numbers = Fourier(sd=1.0).start(canvas, ["a", "b"], seed=3)
    complex_numbers = numbers.numpy()[..., 0] + 1j * numbers.numpy()[..., 1]
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    scale = np.sqrt(height * width) / np.maximum(frequency, 1 / max(size))
    plain = np.fft.irfft2(complex_numbers * scale, s=size) / 4
    mixed = np.einsum("nkhw,ck->nchw", plain, LUCID / np.linalg.norm(LUCID, axis=0).max())
    np.testing.assert_allclose(
        Fourier().image(canvas, numbers).numpy(), 1 / (1 + np.exp(-mixed)), atol=1e-5
    )


@pytest.mark.parametrize("param", [Fourier(), Pixel()], ids=str)
@pytest.mark.parametrize("channels", [1, 3, 7])
@pytest.mark.parametrize("alpha", [False, True])
def test_an_image_is_encoded_and_comes_back(param, channels, alpha):
    canvas = canvas_of((15, 22), channels, alpha=alpha)
    random = torch.Generator().manual_seed(0)
    image = torch.rand(2, canvas.planes, 15, 22, generator=random) * 0.9 + 0.05
    torch.testing.assert_close(
        param.image(canvas, param.encode(canvas, image)), image, atol=1e-4, rtol=0
    )


def test_maco_keeps_the_magnitudes_whatever_the_phases():
    canvas = canvas_of((16, 24), 3, matrix=torch.eye(3))
    template = torch.rand(3, 16, 13, generator=torch.Generator().manual_seed(0)) + 0.1
    phases = Maco(template).start(canvas, ["a", "b"], seed=0)
    plain = Maco(template).image(canvas, phases).double().logit()
    # Columns 0 and 12 hold both signs of a frequency: there irfft2 keeps only what they share.
    got = torch.fft.rfft2(plain).abs()[:, :, :, 1:12]
    ratio = got / template[None, :, :, 1:12]
    assert float((ratio / ratio.mean(dim=(1, 2, 3), keepdim=True) - 1).abs().max()) < 3e-3


def draws(count, step=0):
    return Draws(0, tuple(f"image {k}" for k in range(count)), step)


def test_each_image_of_a_batch_is_moved_by_itself_and_each_step_anew():
    maps = composed(standard((64, 64)), draws(5), 0.0, (64, 64), (64, 64))
    assert len({tuple(each.flatten().tolist()) for each in maps}) == 5
    alone = composed(standard((64, 64)), Draws(0, ("image 3",), 0), 0.0, (64, 64), (64, 64))
    assert alone[0].equal(maps[3])
    assert not composed(standard((64, 64)), draws(5, 1), 0.0, (64, 64), (64, 64)).equal(maps)


def test_one_resample_is_what_the_moves_do_one_after_another():
    moves = (Jitter(9), Scale(0.7, 1.3), Rotate(40, still=0), Flip(), Pad(3), Crop(0.8, 0.4))
    size = (40, 56)
    whole = composed(moves, draws(3), 0.5, size, size)
    step = torch.eye(3).expand(3, 3, 3)
    for turn, move in enumerate(moves):
        u = draws(3).uniform(move.count, f"move {turn}") if move.count else torch.zeros(3, 0)
        step = step @ move.maps(u, size, 0.5)
    points = torch.tensor([[0.0, 0, 1], [10, -7, 1], [-20, 13, 1]]).T
    expected = (step @ points)[:, :2] / torch.tensor([28.0, 20.0])[:, None]
    scaled = points / torch.tensor([28.0, 20.0, 1.0])[:, None]
    torch.testing.assert_close(whole @ scaled, expected, atol=1e-5, rtol=1e-5)


def test_jitter_moves_by_whole_draws_and_leaves_grey_behind():
    image = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    still = views_of(image, (), draws(1), 0.0, (20, 30))
    assert still is image
    same = views_of(image, (Jitter(0),), draws(1), 0.0, (20, 30))
    torch.testing.assert_close(same, image, atol=1e-5, rtol=0)
    away = views_of(image, (Jitter(1000),), draws(1), 0.0, (20, 30))
    assert (away == 0.5).float().mean() > 0.5


def test_crops_get_smaller_and_stay_inside():
    for progress, share in ((0.0, 0.5), (1.0, 0.1)):
        maps = composed((Crop(0.5, 0.1),), draws(200), progress, (50, 80), (50, 80))
        assert float(maps[:, 0, 0].mean()) == pytest.approx(share, abs=0.03)
        reach = maps[:, :, :2].abs().sum(2) + maps[:, :, 2].abs()
        assert float(reach.max()) <= 1 + 1e-5
