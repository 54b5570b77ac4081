"""The network inside its wrapper: DataParallel, DistributedDataParallel, torch.compile."""

from __future__ import annotations

from torch import nn

_PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def unwrap(model: nn.Module) -> nn.Module:
    """Return the user's network inside ``model``.

    Wrappers run replicas or compiled code, which hooks do not see, and put a prefix before every
    name; the network inside shares all parameters with them.
    """
    while True:
        if isinstance(model, _PARALLEL):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        else:
            return model
