"""Claim: 16 different targets in one batch cost a quarter of a loop over them, image by image.

Run with ``python benchmarks/featurevis.py``. All contenders optimise Fourier coefficients in
decorrelated colours with Adam at 0.05, through the same jitter, scale and rotation, so that the
network sees pictures of one size. They are timed turn by turn in one process, in seconds for one
picture and step, and a ratio is taken within each round.

- loop: what today's tools run. The whole network, weights that require gradients, one picture at
  a time, one draw for all of a batch.
- lucent: ``render_vis`` of torch-lucent 0.1.8 with two of kornia's functions put back in place.
- horama: ``fourier`` of Horama 0.3.0, two crops of nearly the whole picture, which count as two.
- bare: forward and backward of the truncated network alone, on the batches that convscope uses.

Peers that are not installed are left out: ``pip install --no-deps torch-lucent decorator horama
einops`` brings them.
Then each target is optimised for ``--steps`` steps by convscope and by the loop, and what the
clean pictures reach is compared.
"""

import argparse
import contextlib
import importlib.util
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from _measure import speedup, turn_by_turn
from capture import resnet18
from torch import Tensor, nn
from torch.nn import functional

import convscope as cs
from convscope.featurevis import Run, Settings
from convscope.featurevis.draws import Draws
from convscope.featurevis.params import Fourier, canvas_of
from convscope.featurevis.transforms import standard, views_of

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

TARGETS = 16
PER_TURN = 2  # steps
CROPS = 2  # the fewest that Horama runs with; each counts as a picture


@dataclass(frozen=True)
class Subject:
    """A network with a layer, and what runs until there."""

    name: str
    scope: cs.Scope
    layer: str
    module: nn.Module
    until: nn.Sequential


