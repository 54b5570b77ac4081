"""AugmentPreview without a page: its traits, and its answers to what the page asks."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
import traitlets
from fake import Recorder, call
from matplotlib.text import Text
from PIL import Image
from torch import nn

from convscope import AugmentPreview, Preprocess, Scope, augment, demo
from convscope.widgets._preview_sheet import MARKS


@pytest.fixture
def images():
    ramp = np.linspace(0, 255, 70 * 90).reshape(70, 90)
    return [np.stack([ramp, ramp[::-1], ramp[:, ::-1]], -1).astype(np.uint8) for _ in range(3)]


@pytest.fixture
def pipe():
    return augment.Pipeline(
        [
            augment.Flip(p=0.5),
            augment.OneOf([augment.Rotate(degrees=(-30, 30)), augment.Invert()]),
        ],
        seed=3,
    )


@pytest.fixture
def preview(pipe, images):
    return AugmentPreview(pipe, images, samples=6)


def asked(preview, **changes):
    names = ("operations", "seed", "samples", "mode", "image", "alone")
    return {**{name: getattr(preview, name) for name in names}, **changes}


def tiles(answer):
    """Return the tiles of a sheet as arrays (h, w, 3)."""
    picture = Image.open(io.BytesIO(answer["pixels"].data)).convert("RGB")
    pixels = np.asarray(picture)
    height, width = answer["cell"]
    found = []
    for i, (h, w) in enumerate(answer["tiles"]):
        top, left = i // answer["columns"] * height, i % answer["columns"] * width
        found.append(pixels[top : top + h, left : left + w])
    return found


def test_the_pipeline_is_there_as_plain_nodes(preview, pipe):
    assert [node["name"] for node in preview.operations] == ["Flip", "OneOf"]
    assert preview.operations[1]["operations"][0]["params"]["degrees"] == [-30, 30]
    assert preview.pipeline == pipe
    assert preview.seed == 3
    assert json.loads(json.dumps(preview.operations)) == preview.operations


def test_the_sheet_shows_the_samples_that_the_pipeline_makes(preview, pipe, images):
    batch = torch.from_numpy(np.stack([images[0]] * 6)).permute(0, 3, 1, 2)
    wanted = pipe(batch, first=0).images.permute(0, 2, 3, 1).numpy()
    answer = preview.sheet(**asked(preview))
    for tile, sample in zip(tiles(answer), wanted, strict=True):
        assert tile.shape == sample.shape
        assert np.abs(tile.astype(int) - sample).mean() < 3  # JPEG
    assert answer["sizes"] == [[70, 90]] * 6


def test_small_pictures_are_exact(pipe):
    tiny = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    preview = AugmentPreview(augment.Pipeline([], seed=0), [tiny], samples=2)
    for tile in tiles(preview.sheet(**asked(preview))):
        np.testing.assert_array_equal(tile, tiny)


def test_grey_pictures_and_those_of_seven_bands_are_shown(pipe):
    for channels in (1, 7):
        picture = torch.rand(channels, 80, 90)
        preview = AugmentPreview(augment.Pipeline([augment.Rotate()], seed=0), [picture])
        assert len(tiles(preview.sheet(**asked(preview)))) == 12


def test_what_was_drawn_comes_with_the_samples(preview):
    answer = preview.sheet(**asked(preview))
    assert [each["path"] for each in answer["drawn"]] == [[0], [1, 0], [1, 1]]
    record = preview.record
    turned = answer["drawn"][1]
    assert turned["name"] == "Rotate"
    assert turned["applied"] == record.columns[1].applied.tolist()
    np.testing.assert_allclose(
        turned["values"]["degrees"], record.columns[1].values["degrees"], rtol=1e-3
    )


def test_one_sample_of_each_of_many_images_draws_by_the_number_of_the_image(preview):
    answer = preview.sheet(**asked(preview, mode="images", image=1))
    assert answer["names"] == ["image 1", "image 2", "image 0"]
    many = preview.sheet(**asked(preview))
    by_number = {name: i for i, name in enumerate(["image 0", "image 1", "image 2"])}
    for i, name in enumerate(answer["names"]):
        column, other = answer["drawn"][1], many["drawn"][1]
        assert column["values"]["degrees"][i] == other["values"]["degrees"][by_number[name]]
    originals = preview.originals(samples=6, mode="images", image=1)
    assert originals["names"] == answer["names"]
    assert len(preview.originals(samples=6, mode="samples", image=1)["tiles"]) == 1


def test_the_effect_of_one_operation_alone(preview):
    answer = preview.sheet(**asked(preview, alone=[1, 1]))
    applied = {tuple(each["path"]): set(each["applied"]) for each in answer["drawn"]}
    assert applied == {(0,): {False}, (1, 0): {False}, (1, 1): {True}}
    whole = preview.sheet(**asked(preview, alone=[1]))
    assert [each["path"] for each in whole["drawn"]] == [[1, 0], [1, 1]]
    preview.alone = [1, 0]
    with pytest.raises(traitlets.TraitError, match=r"no operation at \[5\]"):
        preview.alone = [5]
    assert preview.alone == [1, 0]


def test_masks_boxes_and_points_lie_on_their_samples(images):
    mask = np.zeros((70, 90), np.int64)
    mask[10:30, 20:60] = 1
    mask[40:60, 20:60] = 3
    preview = AugmentPreview(
        augment.Pipeline([augment.Flip()], seed=0),
        images[:1],
        masks=[mask],
        boxes=[[[20, 10, 40, 20, 5]]],
        keypoints=[[[20, 10]]],
        box_format="xywh",
        samples=2,
    )
    answer = preview.sheet(**asked(preview))
    assert answer["boxes"][0] == [[30, 10, 70, 30, 5]]  # mirrored, as corners, with its class
    assert answer["points"][0] == [[69, 10, 1]]
    shown = np.asarray(Image.open(io.BytesIO(answer["masks"].data)).convert("RGBA"))
    assert shown[20, 50].tolist() == [*bytes.fromhex(MARKS[1][1:]), 255]  # as of a box of class 1
    assert shown[50, 50].tolist() == [*bytes.fromhex(MARKS[3][1:]), 255]
    assert shown[20, 80, 3] == 0
    assert preview._extras == ["masks", "boxes", "keypoints"]


def test_planes_of_masks_have_a_colour_each_and_the_last_covers(images):
    planes = np.zeros((2, 70, 90), bool)
    planes[0, 10:40] = planes[1, 30:60] = True
    preview = AugmentPreview(augment.Pipeline([], seed=0), images[:1], masks=[planes], samples=1)
    shown = np.asarray(
        Image.open(io.BytesIO(preview.sheet(**asked(preview))["masks"].data)).convert("RGB")
    )
    colours = [tuple(shown[row, 5]) for row in (20, 35, 50)]
    assert colours == [tuple(bytes.fromhex(MARKS[k][1:])) for k in (0, 1, 1)]


def test_large_images_are_reduced_and_what_lies_on_them_too():
    large = np.zeros((400, 600, 3), np.uint8)
    preview = AugmentPreview(
        augment.Pipeline([], seed=0),
        [large],
        masks=[np.ones((400, 600), np.uint8)],
        boxes=[[[60, 40, 120, 80]]],
        keypoints=[[[59.5, 39.5]]],
        resolution=300,
        samples=1,
    )
    answer = preview.sheet(**asked(preview))
    assert answer["sizes"] == [[200, 300]]
    assert answer["boxes"] == [[[30, 20, 60, 40, 0]]]
    assert answer["points"] == [[[29.5, 19.5, 1]]]
    assert preview.originals(samples=1, mode="samples", image=0)["own"] == [[400, 600]]
    whole = AugmentPreview(augment.Pipeline([], seed=0), [large], resolution=None, samples=1)
    assert whole.sheet(**asked(whole))["sizes"] == [[400, 600]]


def test_tiles_are_sent_as_large_as_they_are_shown(preview):
    answer = preview.sheet(**asked(preview), side=45)
    assert answer["tiles"] == [[35, 45]] * 6
    assert answer["sizes"] == [[70, 90]] * 6


def test_while_a_slider_moves_samples_are_made_as_large_as_they_are_shown(images):
    large = np.kron(images[0], np.ones((4, 4, 1), np.uint8))
    boxes = [[[40, 20, 200, 120]]]
    pipe = augment.Pipeline([augment.Flip(), augment.ElasticGrid(magnitude=20)], seed=1)
    preview = AugmentPreview(pipe, [large], boxes=boxes, samples=3)
    moving = preview.sheet(**asked(preview), side=96, moving=True)
    still = preview.sheet(**asked(preview), side=96)
    assert moving["sizes"] == moving["tiles"] == [[75, 96]] * 3
    assert still["sizes"] == [[280, 360]] * 3
    assert moving["drawn"] == still["drawn"]
    np.testing.assert_allclose(
        np.array(moving["boxes"][0][0][:4]) * 3.75, still["boxes"][0][0][:4], atol=6
    )
    noisy = augment.Pipeline([augment.GaussianNoise()], seed=1)
    preview = AugmentPreview(noisy, [large], samples=3)
    assert preview.sheet(**asked(preview), side=96, moving=True)["sizes"] == [[280, 360]] * 3


def test_while_a_slider_moves_the_other_cores_are_the_browsers(images):
    seen = []

    def look(image):
        seen.append(torch.get_num_threads())
        return image

    preview = AugmentPreview(augment.Pipeline([augment.Custom(function=look)]), images, samples=2)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        preview.sheet(**asked(preview), moving=True)
        assert set(seen) == {1}
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_samples_of_different_sizes_stand_in_one_sheet(images):
    pipe = augment.Pipeline([augment.Rotate90(turns="any")], seed=1)
    answer = AugmentPreview(pipe, images).sheet(**asked(AugmentPreview(pipe, images)))
    assert {tuple(size) for size in answer["sizes"]} == {(70, 90), (90, 70)}
    assert answer["cell"] == [90, 90]


def test_distributions_are_those_of_many_draws(preview):
    [turned] = preview.distributions(preview.operations, 3, 0)["items"]
    assert turned["path"] == [1, 0]
    assert turned["param"] == "degrees"
    counts = np.array(turned["counts"])
    assert turned["range"] == [-30, 30]
    assert counts.sum() == 1000
    assert np.abs(counts - counts.mean()).max() < 5 * np.sqrt(counts.mean())
    fixed = [{"name": "Rotate", "params": {"degrees": [7, 7]}}]
    [still] = preview.distributions(fixed, 3, 0)["items"]
    assert (still["counts"], still["range"]) == ([1000], [7, 7])


def test_another_state_is_shown_without_changing_the_widgets_own(preview, pipe):
    changed = [{**preview.operations[0], "on": False}, *preview.operations[1:]]
    answer = preview.sheet(**asked(preview, operations=changed))
    assert [each["path"] for each in answer["drawn"]] == [[1, 0], [1, 1]]
    assert preview.pipeline == pipe


def test_operations_can_be_set_and_are_written_out_in_full(preview):
    preview.operations = [{"name": "Rotate", "params": {"degrees": 15}}]
    assert preview.operations[0]["params"]["degrees"] == [-15, 15]
    assert preview.operations[0]["on"] is True
    assert preview.pipeline.operations == (augment.Rotate(degrees=15),)
    with pytest.raises(traitlets.TraitError, match="did you mean 'Rotate'"):
        preview.operations = [{"name": "Rotat"}]
    assert preview.operations[0]["name"] == "Rotate"


def test_another_pipeline_can_be_set(preview):
    other = augment.Pipeline([augment.Brightness()], seed=9)
    preview.alone = [1]
    preview.pipeline = other
    assert preview.pipeline == other
    assert (preview.seed, preview.alone) == (9, None)


def test_traits_can_be_linked_and_observed(preview, pipe, images):
    other = AugmentPreview(pipe, images)
    link = traitlets.link((preview, "seed"), (other, "seed"))
    seen = []
    preview.observe(lambda change: seen.append(change["new"]), names="operations")
    preview.set_state({"operations": preview.operations[:1], "seed": 77})
    assert other.seed == 77
    assert [[node["name"] for node in each] for each in seen] == [["Flip"]]
    link.unlink()


def test_what_the_page_sends_does_not_come_back_to_it(preview):
    sent = []
    preview.send_state = lambda key=None: sent.append(key)
    changed = json.loads(json.dumps(preview.operations))
    changed[1]["operations"][0]["params"]["degrees"] = [-31, 30]
    preview.set_state({"operations": changed})
    assert sent == []
    assert preview.operations == changed


def test_limits_are_said(preview):
    with pytest.raises(traitlets.TraitError, match="no image 3"):
        preview.image = 3
    for name, value in (("samples", 0), ("samples", 65), ("wipe", 1.5), ("seed", -1)):
        with pytest.raises(traitlets.TraitError):
            setattr(preview, name, value)
    preview.held = 5
    preview.samples = 3
    assert preview.held is None


def test_a_state_that_cannot_be_carried_out_is_a_sentence_for_the_page(preview):
    recorder = Recorder(preview)
    params = {"degrees": 30, "fit": "keep", "fill": [0.1, 0.2]}
    call(preview, "a", "sheet", **asked(preview, operations=[{"name": "Rotate", "params": params}]))
    outcome = recorder.outcome("a")
    assert outcome["kind"] == "error"
    assert outcome["value"]["message"].startswith("fill: gives 2 values for images of 3 channels")
    call(preview, "b", "sheet", **asked(preview))
    assert recorder.outcome("b")["kind"] == "result"


def test_masks_and_labels_that_do_not_match_are_refused(pipe, images):
    with pytest.raises(ValueError, match="masks: give one for each of 3 images; got 2"):
        AugmentPreview(pipe, images, masks=[np.zeros((70, 90))] * 2)
    with pytest.raises(ValueError, match="labels: give one for each of 3 images; got 1"):
        AugmentPreview(pipe, images, labels=["cat"])
    wrong = AugmentPreview(pipe, images, masks=[np.zeros((70, 90)), np.zeros((9, 9)), None])
    with pytest.raises(ValueError, match="mask 1 is 9 × 9"):
        wrong.sheet(**asked(wrong, image=1))


def test_a_thing_that_is_no_pipeline_is_refused(images):
    with pytest.raises(ValueError, match="list is no pipeline"):
        AugmentPreview([augment.Flip()], images)


def test_classes_choose_their_operations(images):
    pipe = augment.Pipeline([augment.Choice({"cat": [augment.Flip()]})], seed=0)
    preview = AugmentPreview(pipe, images, labels=["cat", "dog", "cat"], samples=4)
    for image, applied in ((0, True), (1, False)):
        answer = preview.sheet(**asked(preview, image=image))
        assert answer["drawn"][0]["applied"] == [applied] * 4


@pytest.fixture
def scope():
    torch.manual_seed(0)
    model = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 4)).eval()
    return Scope(model, preprocess=Preprocess(size=(40, 50)), classes=["ant", "bee", "cow", "dog"])


def test_a_network_names_a_class_for_each_sample_and_its_original(pipe, images, scope):
    preview = AugmentPreview(pipe, images, samples=6, scope=scope)
    recorder = Recorder(preview)
    call(preview, "a", "think", **asked(preview))
    found = recorder.outcome("a")["value"]
    shown = preview._preview.show(preview._asked()).outcome.images
    wanted = [p[0].name for p in scope.predict(list(shown), top=1)]
    assert [each["name"] for each in found["samples"]] == wanted
    [original] = scope.predict([images[0]], top=1)
    assert [each["name"] for each in found["originals"]] == [original[0].name] * 6


def test_thinking_stops_when_something_newer_is_asked(pipe, images, scope):
    preview = AugmentPreview(pipe, images, samples=12, scope=scope)

    class Impatient:
        looks = 0

        def check(self):
            self.looks += 1
            raise InterruptedError

    job = Impatient()
    with pytest.raises(InterruptedError):
        preview.think(job, **asked(preview))
    assert job.looks == 1


def test_without_a_network_thinking_is_refused(preview):
    with pytest.raises(ValueError, match="pass AugmentPreview"):
        preview.think(None, **asked(preview))


def test_the_code_is_that_of_the_state(preview):
    changed = [{"name": "Flip", "params": {"p": 0.25}}]
    text = preview.code(changed, 5, "yaml")["text"]
    assert augment.Pipeline.from_yaml(text) == augment.Pipeline([augment.Flip(p=0.25)], seed=5)


@pytest.mark.parametrize("mode", ["samples", "images"])
def test_the_still_picture_shows_every_sample(preview, mode):
    preview.mode = mode
    figure = preview.figure()
    pictures = sum(len(axes.images) for axes in figure.axes)
    assert pictures == (1 + 6 if mode == "samples" else 1 + 2 * 3)
    assert preview.png().startswith(b"\x89PNG")


def test_a_saved_notebook_keeps_a_small_picture(preview):
    data, _ = preview._repr_mimebundle_()
    assert len(data["image/png"]) < 140_000


def test_the_still_picture_says_what_the_network_takes_each_sample_for() -> None:
    pipe = augment.Pipeline([augment.Rotate(degrees=30)], seed=0)
    preview = AugmentPreview(pipe, demo.images(), scope=demo.scope(), samples=2)
    words = [text.get_text() for text in preview.figure().findobj(Text)]
    guessed = [each for each in words if each.endswith(" %")]
    assert len(guessed) == 3
    assert all(any(name in each for name in demo.scope().classes) for each in guessed)
