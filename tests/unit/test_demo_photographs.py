"""The demo's photographs and their crops: offline, named, the same every time."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from skimage import data

import convscope as cs
from convscope.demo.photographs import Crops
from convscope.images import ImageSource, as_source


def test_there_are_photographs_to_look_at_first_and_textures_later() -> None:
    names = list(cs.demo.images().names)
    assert names[:3] == ["cat", "coffee", "flower"]
    assert {"astronaut", "rocket", "motorcycle", "China's palace", "moon", "retina"} <= set(names)
    assert names.index("astronaut") < names.index("grass")
    assert "horse" not in names


def test_a_photograph_is_the_file_that_scikit_image_shows() -> None:
    ours = cs.demo.photograph("cat")
    assert ours.dtype == torch.uint8
    assert torch.equal(ours, torch.from_numpy(data.chelsea()).permute(2, 0, 1))


def test_images_and_photograph_give_the_same_picture() -> None:
    images = cs.demo.images()
    for name in ("flower", "coins"):
        assert torch.equal(images[list(images.names).index(name)], cs.demo.photograph(name))


def test_every_photograph_is_read_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for image in cs.demo.images():
        assert image.shape[0] in {1, 3}
        assert min(image.shape[1:]) > 150


def test_an_unknown_photograph_is_answered_with_the_closest() -> None:
    with pytest.raises(ValueError, match=r"no photograph 'Rockett'; did you mean 'rocket'\?"):
        cs.demo.photograph("Rockett")
    with pytest.raises(ValueError, match="choose from 'cat', 'coffee'"):
        cs.demo.photograph("xyz")


def test_a_missing_package_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"scikit-image.*pip install convscope\[demo\]"):
        cs.demo.images()


def test_a_photograph_that_is_no_longer_carried_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: empty)
    with pytest.raises(FileNotFoundError, match=r"chelsea\.png, the demo's photograph 'cat'"):
        cs.demo.images()


def test_crops_are_squares_in_colour_with_the_name_of_their_photograph() -> None:
    crops = cs.demo.crops(30, size=72)
    photographs = set(cs.demo.images().names)
    assert len(crops) == 30
    assert all(crop.shape == (3, 72, 72) and crop.dtype == torch.uint8 for crop in crops)
    assert set(crops.labels) <= photographs
    assert list(crops.names) == [f"{label} {index}" for index, label in enumerate(crops.labels)]


def test_a_crop_depends_on_its_index_and_the_seed_alone() -> None:
    few, many = cs.demo.crops(5, size=40), cs.demo.crops(12, size=40)
    backwards = [many[index] for index in reversed(range(5))]
    assert all(torch.equal(a, b) for a, b in zip(few, reversed(backwards), strict=True))
    assert list(few.names) == list(many.names[:5])
    others = cs.demo.crops(5, seed=1, size=40)
    assert not any(torch.equal(a, b) for a, b in zip(few, others, strict=True))


def _maps() -> ImageSource:
    """Return two pictures, 120 x 200, that tell where a crop is from: red is x, green y."""
    x = torch.arange(200).expand(120, 200)
    y = torch.arange(120).view(-1, 1).expand(120, 200)
    pictures = [torch.stack([x, y, torch.full_like(x, blue)]) for blue in (10, 90)]
    return as_source([picture.to(torch.uint8) for picture in pictures], names=["ten", "ninety"])


def test_a_crop_is_a_square_of_the_photograph_it_names_at_times_mirrored() -> None:
    crops = Crops(_maps(), n=40, seed=0, size=60)
    sides, mirrored = [], set()
    for label, crop in zip(crops.labels, crops, strict=True):
        red, green, blue = crop.float()
        assert (blue == {"ten": 10, "ninety": 90}[label]).all()
        across, down = (red[:, -1] - red[:, 0]).unique(), (green[-1] - green[0]).unique()
        assert len(across) == len(down) == 1
        assert abs(abs(across) - down) <= 2
        sides.append(float(down) + 1)
        mirrored.add(float(across.sign()))
    assert mirrored == {-1, 1}
    assert min(sides) < 40 < 90 < max(sides) <= 120


def test_crops_come_from_all_photographs_about_evenly() -> None:
    labels = list(cs.demo.crops(850).labels)
    counts = [labels.count(name) for name in cs.demo.images().names]
    assert min(counts) > 30
    assert max(counts) < 75


def test_crops_leave_the_global_random_state_alone() -> None:
    import numpy as np

    before, numbers = torch.get_rng_state(), np.random.get_state()[1].copy()
    list(cs.demo.crops(3))
    assert torch.equal(before, torch.get_rng_state())
    assert (numbers == np.random.get_state()[1]).all()


@pytest.mark.parametrize(
    ("argument", "value"), [("n", 0), ("size", 0), ("seed", -1)], ids=["n", "size", "seed"]
)
def test_a_wrong_number_is_refused(argument: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"^{argument}: must be at least"):
        cs.demo.crops(**{argument: value})


def test_crops_stream_in_batches() -> None:
    crops = cs.demo.crops(10, size=32)
    batches = list(crops.batches(4, lambda image: image.float()))
    assert [indices for indices, _ in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert torch.equal(batches[2][1][1], crops[9].float())
