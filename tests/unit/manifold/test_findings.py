"""Labels of any type, copies, doubtful labels, tables and files of maps."""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from clouds import bent, blobs

from convscope.manifold import (
    Projection,
    Stopped,
    categories,
    duplicates,
    findings,
    project,
    suspicious,
)
from convscope.manifold.labels import of_points


class Animal(enum.Enum):
    CAT = 1
    ANT = 2


@pytest.mark.parametrize(
    ("labels", "names", "codes"),
    [
        (["b", None, "a", "b"], ("a", "b"), [1, -1, 0, 1]),
        ([10, 9, 9, 10], ("9", "10"), [1, 0, 0, 1]),
        (np.array([2.0, np.nan, 1.0, 2.0]), ("1", "2"), [1, -1, 0, 1]),
        ([0.5, 1.5, 0.5, 2], ("0.5", "1.5", "2"), [0, 1, 0, 2]),
        (torch.tensor([True, False, True, True]), ("False", "True"), [1, 0, 1, 1]),
        (pd.Series(["x", pd.NA, "y", "x"]), ("x", "y"), [0, -1, 1, 0]),
        (pd.Categorical(["lo", "hi", None, "lo"], ["lo", "hi"]), ("lo", "hi"), [0, 1, -1, 0]),
        (pd.array([1, None, 3, 1], dtype="Int64"), ("1", "3"), [0, -1, 1, 0]),
        (pa.array(["x", None, "y", "x"]), ("x", "y"), [0, -1, 1, 0]),
        (np.ma.masked_equal([7, 0, 8, 7], 0), ("7", "8"), [0, -1, 1, 0]),
        ([Animal.CAT, Animal.ANT, None, Animal.CAT], ("ANT", "CAT"), [1, 0, -1, 1]),
        ([b"x", "x", 3, None], ("3", "x"), [1, 1, 0, -1]),
        (pd.to_datetime(["2020-01-02", None, "2019-01-01", "2020-01-02"]), None, [1, -1, 0, 1]),
        ([None] * 4, (), [-1] * 4),
    ],
)
def test_labels_of_any_type_become_classes(labels, names, codes):
    found = categories(labels, 4)
    assert found.codes.tolist() == codes
    assert names is None or found.names == names
    assert found.missing == codes.count(-1)
    assert found.counts.sum() == 4 - found.missing


def test_classes_stay_as_they_are_and_go_with_their_points():
    labels = categories(["b", None, "a", *"bbba"], 7)
    assert categories(labels, 7) is labels
    vectors = bent(7)
    vectors[1] = np.nan
    with pytest.warns(UserWarning, match="left out"):
        found = project(vectors, method="pca", errors="skip")
    assert of_points(labels, found).codes.tolist() == [1, 0, 1, 1, 1, 0]
    with pytest.raises(ValueError, match="labels: 7 for 8 points"):
        categories(labels, 8)


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 1, 3, 2]),
        np.array([0.5, np.nan, 2.0, 0.5], np.float32),
        np.array([True, False, True, True]),
        np.array(["b", "a", "b", "c"]),
        torch.tensor([3, 1, 3, 2]),
        torch.tensor([0.5, float("nan"), 2.0, float("nan")], dtype=torch.bfloat16),
    ],
)
def test_labels_of_an_array_are_those_of_a_list(values):
    of_array, of_list = categories(values, 4), categories(values.tolist(), 4)
    assert of_array.codes.tolist() == of_list.codes.tolist()
    assert of_array.names == of_list.names


def test_whole_numbers_take_the_names_of_classes():
    assert categories([1, 0, 7], 3, classes=["cat", "ant"]).names == ("cat", "ant", "7")


@pytest.mark.parametrize(
    ("labels", "error", "sentence"),
    [
        ([1, 2], ValueError, "labels: 2 for 3 points"),
        ("abc", TypeError, "got str"),
        (None, TypeError, "got NoneType"),
        (np.zeros((3, 2)), ValueError, r"got the shape \(3, 2\)"),
    ],
)
def test_what_are_no_labels_is_said(labels, error, sentence):
    with pytest.raises(error, match=sentence):
        categories(labels, 3)


def test_copies_are_found_in_groups_nearest_first():
    vectors = blobs(150)[0].astype(np.float32)
    vectors[80] = vectors[3]
    vectors[120] = vectors[3]
    vectors[60] = vectors[100] + np.float32(1e-2)
    found = duplicates(project(vectors, method="pca", metric="euclidean"))
    assert [each.indices.tolist() for each in found] == [[3, 80, 120], [60, 100]]
    assert found[0].distance == 0
    assert 0 < found[1].distance <= 0.01
    exact = duplicates(project(vectors, method="pca", metric="euclidean"), tolerance=0)
    assert [each.indices.tolist() for each in exact] == [[3, 80, 120]]
    with pytest.raises(ValueError, match="tolerance"):
        duplicates(project(vectors, method="pca"), tolerance=2)


def test_many_copies_of_one_point_are_one_group_and_no_copies_none():
    vectors = np.concatenate([np.zeros((500, 6), np.float32), bent(60, dim=6) + 5])
    found = duplicates(project(vectors, method="pca", metric="euclidean"), tolerance=0)
    assert [len(each.indices) for each in found] == [500]
    assert duplicates(project(blobs(50)[0], method="pca")) == []


