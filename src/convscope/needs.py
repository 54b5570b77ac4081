"""What a network needs of its inputs: where, of which type, with how many channels."""

from __future__ import annotations

import torch
from torch import nn


def one_device(network: nn.Module, device: torch.device | str | None) -> torch.device:
    """Return where inputs go, and refuse a network that can't be looked at where it is."""
    for name, parameter in network.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise ValueError(
                f"model: {name!r} belongs to a lazy module without weights; run the model once on "
                "a batch, then pass it"
            )
    tensors = [*network.parameters(), *network.buffers()]
    found = tensors[0].device if tensors else torch.device(device or "cpu")
    if found.type == "meta":
        raise ValueError(
            "model: its parameters are on the meta device and hold no values; load the weights "
            "first"
        )
    try:
        wanted = found if device is None else torch.device(device)
    except RuntimeError:
        raise ValueError(f"device: {device!r} is none that torch knows, as 'cuda' is") from None
    if not _same_device(found, wanted):
        raise ValueError(
            f"device: the model is on {found}, not on {device}; move it with "
            f"model.to({str(device)!r}) first, since convscope never moves a model"
        )
    return found


def _same_device(a: torch.device, b: torch.device) -> bool:
    return a.type == b.type and (a.index or 0) == (b.index or 0)


def dtype_of(network: nn.Module) -> torch.dtype:
    """Return the type that floating-point inputs need."""
    floating = (p.dtype for p in network.parameters() if p.is_floating_point())
    return next(floating, torch.float32)


def input_channels(network: nn.Module) -> int:
    """Return how many channels the first convolution takes."""
    for module in network.modules():
        if isinstance(module, nn.modules.conv._ConvNd):
            return int(module.in_channels)
    return 3


def takes_pictures(network: nn.Module) -> bool:
    """Tell whether the first convolution is one over pictures, which need (N, C, H, W)."""
    convolutions = (m for m in network.modules() if isinstance(m, nn.modules.conv._ConvNd))
    return isinstance(next(convolutions, None), nn.Conv2d)
