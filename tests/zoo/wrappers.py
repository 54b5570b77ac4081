"""Wrapped, parametrised, lazy and reduced-precision models."""

import warnings
from collections import OrderedDict

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from ._specimen import Specimen, head, images


def _small(channels: int = 3) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(channels, 6, 3, stride=2),
            norm=nn.BatchNorm2d(6),
            relu=nn.ReLU(inplace=True),
            late=nn.Conv2d(6, 4, 3),
            head=head(4),
        )
    ).eval()


def data_parallel() -> Specimen:
    """nn.DataParallel around a model: names with and without `module.` mean the same."""
    return Specimen(nn.DataParallel(_small()), (images(),))


def compiled() -> Specimen:
    """torch.compile around a model, without a compiler behind it."""
    return Specimen(torch.compile(_small(), backend="eager"), (images(),))


def compiled_part() -> Specimen:
    """One layer compiled, inside a model that is not."""
    model = _small()
    model.late = torch.compile(model.late, backend="eager")
    return Specimen(model, (images(),))


def compiled_in_place() -> Specimen:
    """Module.compile puts the compiled call inside the module itself."""
    model = _small()
    model.compile(backend="eager")
    return Specimen(model, (images(),))


def half_bfloat16() -> Specimen:
    """Weights and activations in bfloat16."""
    return Specimen(_small().to(torch.bfloat16), (images().to(torch.bfloat16),))


def half_float16() -> Specimen:
    """Weights and activations in float16."""
    return Specimen(_small().half(), (images().half(),))


def double() -> Specimen:
    """Weights and activations in float64."""
    return Specimen(_small().double(), (images().double(),))


def channels_last() -> Specimen:
    """Weights and input laid out with channels last."""
    layout = torch.channels_last
    return Specimen(_small().to(memory_format=layout), (images().to(memory_format=layout),))


def spectral_norm() -> Specimen:
    """Spectral norm as a parametrisation."""
    model = _small()
    model.train()
    parametrizations.spectral_norm(model.conv)
    return Specimen(model.eval(), (images(),))


def spectral_norm_training() -> Specimen:
    """In training mode every look at the weight moves spectral norm's buffers."""
    model = _small()
    parametrizations.spectral_norm(model.late)
    return Specimen(model.train(), (images(),))


def spectral_norm_hook() -> Specimen:
    """Spectral norm as a forward pre-hook, the old way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = _small()
        nn.utils.spectral_norm(model.conv)
    return Specimen(model, (images(),))


def weight_norm() -> Specimen:
    """Weight norm as a parametrisation."""
    model = _small()
    parametrizations.weight_norm(model.late)
    return Specimen(model, (images(),))


def weight_norm_hook() -> Specimen:
    """Weight norm as a forward pre-hook that sets an attribute, the old way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = _small()
        nn.utils.weight_norm(model.late)
    return Specimen(model, (images(),))


class _Symmetric(nn.Module):
    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return (weight + weight.flip(-1)) / 2


def symmetric_weight() -> Specimen:
    """A parametrisation of the user's own."""
    model = _small()
    parametrize.register_parametrization(model.conv, "weight", _Symmetric())
    return Specimen(model, (images(),))


def lazy() -> Specimen:
    """Lazy modules that a first pass has initialised."""
    model = nn.Sequential(
        nn.LazyConv2d(6, 3),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d((2, 3)),
        nn.Flatten(),
        nn.LazyLinear(5),
    )
    model(images())
    return Specimen(model.eval(), (images(),))


BUILDERS = (
    data_parallel,
    compiled,
    compiled_part,
    compiled_in_place,
    half_bfloat16,
    half_float16,
    double,
    channels_last,
    spectral_norm,
    spectral_norm_training,
    spectral_norm_hook,
    weight_norm,
    weight_norm_hook,
    symmetric_weight,
    lazy,
)
