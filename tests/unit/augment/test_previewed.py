"""Our pipelines as nodes: what a page edits becomes a pipeline again, with the draws it had."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from convscope import augment, demo
from convscope.augment.operation import REGISTRY
from convscope.augment.previewable import Inputs, alone, children, find, leaves
from convscope.augment.previewed import PipelinePreview
from convscope.images import resize


def darker(image):
    return image / 2


@pytest.fixture
def pipe():
    return augment.Pipeline(
        [
            augment.Rotate(degrees=(-20, 20), p=0.7),
            augment.OneOf([augment.ElasticGrid(), augment.Shear()], weights=(3, 1), p=0.9),
            augment.SomeOf([augment.Flip(), augment.Invert(), augment.Brightness()], count=(1, 2)),
            augment.Choice({"cat": [augment.Flip()], 3: [augment.Zoom()]}, default=[]),
            augment.Rotate(degrees=5),
            augment.Custom(function=darker, p=0.5),
        ],
        seed=11,
        interpolation="nearest",
    )


@pytest.fixture
def images():
    values = np.random.default_rng(0).integers(0, 255, (5, 3, 20, 30), dtype=np.uint8)
    return Inputs(torch.from_numpy(values), labels=["cat", 3, "dog", "cat", 3])


def test_nodes_are_json_and_give_the_same_pipeline_back(pipe):
    preview = PipelinePreview(pipe)
    nodes = json.loads(json.dumps(preview.describe()))
    assert preview.with_state(nodes).pipeline == pipe
    assert preview.with_state(nodes).describe() == preview.describe()
    assert preview.with_state(nodes, seed=4).pipeline == pipe.replace(seed=4)


def test_every_operation_there_is_has_an_entry_and_usual_values():
    preview = PipelinePreview(augment.Pipeline([], seed=0))
    for name, entry in preview.catalogue().items():
        assert entry.title, name
        assert entry.help, name
        assert entry.group, name
        if entry.addable and not entry.nests:
            made = preview.with_state([{"name": name}]).pipeline.operations
            assert [type(each).__name__ for each in made] == [name]
    assert not preview.catalogue()["Custom"].addable
    assert preview.catalogue()["SomeOf"].nests


def test_what_is_switched_off_is_kept_as_a_node_and_left_out_of_the_pipeline(pipe):
    preview = PipelinePreview(pipe)
    nodes = preview.describe()
    nodes[0] = {**nodes[0], "on": False}
    nodes[1]["operations"][0] = {**nodes[1]["operations"][0], "on": False}
    off = preview.with_state(nodes)
    assert isinstance(off.pipeline.operations[0], augment.OneOf)
    assert off.pipeline.operations[0].operations == (augment.Shear(),)
    assert off.pipeline.operations[0].weights == (1,)
    assert off.describe()[0]["on"] is False
    assert [walk.path for walk in leaves(off.describe())][:2] == [(1, 1), (2, 0)]


def test_a_combinator_without_children_is_left_out_and_a_count_is_cut_to_them(pipe):
    preview = PipelinePreview(pipe)
    nodes = preview.describe()
    for child in nodes[2]["operations"][1:]:
        child["on"] = False
    one = preview.with_state(nodes).pipeline.operations[2]
    assert one.count == (1, 1)
    nodes[2]["operations"] = []
    kinds = [type(each).__name__ for each in preview.with_state(nodes).pipeline.operations]
    assert kinds == ["Rotate", "OneOf", "Choice", "Rotate", "Custom"]


def test_a_function_stays_the_users_own(pipe):
    preview = PipelinePreview(pipe)
    node = preview.describe()[-1]
    assert node["title"] == "darker"
    kept = preview.with_state([{**node, "params": {"p": 0.25}}]).pipeline.operations[0]
    assert kept.function is darker
    assert kept.p == 0.25
    with pytest.raises(ValueError, match="nothing is kept as 'other'"):
        preview.with_state([{**node, "ref": "other"}])


def test_samples_are_those_of_the_pipeline_itself(pipe, images):
    found = PipelinePreview(pipe).run(images, range(5))
    wanted = pipe(images.images, labels=images.labels, first=0)
    torch.testing.assert_close(found.images, wanted.images)
    assert found.record == wanted.record


def test_unchanged_operations_keep_their_draws_while_one_changes(pipe, images):
    preview = PipelinePreview(pipe)
    nodes = preview.describe()
    nodes[0]["params"]["degrees"] = [-40, 40]
    before, after = preview.run(images, range(5)), preview.with_state(nodes).run(images, range(5))
    for old, new in zip(before.record.columns[1:], after.record.columns[1:], strict=True):
        np.testing.assert_equal(dict(old.values), dict(new.values))
        np.testing.assert_equal(old.applied, new.applied)
    np.testing.assert_allclose(
        after.record.columns[0].values["degrees"], 2 * before.record.columns[0].values["degrees"]
    )


def test_an_operation_alone_draws_what_it_draws_within_the_whole(pipe, images):
    preview = PipelinePreview(pipe)
    whole = preview.run(images, range(5)).record
    place = [walk.path for walk in leaves(preview.describe())].index((4,))
    second = preview.only([4]).run(images, range(5))
    np.testing.assert_equal(
        second.record.columns[place].values["degrees"], whole.columns[place].values["degrees"]
    )
    for i, column in enumerate(second.record.columns):
        assert column.applied.tolist() == [i == place] * 5
    turned = augment.Pipeline([augment.Rotate(degrees=5)], seed=11, interpolation="nearest")
    drawn = turned.draw(5)
    values = {"degrees": whole.columns[place].values["degrees"]}
    column = drawn.columns[0].__class__("Rotate", "Rotate", np.ones(5, bool), values)
    record = drawn.__class__(11, drawn.samples, (column,))
    torch.testing.assert_close(second.images, turned.replay(record, images.images).images)


def test_a_combinator_alone_is_certain(pipe, images):
    only = PipelinePreview(pipe).only([1])
    assert [type(each).__name__ for each in only.pipeline.operations] == ["OneOf"]
    applied = np.stack([c.applied for c in only.run(images, range(5)).record.columns])
    assert (applied.sum(0) == 1).all()


def test_draws_touch_no_image_and_take_labels_in_turn(pipe):
    record = PipelinePreview(pipe).draws(600, ["cat", 3])
    assert len(record) == 600
    flip = next(c for c in record.columns if c.key == "Flip 2")
    assert flip.applied.tolist() == [True, False] * 300


def test_the_code_is_the_pipelines(pipe):
    preview = PipelinePreview(pipe.replace(operations=pipe.operations[:-1]))
    assert preview.to_code("yaml") == preview.pipeline.to_yaml()


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([{"name": "Rotat"}], "did you mean 'Rotate'"),
        ([{"name": "Rotate", "params": {"angle": 3}}], "Rotate: has no parameter 'angle'"),
        ([{"name": "Rotate", "params": {"degrees": [20, -20]}}], "from low to high"),
        ([{"name": "Rotate", "params": {"p": 1.5}}], "p must be between 0 and 1"),
        (["Rotate"], "each is a dict"),
        ([{"name": "OneOf", "operations": [{"name": "Flip", "params": {"p": "x"}}]}], "Flip: p"),
    ],
)
def test_what_is_not_allowed_is_one_sentence(nodes, sentence):
    preview = PipelinePreview(augment.Pipeline([], seed=0))
    with pytest.raises(ValueError, match=sentence):
        preview.with_state(nodes)


def test_a_path_leads_to_children_of_classes_too(pipe):
    nodes = PipelinePreview(pipe).describe()
    assert find(nodes, [3, 1])["name"] == "Zoom"
    assert [child["name"] for child in children(nodes[3])] == ["Flip", "Zoom"]
    assert alone(nodes, [0])[0]["params"]["p"] == 1
    with pytest.raises(ValueError, match=r"no operation at \[2, 7\]"):
        find(nodes, [2, 7])


SCALABLE = sorted(
    name
    for name in REGISTRY
    if REGISTRY[name].__module__.startswith("convscope.")
    and PipelinePreview(augment.Pipeline([REGISTRY[name]()], seed=0)).scalable
)


def test_what_depends_on_single_pixels_or_fixed_lengths_is_not_done_to_reduced_images():
    for name in ("GaussianNoise", "JpegCompression", "CropSize", "Resize", "MixUp", "Cutout"):
        assert name not in SCALABLE
    for name in ("Rotate", "ElasticGrid", "ColorJitter", "Zoom", "Perspective"):
        assert name in SCALABLE


@pytest.mark.parametrize("name", SCALABLE)
def test_reduced_images_get_what_the_images_get(name):
    whole = resize(demo.photograph("coffee"), (256, 384)).contiguous()
    small = resize(whole, (160, 240))
    preview = PipelinePreview(augment.Pipeline([REGISTRY[name]()], seed=3))
    images = whole.expand(6, -1, -1, -1)
    reduced = Inputs(small.expand(6, -1, -1, -1), scale=240 / 384)
    found, wanted = preview.run(reduced, range(6)), preview.run(Inputs(images), range(6))
    assert found.record == wanted.record
    for one, other in zip(found.images, wanted.images, strict=True):
        size = (80, 120)
        a, b = (resize(each, size).float() for each in (one, other))
        # Their mean over small windows: single pixels hang on where whole ones were rounded to.
        a, b = (functional.avg_pool2d(each, 8) for each in (a, b))
        assert (a - b).abs().mean() < 4
