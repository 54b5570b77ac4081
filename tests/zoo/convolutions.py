"""Plain stacks: channels, dimensions and containers of every kind."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from ._specimen import Specimen, head, images


def plain() -> Specimen:
    """Convolutions, pooling and a classifier in one Sequential with names."""
    model = nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 6, 3, padding=1),
            relu1=nn.ReLU(),
            pool=nn.MaxPool2d(2),
            conv2=nn.Conv2d(6, 8, (3, 5), stride=(1, 2)),
            norm=nn.BatchNorm2d(8),
            relu2=nn.ReLU(),
            head=head(8),
        )
    )
    return Specimen(model.eval(), (images(),))


def vgg() -> Specimen:
    """Flatten and Linear tie the input to 32 × 32; dropout and a softmax end it."""
    features = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(4),
    )
    classifier = nn.Sequential(
        nn.Flatten(),
        nn.Linear(6 * 4 * 4, 12),
        nn.ReLU(inplace=True),
        nn.Dropout(),
        nn.Linear(12, 5),
        nn.Softmax(dim=1),
    )
    model = nn.Sequential(OrderedDict(features=features, classifier=classifier))
    return Specimen(model.eval(), (images(height=32, width=32),))


def one_channel() -> Specimen:
    """A digit classifier on grey images."""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(4, 6, 3), head(6)
    )
    return Specimen(model.eval(), (images(channels=1, height=26, width=30),))


def seven_channel() -> Specimen:
    """A multispectral input, circular padding and dilation."""
    model = nn.Sequential(
        nn.Conv2d(7, 5, 3, padding=1, padding_mode="circular"),
        nn.LeakyReLU(0.1, inplace=True),
        nn.Conv2d(5, 6, 3, dilation=2),
        nn.InstanceNorm2d(6),
        head(6),
    )
    return Specimen(model.eval(), (images(channels=7),))


def conv1d() -> Specimen:
    """Sound-like input, (N, C, L)."""
    model = nn.Sequential(
        nn.Conv1d(2, 6, 7, stride=2),
        nn.BatchNorm1d(6),
        nn.ReLU(inplace=True),
        nn.Conv1d(6, 4, 3),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, 5),
    )
    return Specimen(model.eval(), (torch.randn(3, 2, 41),))


def conv3d() -> Specimen:
    """Video-like input, (N, C, D, H, W)."""
    model = nn.Sequential(
        nn.Conv3d(2, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool3d((1, 2, 2)),
        nn.Conv3d(4, 3, (1, 3, 3)),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
        nn.Linear(3, 5),
    )
    return Specimen(model.eval(), (torch.randn(2, 2, 4, 10, 14),))


class _Containers(nn.Module):
    """Modules in a ModuleDict of ModuleLists, called in another order than they are kept in."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleDict(
            {
                "late": nn.ModuleList([nn.Conv2d(6, 7, 3), nn.ReLU()]),
                "early": nn.ModuleList([nn.Conv2d(3, 6, 3), nn.Sequential(nn.ReLU(), nn.Mish())]),
            }
        )
        self.ends = nn.ParameterDict({"scale": nn.Parameter(torch.rand(7, 1, 1))})
        self.head = head(7)

    def forward(self, x: Tensor) -> Tensor:
        for stage in ("early", "late"):
            for module in self.stages[stage]:
                x = module(x)
        return self.head(x * self.ends["scale"])


def nested_containers() -> Specimen:
    """Execution order differs from registration order."""
    return Specimen(_Containers().eval(), (images(),))


def transposed() -> Specimen:
    """Upsampling by transposed convolution, pixel shuffle and padding; the output is an image."""
    model = nn.Sequential(
        nn.ReflectionPad2d((1, 2, 3, 0)),
        nn.Conv2d(3, 6, 3, stride=2),
        nn.ConvTranspose2d(6, 8, 2, stride=2),
        nn.PixelShuffle(2),
        nn.Sigmoid(),
    )
    return Specimen(model.eval(), (images(),), classes=None)


BUILDERS = (
    plain,
    vgg,
    one_channel,
    seven_channel,
    conv1d,
    conv3d,
    nested_containers,
    transposed,
)
