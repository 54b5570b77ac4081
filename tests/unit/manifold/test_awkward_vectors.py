"""What people have: vectors in any form, and what no map can be made of."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from clouds import bent, blobs

from convscope.manifold import project
from convscope.manifold.rows import Rows

VECTORS = bent(40, dim=5)


class Vectors(torch.utils.data.Dataset):
    """A Dataset of vectors with labels, without an iterator of its own."""

    def __len__(self):
        return len(VECTORS)

    def __getitem__(self, index):
        return torch.from_numpy(VECTORS[index]), index % 3


class Stream(torch.utils.data.IterableDataset):
    def __iter__(self):
        return iter(VECTORS)


FORMS = {
    "array": VECTORS,
    "float64": VECTORS.astype(np.float64),
    "turned in memory": np.asfortranarray(VECTORS),
    "tensor": torch.from_numpy(VECTORS),
    "tensor with a graph": torch.from_numpy(VECTORS.copy()).requires_grad_(),
    "list of lists": VECTORS.tolist(),
    "list of tensors": list(torch.from_numpy(VECTORS)),
    "table": pd.DataFrame(VECTORS, columns=list("abcde")),
    "column of arrays": pd.Series(list(VECTORS), index=range(100, 140)),
    "table of one column of arrays": pd.DataFrame({"vector": list(VECTORS)}),
    "Arrow table": pa.table({name: VECTORS[:, i] for i, name in enumerate("abcde")}),
    "Arrow lists": pa.array(VECTORS.tolist()),
    "Arrow column in chunks": pa.chunked_array([VECTORS[:9].tolist(), VECTORS[9:].tolist()]),
    "Arrow lists of one size": pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.ravel()), 5),
    "Arrow table of one column": pa.table({"v": pa.array(VECTORS.tolist())}),
    "Dataset": Vectors(),
    "stream": Stream(),
    "activations of one layer": {"conv": torch.from_numpy(VECTORS)},
}


@pytest.mark.parametrize("form", FORMS)
def test_vectors_come_in_any_form(form):
    want = project(VECTORS, method="pca").xy
    np.testing.assert_allclose(project(FORMS[form], method="pca").xy, want, atol=1e-5)


def test_maps_are_pooled_as_asked():
    maps = torch.randn(30, 6, 3, 4, generator=torch.Generator().manual_seed(0))
    for pool, want in (("mean", maps.mean((2, 3))), ("max", maps.amax((2, 3)))):
        found = project(maps, method="pca", pool=pool)
        np.testing.assert_allclose(found.xy, project(want, method="pca").xy, atol=1e-5)
    assert project(maps, method="pca", pool="flatten").basis.mean.shape == (72,)


def test_positions_drawn_in_maps_are_the_same_in_every_pass():
    maps = torch.randn(60, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    rows = Rows(maps, pool="random", kept=np.array([1, 2, 3, 7, 50]))
    whole = Rows(maps, pool="random")
    picked = np.array([4, 0, 2])
    np.testing.assert_array_equal(rows.take(picked), rows.between(0, 5)[picked])
    np.testing.assert_array_equal(rows.between(1, 5), whole.take(np.array([2, 3, 7, 50])))
    flat = maps.flatten(2)
    for own, row in zip(flat, whole.between(0, 60), strict=True):
        assert (own.T.numpy() == row).all(1).any()


def test_a_seed_is_also_that_of_positions_drawn_in_maps():
    maps = torch.randn(40, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    first, other = (project(maps, method="pca", pool="random", seed=seed) for seed in (0, 1))
    np.testing.assert_allclose(other.transform(maps, pool="random"), other.xy, atol=1e-5)
    assert not np.allclose(first.xy, other.xy, atol=0.1)


def test_what_may_not_be_written_is_read_without_a_warning(tmp_path):
    np.save(tmp_path / "vectors.npy", VECTORS)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    maps = np.broadcast_to(VECTORS[:, :, None, None], (*VECTORS.shape, 2, 3))
    want = project(VECTORS, method="pca", metric="euclidean").xy
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for given in (mapped, maps):
            found = project(given, method="pca", metric="euclidean")
            np.testing.assert_allclose(found.xy, want, atol=1e-5)


def test_rows_that_are_not_finite_are_named_and_left_out_on_request():
    vectors = bent(60)
    vectors[7, 3], vectors[41, 0] = np.nan, np.inf
    with pytest.raises(ValueError, match=r"2 of 60 rows hold NaN or infinite values \(7, 41\)"):
        project(vectors)
    with pytest.warns(UserWarning, match=r"\(7, 41\); they are left out"):
        found = project(vectors, method="pca", errors="skip")
    assert (len(found), found.given) == (58, 60)
    assert found.indices.tolist() == [i for i in range(60) if i not in (7, 41)]
    whole = np.delete(vectors, [7, 41], axis=0)
    np.testing.assert_allclose(found.xy, project(whole, method="pca").xy, atol=1e-5)
    table = found.to_pandas(label=list(range(60)), own=list(range(58)))
    assert table["label"].tolist() == found.indices.tolist()


def test_numbers_too_large_for_float32_are_told_of_as_infinite():
    vectors = bent(20).astype(np.float64)
    vectors[3] *= 1e300
    with pytest.raises(ValueError, match=r"1 of 20 rows holds NaN or infinite values \(3\)"):
        project(vectors)


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        (np.zeros((0, 5)), "there is none"),
        (np.eye(3), "at least 4 points, got 3"),
        (np.ones((20, 5)), "all 20 are equal"),
        (np.arange(9.0), r"must be \(N, D\).*got \(9,\).*vectors\[:, None\]"),
        (np.zeros((9, 0)), r"rows of \(9, 0\) are empty"),
        ([[1, 2], [3, 4], [5, 6, 7], [8, 9]], "number 2 has the shape"),
        ([np.zeros((3, 4, 4))] * 5, "for images use scope.embed"),
        ({"a": VECTORS, "b": VECTORS}, "of 2 layers.*project_layers"),
    ],
)
def test_what_no_map_can_be_made_of_is_said_in_one_sentence(vectors, sentence):
    with pytest.raises(ValueError, match=sentence):
        project(vectors)


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        ("photos/", "got text; scope.embed"),
        (3, "got int"),
        (VECTORS + 1j, "got an array of complex"),
        (torch.zeros(9, 2, dtype=torch.complex64), "got a tensor of torch.complex64"),
        (["cat", "dog"], "number 0 is no vector of numbers"),
        (pd.DataFrame({"a": [1.0] * 5, "name": list("abcde")}), "no numbers, such as 'name'"),
        (np.array([["a", "b"]] * 5), "got an array of <U1"),
    ],
)
def test_what_are_no_vectors_is_said_too(vectors, sentence):
    with pytest.raises(TypeError, match=sentence):
        project(vectors)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "som"}, "method: must be one of umap, tsne, pca, got 'som'"),
        ({"metric": "hamming"}, "metric: must be one of"),
        ({"neighbours": 1}, "neighbours: must be at least 2"),
        ({"min_dist": 2}, "min_dist: must be from 0 to 1"),
        ({"perplexity": 0}, "perplexity: must be at least 1"),
        ({"perplexity": float("nan")}, "perplexity: must be finite"),
        ({"components": 1}, "components: must be at least 2"),
        ({"landmarks": 3}, "landmarks: must be at least 4"),
        ({"seed": -1}, "seed: must be"),
        ({"pool": "sum"}, "pool: must be one of"),
        ({"errors": "ignore"}, "errors: must be"),
        ({"backend": "openTSNE"}, "backend: 'openTSNE' does no umap"),
    ],
)
def test_wrong_options_are_named(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        project(VECTORS, **options)
    for name in ("progress", "stop", "on_layout"):
        with pytest.raises(TypeError, match=name):
            project(VECTORS, **{name: 3})


def test_more_neighbours_than_points_are_cut_with_a_warning():
    with pytest.warns(UserWarning, match="neighbours: 15 are more than there are points, so all 9"):
        found = project(VECTORS[:9])
    assert found.parameters.neighbours == 9
    with pytest.warns(UserWarning, match=r"perplexity: 30 needs.*there are 40, so 13 is used"):
        found = project(VECTORS, method="tsne")
    assert found.parameters.perplexity == 13


@pytest.mark.parametrize("method", ["umap", "tsne", "pca"])
@pytest.mark.parametrize(
    "vectors",
    [VECTORS[:4], VECTORS[:30, :1], np.repeat(VECTORS[:8], 6, axis=0), np.eye(12, 7)],
    ids=["four points", "one number each", "many copies", "mostly zero"],
)
def test_small_and_flat_and_copied_vectors_make_a_finite_map(vectors, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for metric in ("cosine", "euclidean"):
            if metric == "cosine" and vectors.shape[1] == 1:
                vectors = vectors - vectors.mean()
            found = project(vectors, method=method, metric=metric)
            assert np.isfinite(found.xy).all()
            assert np.isfinite(found.transform(vectors)).all()
            assert 0 <= found.overlap.value <= 1


def test_new_vectors_are_checked_too():
    found = project(blobs(60)[0], method="pca")
    with pytest.raises(ValueError, match="vectors have 3 numbers, those of the map 10"):
        found.transform(np.zeros((5, 3)))
    bad = np.zeros((5, 10))
    bad[2, 1] = np.nan
    with pytest.raises(ValueError, match="row 2 holds NaN"):
        found.transform(bad)
    with pytest.raises(ValueError, match=r"^new: must be \(N, D\)"):
        found.transform(np.zeros(10))
    with pytest.raises(TypeError, match=r"^new: must be an array"):
        found.transform(3)
