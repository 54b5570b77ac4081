"""Maps laid over each other, compared, and made again from a part of the points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from clouds import bent, blobs
from scipy.spatial import procrustes as scipy_procrustes

import convscope as cs
from convscope.manifold import Stopped, align, project
from convscope.manifold.alignment import procrustes

TURN = np.array([[0.6, 0.8], [-0.8, 0.6]]) @ np.diag([1, -1]) * 3


def plane(count=50, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


def test_a_turned_mirrored_scaled_and_moved_map_is_brought_back():
    here = plane()
    fit = procrustes(here, (here @ TURN + [5, -7]).astype(np.float32))
    assert fit.disparity == pytest.approx(0, abs=1e-6)
    moved = (here @ TURN + [5, -7]).astype(np.float32)
    np.testing.assert_allclose(fit.apply(moved), here, atol=1e-4)


def test_what_remains_is_what_scipy_says():
    one, other = plane(), plane(seed=1)
    fit = procrustes(one, other)
    want = scipy_procrustes(one, other)
    assert fit.disparity == pytest.approx(want[2], abs=1e-6)
    laid = fit.apply(other)
    laid = (laid - one.mean(0)) / np.linalg.norm(one - one.mean(0))
    np.testing.assert_allclose(laid, want[1], atol=1e-5)


def test_a_map_agrees_with_itself_and_less_with_another(umap_of_blobs):
    found, vectors, _ = umap_of_blobs
    own = found.compare(found)
    assert (own.overlap.value, own.moved.max()) == (1, pytest.approx(0, abs=1e-4))
    flat = found.compare(project(vectors, method="pca", metric="euclidean"))
    assert 0 < flat.overlap.value < 1
    assert 0.05 < flat.disparity < 1
    assert flat.xy.shape == found.xy.shape


def test_only_maps_of_the_same_points_are_compared_and_by_the_points_they_share():
    vectors = blobs(60)[0]
    whole = project(vectors, method="pca")
    for options, sentence in (({"k": 0}, "k: must be at least 1"), ({"seed": -1}, "seed: must")):
        with pytest.raises(ValueError, match=sentence):
            whole.compare(whole, **options)
    with pytest.raises(ValueError, match="a map of 50 points, this one of 60"):
        whole.compare(project(vectors[:50], method="pca"))
    vectors = vectors.copy()
    vectors[[3, 9]] = np.nan
    with pytest.warns(UserWarning, match="left out"):
        part = project(vectors, method="pca", errors="skip")
    found = whole.compare(part)
    assert found.rows.tolist() == [i for i in range(60) if i not in (3, 9)]
    assert found.other_rows.tolist() == list(range(58))


def test_blobs_are_stable_and_noise_is_not():
    vectors, labels = blobs(300, classes=4, dim=6)
    names = np.array(list("abcd"), object)[labels]
    names[:5] = None
    steady = project(vectors, metric="euclidean").stability(4, 0.9, labels=names)
    noise = np.random.default_rng(0).normal(size=(200, 30)).astype(np.float32)
    shaky = project(noise, metric="euclidean").stability(4, 0.9)
    assert steady.runs.shape == (4, 300, 2)
    assert np.isnan(steady.runs[..., 0]).sum(1).tolist() == [30] * 4
    assert np.nanmean(steady.spread) < 0.25 < np.nanmean(shaky.spread)
    assert steady.disparities.max() < 0.2 < 0.4 < shaky.disparities.min()
    assert steady.correlation > 0.9
    assert set(steady.by_class) == set("abcd")
    assert (shaky.correlation, shaky.by_class) == (None, {})


def test_a_map_is_made_again_by_its_own_library_or_not_at_all(umap_of_blobs):
    elsewhere = replace(umap_of_blobs[0], backend="cuML")
    with pytest.raises(ImportError, match="backend: cuML is not installed"):
        elsewhere.stability(2)


def test_pca_made_again_is_nearly_the_same_map():
    found = project(bent(200), method="pca").stability(3, 0.8)
    assert np.nanmean(found.spread) < 0.05


def test_stability_tells_how_far_it_is_and_can_be_stopped(umap_of_blobs):
    told = []
    found = umap_of_blobs[0]
    with pytest.raises(Stopped):
        found.stability(5, progress=told.append, stop=lambda: bool(told) and told[-1].done >= 1)
    assert (told[0].total, told[0].stage) == (5, "making the map again")
    for options, sentence in (
        ({"runs": 1}, "runs: must be at least 2"),
        ({"fraction": 0}, "fraction: must be over 0"),
        ({"fraction": 0.001}, "fewer than 4"),
        ({"seed": -1}, "seed: must be a whole number from 0"),
        ({"labels": [1, 2]}, "labels: 2 for 400 points"),
    ):
        with pytest.raises(ValueError, match=sentence):
            found.stability(**options)


def test_maps_are_laid_one_over_the_one_before():
    vectors = bent(80)
    maps = [project(vectors, method="pca"), project(-vectors[:, ::-1].copy(), method="pca")]
    one, other = align(maps)
    assert one is maps[0]
    np.testing.assert_allclose(other.xy, one.xy, atol=1e-3)
    np.testing.assert_allclose(other.transform(-vectors[:, ::-1].copy()), other.xy, atol=1e-4)


def test_layers_of_a_network_give_maps_of_the_same_images():
    digits = cs.demo.digits()
    seen = []
    maps = cs.manifold.project_layers(
        digits.scope, digits.images[:60], ["conv1", "conv2"], neighbours=8, progress=seen.append
    )
    assert list(maps) == ["conv1", "conv2"]
    one, other = maps.values()
    assert (len(one), len(other), one.given) == (60, 60, 60)
    assert scipy_procrustes(one.xy, other.xy)[2] == pytest.approx(
        procrustes(one.xy, other.xy).disparity, abs=1e-5
    )
    # Laid over each other already: nothing is left to turn.
    np.testing.assert_allclose(procrustes(one.xy, other.xy).matrix, np.eye(2), atol=1e-3)
    assert seen[0].stage == "running the network"


def test_embedding_is_pooling_of_activations_whatever_the_batches():
    digits = cs.demo.digits()
    images = digits.images[:10]
    maps = digits.scope.activations(images, "conv2")["conv2"]
    flat = maps.flatten(2)
    wants = {
        "mean": flat.mean(2),
        "max": flat.amax(2),
        "center": maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2],
        "flatten": maps.flatten(1),
    }
    for pool, want in wants.items():
        found = digits.scope.embed(images, "conv2", pool, batch_size=3)
        torch.testing.assert_close(found, want)
    drawn = [digits.scope.embed(images, "conv2", "random", batch_size=b) for b in (3, 10)]
    torch.testing.assert_close(*drawn)
    for row, own in zip(drawn[0], flat, strict=True):
        assert ((own.T - row).abs().amax(1) < 1e-5).any()
    other = digits.scope.embed(images, "conv2", "random", seed=1)
    assert not torch.equal(other, drawn[0])
    both = digits.scope.embed(images, ["conv1", "conv2"])
    torch.testing.assert_close(both["conv2"], wants["mean"])
    with pytest.raises(ValueError, match="pool: must be one of"):
        digits.scope.embed(images, "conv2", "sum")
    with pytest.raises(ValueError, match="seed: must be a whole number from 0"):
        digits.scope.embed(images, "conv2", "random", seed=-1)
    told = []
    with pytest.raises(Stopped, match="running the network"):
        digits.scope.embed(
            images, "conv1", batch_size=2, progress=told.append, stop=lambda: told[-1].done >= 4
        )
    assert told[-1].done == 4