def test_looking_for_copies_tells_how_far_it_is_and_can_be_stopped(umap_of_blobs, monkeypatch):
    monkeypatch.setattr(findings, "_PIECE", 100)
    told = []
    assert duplicates(umap_of_blobs[0], progress=told.append) == []
    assert [(each.done, each.total) for each in told] == [(100 * i, 400) for i in range(5)]
    with pytest.raises(Stopped, match="looking for copies"):
        duplicates(umap_of_blobs[0], progress=told.append, stop=lambda: told[-1].done == 200)
    assert told[-1].done == 200


def test_copies_are_found_where_nearly_all_points_are_copies(monkeypatch):
    monkeypatch.setattr(findings, "_PAIRS", 20)  # none of which meets the one that is no copy
    vectors = np.zeros((3000, 6), np.float32)
    vectors[7] = 1
    (found,) = duplicates(project(vectors, method="pca", metric="euclidean"))
    assert found.indices.tolist() == [i for i in range(3000) if i != 7]
    assert found.distance == 0


def test_planted_wrong_labels_are_the_suspicious_ones():
    vectors, labels = blobs(300, classes=3)
    names = np.array(["ant", "bee", "cat"], object)[labels]
    wrong = [5, 120, 290]
    for i in wrong:
        names[i] = "cat" if names[i] != "cat" else "bee"
    names[[10, 200]] = None
    found = suspicious(project(vectors, method="pca", metric="euclidean"), names)
    assert sorted(found.indices.tolist()) == wrong
    assert found.support.min() > 0.6
    assert found.agreement.max() < 0.3
    right = np.array(["ant", "bee", "cat"])[labels]
    for row, code in zip(found.indices, found.suggested, strict=True):
        assert found.names[code] == right[row]
    for row, code in zip(found.indices, found.given, strict=True):
        assert found.names[code] == names[row]


def test_votes_are_counted_piece_by_piece(monkeypatch):
    vectors, labels = blobs(300, classes=3)
    labels = labels.copy()
    labels[[5, 120]] = 7
    found = project(vectors, method="pca", metric="euclidean")
    whole = suspicious(found, labels)
    monkeypatch.setattr(findings, "_VOTES", 40)  # ten points at once
    parts = suspicious(found, categories(labels, 300))
    assert whole.indices.tolist() == parts.indices.tolist()
    assert set(whole.indices.tolist()) == {5, 120}
    np.testing.assert_array_equal(whole.support, parts.support)
    np.testing.assert_array_equal(whole.agreement, parts.agreement)


def test_suspicion_needs_two_classes_and_labels_for_all():
    found = project(blobs(60)[0], method="pca")
    with pytest.raises(ValueError, match="60 points of 1 classes"):
        suspicious(found, ["a"] * 60)
    with pytest.raises(ValueError, match="labels: 9 for 60 points"):
        suspicious(found, ["a"] * 9)
    with pytest.raises(ValueError, match="support"):
        suspicious(found, ["a", "b"] * 30, support=0)
    with pytest.raises(TypeError, match="support: must be a number, got 'most'"):
        suspicious(found, ["a", "b"] * 30, support="most")
    with pytest.raises(TypeError, match="tolerance: must be a number"):
        duplicates(found, tolerance=None)


def test_a_table_has_a_row_for_each_point():
    found = project(bent(30), method="pca")
    table = found.to_pandas(label=pd.Series(range(30), index=range(7, 37)), t=torch.arange(30))
    assert list(table) == ["index", "x", "y", "label", "t"]
    np.testing.assert_array_equal(table[["x", "y"]], found.xy)
    assert table["label"].tolist() == list(range(30))
    with pytest.raises(ValueError, match="label: 29 for 30 points"):
        found.to_pandas(label=range(29))
    with pytest.raises(ValueError, match="x: is the map's own column"):
        found.to_pandas(x=range(30))


def test_a_saved_map_comes_back_whole(tmp_path, umap_of_blobs):
    vectors = blobs(90)[0]
    for found in (project(vectors, landmarks=40), umap_of_blobs[0]):
        path = found.save(tmp_path / "cells.map")
        again = Projection.load(path)
        for name in ("xy", "vectors", "indices"):
            np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
        assert again.parameters == found.parameters
        assert again.quality == found.quality
        assert str(again) == str(found)
        new = found.basis.mean[None] + np.float32(0.1)
        np.testing.assert_array_equal(again.transform(new), found.transform(new))
    assert [each.name for each in tmp_path.iterdir()] == ["cells.map"]


def test_what_is_no_map_is_said(tmp_path):
    from safetensors.numpy import save_file

    (tmp_path / "text").write_text("hello")
    with pytest.raises(ValueError, match="holds no map, or a damaged one"):
        Projection.load(tmp_path / "text")
    save_file({"a": np.zeros(3)}, tmp_path / "other")
    with pytest.raises(ValueError, match=r"holds no map; Projection\.save writes one"):
        Projection.load(tmp_path / "other")
    path = project(bent(20), method="pca").save(tmp_path / "whole")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged"):
        Projection.load(path)
    save_file({"a": np.zeros(3)}, path, {"kind": "convscope projection", "about": '{"version": 9}'})
    with pytest.raises(ValueError, match="version 9"):
        Projection.load(path)
    with pytest.raises(FileNotFoundError):
        Projection.load(tmp_path / "nowhere")
