"""Scikit-learn's handwritten digits and a small CNN that reads them: the small-data example."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

from convscope.demo._extra import needs
from convscope.images import ImageSource, as_source
from convscope.preprocess import Preprocess
from convscope.scope import Scope
from convscope.threads import one_thread

WEIGHTS_FILE = "digits.safetensors"  # what `train_digits` gives, 138 kB

# The file goes writer by writer, so that most of the digits held out are by other hands.
_TRAIN = 1197


@dataclass(frozen=True)
class Digits:
    """Handwritten digits, split, with a network that was trained on one part.

    Attributes
    ----------
    scope
        The trained network with classes ``"0"`` … ``"9"``.
    images
        The 600 digits held out: (1, 8, 8) in float32, 0 paper to 1 ink, with `names` and `labels`.
    labels
        (600,) in int64: the digit that each of `images` is.
    train_images, train_labels
        The same of the 1,197 digits that the network was trained on.
    """

    scope: Scope
    images: ImageSource
    labels: Tensor
    train_images: ImageSource
    train_labels: Tensor


def load_digits() -> Digits:
    """Give scikit-learn's 1,797 real digits with a small trained CNN; see `Digits`.

    The weights come with convscope; `train_digits` made them.

    Examples
    --------
    >>> import convscope as cs
    >>> digits = cs.demo.digits()
    >>> digits.scope.predict(digits.images[:1], top=1)[0][0].name
    '8'
    """
    train, held_out = _data()
    with resources.as_file(resources.files("convscope.demo") / WEIGHTS_FILE) as path:
        weights = safetensors.torch.load_file(path)
    # On the meta device nothing is initialised: no random number is drawn.
    with torch.device("meta"):
        network = _network()
    network.load_state_dict(weights, assign=True)
    scope = Scope(
        network.eval(),
        Preprocess(size=8, channels=1),
        classes=[str(digit) for digit in range(10)],
        name="digit reader",
    )
    return Digits(scope, held_out.source(), held_out.labels, train.source(), train.labels)


def train_digits(*, seed: int = 0, epochs: int = 20) -> nn.Sequential:
    """Train the digit reader from nothing, in some seconds on a CPU.

    On digits moved by up to a pixel, AdamW under a one-cycle schedule, batches of 64. The global
    random state is neither read nor changed. The weights that convscope ships were saved with
    ``safetensors.torch.save_file(train_digits().state_dict(), "digits.safetensors")``.

    Parameters
    ----------
    seed : int
        For the first weights, the order of the digits and how they are moved.
    epochs : int
        Times that all 1,197 training digits are seen.

    Returns
    -------
    nn.Sequential
        From (N, 1, 8, 8) in [0, 1] to logits (N, 10), in eval mode.
    """
    if epochs < 1:
        raise ValueError(f"epochs: must be at least 1, got {epochs}")
    random = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        network = _network()
    network.to_empty(device="cpu")
    _initialise(network, random)
    train, _ = _data()
    with one_thread():  # which also keeps the order of sums
        _fit(network, train, random, epochs)
    return network.eval()


def _fit(network: nn.Module, train: _Part, random: torch.Generator, epochs: int) -> None:
    batches = -(-len(train.labels) // 64)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=5e-3, total_steps=epochs * batches
    )
    for _ in range(epochs):
        order = torch.randperm(len(train.labels), generator=random)
        for chosen in torch.split(order, 64):
            logits = network(_moved(train.pixels[chosen], random))
            optimizer.zero_grad()
            functional.cross_entropy(logits, train.labels[chosen]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()


class _Part(NamedTuple):
    pixels: Tensor  # (N, 1, 8, 8) in float32, 0 to 1
    labels: Tensor  # (N,) in int64
    first: int  # index of the first digit in the file

    def source(self) -> ImageSource:
        labels = self.labels.tolist()
        names = [f"{digit} (no. {index})" for index, digit in enumerate(labels, start=self.first)]
        return as_source(self.pixels, names=names, labels=labels, layout="NCHW")


def _data() -> tuple[_Part, _Part]:
    """Give the part for training and the part held out."""
    try:
        from sklearn import datasets
    except ModuleNotFoundError as error:
        raise needs("scikit-learn", "carries the demo's digits") from error
    bunch = datasets.load_digits()
    pixels = torch.tensor(bunch.images, dtype=torch.float32).div(16).unsqueeze(1)
    labels = torch.tensor(bunch.target, dtype=torch.int64)
    return (
        _Part(pixels[:_TRAIN], labels[:_TRAIN], first=0),
        _Part(pixels[_TRAIN:], labels[_TRAIN:], first=_TRAIN),
    )


def _network() -> nn.Sequential:
    """Make the digit reader, 34,000 weights."""
    parts: list[tuple[str, nn.Module]] = [
        ("conv1", nn.Conv2d(1, 16, 3, padding=1)),
        ("relu1", nn.ReLU()),
        ("conv2", nn.Conv2d(16, 32, 3, padding=1)),
        ("relu2", nn.ReLU()),
        ("pool", nn.MaxPool2d(2)),
        ("conv3", nn.Conv2d(32, 64, 3, padding=1)),
        ("relu3", nn.ReLU()),
        ("flatten", nn.Flatten()),
        ("classifier", nn.Linear(64 * 4 * 4, 10)),
    ]
    return nn.Sequential(OrderedDict(parts))


def _initialise(network: nn.Sequential, random: torch.Generator) -> None:
    for module in network:
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=random)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _moved(digits: Tensor, random: torch.Generator) -> Tensor:
    """Move each of (N, 1, 8, 8) by -1, 0 or 1 pixels down and across."""
    padded = functional.pad(digits, [1, 1, 1, 1])
    windows = padded.unfold(2, 8, 1).unfold(3, 8, 1).flatten(2, 3)  # (N, 1, 9, 8, 8)
    chosen = torch.randint(9, (len(digits),), generator=random)
    return windows[torch.arange(len(digits)), :, chosen]