def subjects(depth: float) -> list[Subject]:
    """Return the two networks, cut at a share of their blocks."""
    lite = cs.demo.scope()
    blocks = list(lite.model.blocks)
    count = round(depth * len(blocks))
    model = resnet18()
    steps = list(model)
    cut = round(depth * 8)
    prepare = cs.Preprocess(size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    return [
        Subject(
            "EfficientNet-Lite0",
            lite,
            f"blocks.{count - 1}",
            blocks[count - 1],
            nn.Sequential(lite.model.stem, *blocks[:count]),
        ),
        Subject(
            "ResNet-18",
            cs.Scope(model, prepare),
            str(cut),
            steps[cut],
            nn.Sequential(*steps[: cut + 1]),
        ),
    ]


class Loop:
    """One picture at a time, as today's tools have it."""

    def __init__(self, subject: Subject, size: int, unit: int) -> None:
        self.subject, self.unit, self.step = subject, unit, 0
        self.canvas = canvas_of((size, size), 3)
        self.key = (f"loop {unit}",)
        self.numbers = Fourier().start(self.canvas, self.key, 0).requires_grad_(True)
        self.optimizer = torch.optim.Adam([self.numbers], lr=0.05)
        self.normal = normaliser(subject.scope)
        self.features: Tensor | None = None

    def run(self, steps: int) -> None:
        """Make some steps."""
        keep = self.subject.module.register_forward_hook(self._keep)
        for _ in range(steps):
            self.optimizer.zero_grad()
            image = Fourier().image(self.canvas, self.numbers)
            draws = Draws(0, self.key, self.step)
            size = self.canvas.size
            self.subject.scope.model(self.normal(views_of(image, standard(size), draws, 0.0, size)))
            loss = -self.features[:, self.unit].mean()
            loss.backward()
            self.optimizer.step()
            self.step += 1
        keep.remove()

    def clean(self) -> float:
        """Return what the picture reaches as it is."""
        with torch.no_grad():
            image = self.normal(Fourier().image(self.canvas, self.numbers))
            return float(self.subject.until(image)[:, self.unit].mean())

    def _keep(self, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        self.features = output


def normaliser(scope: cs.Scope) -> Callable[[Tensor], Tensor]:
    """Return the function from [0, 1] to what the network takes."""
    mean = torch.tensor(scope.preprocess.mean).view(-1, 1, 1)
    std = torch.tensor(scope.preprocess.std).view(-1, 1, 1)
    return lambda images: (images - mean) / std


def ours(subject: Subject, size: int, steps: int, **options: Any) -> Run:
    """Return a run over all targets."""
    targets = [f"{subject.layer}:{unit}" for unit in range(TARGETS)]
    settings = Settings(steps=steps, size=size, redirect=0, **options)
    return Run(subject.scope, targets, settings)


def bare(subject: Subject, size: int, at_once: int) -> Callable[[], None]:
    """Return forward and backward of the truncated network for all targets."""
    images = torch.rand(TARGETS, 3, size, size).contiguous(memory_format=torch.channels_last)

    def run() -> None:
        with frozen(subject.scope.model):
            for units in torch.arange(TARGETS).split(at_once):
                part = images[units].requires_grad_(True)
                maps = subject.until(part)
                loss = -maps[torch.arange(len(units)), units].mean((1, 2)).sum()
                torch.autograd.grad(loss, part)

    return run


@contextlib.contextmanager
def frozen(model: nn.Module):
    """Let no weight require a gradient meanwhile."""
    for weight in model.parameters():
        weight.requires_grad_(False)
    yield
    for weight in model.parameters():
        weight.requires_grad_(True)


def lucent(subject: Subject, size: int) -> Callable[[], None] | None:
    """Return a few steps of torch-lucent on one picture, None where it is not installed."""
    if importlib.util.find_spec("lucent") is None:
        return None
    from peers import kornia

    kornia.get_rotation_matrix2d = kornia.geometry.transform.get_rotation_matrix2d
    kornia.warp_affine = kornia.geometry.transform.warp_affine
    from lucent.optvis import objectives, param, render

    model = subject.scope.model
    layer = subject.layer.replace(".", "_")

    def run() -> None:
        render.render_vis(
            model,
            objectives.channel(layer, 3),
            lambda: param.image(size),
            thresholds=(PER_TURN,),
            progress=False,
            show_image=False,
            fixed_image_size=size,
        )
        for module in model.modules():  # it never removes its hooks
            module._forward_hooks.clear()

    return run


def crops(images: Tensor, boxes: Tensor, output_size: tuple[int, int]) -> Tensor:
    """Crop as torchvision's roi_align, whose compiled half a torch for CPUs alone does not have.

    What stands in for it there takes 500 times as long as this.
    """
    side = images.shape[2]
    x0, y0, x1, y1 = (boxes[:, 1:] / side * 2 - 1).T
    zero = torch.zeros_like(x0)
    rows = ((x1 - x0) / 2, zero, (x1 + x0) / 2, zero, (y1 - y0) / 2, (y1 + y0) / 2)
    maps = torch.stack(rows, 1).view(-1, 2, 3)
    grid = functional.affine_grid(maps, [len(boxes), 3, *output_size], align_corners=False)
    return functional.grid_sample(images.expand(len(boxes), -1, -1, -1), grid, align_corners=False)


def horama(subject: Subject, size: int) -> Callable[[], None] | None:
    """Return a few steps of Horama on one picture, None where it is not installed."""
    if importlib.util.find_spec("horama") is None or importlib.util.find_spec("einops") is None:
        return None
    importlib.import_module("peers")  # lets torchvision be imported
    from horama import common, fourier

    common.roi_align = crops

    features: list[Tensor] = []

    def objective(images: Tensor) -> Tensor:
        features.clear()
        subject.scope.model(images)
        return features[0][:, 3].mean()

    def run() -> None:
        keep = subject.module.register_forward_hook(lambda _m, _i, out: features.append(out))
        with contextlib.redirect_stderr(io.StringIO()):
            fourier(
                objective,
                total_steps=PER_TURN,
                image_size=size,
                model_input_size=size,
                crops_per_iteration=CROPS,
                box_size=(0.9, 1.0),
                device="cpu",
            )
        keep.remove()

    return run


def time_all(subject: Subject, options: argparse.Namespace) -> None:
    """Print how many times faster convscope is than each contender."""
    size = options.size
    for weight in subject.scope.model.parameters():
        weight.requires_grad_(True)
    run = ours(subject, size, steps=10**6, check=10**6)
    loops = [Loop(subject, size, unit) for unit in range(4)]
    alone = bare(subject, size, run._limit)

    def step() -> None:
        for _ in range(PER_TURN):
            next(run)

    def loop() -> None:
        for each in loops:
            each.run(PER_TURN)

    ways: dict[str, tuple[Callable[[], object] | None, int]] = {
        "convscope": (step, TARGETS * PER_TURN),
        "loop": (loop, len(loops) * PER_TURN),
        "bare": (lambda: [alone() for _ in range(PER_TURN)], TARGETS * PER_TURN),
        "lucent": (lucent(subject, size), PER_TURN),
        "horama": (horama(subject, size), CROPS * PER_TURN),
    }
    there = {name: way for name, (way, _) in ways.items() if way is not None}
    clock = time.process_time if options.cpu else time.perf_counter
    seconds = turn_by_turn(there, rounds=options.rounds, clock=clock)
    each = {name: [s / ways[name][1] for s in values] for name, values in seconds.items()}
    for name, values in each.items():
        print(f"  {name:9} {statistics.median(values) * 1e3:7.2f} ms for a picture and step")
    for name in there:
        if name != "convscope":
            print(f"  convscope over {name:7} {speedup(each, 'convscope', name)}")


def compare_quality(subject: Subject, options: argparse.Namespace) -> None:
    """Print what the clean pictures reach after the same number of steps."""
    run = ours(subject, options.size, options.steps)
    for _ in run:
        pass
    reached = [picture.quality.activation for picture in run.results()]
    loops = [Loop(subject, options.size, unit) for unit in range(TARGETS)]
    for each in loops:
        each.run(options.steps)
    others = [each.clean() for each in loops]
    ratios = [a / b for a, b in zip(reached, others, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(
        f"  clean activation after {options.steps} steps, convscope over loop: {middle:.3f} "
        f"(quartiles {low:.3f} to {high:.3f}, {TARGETS} units)"
    )


def main() -> None:
    """Print the ratios with their spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--depth", type=float, default=0.5, help="share of the blocks")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu", action="store_true", help="count processor time: busy machines")
    parser.add_argument("--only-time", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print(
        f"{TARGETS} targets, pictures of {options.size} × {options.size}, "
        f"{options.threads} threads; how many times faster, within a round\n"
    )
    for subject in subjects(options.depth):
        print(f"{subject.name}, {options.depth:.0%} of its blocks (to {subject.layer})")
        time_all(subject, options)
        if not options.only_time:
            compare_quality(subject, options)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
