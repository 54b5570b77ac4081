"""What plain hooks and plain autograd say about a model: nothing of convscope is used here."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ._specimen import Specimen


@dataclasses.dataclass
class Run:
    """One forward pass seen by hooks on every module."""

    outputs: dict[str, Tensor]  # what each call of each module gave, cloned before others write
    live: dict[str, Tensor]  # the same tensors uncloned, for autograd
    order: list[str]  # names of modules in the order in which they ended
    result: Any  # what the model gave


def network(model: nn.Module) -> nn.Module:
    """Return what DataParallel or torch.compile wraps."""
    if isinstance(model, nn.DataParallel):
        return model.module
    return getattr(model, "_orig_mod", model)


def run(specimen: Specimen, *, grad: bool = False) -> Run:
    """Run the specimen in evaluation mode with a hook on every module."""
    model = network(specimen.model).eval()
    seen = Run({}, {}, [], None)
    calls: Counter[str] = Counter()

    def hook_for(name: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> Any:
            call = f"@{calls[name]}" if calls[name] else ""
            calls[name] += 1
            seen.order.append(name)
            for suffix, tensor in parts(output):
                title = f"{name or 'output'}{call}{suffix}"
                seen.outputs[title] = tensor.detach().clone()
                seen.live[title] = tensor

        return hook

    with unfused(), torch.random.fork_rng(), torch.set_grad_enabled(grad):
        handles = [m.register_forward_hook(hook_for(n)) for n, m in model.named_modules()]
        torch.manual_seed(7)
        seen.result = model(*(t.clone() for t in specimen.example))  # some write into theirs
        for handle in handles:
            handle.remove()
    return seen


def parts(value: Any, suffix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Name every tensor in a nest of tuples, lists, dicts and dataclasses."""
    if isinstance(value, Tensor):
        yield suffix, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from parts(value[key], f"{suffix}[{key}]")
    elif hasattr(value, "_asdict"):
        yield from parts(value._asdict(), suffix)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from parts(item, f"{suffix}[{index}]")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from parts(getattr(value, field.name), f"{suffix}[{field.name}]")


def logits(specimen: Specimen, result: Any) -> Tensor:
    """Pick the class scores (N, classes) from what the model gave."""
    return result if specimen.logits is None else specimen.logits(result)


@contextmanager
def unfused() -> Iterator[None]:
    """Keep torch's attention and compiler from skipping the modules that hooks look at."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    with torch.compiler.set_stance("force_eager"):
        yield
    torch.backends.mha.set_fastpath_enabled(value=before)
