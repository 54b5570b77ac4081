"""The network for jobs: it has the weights of the one that cells use, and leaves that one alone."""

from __future__ import annotations

import threading
from typing import ClassVar

import pytest
import torch
from torch import nn

import convscope as cs
from convscope import augment
from convscope.network import untouched
from convscope.widgets._beside import Beside
from convscope.widgets._jobs import Job

IMAGE = torch.rand(1, 3, 20, 24, generator=torch.Generator().manual_seed(3))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 6, 3, stride=2)
        self.norm = nn.BatchNorm2d(6)
        self.act: nn.Module = nn.ReLU()
        self.gain = 1.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.norm(self.conv(x))) * self.gain


@pytest.fixture
def model():
    return Net()


@pytest.fixture
def beside(model):
    return Beside(cs.Scope(model, cs.Preprocess(size=(20, 24))))


def test_it_has_the_same_weights_in_the_same_memory_and_other_modules(beside, model):
    twin = beside.scope().model
    assert twin is not model
    assert twin.conv.weight.data_ptr() == model.conv.weight.data_ptr()
    with torch.no_grad():
        model.conv.weight.mul_(2)
    assert twin.conv.weight.equal(model.conv.weight)
    assert beside.scope().model is twin


def test_what_a_cell_learns_while_a_job_looks_stays(beside, model):
    """A look puts buffers back when it ends, which must not be those that a cell has changed."""
    scope = beside.scope()
    before = model.norm.running_mean.clone()
    with untouched(scope.network, gradients=True):
        model.train()(IMAGE)
    assert not model.norm.running_mean.equal(before)
    learnt = model.norm.running_mean.clone()
    assert beside.scope().model.norm.running_mean.equal(learnt)
    assert model.norm.running_mean.equal(learnt)


def test_a_cell_may_take_a_step_between_both_passes_of_a_job(beside, model):
    view = IMAGE.clone().requires_grad_(True)
    scope = beside.scope()
    with untouched(scope.network, gradients=True):
        score = scope.network(view).sum()
        with torch.no_grad():
            for each in model.parameters():
                each.add_(0.1)
        assert torch.autograd.grad(score, view)[0].isfinite().all()


def test_a_model_put_together_otherwise_is_looked_at_as_it_is_now(beside, model):
    first = beside.scope()
    model.gain = 3.0
    second = beside.scope()
    assert second.network.gain == 3.0
    model.act = nn.GELU()
    assert isinstance(beside.scope().network.act, nn.GELU)
    assert beside.scope().network is not first.network


def test_a_model_that_cannot_be_copied_is_used_itself(model):
    model.lock = threading.Lock()
    scope = cs.Scope(model, cs.Preprocess(size=(20, 24)))
    assert Beside(scope).scope() is scope


def test_modes_of_the_model_are_left_alone_while_it_is_copied(model):
    seen = []

    class Watched(nn.ReLU):
        def __deepcopy__(self, memo):
            seen.append(model.training)
            return Watched()

    model.act = Watched()
    model.train()
    Beside(cs.Scope(model, cs.Preprocess(size=(20, 24)))).scope()
    assert seen == [True]


class Witness(nn.Module):
    """Tells classes apart, and remembers in which module it was called."""

    seen: ClassVar[list[int]] = []

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(3, 5, 3, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(id(self))
        return self.conv(x).amax((2, 3))


def browsed(scope, images):
    widget = cs.LayerBrowser(scope, images, layer="conv")
    widget.maps(0, "conv")
    widget.top(Job(), "conv", 2)
    widget.input(1)
    widget.figure()


def explained(scope, images):
    widget = cs.Attribution(scope, images, layer="conv")
    widget.maps(Job(), 0, [("gradcam", 1, "conv")])
    widget.faithfulness(Job(), 0, "gradcam", 1, "conv")
    widget.sanity(Job(), 0, "gradcam", 1, "conv")


def augmented(scope, images):
    pipe = augment.Pipeline([augment.Flip()], seed=0)
    widget = cs.AugmentPreview(pipe, images, scope=scope, samples=3)
    widget.think(Job(), widget.operations, 0, 3, "samples", 0)


def scattered(scope, images):
    proj = cs.manifold.project(scope.embed(images, "conv"), method="pca")
    Witness.seen.clear()
    widget = cs.ManifoldScatter(proj, images, scope=scope)
    widget.compute(Job(), "prediction")
    widget.color = "conv:2"
    widget.compute(Job(), "conv:2")
    widget.card(0)


@pytest.mark.parametrize("look", [scattered, browsed, explained, augmented])
def test_what_a_widget_looks_at_is_not_the_module_that_cells_call(look):
    model = Witness()
    scope = cs.Scope(model, cs.Preprocess(size=(20, 24)))
    list(scope.layers)
    Witness.seen.clear()
    look(scope, list(torch.rand(5, 3, 20, 24)))
    assert Witness.seen
    assert id(model) not in Witness.seen
