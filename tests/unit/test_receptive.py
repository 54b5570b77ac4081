"""Receptive fields, held against the pixels that a gradient really reaches."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convscope.network.receptive import ReceptiveField, Tracker

Box = tuple[int, ...]


class Open(nn.Module):
    """Stands for a max pooling and lets gradients through at every place of its window."""

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        pool, size = self.pool, self.pool.kernel_size
        if pool.ceil_mode:
            return F.avg_pool2d(x, size, pool.stride, pool.padding, ceil_mode=True)
        ones = torch.ones(x.shape[1], 1, size, size, dtype=x.dtype)
        settings = (None, pool.stride, pool.padding, pool.dilation, x.shape[1])
        return F.conv2d(x, ones, *settings)


class Gate(nn.Module):
    """Squeeze and excite; as oracle its gate is cut off from the gradient."""

    cut = False

    def __init__(self, channels: int, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        gate = self.pool(x.detach() if self.cut else x)
        return x * self.up(F.relu(self.down(gate))).sigmoid()


def transparent(model: nn.Module) -> nn.Module:
    """Copy a model such that a gradient shows every path: positive weights, open poolings."""
    model = copy.deepcopy(model).double().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator) + 0.1)
            parameter.div_(max(1, parameter[0].numel()))
    for module in list(model.modules()):
        if isinstance(module, Gate):
            module.cut = True
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                setattr(module, name, Open(child))
    return model


def prober(model: nn.Module, image: Tensor) -> Callable[[Sequence[int]], Box | None]:
    """Give a function that finds the input pixels which move a unit (None: none does)."""
    image = image.double().requires_grad_()
    out = transparent(model)(image)

    def reached(position: Sequence[int]) -> Box | None:
        unit = out[(0, slice(None), *position)]
        weights = torch.linspace(0.5, 1.7, len(unit), dtype=torch.float64)
        (gradient,) = torch.autograd.grad((unit * weights).sum(), image, retain_graph=True)
        touched = gradient[0].ne(0).any(0).nonzero()
        if not len(touched):
            return None
        return (*touched.amin(0).tolist(), *(touched.amax(0) + 1).tolist())

    return reached


def clipped(box: Box, extents: Sequence[int]) -> Box:
    half = len(extents)
    first = [max(0, edge) for edge in box[:half]]
    return (*first, *(min(size, edge) for size, edge in zip(extents, box[half:], strict=True)))


def tracked(model: nn.Module, image: Tensor) -> tuple[ReceptiveField | None, Tensor]:
    with torch.no_grad(), Tracker(image) as tracker:
        out = model.eval()(image)
    return tracker.field(out), out


def within(inner: Box, outer: Box) -> bool:
    half = len(inner) // 2
    pairs = list(zip(inner, outer, strict=True))
    return all(a >= b for a, b in pairs[:half]) and all(a <= b for a, b in pairs[half:])


def check(model: nn.Module, image: Tensor) -> ReceptiveField:
    """Hold the field of the last map against the gradient: in the middle and beside it."""
    field, out = tracked(model, image)
    assert field is not None
    sizes, reached = out.shape[2:], prober(model, image)
    for shift in range(-2, 3):
        position = [min(max(0, size // 2 + shift), size - 1) for size in sizes]
        assert reached(position) == clipped(field.box(*position), image.shape[2:])
    return field


def check_corners(model: nn.Module, image: Tensor) -> None:
    """Where padding comes in, a unit may see less than its box, never more."""
    field, out = tracked(model, image)
    assert field is not None
    reached = prober(model, image)
    for position in ([0 for _ in out.shape[2:]], [size - 1 for size in out.shape[2:]]):
        seen = reached(position)
        assert seen is None or within(seen, clipped(field.box(*position), image.shape[2:]))


def conv(inside_: int, outside: int, size: int = 3, **options: object) -> nn.Conv2d:
    return nn.Conv2d(inside_, outside, size, **options)  # type: ignore[arg-type]


class Branches(nn.Module):
    """Several paths over the same map, joined by adding or along channels."""

    def __init__(self, *paths: nn.Module, how: str) -> None:
        super().__init__()
        self.paths, self.how = nn.ModuleList(paths), how

    def forward(self, x: Tensor) -> Tensor:
        outs = [path(x) for path in self.paths]
        return torch.cat(outs, 1) if self.how == "cat" else torch.stack(outs).sum(0)


class Residual(nn.Module):
    """A basic block whose sum and activation happen in place."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, out, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
            conv(out, out, padding=1, bias=False),
            nn.BatchNorm2d(out),
        )
        same = stride == 1 and channels == out
        self.skip = nn.Identity() if same else conv(channels, out, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.body(x)
        y += self.skip(x)
        return F.relu_(y)


class Dense(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(conv(channels + 2 * i, 2, padding=1) for i in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, F.relu(layer(x))], 1)
        return x


class ChannelsLast(nn.Module):
    """A ConvNeXt block: depthwise 7 × 7, then norm and linear layers over the last dimension."""

    def __init__(self, channels: int, flat: bool = False) -> None:  # noqa: FBT001, FBT002
        super().__init__()
        self.depthwise = conv(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.wide, self.narrow = nn.Linear(channels, 9), nn.Linear(9, channels)
        self.flat = flat

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        shape = y.shape
        y = y.reshape(-1, shape[-1]) if self.flat else y
        y = self.narrow(F.gelu(self.wide(y))).reshape(shape)
        return x + y.permute(0, 3, 1, 2)


class SamePadded(nn.Module):
    """TensorFlow's "same": at stride 2 the larger half of the padding comes after."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = conv(3, 4, 3, stride=2), conv(4, 4, 5, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.pad(F.relu(self.first(F.pad(x, (0, 1, 0, 1)))), (1, 2, 1, 2)))


class Sliced(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.last = conv(3, 4), conv(4, 4, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.conv(x)[:, :, 2::2, 1:-3:3])


class Focus(nn.Module):
    """YOLO's focus: the four phases of the image as channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv(12, 4, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        phases = [x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]
        return self.conv(torch.cat(phases, 1))


class Shuffled(nn.Module):
    """A ShuffleNet unit: half of the channels go through, then both halves are shuffled."""

    def __init__(self) -> None:
        super().__init__()
        self.start = conv(3, 8, stride=2, padding=1)
        self.units = nn.ModuleList(conv(4, 4, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.start(x)
        for unit in self.units:
            left, right = x.chunk(2, 1)
            x = torch.cat([left, unit(right)], 1)
            n, c, h, w = x.shape
            x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return x


class UNet(nn.Module):
    def __init__(self, **upsampling: object) -> None:
        super().__init__()
        self.up = partial(F.interpolate, **upsampling)  # type: ignore[arg-type]
        self.a, self.b, self.c = conv(3, 4, padding=1), conv(4, 4, padding=1), conv(4, 4, padding=1)
        self.d, self.e = conv(8, 4, padding=1), conv(8, 4, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        a = F.relu(self.a(x))
        b = F.relu(self.b(F.avg_pool2d(a, 2)))
        c = F.relu(self.c(F.avg_pool2d(b, 2)))
        d = F.relu(self.d(torch.cat([b, self.up(c)], 1)))
        return self.e(torch.cat([a, self.up(d)], 1))


def efficient() -> nn.Module:
    def block(channels: int, size: int, stride: int) -> nn.Module:
        options = {"stride": stride, "padding": size // 2, "groups": 2 * channels}
        return nn.Sequential(
            conv(channels, 2 * channels, 1, bias=False),
            nn.BatchNorm2d(2 * channels),
            nn.SiLU(),
            conv(2 * channels, 2 * channels, size, **options),
            nn.BatchNorm2d(2 * channels),
            nn.Hardswish(),
            Gate(2 * channels, partial(F.adaptive_avg_pool2d, output_size=1)),
            conv(2 * channels, channels, 1),
        )

    return nn.Sequential(conv(3, 4, stride=2, padding=1), block(4, 3, 1), block(4, 5, 2))


def two(left: nn.Module, right: nn.Module) -> nn.Module:
    return nn.Sequential(conv(3, 4, padding=1), left, nn.ReLU(inplace=True), right)


ARCHITECTURES: dict[str, Callable[[], nn.Module]] = {
    "plain": lambda: two(conv(4, 4, padding=1), conv(4, 4)),
    "dilated": lambda: two(conv(4, 4, dilation=3), conv(4, 4, padding=2, dilation=2)),
    "strided": lambda: two(conv(4, 4, 5, stride=3, padding=2), conv(4, 4, stride=2)),
    "uneven kernel": lambda: two(nn.Conv2d(4, 4, (1, 7), padding=(0, 3)), nn.MaxPool2d(2)),
    "even kernel": lambda: two(conv(4, 4, 4, padding=1), conv(4, 4, 2, stride=2)),
    "residual": lambda: nn.Sequential(conv(3, 4), Residual(4, 4, 1), Residual(4, 6, 2)),
    "dense": lambda: two(Dense(4), nn.Sequential(conv(10, 4, 1), nn.AvgPool2d(2))),
    "inception": lambda: two(
        Branches(conv(4, 2, 1), conv(4, 2, 3, padding=1), conv(4, 3, 5, padding=2), how="cat"),
        conv(7, 4, stride=2),
    ),
    "lopsided sum": lambda: two(
        Branches(nn.ZeroPad2d((3, 0, 0, 3)), nn.ZeroPad2d((0, 3, 3, 0)), how="add"), conv(4, 4)
    ),
    "depthwise": lambda: two(conv(4, 8, padding=1, groups=4), conv(8, 4, 1)),
    "squeeze-excite": lambda: two(
        Gate(4, partial(torch.mean, dim=(2, 3), keepdim=True)), conv(4, 4, stride=2)
    ),
    "efficientnet": efficient,
    "convnext": lambda: two(ChannelsLast(4), ChannelsLast(4)),
    "convnext, flat": lambda: two(ChannelsLast(4, flat=True), conv(4, 4, 2, stride=2)),
    "same padding": SamePadded,
    "slices": Sliced,
    "focus": Focus,
    "channel shuffle": Shuffled,
    "max pool": lambda: two(nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(2, dilation=2, stride=1)),
    "ceil mode": lambda: two(
        nn.MaxPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(3, 3, ceil_mode=True)
    ),
    "reflection": lambda: two(nn.ReflectionPad2d((3, 1, 2, 0)), conv(4, 4, 5)),
    "replication": lambda: two(nn.ReplicationPad2d(2), conv(4, 4, 5, stride=2)),
    "padding by name": lambda: two(conv(4, 4, 4, padding="same"), nn.AvgPool2d((1, 3))),
    "adaptive, even": lambda: two(nn.AdaptiveAvgPool2d((10, 14)), conv(4, 4, padding=1)),
    "adaptive, uneven": lambda: two(nn.AdaptiveAvgPool2d((7, 9)), nn.Identity()),
    "response norm": lambda: two(nn.LocalResponseNorm(3), conv(4, 4, stride=2)),
    "transposed": lambda: two(
        conv(4, 4, stride=2, padding=1), nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1)
    ),
    "transposed, uneven": lambda: two(
        conv(4, 4, stride=2), nn.ConvTranspose2d(4, 4, 5, stride=3, output_padding=1)
    ),
    "pixel shuffle": lambda: two(
        nn.Sequential(conv(4, 8, 5, stride=2), nn.PixelShuffle(2)), conv(2, 4)
    ),
    "pixel unshuffle": lambda: two(nn.PixelUnshuffle(2), conv(16, 4)),
    "unet, nearest": lambda: UNet(scale_factor=2),
    "unet, bilinear": lambda: UNet(scale_factor=2, mode="bilinear"),
    "unet, bicubic": lambda: UNet(scale_factor=2, mode="bicubic"),
    "shrunk": lambda: two(nn.Upsample(scale_factor=0.5, mode="bilinear"), conv(4, 4)),
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_box_holds_exactly_the_pixels_that_a_gradient_reaches(name: str) -> None:
    field = check(ARCHITECTURES[name](), torch.rand(1, 3, 40, 56))
    assert field.gated == (name in ("squeeze-excite", "efficientnet"))
    assert not field.whole


@pytest.mark.parametrize("name", sorted(set(ARCHITECTURES) - {"reflection"}))
def test_a_unit_in_a_corner_sees_nothing_outside_its_box(name: str) -> None:
    check_corners(ARCHITECTURES[name](), torch.rand(1, 3, 40, 56))


def test_fields_have_one_number_an_axis_for_signals_and_volumes() -> None:
    signal = nn.Sequential(
        nn.Conv1d(3, 4, 7, stride=2), nn.ReLU(), nn.AvgPool1d(3), nn.Conv1d(4, 4, 3, dilation=2)
    )
    field = check(signal, torch.rand(1, 3, 101))
    assert (field.size, field.stride, field.start) == ((35,), (6,), (17.0,))
    volume = nn.Sequential(nn.Conv3d(2, 3, (3, 1, 2), padding=(1, 0, 0)), nn.AvgPool3d((1, 2, 3)))
    field = check(volume, torch.rand(1, 2, 9, 11, 14))
    assert (field.size, field.stride) == ((3, 2, 4), (1, 2, 3))
    assert field.box(2, 3, 1) == (1, 6, 3, 4, 8, 7)


def vgg(*blocks: int) -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for number, count in enumerate(blocks):
        layers += [nn.MaxPool2d(2)] if number else []
        for _ in range(count):
            layers += [conv(channels, 4, padding=1), nn.ReLU(inplace=True)]
            channels = 4
    return nn.Sequential(*layers)


def resnet(*blocks: int) -> nn.Module:
    layers: list[nn.Module] = [conv(3, 4, 7, stride=2, padding=3), nn.MaxPool2d(3, 2, 1)]
    for number, count in enumerate(blocks):
        layers += [Residual(4, 4, 2 if number and not i else 1) for i in range(count)]
    return nn.Sequential(*layers)


def alexnet() -> nn.Module:
    return nn.Sequential(
        *(conv(3, 4, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(conv(4, 4, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(conv(4, 4, padding=1), conv(4, 4, padding=1), conv(4, 4, padding=1)),
        nn.MaxPool2d(3, 2),
    )


@pytest.mark.parametrize(
    ("model", "size", "stride"),
    [(vgg(2, 2, 3, 3, 3), 196, 16), (resnet(2, 2, 2, 2), 435, 32), (alexnet(), 195, 32)],
    ids=["VGG16 conv5_3", "ResNet-18 layer4", "AlexNet pool5"],
)
def test_published_receptive_fields_are_found(model: nn.Module, size: int, stride: int) -> None:
    field, _ = tracked(model, torch.rand(1, 3, 160, 192))
    assert field is not None
    assert (field.size, field.stride) == ((size, size), (stride, stride))


def test_centres_are_in_input_coordinates() -> None:
    field, _ = tracked(conv(3, 4, 3, stride=2), torch.rand(1, 3, 20, 30))
    assert field is not None
    assert field.start == (1.0, 1.0)
    field, _ = tracked(nn.AvgPool2d((2, 4)), torch.rand(1, 3, 20, 30))
    assert field is not None
    assert field.start == (0.5, 1.5)
    assert field.box(1, 2) == (2, 8, 4, 12)


def test_after_upsampling_the_stride_is_a_fraction_and_boxes_stay_exact() -> None:
    model = nn.Sequential(conv(3, 4, padding=1), nn.Upsample(scale_factor=2), conv(4, 4, padding=1))
    field, _ = tracked(model, torch.rand(1, 3, 20, 30))
    assert field is not None
    assert field.size == (4, 4)
    assert field.stride == (0.5, 0.5)
    assert [field.box(y, 0)[0] for y in (8, 9, 10)] == [2, 3, 3]


class Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def buffered(x: Tensor) -> Tensor:
    canvas = torch.zeros(1, 3, 50, 60)
    canvas[:, :, 5:45, 2:58] = x
    return canvas


def refilled(x: Tensor) -> Tensor:
    y = x * 2
    y[:, :, 1:5] = y[:, :, 1:5].mean()
    return y


def windows(x: Tensor) -> Tensor:
    return x.view(1, 3, 5, 8, 7, 8).permute(0, 2, 4, 1, 3, 5)


UNKNOWN: dict[str, Callable[[Tensor], Tensor]] = {
    "flip": lambda x: x.flip(-1),
    "roll": lambda x: x.roll(2, -2),
    "aligned corners": partial(F.interpolate, size=(50, 77), mode="bilinear", align_corners=True),
    "cubic by an odd factor": partial(F.interpolate, scale_factor=3, mode="bicubic"),
    "nearest by an odd ratio": partial(F.interpolate, size=(50, 77)),
    "join along a spatial axis": lambda x: torch.cat([x, x], -1),
    "one row for all rows": lambda x: x + x[:, :, :1],
    "a row": lambda x: x[:, :, 3],
    "written into a part of a buffer": buffered,
    "partly overwritten": refilled,
    "windows": windows,
    "different strides": lambda x: F.max_pool2d(x, 3, 2)[..., :10, :10] + x[..., :10, :10],
    "turned and added": lambda x: x[..., :40] + x[..., :40].transpose(2, 3),
    "channels of a join": lambda x: torch.cat([x, F.avg_pool2d(x, 3, 1, 1)], 1)[:, :3],
    "data-dependent": lambda x: x[x > 0.5],
    "circular padding": lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"),
    "attention scores": lambda x: x.flatten(2).mT @ x.flatten(2),
    "masked scores": lambda x: masked(x),
    "causal attention": lambda x: F.scaled_dot_product_attention(
        *[x.flatten(2).mT] * 3, is_causal=True
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_what_has_no_box_or_none_we_know_is_unknown(
    name: str, context: Callable[[], torch.no_grad]
) -> None:
    x = torch.rand(1, 3, 40, 56)
    with context(), Tracker(x) as tracker:
        out = UNKNOWN[name](x)
        assert tracker.field(out) is None
        assert tracker.field(F.relu(out)) is None


def axial(x: Tensor) -> Tensor:
    """Let every place see the others of its column."""
    y = x.permute(0, 3, 2, 1).flatten(0, 1)
    y = torch.softmax(y @ y.mT / 2, -1) @ y
    return y.view(x.shape[0], x.shape[3], x.shape[2], x.shape[1]).permute(0, 3, 2, 1)


def masked(x: Tensor) -> Tensor:
    tokens = x[:, :, :9, :9].flatten(2).mT
    scores = tokens @ tokens.mT + torch.full((81, 81), -torch.inf).triu(1)
    return scores.softmax(-1) @ tokens


WHOLE: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda x: x.mean((2, 3)),
    "maximum": lambda x: x.amax((2, 3), keepdim=True),
    "adaptive": lambda x: F.adaptive_max_pool2d(x, 1),
    "pooling over all": lambda x: F.avg_pool2d(x, x.shape[2:]),
    "linear on the flattened map": lambda x: F.linear(x.flatten(1), torch.rand(5, 3 * 40 * 56)),
    "attention": lambda x: F.scaled_dot_product_attention(*[x.flatten(2).mT] * 3),
    "attention by products": lambda x: (
        (x.flatten(2).mT @ x.flatten(2)).softmax(-1) @ x.flatten(2).mT
    ),
    "attention along both axes": lambda x: axial(axial(x).mT),
    "linear attention": lambda x: x.flatten(2) @ x.flatten(2).mT,
    "any operator on what is whole": lambda x: torch.linalg.svdvals(x.mean((2, 3))),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_global_operations_see_the_whole_input(
    name: str, context: Callable[[], torch.no_grad]
) -> None:
    x = torch.rand(1, 3, 40, 56)
    with context(), Tracker(x) as tracker:
        field = tracker.field(WHOLE[name](x))
    assert field is not None
    assert (field.size, field.whole, field.gated) == ((40, 56), True, False)
    assert field.box() == (0, 0, 40, 56)


GATED: dict[str, Callable[[Tensor], Tensor]] = {
    "group norm": lambda x: F.group_norm(x, 1),
    "instance norm": F.instance_norm,
    "layer norm over places": lambda x: F.layer_norm(x, x.shape[1:]),
    "softmax over places": lambda x: x.flatten(2).softmax(-1).view(x.shape),
    "statistics of the batch": lambda x: F.batch_norm(x, None, None, training=True),
    "global response norm": lambda x: x * x.norm(dim=(2, 3), keepdim=True),
    "pooled branch": lambda x: torch.cat([x, F.interpolate(x.mean((2, 3), True), (40, 56))], 1),
    "rows and columns": lambda x: x * x.mean(2, keepdim=True) * x.mean(3, keepdim=True),
    "weights that depend on the input": lambda x: F.conv2d(x, x.mean((2, 3)).view(1, 3, 1, 1)),
}


@pytest.mark.parametrize("name", GATED)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_gates_are_marked_and_keep_the_local_field(
    name: str, context: Callable[[], torch.no_grad]
) -> None:
    x = torch.rand(1, 3, 40, 56)
    with context(), Tracker(x) as tracker:
        field = tracker.field(GATED[name](F.avg_pool2d(x, 3, 1, 1)))
    assert field is not None
    assert (field.size, field.gated, field.whole) == ((3, 3), True, False)


LOCAL: dict[str, Callable[[Tensor], Tensor]] = {
    "norm over channels": lambda x: F.layer_norm(x.movedim(1, -1), (3,)).movedim(-1, 1),
    "batch norm": lambda x: F.batch_norm(x, torch.zeros(3), torch.ones(3)),
    "softmax over channels": lambda x: x.softmax(1),
    "unit length": lambda x: F.normalize(x, dim=1),
    "dropout": lambda x: F.dropout(x, 0.5, training=True),
    "half and back": lambda x: x.half().float(),
    "prelu and hardswish": lambda x: F.hardswish(F.prelu(x, torch.ones(3))),
    "tokens": lambda x: F.linear(x.flatten(2).transpose(1, 2), torch.rand(5, 3)),
    "tokens and back": lambda x: x.flatten(2).mT.reshape(1, 40, 56, 3).permute(0, 3, 1, 2),
    "product with channels": lambda x: torch.einsum("oc,nchw->nohw", torch.rand(4, 3), x),
    "channels on channels": lambda x: torch.cat([x, torch.ones_like(x)], 1),
    "shapes only": lambda x: x + torch.zeros_like(x.mean((2, 3), keepdim=True)),
    "copied into a buffer": lambda x: torch.empty(1, 3, 40, 56).copy_(x),
    "frames of a batch": lambda x: x.expand(2, -1, -1, -1).reshape(2, 3, 40, 56)[0:1],
    "split and joined": lambda x: torch.cat(x.split([1, 2], 1), 1),
    "unbound": lambda x: torch.stack(x.unbind(1), 1),
}


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_operations_in_place_keep_the_field(
    name: str, context: Callable[[], torch.no_grad]
) -> None:
    x = torch.rand(1, 3, 40, 56)
    with context(), Tracker(x) as tracker:
        field = tracker.field(LOCAL[name](F.avg_pool2d(x, 3, 1, 1)))
    assert field == ReceptiveField((3, 3), (1, 1), (0.0, 0.0))


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_tokens_of_a_transformer_keep_their_patch_and_see_the_rest_through_attention(
    context: Callable[[], torch.no_grad],
) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    patches, x = nn.Conv2d(3, 8, (8, 6), (8, 6)), torch.rand(2, 3, 32, 48)
    with context(), Tracker(x) as tracker:
        tokens = layer(patches(x).flatten(2).transpose(1, 2))
        field, pooled = tracker.field(tokens), tracker.field(tokens.mean(1))
    assert field is not None
    assert (field.size, field.stride, field.gated) == ((8, 6), (8, 6), True)
    assert pooled is not None
    assert pooled.whole


def test_a_tensor_changed_in_place_sees_what_its_new_content_sees() -> None:
    x = torch.rand(1, 3, 20, 30)
    with torch.no_grad(), Tracker(x) as tracker:
        y = x * 1
        alias, part, wide = y.detach(), y[:, :, 2:], F.avg_pool2d(x, 5, 1, 2)
        before = tracker.field(y)
        y.add_(wide)
        assert before is not None
        assert before.size == (1, 1)
        for same in (y, alias):
            now = tracker.field(same)
            assert now is not None
            assert now.size == (5, 5)
        assert tracker.field(part) is None
        y.fill_(1)
        assert tracker.field(y) is None
        assert tracker.field(x + y) == tracker.field(x)


def test_tensors_that_do_not_depend_on_the_input_have_no_field() -> None:
    x = torch.rand(1, 3, 20, 30)
    with Tracker(x) as tracker:
        constant = torch.ones(1, 3, 20, 30) * 2
        assert tracker.field(constant) is None
        assert tracker.field(x + constant) == tracker.field(x) is not None


def test_addresses_used_again_are_not_confused() -> None:
    x = torch.rand(1, 3, 20, 30)
    with torch.no_grad(), Tracker(x) as tracker:
        for _ in range(50):
            F.avg_pool2d(x, 3, 1, 1)
            constant = torch.ones(1, 3, 20, 30)
            assert tracker.field(constant) is None
            assert tracker.field(x * constant) == tracker.field(x)


def test_no_tensor_is_kept_alive() -> None:
    x = torch.rand(1, 3, 20, 30)
    freed = []
    with torch.no_grad(), Tracker(x) as tracker:
        y = F.avg_pool2d(x, 3, 1, 1)
        weakref.finalize(y, freed.append, True)
        assert tracker.field(y) is not None
        del y
    assert freed


def test_the_run_leaves_model_values_and_random_state_alone() -> None:
    torch.manual_seed(5)
    model = nn.Sequential(efficient(), nn.Dropout(0.5)).train()
    x = torch.rand(2, 3, 40, 56)
    twin = copy.deepcopy(model)
    state = torch.get_rng_state()
    expected = model(x)
    after = torch.get_rng_state()
    torch.set_rng_state(state)
    with Tracker(x):
        out = twin(x)
    assert torch.equal(out, expected)
    assert torch.equal(torch.get_rng_state(), after)
    for a, b in zip(model.state_dict().values(), twin.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    out.sum().backward()
    assert all(parameter.grad is not None for parameter in twin.parameters())


def test_further_inputs_of_the_same_size_lie_on_the_same_pixels() -> None:
    left, right, vector = torch.rand(1, 3, 20, 30), torch.rand(1, 1, 20, 30), torch.rand(1, 3)
    small = torch.rand(1, 3, 10, 15)
    with Tracker({"a": (left, right), "b": [vector, small]}) as tracker:
        both = torch.cat([left, F.avg_pool2d(right, 3, 1, 1)], 1)
        field = tracker.field(both)
        assert field is not None
        assert field.size == (3, 3)
        assert tracker.field(left + vector.view(1, 3, 1, 1)) == tracker.field(left)
        assert tracker.field(small) is None
        assert tracker.field(F.max_pool2d(left, 2) + small) is None


def test_a_position_of_the_wrong_length_is_refused() -> None:
    field = ReceptiveField((3, 5), (1, 1), (0.0, 0.0))
    with pytest.raises(ValueError, match="position: 1 numbers for a map of 2 spatial axes"):
        field.box(3)


def steps() -> st.SearchStrategy[Callable[[], nn.Module]]:
    """Draw one layer that keeps 2 channels, with its own numbers along both axes."""
    pair = lambda low, high: st.tuples(st.integers(low, high), st.integers(low, high))  # noqa: E731
    sliding = st.builds(
        lambda size, stride, padding, dilation: partial(
            nn.Conv2d, 2, 2, size, stride=stride, padding=padding, dilation=dilation
        ),
        *(pair(1, 4), pair(1, 2), pair(0, 2), pair(1, 2)),
    )
    pooling = st.builds(
        lambda size, stride, ceil: partial(nn.AvgPool2d, size, stride, ceil_mode=ceil),
        *(pair(1, 3), pair(1, 3), st.booleans()),
    )
    transposed = st.builds(
        lambda stride, more: partial(
            nn.ConvTranspose2d, 2, 2, (stride[0] + more[0], stride[1] + more[1]), stride
        ),
        *(pair(1, 3), pair(0, 2)),
    )
    upsampling = st.builds(
        lambda factor, mode: partial(nn.Upsample, scale_factor=factor, mode=mode),
        *(pair(1, 3), st.sampled_from(["nearest", "nearest-exact", "bilinear"])),
    )
    cubic = st.builds(
        lambda factor: partial(nn.Upsample, scale_factor=factor, mode="bicubic"), pair(1, 2)
    )
    edges = st.builds(lambda a, b: partial(nn.ZeroPad2d, (*a, *b)), pair(-1, 2), pair(-1, 2))
    branches = st.builds(
        lambda size, shift: partial(
            Branches,
            nn.Conv2d(2, 2, (2 * size[0] + 1, 2 * size[1] + 1), padding=size),
            nn.ZeroPad2d((shift[0], -shift[0], -shift[1], shift[1])),
            how="add",
        ),
        *(pair(0, 2), pair(-2, 2)),
    )
    sliced = st.builds(
        lambda start, step: partial(
            Function, lambda x: x[:, :, start[0] :: step[0], start[1] :: step[1]]
        ),
        *(pair(0, 2), pair(1, 3)),
    )
    return st.one_of(sliding, pooling, transposed, upsampling, cubic, edges, branches, sliced)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps(), min_size=1, max_size=5))
def test_boxes_of_random_chains_are_exact_in_the_middle(
    chain: list[Callable[[], nn.Module]],
) -> None:
    image = torch.rand(1, 3, 45, 58)
    model = nn.Sequential(conv(3, 2, 1))
    for make in chain:  # as long as the maps are neither tiny nor huge
        if all(12 <= size <= 150 for size in model(image).shape[2:]):
            model.append(make())
    field, out = tracked(model, image)
    assert field is not None
    position = [size // 2 for size in out.shape[2:]]
    box = field.box(*position)
    away = within(box, (8, 8, 45 - 8, 58 - 8))
    seen = prober(model, image)(position)
    assert seen is not None
    assert seen == box if away else within(seen, box)
