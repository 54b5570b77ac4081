"""Pipelines of other libraries: their sliders, and what becomes of a pipeline when these move."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
import torch
from foreign import PIPES, K, image, inputs
from torch import nn

from convscope.augment.adapters import adapt
from convscope.augment.previewable import Inputs
from peers import albumentations as A
from peers import v2

every = pytest.mark.parametrize("library", PIPES)


def _set(nodes: list[Any], place: int, **params: Any) -> list[Any]:
    changed = copy.deepcopy(nodes)
    changed[place]["params"].update(params)
    return changed


def _state(pipe: Any) -> str:
    return pipe.get_dict_with_id().__repr__() if hasattr(pipe, "get_dict_with_id") else repr(pipe)


def test_a_torchvision_pipeline_shows_its_ranges_as_sliders() -> None:
    adapted = adapt(PIPES["torchvision"]())
    rotation, apply, choice = adapted.describe()
    assert rotation["params"] == {"degrees": (-20.0, 30.0)}
    assert apply["params"] == {"p": 0.5}
    assert apply["operations"][0]["params"]["hue"] == (-0.1, 0.1)
    assert [each["name"] for each in choice["operations"]] == [
        "GaussianBlur",
        "RandomHorizontalFlip",
    ]
    degrees = adapted.catalogue()["RandomRotation"].params[0]
    assert (degrees.kind, degrees.unit) == ("span", "°")
    assert degrees.low <= -180


def test_a_kornia_pipeline_shows_the_ranges_of_its_generators() -> None:
    affine, jiggle, flip = adapt(PIPES["kornia"]()).describe()
    assert affine["params"]["degrees"] == (-20.0, 30.0)
    assert affine["params"]["translate x"] == 0.1
    assert jiggle["params"]["hue"] == (-0.1, 0.1)
    assert flip["params"] == {"p": 0.5}


def test_an_albumentations_pipeline_shows_each_axis() -> None:
    affine, one_of, flip = adapt(PIPES["albumentations"]()).describe()
    assert affine["params"]["rotate"] == (-20.0, 30.0)
    assert affine["params"]["scale x"] == (0.9, 1.1)
    assert affine["params"]["fit_output"] is False
    assert one_of["operations"][1]["params"]["brightness_limit"] == (-0.2, 0.2)
    assert flip["params"] == {"p": 0.5}


def test_transforms_of_ones_own_get_sliders_for_their_numbers() -> None:
    class Fade(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.strength = 0.5
            self.between = (0.1, 0.4)
            self.name = "fade"

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return (image * self.strength).to(image.dtype)

    adapted = adapt(v2.Compose([Fade(), v2.RandomHorizontalFlip(0.0)]))
    assert adapted.describe()[0]["params"] == {"strength": 0.5, "between": (0.1, 0.4)}
    darker = adapted.with_state(_set(adapted.describe(), 0, strength=0.25))
    brightness = [each.run(inputs(1), [0]).images.float().mean() for each in (adapted, darker)]
    assert brightness[1] == pytest.approx(float(brightness[0]) / 2, rel=0.02)


@every
def test_the_users_pipeline_stays_as_it_was(library: str) -> None:
    pipe = PIPES[library]()
    before, whole = _state(pipe), copy.deepcopy(vars(pipe)).keys()
    adapted = adapt(pipe)
    name = next(name for name in adapted.describe()[0]["params"] if name in ("degrees", "rotate"))
    changed = adapted.with_state(_set(adapted.describe(), 0, **{name: (80, 90)}))
    changed.run(inputs(2), [0, 1])
    assert _state(pipe) == before
    assert vars(pipe).keys() == whole
    assert adapted.describe()[0]["params"][name] == (-20.0, 30.0)


@every
def test_a_moved_slider_moves_the_picture_and_is_in_the_new_pipeline(library: str) -> None:
    adapted = adapt(PIPES[library]())
    name = next(name for name in adapted.describe()[0]["params"] if name in ("degrees", "rotate"))
    still = {"translate x": 0, "translate y": 0, "scale x": (1, 1), "scale y": (1, 1)}
    turn = {**still, name: (90, 90)}
    turned = adapted.with_state(_set(adapted.describe(), 0, **turn)).only([0])
    picture = turned.run(Inputs(image(40, 40)[None]), [0]).images[0]
    turns = -1 if library == "kornia" else 1  # its RandomAffine turns the other way
    quarter = torch.rot90(image(40, 40), turns, (1, 2))
    inside = (picture.float() - quarter.float())[:, 3:-3, 3:-3].abs()
    assert inside.mean() < 2
    assert adapt(turned.pipeline).describe()[0]["params"][name] == (90.0, 90.0)


@every
def test_a_value_that_is_not_allowed_is_a_sentence(library: str) -> None:
    adapted = adapt(PIPES[library]())
    name = next(name for name in adapted.describe()[0]["params"] if name in ("degrees", "rotate"))
    with pytest.raises(ValueError, match=rf"{name} must run from low to high"):
        adapted.with_state(_set(adapted.describe(), 0, **{name: (20, 10)}))
    with pytest.raises(ValueError, match="there is no 'Swirl' in this pipeline"):
        adapted.with_state([{"name": "Swirl", "params": {}}])


def test_what_a_library_refuses_is_a_sentence_too() -> None:
    adapted = adapt(A.Compose([A.PlanckianJitter(p=1)]))
    with pytest.raises(ValueError, match=r"^albumentations: .*3000.*range$"):
        adapted.with_state(_set(adapted.describe(), 0, temperature_limit=(3000, 40000)))
    crop = adapt(v2.RandomCrop(100))
    with pytest.raises(ValueError, match=r"torchvision could not run this: Required crop size"):
        crop.run(inputs(1), [0])


@every
def test_operations_are_switched_off_and_reordered(library: str) -> None:
    adapted = adapt(PIPES[library]())
    assert adapted.can_edit
    nodes = adapted.describe()
    nothing = adapted.with_state([{**node, "on": False} for node in nodes])
    assert torch.equal(nothing.run(inputs(2), [0, 1]).images, inputs(2).images)
    backwards = adapted.with_state(nodes[::-1])
    assert [each["name"] for each in backwards.describe()] == [each["name"] for each in nodes[::-1]]
    assert [each["name"] for each in adapt(backwards.pipeline).describe()] == [
        each["name"] for each in nodes[::-1]
    ]


@every
def test_its_code_makes_the_same_pipeline(library: str) -> None:
    adapted = adapt(PIPES[library]())
    written: dict[str, Any] = {}
    exec(adapted.to_code(library), written)
    again = adapt(written["pipeline"])
    assert again.describe() == adapted.describe()
    assert torch.equal(
        again.run(inputs(3), [0, 1, 2]).images, adapted.run(inputs(3), [0, 1, 2]).images
    )
    with pytest.raises(ValueError, match=f"are written for '{library}' only"):
        adapted.to_code("convscope")


def test_a_choice_keeps_its_weights_with_what_is_left_of_it() -> None:
    adapted = adapt(PIPES["torchvision"]())
    nodes = copy.deepcopy(adapted.describe())
    nodes[2]["operations"] = nodes[2]["operations"][::-1]
    assert adapted.with_state(nodes).pipeline.transforms[2].p == [0.75, 0.25]


def test_a_sequential_of_modules_is_known_by_what_it_holds() -> None:
    for pipe in (
        nn.Sequential(v2.RandomRotation(10)),
        nn.Sequential(K.RandomRotation(10.0, p=1.0)),
    ):
        adapted = adapt(pipe)
        assert adapted.describe()[0]["params"]["degrees"] == (-10.0, 10.0)
        assert adapted.run(inputs(2), [0, 1]).images.shape == (2, 3, 40, 60)
        assert isinstance(adapted.pipeline, nn.Sequential)


def test_other_things_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"is no pipeline of convscope\.augment, torch"):
        adapt([1, 2])


def test_the_adapters_import_none_of_the_libraries() -> None:
    code = (
        "import sys, convscope.augment.adapters.torchvision, convscope.augment.adapters.kornia, "
        "convscope.augment.adapters.albumentations; "
        "print(sorted({'torchvision', 'kornia', 'albumentations', 'cv2'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
