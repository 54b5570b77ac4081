"""DeepDream: the original's step, windows without seams, guides, the zoom and films."""

import shutil

import numpy as np
import pytest
import torch
from nets import scope, small
from PIL import Image
from torch import nn

import convscope as cs
from convscope.featurevis import dream, save_frames, zoom
from convscope.featurevis.dreams.windows import windows


def photo(height=40, width=60):
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(1, 3, 5, 7, generator=random) * 0.6 + 0.2
    return nn.functional.interpolate(coarse, (height, width), mode="bicubic")[0].clamp(0, 1)


def dreamt(image, target="conv2", net=None, **options):
    run = dream(scope(net=net), image, target, **options)
    for _ in run:
        pass
    return run.result()


def test_a_step_is_the_originals():
    """x += 1.5 / 255 / mean|g| * g, with g the gradient of the squared activations."""
    net = small()
    image = photo()
    x = image[None].clone().requires_grad_(True)
    loss = net.conv2(net.act1(net.conv1((x - 0.5) / 0.25))).square().mean()
    g = torch.autograd.grad(loss, x)[0][0]
    expected = (image + 1.5 / 255 * g / g.abs().mean()).clamp(0, 1)
    found = dreamt(image, octaves=1, steps=1, jitter=0)
    torch.testing.assert_close(found.image, expected, atol=1e-5, rtol=0)


def test_octaves_go_from_small_to_the_images_size_and_the_score_rises():
    run = dream(scope(), photo(), "conv2", octaves=3, steps=4, jitter=2)
    seen = list(run)
    assert [tuple(each.image.shape[1:]) for each in seen[::4]] == [(20, 31), (29, 43), (40, 60)]
    assert [each.octave for each in seen] == [1] * 4 + [2] * 4 + [3] * 4
    assert seen[-1].score > seen[8].score > 0
    assert seen[-1].seconds_left == 0 < seen[0].seconds_left
    assert run.result().image.shape == (3, 40, 60)


def test_the_same_seed_dreams_the_same_and_a_dream_that_is_left_keeps_what_it_has():
    one, again, other = (
        dreamt(photo(), octaves=2, steps=3, jitter=5, seed=seed).image for seed in (1, 1, 2)
    )
    assert one.equal(again)
    assert not torch.allclose(one, other)
    run = dream(scope(), photo(), "conv2:3", octaves=2, steps=5)
    next(run)
    assert run.result().quality.steps == 1
    assert run.result().image.shape == (3, 40, 60)


@pytest.mark.parametrize(
    ("size", "side", "context"),
    [
        ((40, 61), (24, 24), 4),
        ((10, 90), (30, 20), 4),
        ((40, 61), (15, 22), 0),
        ((9, 7), (9, 7), 0),
    ],
)
def test_windows_cover_every_pixel_and_their_weights_add_up_to_one(size, side, context):
    marks = torch.arange(size[0] * size[1]).view(1, *size)
    total = torch.zeros(2, *size)
    for part in windows(size, side, context):
        cut = part.cut(marks)
        assert cut.shape[1:] == side
        values = torch.stack([cut[0], 2 * cut[0]]).float()
        part.add(values, total)
    torch.testing.assert_close(total[0], marks[0].float())
    torch.testing.assert_close(total[1], 2 * marks[0].float())


def test_where_features_are_small_a_dream_in_windows_is_that_of_the_whole():
    image = photo(96, 128)
    whole = dreamt(image, octaves=1, steps=1, jitter=0, seed=3, tile=128).image - image
    tiled = dreamt(image, octaves=1, steps=1, jitter=0, seed=3, tile=48).image - image
    inside = (slice(None), slice(8, -8), slice(8, -8))
    a, b = whole[inside].flatten(), tiled[inside].flatten()
    assert float(np.corrcoef(a, b)[0, 1]) > 0.999


def test_a_photograph_dreams_in_windows_without_seams():
    """A seam is a row or column over which a step changes more than over any of the whole."""
    image = cs.images.to_float(cs.images.resize(cs.demo.photograph("cat"), (192, 288)))

    def worst_border(tile):
        run = dream(cs.demo.scope(), image, "blocks.8", octaves=1, steps=1, jitter=0, tile=tile)
        next(run)
        change = run.result().image - image
        found = []
        for axis in (1, 2):
            jumps = change.diff(dim=axis).abs().mean(dim=(0, 3 - axis))
            inside = jumps[24:-24]  # at its edges the image goes on at its other side, as ever
            found.append(float(inside.max() / inside.median()))
        return max(found)

    assert worst_border(96) < 1.25 * worst_border(512)


def test_memory_of_a_dream_does_not_grow_with_the_image():
    largest = []
    net = small()
    net.conv1.register_forward_hook(lambda _m, _i, out: largest.append(out.numel()))
    dreamt(photo(300, 400), net=net, octaves=2, steps=1, tile=64)
    assert max(largest) <= 8 * 64 * 64


