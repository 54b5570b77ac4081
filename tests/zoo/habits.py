"""Models that do in forward what a capture has to live with."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._specimen import Specimen, head, images


class _Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.twice = nn.Conv2d(4, 4, 3, padding=1)
        self.alias = self.twice
        self.act = nn.ReLU()
        self.head = head(4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.twice(self.stem(x)))
        return self.head(self.act(self.alias(x)))


def shared() -> Specimen:
    """One convolution called twice, the second time under another name; one ReLU for both."""
    return Specimen(_Shared().eval(), (images(),))


class _Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x.mul_(0.5)
        x = F.max_pool2d(F.relu_(x), 2)
        y = self.conv2(x)
        y.clamp_(min=0)
        y += x
        return F.log_softmax(self.fc(y.mean((2, 3))), dim=1)


def functional() -> Specimen:
    """Functional and in-place operations between modules change what those gave out."""
    return Specimen(_Functional().eval(), (images(),))


def inplace_chain() -> Specimen:
    """Identity, dropout and two in-place activations all work on one tensor."""
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.Identity(),
        nn.Hardtanh(-0.2, 0.3, inplace=True),
        nn.Dropout2d(inplace=True),
        nn.ReLU(inplace=True),
        head(6),
    )
    return Specimen(model.eval(), (images(),))


class _Overwrites(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = head(4)

    def forward(self, x: Tensor) -> Tensor:
        x.sub_(0.5)
        return self.head(self.conv(self.act(x)))


def overwrites_input() -> Specimen:
    """Writes into the very tensor that it was called with."""
    return Specimen(_Overwrites().eval(), (images(),))


class _Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.never = nn.Conv2d(4, 4, 3)
        self.head = head(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.conv(x))


def unused_module() -> Specimen:
    """One module never runs."""
    return Specimen(_Unused().eval(), (images(),))


def training_mode() -> Specimen:
    """Left in training mode: BatchNorm would move its statistics, Dropout draw from the RNG."""
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.Dropout(0.4), head(6)
    )
    return Specimen(model.train(), (images(),))


def mixed_modes() -> Specimen:
    """Training mode with one frozen, evaluating BatchNorm in it."""
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.BatchNorm2d(6), head(6))
    model.train()
    model[1].eval()
    return Specimen(model, (images(),))


class _Swallows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 4, 3)
        self.head = head(4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        try:
            x = self.second(x)
        except Exception:  # what this specimen is about
            x = torch.zeros_like(x)
        return self.head(x)


def swallows() -> Specimen:
    """Its forward swallows every Exception from an inner module."""
    return Specimen(_Swallows().eval(), (images(),))


class _Counter(nn.Module):
    """Moves its buffers in every pass, in evaluation mode too."""

    calls: Tensor
    level: Tensor
    secret: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.register_buffer("level", torch.zeros(1))
        self.register_buffer("secret", torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.level = 0.9 * self.level + 0.1 * x.detach().mean()
        self.secret.data.add_(1)
        return x + self.calls


def drifting_buffers() -> Specimen:
    """Buffers change in evaluation mode: in place, by a new tensor, and unseen through `.data`."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), _Counter(), nn.ReLU(), head(4))
    return Specimen(model.eval(), (images(),))


class _Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.late = nn.Conv2d(4, 4, 3)
        self.head = head(4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(self.conv(x), 0.3, training=True)
        return self.head(self.late(x + 0.1 * torch.randn_like(x)))


def random_forward() -> Specimen:
    """Draws from the global RNG in evaluation mode."""
    return Specimen(_Noisy().eval(), (images(),), random=True)


def _double(module: nn.Module, args: Any, output: Tensor) -> Tensor:
    return 2 * output


def _shift(module: nn.Module, args: tuple[Tensor]) -> tuple[Tensor]:
    return (args[0] + 1,)


def user_hooks() -> Specimen:
    """The user's own hooks change inputs and outputs."""
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), nn.Conv2d(6, 4, 3), head(4))
    model[0].register_forward_hook(_double)
    model[2].register_forward_pre_hook(_shift)
    model[2].register_full_backward_hook(lambda module, grad_in, grad_out: None)
    return Specimen(model.eval(), (images(),))


def frozen() -> Specimen:
    """A frozen trunk under a head that is trained."""
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3), head(4))
    model[0].requires_grad_(requires_grad=False)
    return Specimen(model.eval(), (images(),))


def with_grad() -> Specimen:
    """Its parameters hold gradients from the user's own training step."""
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3), head(4))
    model(images()).square().sum().backward()
    model[2].bias.grad = None
    return Specimen(model.eval(), (images(),))


class _Keywords(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.scaled = _Scaled()
        self.head = head(4)

    def forward(self, x: Tensor, *, gain: float = 2.0) -> Tensor:
        return self.head(self.scaled(image=self.conv(x), gain=gain))


class _Scaled(nn.Module):
    def forward(self, *, image: Tensor, gain: float) -> Tensor:
        return image * gain


def keyword_arguments() -> Specimen:
    """Inner modules are called by keyword only."""
    return Specimen(_Keywords().eval(), (images(),))


class _NoGrad(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(3, 4, 3)
        self.late = nn.Conv2d(4, 4, 3)
        self.head = head(4)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            x = self.trunk(x)
        return self.head(self.late(x))


def no_grad_trunk() -> Specimen:
    """The model switches gradients off for its own trunk."""
    return Specimen(_NoGrad().eval(), (images(),))


BUILDERS = (
    shared,
    functional,
    inplace_chain,
    overwrites_input,
    unused_module,
    training_mode,
    mixed_modes,
    swallows,
    drifting_buffers,
    random_forward,
    user_hooks,
    frozen,
    with_grad,
    keyword_arguments,
    no_grad_trunk,
)
