"""Networks small enough that a run takes milliseconds."""

import torch
from torch import nn

import convscope as cs


def small(channels=3, *, classes=5, seed=0, dtype=torch.float32, act=nn.ReLU):
    """Give two convolutions and a head, for any size of image."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = nn.Sequential()
        net.add_module("conv1", nn.Conv2d(channels, 8, 3, padding=1))
        net.add_module("act1", act())
        net.add_module("conv2", nn.Conv2d(8, 12, 3, stride=2, padding=1))
        net.add_module("norm", nn.BatchNorm2d(12))
        net.add_module("act2", act())
        net.add_module("pool", nn.AdaptiveAvgPool2d(1))
        net.add_module("flatten", nn.Flatten())
        net.add_module("head", nn.Linear(12, classes))
        net.norm.running_mean.normal_(0, 0.1)
        net.norm.running_var.uniform_(0.5, 2)
    return net.to(dtype).eval()


def scope(channels=3, size=(20, 30), net=None, **options):
    return cs.Scope(
        small(channels, **options) if net is None else net,
        cs.Preprocess(size=size, channels=channels, mean=0.5, std=0.25),
        classes=["ant", "bee", "cow", "dog", "elk"],
    )