def test_out_of_memory_halves_the_windows_and_the_dream_goes_on():
    net = small()
    sides = []

    def full(_module, inputs):
        sides.append(max(inputs[0].shape[2:]))
        if sides[-1] > 40:
            raise torch.OutOfMemoryError("CUDA out of memory")

    run = dream(scope(net=net), photo(80, 120), "conv2", octaves=1, steps=3, tile=150)
    net.conv1.register_forward_pre_hook(full)
    assert len(list(run)) == 3
    assert max(sides) == 120
    assert sides[-1] <= 40
    assert sides.count(120) == 1  # what did not fit is not tried at every step
    assert run.result().quality.steps == 3


def test_a_network_of_one_size_dreams_in_windows_of_it():
    shapes = set()
    net = small()
    fixed = nn.Sequential(net.conv1, nn.Flatten(), nn.Linear(8 * 20 * 30, 4))
    fixed[0].register_forward_hook(lambda _m, _i, out: shapes.add(tuple(out.shape[2:])))
    before = photo()
    found = dreamt(before, "2:1", net=fixed, octaves=2, steps=2)
    assert (20, 30) in shapes
    assert found.image.shape == (3, 40, 60)
    assert not found.image.equal(before)


def test_a_guide_leads_towards_its_own_features():
    guide = photo(20, 30).flip(0)
    found = dreamt(photo(20, 30), octaves=1, steps=8, jitter=0, guide=guide)
    assert found.history[-1] > found.history[0]
    features = scope().activations(guide, "conv2")["conv2"][0].flatten(1).T
    maps = scope().activations(photo(20, 30), "conv2")["conv2"][0].flatten(1).T
    assert float(found.history[0]) == pytest.approx(
        float((maps @ features.T).amax(1).mean()), rel=1e-3
    )


def test_without_clipping_the_contrast_is_brought_back():
    found = dreamt(photo(), octaves=1, steps=6, rate=60, jitter=0, clip=False).image
    assert float(found.min()) >= 0
    assert 0.9 < float(found.max()) <= 1


def test_the_zoom_goes_on_from_its_last_frame_and_makes_a_film(tmp_path):
    frames = list(zoom(scope(), photo(), "conv2", frames=3, scale=0.2, octaves=1, steps=1))
    assert len(frames) == 3
    assert not frames[0].equal(frames[1])
    path = save_frames(tmp_path / "zoom.gif", frames, fps=5)
    with Image.open(path) as film:
        assert (film.n_frames, film.size) == (3, (60, 40))
        assert film.info["duration"] == 200


def test_mp4_is_written_by_ffmpeg_or_a_sentence_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match=r"ffmpeg.*\.gif"):
        save_frames(tmp_path / "zoom.mp4", [photo()])
    copy = tmp_path / "ffmpeg"
    copy.write_text('#!/bin/sh\nfor last; do :; done\ncat > "$last"\n')
    copy.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _name: str(copy))
    made = save_frames(tmp_path / "zoom.mp4", [photo(), photo()])
    assert made.stat().st_size == 2 * 40 * 60 * 3
    copy.write_text("#!/bin/sh\necho 'no such codec' >&2\nexit 3\n")
    with pytest.raises(OSError, match=r"ffmpeg could not write .*zoom\.mp4: no such codec"):
        save_frames(tmp_path / "zoom.mp4", [photo()] * 20)


def test_an_option_that_there_is_not_gets_a_hint():
    with pytest.raises(TypeError, match="octave: no such option; did you mean 'octaves'"):
        dream(scope(), photo(), "conv2", octave=3)
    with pytest.raises(TypeError, match=r"jitter: must be a whole number, got 2\.5"):
        next(zoom(scope(), photo(), "conv2", jitter=2.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dream(scope(), photo(), "conv9"), "no layer"),
        (lambda: dream(scope(), photo()[:2], "conv2"), "has 2 channels|channels"),
        (lambda: dream(scope(), torch.rand(2, 3, 9, 9), "conv2"), "one image, got 2"),
        (lambda: dream(scope(), photo(), "conv2", octave_scale=1), "above 1"),
        (lambda: dream(scope(), photo(), "conv2", octaves=0), "at least 1"),
        (lambda: dream(scope(), photo(), "conv2:1", guide=photo()), "whole layer"),
        (lambda: save_frames("film.avi", []), r"\.gif or \.mp4"),
        (lambda: save_frames("film.gif", []), "there is none"),
        (lambda: save_frames("film.gif", [photo(), photo(9, 8)]), "frame 1 has 9 × 8 pixels"),
        (lambda: dream(scope(), photo(), "conv2", jitter=-1), "jitter: must be at least 0"),
        (lambda: next(zoom(scope(), photo(), "conv2", scale=1)), "below 1"),
    ],
)
def test_what_can_not_be_dreamt_is_told_in_a_sentence(call, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        call()
