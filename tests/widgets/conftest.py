"""What the tests of the widgets share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from clumps import CLASSES, vectors
from fake import Probe, Recorder
from torch import nn

import convscope as cs


@pytest.fixture
def probe() -> Iterator[Probe]:
    widget = Probe()
    yield widget
    widget.go.set()
    widget.close()
    widget._dispatcher.jobs.join(5)


@pytest.fixture
def recorder(probe: Probe) -> Recorder:
    return Recorder(probe)


@pytest.fixture(scope="session")
def proj() -> cs.manifold.Projection:
    return cs.manifold.project(vectors(), method="pca")


@pytest.fixture(scope="session")
def small_scope() -> cs.Scope:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, 3),
    ).eval()
    return cs.Scope(model, cs.Preprocess(size=(20, 30)), classes=CLASSES)


@pytest.fixture(scope="session")
def digits() -> cs.demo.Digits:
    return cs.demo.digits()


@pytest.fixture(scope="session")
def images(digits: cs.demo.Digits) -> torch.Tensor:
    return torch.stack([digits.images[i] for i in range(60)])


@pytest.fixture(scope="session")
def atlas(
    digits: cs.demo.Digits, images: torch.Tensor, tmp_path_factory: pytest.TempPathFactory
) -> cs.Atlas:
    """Patches of two layers; for reading only."""
    return cs.Atlas.build(
        digits.scope,
        images,
        ["conv2", "conv1"],
        tmp_path_factory.mktemp("atlas") / "digits.atlas",
        samples_per_image=2,
        levels=(4, 8),
        method="pca",
        progress=False,
    )
