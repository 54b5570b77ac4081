"""What points of a ManifoldScatter are coloured by, and the table of all of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from clumps import CLASSES, COUNT, IMAGES, LABELS, column, scatter, vectors
from PIL import Image

import convscope as cs
from convscope.images import SkippedImageWarning
from convscope.manifold import project
from convscope.plots.manifold import CLASS_COLOURS
from convscope.widgets._jobs import Job


def test_labels_of_any_type_become_classes_and_missing_ones_a_code_of_their_own(proj):
    some: list[Any] = [*LABELS]
    some[4] = None
    found = scatter(proj, labels=some).column("label")
    assert found["names"] == CLASSES
    assert found["codes"][:6].tolist() == [0, 1, 2, 0, 3, 2]
    assert found["counts"] == [30, 29, 30]
    numbers = scatter(proj, labels=torch.arange(COUNT) % 3).column("label")
    assert numbers["names"] == ["0", "1", "2"]


def test_labels_as_numbers_have_the_names_of_the_scope_and_come_with_a_dataset(proj, small_scope):
    named = scatter(proj, labels=np.arange(COUNT) % 3, scope=small_scope).column("label")
    assert named["names"] == CLASSES
    data = [(torch.full((3, 20, 30), i / COUNT), i % 3) for i in range(COUNT)]

    class Pairs(torch.utils.data.Dataset):
        classes = CLASSES

        def __len__(self):
            return COUNT

        def __getitem__(self, index):
            return data[index]

    assert scatter(proj, Pairs()).column("label")["codes"][:4].tolist() == [0, 1, 2, 0]


def test_columns_of_pandas_and_arrow_are_values_or_classes_by_what_they_hold(proj):
    pandas = pytest.importorskip("pandas")
    arrow = pytest.importorskip("pyarrow")
    table = pandas.DataFrame(
        {
            "age": [None if i == 3 else i / 2 for i in range(COUNT)],
            "count": range(COUNT),
            "site": pandas.Categorical(["north", "south"] * (COUNT // 2)),
            "old": [i > 40 for i in range(COUNT)],
            "stage": [i % 4 for i in range(COUNT)],
            "dose": pandas.array([None if i == 3 else i / 2 for i in range(COUNT)], "Float64"),
        }
    )
    kinds = {"age": "value", "count": "value", "site": "category"}
    kinds |= {"old": "category", "stage": "category", "dose": "value"}
    for given in (table, arrow.Table.from_pandas(table), table.to_dict("list")):
        widget = scatter(proj, columns=given)
        told = {each["name"]: each["kind"] for each in widget._columns if each["ready"]}
        assert told == kinds
        masked = np.ma.masked_equal([*range(1, COUNT), 0], 0)
        assert np.isnan(scatter(proj, columns={"m": masked}).column("m")["values"][-1])
        for name in ("age", "dose"):
            found = widget.column(name)
            assert np.isnan(found["values"][3])
            assert (found["low"], found["high"]) == (0.0, (COUNT - 1) / 2)


def test_predictions_and_whether_they_are_right_are_the_networks_own(proj, small_scope):
    widget = scatter(proj, IMAGES, LABELS, scope=small_scope)
    expected = [each[0].name for each in small_scope.predict(IMAGES, top=1)]
    found = column(widget, "prediction")
    assert [found["names"][code] for code in found["codes"]] == expected
    right = column(widget, "correct")
    assert right["names"] == ["right", "wrong"]
    assert (right["codes"] == 0).tolist() == [a == b for a, b in zip(expected, LABELS, strict=True)]
    assert all(each["ready"] for each in widget._columns if each["name"] == "correct")


def test_numbers_are_right_where_the_networks_classes_have_no_names(proj, small_scope):
    unnamed = cs.Scope(small_scope.model, small_scope.preprocess)
    numbers = [each[0].index for each in unnamed.predict(IMAGES, top=1)]
    numbers[7] = 9
    right = column(scatter(proj, IMAGES, numbers, scope=unnamed), "correct")["codes"]
    assert right.tolist() == [int(i == 7) for i in range(COUNT)]


def test_a_units_activation_is_a_column(proj, small_scope):
    widget = scatter(proj, IMAGES, scope=small_scope, color="0:3")
    maps = small_scope.activations(IMAGES, ["0"])["0"][:, 3]
    np.testing.assert_allclose(
        column(widget, "0:3")["values"], maps.mean((1, 2)).numpy(), rtol=1e-5
    )
    early = column(scatter(proj, IMAGES, scope=small_scope), "0:2")  # asked for before it is chosen
    assert early["kind"] == "value"
    with pytest.raises(
        traitlets.TraitError, match=r"color: '0' has 5 units, from 0; there is no 7"
    ):
        widget.color = "0:7"
    with pytest.raises(traitlets.TraitError, match="color: there is no column 'colour'"):
        widget.color = "colour"


def test_images_that_can_not_be_read_have_no_answer_and_the_others_theirs(
    proj, small_scope, tmp_path
):
    for i in range(COUNT):
        Image.new("RGB", (30, 20), (2 * i, 255 - 2 * i, i)).save(tmp_path / f"{i:02}.png")
    expected = [each[0].name for each in small_scope.predict(tmp_path, top=1)]
    maps = small_scope.activations(tmp_path, ["0"])["0"][:, 3].mean((1, 2))
    (tmp_path / "00.png").write_bytes(b"no picture")
    (tmp_path / "70.png").write_bytes(b"no picture")
    widget = scatter(proj, tmp_path, LABELS, scope=small_scope, errors="skip")
    found = column(widget, "prediction")
    names = [*found["names"], None]
    assert [names[code] for code in found["codes"]] == [
        None if i in (0, 70) else name for i, name in enumerate(expected)
    ]
    right = column(widget, "correct")["codes"]
    assert right[[0, 70]].tolist() == [2, 2]  # neither right nor wrong
    assert right[1] == int(expected[1] != LABELS[1])
    with pytest.warns(SkippedImageWarning) as told:
        values = column(widget, "0:3")["values"]
    assert ["00.png" in str(told[0].message), "70.png" in str(told[1].message)] == [True, True]
    assert np.flatnonzero(np.isnan(values)).tolist() == [0, 70]
    np.testing.assert_allclose(
        np.delete(values, [0, 70]), np.delete(maps.numpy(), [0, 70]), rtol=1e-5
    )
    with pytest.raises(ValueError, match="00"):
        column(scatter(proj, tmp_path, scope=small_scope), "0:3")


def test_the_spread_of_points_over_runs_is_a_column_of_each_map(proj):
    other = project(vectors() ** 2, method="pca")
    widget = scatter({"early": proj, "late": other}, layer="early", color="spread")
    told = lambda: next(each for each in widget._columns if each["name"] == "spread")  # noqa: E731
    assert told() == {"name": "spread", "kind": "value", "ready": False, "of_map": True}
    found = widget.compute(Job(), "spread", "early")["values"]
    np.testing.assert_allclose(found, proj.stability(10).spread, rtol=1e-5)
    assert told()["ready"]
    widget.layer = "late"
    assert not told()["ready"]
    found = widget.compute(Job(), "spread", "late")["values"]
    np.testing.assert_allclose(found, other.stability(10).spread, rtol=1e-5)
    widget.project(method="pca")  # other maps, perhaps
    assert not told()["ready"]


def test_columns_of_ones_own_go_before_those_that_are_made(proj, small_scope):
    pytest.importorskip("pandas")
    own = {name: np.arange(COUNT) / 7 for name in ("spread", "prediction", "x")}
    widget = scatter(proj, IMAGES, LABELS, scope=small_scope, columns=own)
    widget.project(method="pca")
    # And with numbers for predictions there is nothing to be right about.
    assert {each["name"] for each in widget._columns} == {"label", *own}
    np.testing.assert_allclose(widget.column("spread")["values"], own["spread"], rtol=1e-6)
    table = widget.to_pandas()
    np.testing.assert_allclose(table["x"], widget.projection.xy[:, 0])
    np.testing.assert_allclose(table["x (given)"], own["x"], rtol=1e-6)


def test_only_categories_that_there_are_can_be_isolated(proj):
    some: list[Any] = [None, *LABELS[1:]]
    size = np.arange(COUNT) % 2
    widget = scatter(proj, labels=some, columns={"size": size}, isolated=["bee", "missing"])
    assert widget.isolated == ["bee", "missing"]
    with pytest.raises(traitlets.TraitError, match="'label' has no category 'be'; it has 'ant'"):
        widget.isolated = ["be"]
    assert widget.isolated == ["bee", "missing"]
    widget.color = "size"  # which has no bees
    assert widget.isolated == ["missing"]


def test_the_table_has_places_columns_and_the_selection(proj):
    pytest.importorskip("pandas")
    widget = scatter(proj, labels=LABELS, columns={"age": np.arange(COUNT) / 2})
    widget.selection = [1, 3]
    table = widget.to_pandas()
    assert list(table.columns) == ["index", "x", "y", "label", "age", "selected"]
    assert table["label"].tolist() == LABELS
    assert np.flatnonzero(table["selected"]).tolist() == [1, 3]


def test_class_colours_are_those_of_the_page(root):
    text = (root / "js" / "lib" / "point_colours.ts").read_text("utf-8")
    assert all(colour in text for colour in CLASS_COLOURS)
    assert len(set(CLASS_COLOURS)) == 10
