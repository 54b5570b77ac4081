"""From vectors to a map that can be trusted, by each library, with landmarks, and stopped."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest
import torch
from clouds import bent, blobs
from scipy.spatial import procrustes as scipy_procrustes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, _t_sne, trustworthiness

import convscope as cs
from convscope.manifold import Progress, Stopped, project
from convscope.manifold.backends import scikit_learn
from convscope.manifold.parameters import Parameters
from convscope.manifold.watch import Watch


def separated(xy, labels):
    """Tell how many points have a nearest neighbour in the map of their own class."""
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return float((labels[distance.argmin(1)] == labels).mean())


def test_umap_of_blobs_is_trustworthy_and_keeps_them_apart(umap_of_blobs):
    found, vectors, labels = umap_of_blobs
    assert trustworthiness(vectors, found.xy, n_neighbors=15) >= 0.95
    assert separated(found.xy, labels) == 1
    assert (found.method, found.backend, found.seed) == ("umap", "umap-learn", 0)
    assert (found.xy.shape, found.xy.dtype) == ((400, 2), np.float32)
    assert found.seconds > 0


def test_umap_of_digits_is_trustworthy_as_scikit_learn_counts_it(umap_of_digits, digits):
    want = trustworthiness(digits[0], umap_of_digits.xy, n_neighbors=15)
    assert want >= 0.97
    assert umap_of_digits.trustworthiness.value == pytest.approx(want, abs=2e-4)
    assert umap_of_digits.trustworthiness.error == 0


def test_tsne_of_digits_by_opentsne_is_trustworthy(digits):
    vectors = digits[0][:1000]
    found = project(vectors, method="tsne", metric="euclidean")
    assert found.backend == "openTSNE"
    assert trustworthiness(vectors, found.xy, n_neighbors=15) >= 0.97


def test_tsne_by_scikit_learn_is_as_trustworthy_as_scikit_learns_own(digits):
    vectors = digits[0][:500]
    found = project(vectors, method="tsne", metric="euclidean", backend="scikit-learn")
    own = TSNE(init="pca", random_state=0).fit_transform(vectors)
    want = trustworthiness(vectors, own, n_neighbors=15)
    assert found.backend == "scikit-learn"
    assert found.trustworthiness.value >= max(0.97, want - 0.005)


def test_tsne_steps_as_scikit_learns_does_from_the_same_affinities(monkeypatch):
    vectors = bent(200)
    monkeypatch.setattr(scikit_learn, "ITERATIONS", 300)
    own = scikit_learn.layout(vectors, Parameters(method="tsne", perplexity=20.0), Watch())
    model = TSNE(perplexity=20, max_iter=300)
    model.learning_rate_ = 50.0
    monkeypatch.setattr(_t_sne, "_openmp_effective_n_threads", torch.get_num_threads)
    start = scikit_learn.narrow(vectors, 0)
    theirs = model._tsne(scikit_learn._affinities(vectors, 20.0, Watch()), 1, 200, start)
    np.testing.assert_allclose(own, theirs, rtol=1e-3, atol=1e-3)


def test_pca_is_scikit_learns_and_places_new_vectors_exactly():
    vectors = bent(120)
    found = project(vectors[:100], method="pca", metric="euclidean")
    want = PCA(2).fit(vectors[:100])
    assert scipy_procrustes(found.xy, want.transform(vectors[:100]))[2] < 1e-6
    moved = want.transform(vectors[100:])
    signs = np.sign((found.xy * want.transform(vectors[:100])).sum(0))
    np.testing.assert_allclose(found.transform(vectors[100:]), moved * signs, atol=1e-4)
    assert found.backend == "convscope"


def test_one_seed_gives_one_map_another_seed_another(umap_of_blobs):
    found, vectors, _ = umap_of_blobs
    again = project(vectors, metric="euclidean")
    other = project(vectors, metric="euclidean", seed=1)
    assert np.array_equal(found.xy, again.xy)
    assert not np.array_equal(found.xy, other.xy)
    for backend in ("openTSNE", "scikit-learn"):
        twice = [
            project(vectors[:60], method="tsne", perplexity=8, backend=backend).xy for _ in range(2)
        ]
        assert np.array_equal(*twice)


def test_the_random_numbers_and_threads_of_others_stay_as_they_were():
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    threads = torch.get_num_threads()
    for method in ("umap", "tsne", "pca"):
        project(blobs(60)[0], method=method, perplexity=8)
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert torch.equal(torch.get_rng_state(), before[2])
    assert torch.get_num_threads() == threads


def test_the_vectors_given_stay_as_they_were():
    vectors = blobs(60)[0]
    before = vectors.copy()
    project(vectors)
    assert np.array_equal(vectors, before)


def test_known_points_land_on_themselves_and_near_ones_near_them(umap_of_blobs):
    found, vectors, labels = umap_of_blobs
    assert np.abs(found.transform(vectors) - found.xy).max() < 1e-3
    noise = np.random.default_rng(0).normal(scale=0.1, size=vectors.shape)
    moved = found.transform(vectors + noise.astype(np.float32))
    centres = np.stack([found.xy[labels == c].mean(0) for c in range(8)])
    nearest = np.linalg.norm(moved[:, None] - centres, axis=2).argmin(1)
    assert (nearest == labels).mean() > 0.98
    assert found.transform(vectors[:1]).shape == (1, 2)


def test_landmarks_give_nearly_the_map_of_all_points(digits, umap_of_digits):
    found = project(digits[0], metric="euclidean", landmarks=600)
    assert len(found.landmarks) == 600
    assert found.parameters.landmarks == 600
    assert found.trustworthiness.value >= umap_of_digits.trustworthiness.value - 0.02
    assert separated(found.xy, digits[1]) > 0.93
    assert np.abs(found.transform(digits[0][:300]) - found.xy[:300]).max() < 1e-3
    assert umap_of_digits.landmarks is None


def test_neighbours_are_those_of_the_layer_not_of_the_map(umap_of_blobs):
    found, vectors, _ = umap_of_blobs
    distance = np.linalg.norm(vectors - vectors[7], axis=1)
    near = found.neighbours(7, k=5)
    assert near.indices.tolist() == distance.argsort()[1:6].tolist()
    np.testing.assert_allclose(near.distances, np.sort(distance)[1:6], rtol=1e-3)
    assert len(found.neighbours(0, k=9999).indices) == 399
    with pytest.raises(ValueError, match="400 points, from 0; got 400"):
        found.neighbours(400)
    with pytest.raises(ValueError, match=r"400 points, from 0; got 1\.5"):
        found.neighbours(1.5)


def test_neighbours_by_cosine_tell_the_cosine():
    vectors = bent(90) + np.float32(0.3)
    found = project(vectors, method="pca")
    near = found.neighbours(4, k=3)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = 1 - unit @ unit[4]
    np.testing.assert_allclose(near.distances, np.sort(cosine)[1:4], atol=1e-4)


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_every_stage_tells_how_far_it_is_and_the_time_left(method):
    told: list[Progress] = []
    shown = []
    project(
        blobs(80)[0],
        method=method,
        perplexity=8,
        landmarks=60,
        progress=told.append,
        on_layout=lambda xy, fraction: shown.append((xy, fraction)),
    )
    stages = list(dict.fromkeys(each.stage for each in told))
    assert stages == [
        "reading vectors",
        "finding principal components",
        "turning to principal components",
        "finding neighbours",
        "weighing neighbours",
        "laying out",
        "placing points",
        "measuring quality",
    ]
    for stage in stages:
        of_stage = [each for each in told if each.stage == stage]
        assert of_stage[0].done == 0
        assert of_stage[0].seconds_left is None
        assert of_stage[-1].done == of_stage[-1].total
        assert of_stage[-1].seconds_left == 0
    first, last = shown[0], shown[-1]
    assert first[0].shape == (80, 2)
    assert np.isnan(first[0]).all(1).sum() == 20  # those that will be placed
    assert not np.isnan(last[0]).any()
    assert last[1] == 1


def test_progress_true_shows_a_bar(capsys):
    project(blobs(40)[0], method="pca", progress=True)
    assert "measuring quality" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "backend"), [("umap", None), ("tsne", "openTSNE"), ("tsne", "scikit-learn")]
)
def test_a_layout_that_is_stopped_is_kept_as_far_as_it_came(method, backend):
    told: list[Progress] = []
    with pytest.raises(Stopped, match="stopped while laying out") as caught:
        project(
            blobs(80)[0],
            method=method,
            backend=backend,
            perplexity=8,
            progress=told.append,
            stop=lambda: bool(told) and told[-1].stage == "laying out" and told[-1].done >= 20,
        )
    assert caught.value.xy.shape == (80, 2)
    assert told[-1].done < 100


def test_an_exception_in_stop_passes_through():
    class EnoughError(Exception):
        pass

    def stop():
        raise EnoughError

    with pytest.raises(EnoughError):
        project(blobs(40)[0], stop=stop)


def test_two_threads_may_make_maps_at_once():
    found = {}

    def make(seed):
        found[seed] = project(blobs(60)[0], seed=seed)

    threads = [threading.Thread(target=make, args=(seed,)) for seed in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {0, 1}
    assert np.array_equal(found[0].xy, project(blobs(60)[0]).xy)


def test_a_map_says_what_it_is(umap_of_blobs):
    assert str(umap_of_blobs[0]).startswith("umap of 400 points by umap-learn, ")
    assert "trustworthiness 0.9" in repr(umap_of_blobs[0])


def test_maps_can_be_compared_and_kept_in_sets(umap_of_blobs):
    found = umap_of_blobs[0]
    assert found == found
    assert found != project(bent(20), method="pca")
    assert len({found, found}) == 1


def test_the_room_is_public():
    assert cs.manifold.project is project
