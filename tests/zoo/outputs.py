"""Models with several inputs, or outputs that are no plain tensor."""

from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ._specimen import Specimen, head, images


class _TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, 4, 3)
        self.right = nn.Conv2d(1, 4, 5, padding=1)
        self.joint = nn.Conv2d(8, 6, 3)
        self.head = head(6)

    def forward(self, photo: Tensor, depth: Tensor) -> Tensor:
        return self.head(self.joint(torch.cat([self.left(photo), self.right(depth)], dim=1)))


def several_inputs() -> Specimen:
    """A photograph and its depth map."""
    return Specimen(_TwoInputs().eval(), (images(), images(channels=1)))


class _Features(nn.Module):
    """A stem whose output the subclasses wrap in their own way."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(inplace=True))
        self.late = nn.Conv2d(4, 6, 3)
        self.head = head(6)


class _Pyramid(nn.Module):
    """Gives a tuple with a nested list in it."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Conv2d(4, 5, 1)
        self.coarse = nn.Conv2d(4, 6, 3, stride=2)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        return self.fine(x), [self.coarse(x), x]


class _Tuple(_Features):
    def __init__(self) -> None:
        super().__init__()
        self.pyramid = _Pyramid()
        self.last = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        fine, (_, same) = self.pyramid(self.stem(x))
        return self.last(fine.mean((2, 3))), self.head(self.late(same))


def tuple_output() -> Specimen:
    """Two heads in a tuple, and an inner module that gives a tuple with a list in it."""
    return Specimen(_Tuple().eval(), (images(),), logits=lambda out: out[0])


@dataclass
class _Result:
    logits: Tensor
    features: Tensor
    loss: None = None


class _Dataclass(_Features):
    def forward(self, x: Tensor) -> _Result:
        features = self.late(self.stem(x))
        return _Result(self.head(features), features)


def dataclass_output() -> Specimen:
    """Gives a dataclass in which one field is None."""
    return Specimen(_Dataclass().eval(), (images(),), logits=lambda out: out.logits)


class _Trunk(_Features):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.stem(x)
        return {"low": x, "high": self.late(x)}


class _Dict(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = _Trunk()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        high = self.trunk(x)["high"]
        return {"logits": self.trunk.head(high), "aux": high.mean((2, 3))}


def dict_output() -> Specimen:
    """A dict from the model and another from its trunk."""
    return Specimen(_Dict().eval(), (images(),), logits=lambda out: out["logits"])


@dataclass
class _ModelOutput(OrderedDict):  # type: ignore[type-arg]
    """Like transformers' ModelOutput: an OrderedDict and a dataclass; None fields are no items."""

    logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                self[field.name] = value

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else tuple(self.values())[key]

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        super().__setattr__(key, value)

    def __setattr__(self, key: str, value: Any) -> None:
        if key in self.keys() and value is not None:
            super().__setitem__(key, value)
        super().__setattr__(key, value)


class _HuggingFace(_Features):
    def forward(self, x: Tensor) -> _ModelOutput:
        first = self.stem(x)
        second = self.late(first)
        return _ModelOutput(logits=self.head(second), hidden_states=(first, second))


def model_output() -> Specimen:
    """Gives an OrderedDict dataclass, as transformers models do."""
    return Specimen(_HuggingFace().eval(), (images(),), logits=lambda out: out.logits)


class _Pair(NamedTuple):
    scores: Tensor
    embedding: Tensor


class _Named(_Features):
    def forward(self, x: Tensor) -> _Pair:
        embedding = self.late(self.stem(x))
        return _Pair(self.head(embedding), embedding.mean((2, 3)))


def namedtuple_output() -> Specimen:
    """Gives a NamedTuple."""
    return Specimen(_Named().eval(), (images(),), logits=lambda out: out.scores)


class _Detector(_Features):
    """Gives one dict an image, with a different number of boxes in each."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes = nn.Conv2d(6, 4, 1)

    def forward(self, x: Tensor) -> list[dict[str, Tensor]]:
        features = self.late(self.stem(x))
        boxes = self.boxes(features).flatten(2).transpose(1, 2)
        scores = boxes.mean(-1)
        return [
            {"boxes": box[score > 0], "scores": score[score > 0], "labels": (score > 0).nonzero()}
            for box, score in zip(boxes, scores, strict=True)
        ]


def detection() -> Specimen:
    """A detector-like list of dicts whose sizes depend on the data."""
    return Specimen(_Detector().eval(), (images(),), classes=None)


class _Silent(nn.Module):
    """Keeps what it sees for later and gives None."""

    def forward(self, x: Tensor) -> None:
        self.seen = x.mean()


class _WithSilent(_Features):
    def __init__(self) -> None:
        super().__init__()
        self.log = _Silent()

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        self.log(x)
        return self.head(self.late(x))


def silent_module() -> Specimen:
    """One inner module gives None."""
    return Specimen(_WithSilent().eval(), (images(),))


BUILDERS = (
    several_inputs,
    tuple_output,
    dataclass_output,
    dict_output,
    model_output,
    namedtuple_output,
    detection,
    silent_module,
)
