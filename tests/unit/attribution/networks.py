"""Small networks whose attributions are known, or hard to get."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def seeded(make, seed=0):
    """Build a network whose weights are the same every time, the global RNG untouched."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make().eval()


def pooled() -> nn.Sequential:
    """Convolutions, global average pooling and a linear head: Zhou's CAM is defined for it."""
    return seeded(
        lambda: nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 5),
        )
    )


def without_bias() -> nn.Sequential:
    """ReLUs and no bias: the output is homogeneous in the input."""
    return seeded(
        lambda: nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(6, 4, 3, stride=2, bias=False),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(16, 5, bias=False),
        )
    )


class Reused(nn.Module):
    """One in-place ReLU that is called after every layer."""

    def __init__(self, *, functional: bool = False, distinct: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.relu = nn.ReLU(inplace=not distinct)
        self.relu2 = nn.ReLU() if distinct else self.relu
        self.relu3 = nn.ReLU() if distinct else self.relu
        self.head = nn.Linear(6, 5)
        self.functional = functional

    def forward(self, x: Tensor) -> Tensor:
        if self.functional:
            x = F.relu(self.conv1(x))
            x = self.conv2(x).relu_()
            return self.head(torch.relu(x.mean(dim=(2, 3)) - 0.1))
        x = self.relu(self.conv1(x))
        x = self.conv2(x)
        self.relu2(x) if self.relu2.inplace else None  # its return value is not used
        x = x if self.relu2.inplace else self.relu2(x)
        return self.head(self.relu3(x.mean(dim=(2, 3)) - 0.1))


def images(count=3, height=20, width=28):
    """Random inputs, wider than high."""
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(1))
