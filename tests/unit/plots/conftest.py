"""What the tests of the plots draw."""

import pytest
import torch


@pytest.fixture
def maps():
    """6 channels of 5 × 7: signed, channel 2 dead, channel 4 constant."""
    values = torch.randn(6, 5, 7, generator=torch.Generator().manual_seed(0))
    values[2] = 0
    values[4] = 1.5
    return values


@pytest.fixture
def picture():
    return torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def weight():
    return torch.randn(9, 5, 3, 4, generator=torch.Generator().manual_seed(2))
