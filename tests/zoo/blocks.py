"""The building blocks of well-known CNNs, a few channels wide."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._specimen import Specimen, head, images


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


def residual() -> Specimen:
    """One in-place ReLU called twice a block, and an in-place addition of the shortcut."""
    stem = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), nn.ReLU(inplace=True))
    model = nn.Sequential(stem, _Residual(6), _Residual(6), head(6))
    return Specimen(model.eval(), (images(),))


class _Dense(nn.Module):
    def __init__(self, channels: int, growth: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(channels + i * growth),
                nn.ReLU(inplace=True),
                nn.Conv2d(channels + i * growth, growth, 3, padding=1),
            )
            for i in range(depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        seen = [x]
        for layer in self.layers:
            seen.append(layer(torch.cat(seen, dim=1)))
        return torch.cat(seen, dim=1)


def dense() -> Specimen:
    """Every layer sees all before it."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), _Dense(4, 3, 3), nn.AvgPool2d(2), head(13))
    return Specimen(model.eval(), (images(),))


class _Inception(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(channels, 3, 1)
        self.three = nn.Sequential(nn.Conv2d(channels, 2, 1), nn.Conv2d(2, 4, 3, padding=1))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(channels, 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        branches = (branch(x) for branch in (self.three, self.one, self.pool))
        return F.relu(torch.cat(list(branches), dim=1), inplace=True)


def inception() -> Specimen:
    """Parallel branches that end in a functional in-place ReLU."""
    model = nn.Sequential(_Inception(3), _Inception(9), head(9))
    return Specimen(model.eval(), (images(),))


def depthwise() -> Specimen:
    """Depthwise separable convolutions with ReLU6."""

    def separable(inner: int, outer: int, stride: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU6(inplace=True),
            nn.Conv2d(inner, outer, 1, bias=False),
            nn.BatchNorm2d(outer),
            nn.ReLU6(inplace=True),
        )

    model = nn.Sequential(nn.Conv2d(3, 4, 3), separable(4, 6, 2), separable(6, 8, 1), head(8))
    return Specimen(model.eval(), (images(),))


class _Gate(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, 2, 1)
        self.act = nn.SiLU(inplace=True)
        self.expand = nn.Conv2d(2, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(self.expand(self.act(self.reduce(self.pool(x)))))


def squeeze_excite() -> Specimen:
    """Gates that see the whole image."""
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.Hardswish(inplace=True), _Gate(6), nn.Conv2d(6, 7, 3), head(7)
    )
    return Specimen(model.eval(), (images(),))


class _UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True))
        self.down2 = nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(inplace=True))
        self.bottom = nn.Conv2d(6, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 6, 2, stride=2)
        self.fuse = nn.Conv2d(12, 4, 3, padding=1)
        self.resize = nn.Upsample(scale_factor=2, mode="bilinear")
        self.out = nn.Conv2d(8, 5, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.down1(x)
        second = self.down2(F.max_pool2d(first, 2))
        bottom = self.bottom(F.max_pool2d(second, 2))
        fused = self.fuse(torch.cat([second, self.up(bottom)], dim=1))
        return self.out(torch.cat([first, self.resize(fused)], dim=1))


def unet() -> Specimen:
    """Skip connections; the output is a map of class scores."""
    return Specimen(_UNet().eval(), (images(height=20, width=28),), classes=None)


class _ChannelsLastNorm(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _ConvNeXtBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.pwconv1 = nn.Linear(channels, 2 * channels)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(2 * channels, channels)
        self.gamma = nn.Parameter(torch.rand(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.gamma * self.pwconv2(self.act(self.pwconv1(y)))
        return x + y.permute(0, 3, 1, 2)


def convnext() -> Specimen:
    """Inner layers put channels last, (N, H, W, C)."""
    stem = nn.Sequential(nn.Conv2d(3, 6, 4, stride=4), _ChannelsLastNorm(6))
    model = nn.Sequential(stem, _ConvNeXtBlock(6), _ConvNeXtBlock(6), head(6))

    def maps(name: str, raw: Tensor) -> Tensor:
        last = name.endswith(("norm", "pwconv1", "act", "pwconv2"))
        return raw.permute(0, 3, 1, 2) if last else raw

    return Specimen(model.eval(), (images(),), maps=maps)


class _ConvGru(nn.Module):
    """One cell called once a step, its state handed on as a tuple."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.gates = nn.Conv2d(channels + hidden, 2 * hidden, 3, padding=1)
        self.update = nn.Conv2d(channels + hidden, hidden, 3, padding=1)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        reset, keep = self.gates(torch.cat([x, state], 1)).sigmoid().chunk(2, dim=1)
        new = self.update(torch.cat([x, reset * state], 1)).tanh()
        state = keep * state + (1 - keep) * new
        return state.relu(), state


class _Recurrent(nn.Module):
    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.stem = nn.Conv2d(3, 4, 3, stride=2)
        self.cell = _ConvGru(4, 5)
        self.head = head(5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        state = x.new_zeros(x.shape[0], self.cell.hidden, *x.shape[2:])
        for _ in range(self.steps):
            out, state = self.cell(x, state)
        return self.head(out)


def recurrent() -> Specimen:
    """A convolutional recurrent cell called three times, with two outputs."""
    return Specimen(_Recurrent(3).eval(), (images(),))


BUILDERS = (
    residual,
    dense,
    inception,
    depthwise,
    squeeze_excite,
    unet,
    convnext,
    recurrent,
)
