"""Which library lays out, decided with libraries and GPUs that are there or not."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import torch
from clouds import blobs

from convscope.manifold.backends import choice, choose, layout
from convscope.manifold.parameters import Parameters
from convscope.manifold.watch import Watch

ALL = set(choice.BACKENDS)


def chosen(method, there, gpu, wanted=None):
    return choose(method, wanted, is_installed=lambda name: name in there, gpu=lambda: gpu)


@pytest.mark.parametrize(
    ("method", "missing", "gpu", "want"),
    [
        ("umap", set(), True, "cuML"),
        ("umap", {"cuML"}, True, "TorchDR"),
        ("umap", set(), False, "umap-learn"),
        ("umap", {"cuML", "TorchDR"}, True, "umap-learn"),
        ("tsne", set(), True, "cuML"),
        ("tsne", {"cuML"}, True, "TorchDR"),
        ("tsne", set(), False, "openTSNE"),
        ("tsne", {"openTSNE"}, False, "scikit-learn"),
        ("pca", set(), True, "convscope"),
    ],
)
def test_the_fastest_library_that_runs_here_is_taken(method, missing, gpu, want):
    assert chosen(method, ALL - missing, gpu) == want


def test_a_library_can_be_asked_for_by_name_in_any_case():
    assert chosen("tsne", ALL, gpu=True, wanted="opentsne") == "openTSNE"
    with pytest.raises(ImportError, match="cuML is not installed"):
        chosen("umap", ALL - {"cuML"}, gpu=True, wanted="cuML")
    with pytest.raises(RuntimeError, match="TorchDR needs a CUDA device"):
        chosen("umap", ALL, gpu=False, wanted="TorchDR")
    with pytest.raises(ValueError, match="does no tsne; choose one of cuML"):
        chosen("tsne", ALL, gpu=True, wanted="umap-learn")


def test_what_is_installed_is_found_out_without_importing_it():
    assert choice.installed("umap-learn")
    assert choice.installed("convscope")
    assert not choice.installed("cuML")


def fake(monkeypatch, name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    monkeypatch.setitem(sys.modules, name, module)
    return module


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_cuml_gets_the_start_the_seed_and_the_parameters(monkeypatch, method):
    asked = {}

    class Model:
        def __init__(self, **options):
            asked.update(options)

        def fit_transform(self, vectors):
            return vectors[:, :2] * 2

    fake(monkeypatch, "cuml")
    fake(monkeypatch, "cuml.manifold", UMAP=Model, TSNE=Model)
    vectors, shown = blobs(30)[0], []
    parameters = Parameters(method=method, neighbours=7, perplexity=5.0, min_dist=0.2, seed=3)
    watch = Watch(on_layout=lambda xy, fraction: shown.append(fraction))
    found = layout("cuML", vectors, parameters, watch)
    np.testing.assert_array_equal(found, vectors[:, :2] * 2)
    assert (asked["random_state"], shown) == (3, [1.0])
    if method == "umap":
        assert (asked["n_neighbors"], asked["min_dist"]) == (7, 0.2)
        assert asked["init"].shape == (30, 2)
    else:
        assert (asked["perplexity"], asked["n_neighbors"]) == (5, 16)


def test_torchdr_is_watched_and_its_seeding_taken_back(monkeypatch):
    class Model:
        def __init__(self, **options):
            self.options = options
            torch.manual_seed(options["random_state"])
            np.random.seed(options["random_state"])

        def on_training_step_end(self):
            pass

        def fit_transform(self, vectors):
            self.embedding_ = torch.as_tensor(self.options["init"])
            for turn in range(self.options["max_iter"]):
                self.n_iter_ = turn
                self.on_training_step_end()
            return self.embedding_

    from convscope.manifold.backends import torch_dr

    fake(monkeypatch, "torchdr", UMAP=Model, TSNE=Model)
    before, theirs = torch.get_rng_state(), np.random.get_state()[1].copy()
    told, shown = [], []
    watch = Watch(progress=told.append, on_layout=lambda xy, fraction: shown.append(fraction))
    found = torch_dr.layout(blobs(30)[0], Parameters(neighbours=5), watch, device="cpu")
    assert found.shape == (30, 2)
    assert told[-1].done == told[-1].total == 1000
    assert shown[-1] == 1
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], theirs)
