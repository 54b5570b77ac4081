"""What people pass by mistake, and models that are not quite what they carry."""

from __future__ import annotations

import dataclasses
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from convscope import Preprocess, Scope
from convscope.carried import carried_preprocess
from convscope.images import ImageError, as_source


def small(channels: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(channels, 6, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 5),
    )


IMAGES = torch.rand(4, 3, 20, 30, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def scope():
    return Scope(small(), Preprocess(size=(20, 30)))


class Fixed(nn.Module):
    """A network that takes 32 × 32 and carries, as timm's do, what another was trained with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = small(channels)
        self.pretrained_cfg = {
            "input_size": (3, 64, 64),
            "crop_pct": 0.8,
            "mean": (0.2, 0.4, 0.6),
            "std": (0.1, 0.2, 0.3),
        }

    def forward(self, x):
        if x.shape[2:] != (32, 32):
            raise ValueError("32 only")
        return self.body(x)


def test_a_carried_size_that_the_model_refuses_is_replaced_by_one_that_it_takes():
    found = Scope(Fixed(3)).preprocess
    assert (found.size, found.resize, found.mean) == ((32, 32), 40, (0.2, 0.4, 0.6))


def test_carried_channels_give_way_to_those_of_the_first_convolution():
    scope = Scope(Fixed(1))
    assert len(scope.predict(IMAGES)) == 4
    assert (scope.preprocess.channels, scope.preprocess.mean) == (1, (pytest.approx(0.4),))


def test_weights_given_as_preprocessing_give_the_class_names():
    preset = SimpleNamespace(crop_size=[20], resize_size=[24], mean=[0.5] * 3, std=[0.5] * 3)
    weights = SimpleNamespace(transforms=lambda: preset, meta={"categories": list("abcde")})
    assert Scope(small(), weights).classes == list("abcde")


def test_a_dict_of_classes_is_read_by_index():
    assert Scope(small(), classes={1: "b", 0: "a"}).classes == ["a", "b"]
    with pytest.raises(ValueError, match="classes: the keys of a dict"):
        Scope(small(), classes={"a": 0})


def test_a_list_of_classes_of_another_length_is_told():
    with pytest.warns(UserWarning, match="classes: 2 names for the 5 outputs"):
        Scope(small(), Preprocess(size=20), classes=["a", "b"]).predict(IMAGES)


@pytest.mark.parametrize(
    "size",
    [
        {"shortest_edge": 224},
        SimpleNamespace(height=None, width=None, shortest_edge=224),  # as transformers 5 has it
    ],
)
def test_a_processor_that_crops_by_a_part_does_not_stretch(size):
    processor = SimpleNamespace(
        size=size, crop_pct=0.875, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    found = carried_preprocess(processor)
    assert (found.size, found.resize, found.fit) == ((224, 224), 256, "crop")


def test_a_processor_that_maps_to_minus_one_to_one_is_followed():
    processor = SimpleNamespace(
        size={"height": 20, "width": 30},
        do_normalize=False,
        image_mean=None,
        rescale_factor=1 / 127.5,
        rescale_offset=True,
    )
    found = carried_preprocess(processor)
    ends = found(torch.tensor([0.0, 1.0]).view(1, 1, 2).expand(3, 20, 2).repeat(1, 1, 15))
    assert (float(ends.min()), float(ends.max())) == pytest.approx((-1, 1))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s.activations(IMAGES, 3), "layers: must be a name or a list of names, got 3"),
        (lambda s: s.activations(IMAGES, None), "layers: .* got None"),
        (lambda s: s.activations(IMAGES, s.model[0]), "got a Conv2d module, which is called '0'"),
        (lambda s: s.activations("0", IMAGES), "layers: each must be a name, got a Tensor"),
        (lambda s: s.activations(IMAGES, "0", batch_size=1.5), "batch_size: .* got 1.5"),
        (lambda s: s.activations(IMAGES, "0", batch_size="8"), "batch_size: .* got '8'"),
        (lambda s: s.predict(IMAGES, top=None), "top: must be a whole number, got None"),
        (lambda s: s.gradients(IMAGES, 1.5, "0"), "targets: .* got 1.5"),
        (lambda s: s.gradients(IMAGES, [1.0] * 4, "0"), "targets: a class is .* got 1.0"),
        (lambda s: s.gradients(IMAGES, [1] * 9, "0"), "targets: 9 for 4 images"),
        (lambda s: s.gradients(IMAGES, lambda out: out, "0"), r"one number per image.* \(4, 5\)"),
        (lambda s: s.gradients(IMAGES, lambda out: None, "0"), "one number per image.* got None"),
        (lambda s: s.weight_gradients(IMAGES, 3), "labels: .* got 3"),
        (lambda s: s.weight_gradients(IMAGES, torch.eye(5)[:4]), "labels: a class is an index"),
        (lambda s: s.weight_gradients(IMAGES, [1] * 9), "labels: 9 for 4 images"),
        (
            lambda s: s.weight_gradients(
                IMAGES, [0, 1, 2, 3], loss=nn.CrossEntropyLoss(reduction="none")
            ),
            "loss: the function must give one number",
        ),
        (lambda s: Scope(small(), classes=5), "classes: must be a list of names, got 5"),
        (lambda s: Scope(small(), classes=[]), "classes: the list is empty"),
        (lambda s: Scope(small(), device="gpu"), "device: 'gpu' is none that torch knows"),
        (lambda s: Scope(torch.jit.trace(small(), IMAGES)), "model: is a TorchScript module"),
        (lambda s: Preprocess(size=224.0), "size: must be one or two numbers"),
        (lambda s: Preprocess(mean=(123.7, 116.3, 103.5)), "mean: 123.7 is above 1"),
        (lambda s: Preprocess(interpolation="lanczos"), "interpolation: must be one of"),
        (lambda s: Scope(small(), Preprocess(size=8, mean=(0.1, 0.2))), "mean: has 2 numbers"),
        (lambda s: Scope(small(), lambda x: x.nope).layers, "preprocess: <lambda> raised Attr"),
        (lambda s: Scope(small(), lambda x: x[None]).layers, r"must give a tensor \(C, H, W\)"),
        (lambda s: Scope(small(), "none").activations(IMAGES[0], "0"), r"pass images\[None\]"),
        (lambda s: Scope(small(), "none").activations("a.jpg", "0"), "images: .* got str"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_wrong_argument_gets_one_sentence_that_names_it(scope, call, words):
    with pytest.raises((TypeError, ValueError), match=words) as error:
        call(scope)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("target", [np.int64(2), torch.tensor(2), np.array([2] * 4), [2] * 4])
def test_a_class_may_be_a_number_of_numpy_or_torch(scope, target):
    expected = scope.gradients(IMAGES, 2, "0")["0"]
    torch.testing.assert_close(scope.gradients(IMAGES, target, "0")["0"], expected)


class Column:
    """A column of a table, as pandas has them: positions are not its keys."""

    def __init__(self, values):
        self.values = values

    ndim = 1

    def tolist(self):
        return list(self.values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=object)

    def __getitem__(self, key):
        raise KeyError(key)


def test_columns_of_tables_are_paths_and_labels(scope, tmp_path):
    from PIL import Image

    paths = [str(tmp_path / f"{i}.png") for i in range(3)]
    for path in paths:
        Image.new("RGB", (30, 20)).save(path)
    assert list(as_source(Column(paths)).names) == ["0", "1", "2"]
    assert len(scope.weight_gradients(paths, Column([1, 2, 3]))) == 4


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (DataLoader(TensorDataset(IMAGES)), "a DataLoader gives batches.*loader.dataset"),
        ([IMAGES, torch.arange(4)], "a batch with its labels"),
        ([(IMAGES, torch.arange(4))], "a batch with its labels"),
        ({"a.jpg", "b.jpg"}, "a set has no order"),
        (b"\xff\xd8", "of type bytes isn't an image; pass its path"),
        ("", "the path is empty"),
    ],
)
def test_what_is_often_mistaken_for_images_is_refused(images, words):
    with pytest.raises(ValueError, match=words):
        as_source(images)


def test_a_normalised_batch_goes_in_as_it_is_with_preprocess_none():
    scope = Scope(small(), "none")
    batch = IMAGES * 8 - 4
    with pytest.raises(ImageError, match="before normalisation"):
        as_source(batch)[0]
    expected = scope.model[0](batch).detach()
    torch.testing.assert_close(scope.activations(batch, "0")["0"], expected)
    torch.testing.assert_close(scope.activations(list(batch), "0")["0"], expected)
    source = scope.source(batch)
    torch.testing.assert_close(source[1], batch[1])
    small_one = source.thumbnail(1, 10)
    assert (float(small_one.min()) >= 0, float(small_one.max()) <= 1) == (True, True)


def test_a_whole_pool_of_channels_last_maps_sees_everything():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1))
    model = model.to(memory_format=torch.channels_last)
    example = torch.rand(1, 3, 20, 30).to(memory_format=torch.channels_last)
    field = Scope(model, example=example).layers["1"].receptive
    assert field is not None
    assert field.whole


class Halved(nn.Module):
    """Tokens of a 7 × 7 grid, then every second one, as LeViT has them."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.first = nn.Linear(8, 8)
        self.second = nn.Linear(8, 8)

    def forward(self, x):
        tokens = self.first(self.patches(x).flatten(2).transpose(1, 2))
        maps = tokens.view(len(x), 7, 7, 8)[:, ::2, ::2]
        return self.second(maps.flatten(1, 2))


def test_tokens_of_an_odd_grid_that_was_halved_are_read_as_maps():
    layer = Scope(Halved(), Preprocess(size=28)).layers["second"]
    assert (layer.shape, layer.grid) == ((8, 4, 4), "4 × 4 tokens")


def test_nothing_is_warned_about_when_all_is_well(scope):
    named = Scope(scope.model, Preprocess(size=(20, 30)), classes=list("abcde"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named.predict(IMAGES)
    assert dataclasses.is_dataclass(named.preprocess)
