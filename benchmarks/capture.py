"""Claim: a capture costs what a bare forward loop costs, and less than captum's; memory is flat.

Run with ``python benchmarks/capture.py``; ``--threads``, ``--rounds`` and ``--images`` make it
smaller or larger. All contenders get the same prepared tensors, in batches of 32, and are timed
turn by turn in one process; a ratio is taken within each round. Peak memory is read in a process
of its own for each number of images.
"""

import argparse
import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from _measure import speedup, turn_by_turn
from captum.attr import LayerActivation
from torch import Tensor, nn
from torch.utils.data import Dataset

import convscope as cs

BATCH = 32


@dataclass(frozen=True)
class Subject:
    """A network, cut into the steps that a bare loop runs one after another."""

    name: str
    scope: cs.Scope
    steps: list[tuple[str, nn.Module]]  # from the input on, by layer name

    def at(self, depth: float) -> int:
        """Return how many steps make this fraction of the depth."""
        return round(depth * len(self.steps))


class BasicBlock(nn.Module):
    """ResNet's block of two convolutions (He et al. 2015)."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))
            if stride > 1 or inner != outer
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inner, H, W) to (N, outer, H / stride, W / stride)."""
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.downsample(x)
        return self.relu(out)


def resnet18() -> nn.Sequential:
    """Build ResNet-18 with random weights, as a chain of its stem, eight blocks and head."""
    stem = nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    )
    widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
    blocks = [
        BasicBlock(inner, outer, 1 if inner == outer else 2)
        for inner, outer in itertools.pairwise(widths)
    ]
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))
    return nn.Sequential(stem, *blocks, head).eval()


def subjects() -> Iterator[Subject]:
    """Yield the two networks; their blocks are the steps, so that depth means blocks."""
    lite = cs.demo.scope().model
    blocks = [(f"blocks.{name}", block) for name, block in lite.blocks.named_children()]
    yield Subject(
        "EfficientNet-Lite0",
        cs.Scope(lite, "none"),
        [("stem", lite.stem), *blocks, ("head", lite.head)],
    )
    model = resnet18()
    yield Subject("ResNet-18", cs.Scope(model, "none"), list(model.named_children())[:-1])


def contenders(subject: Subject, count: int, images: Tensor) -> dict[str, Callable[[], object]]:
    """Return the ways to get one layer's activations for all images."""
    layer, module = subject.steps[count - 1]
    bare = nn.Sequential(*(step for _, step in subject.steps[:count]))
    captum = LayerActivation(subject.scope.model, module)

    def run_bare() -> list[Tensor]:
        with torch.no_grad():
            return [bare(batch) for batch in images.split(BATCH)]

    def run_captum() -> list[Tensor]:
        return [captum.attribute(batch) for batch in images.split(BATCH)]

    def run_convscope() -> list[Tensor]:
        batches = subject.scope.iter_activations(images, [layer], batch_size=BATCH)
        return [batch.activations[layer] for batch in batches]

    ways = {"convscope": run_convscope, "bare": run_bare, "captum": run_captum}
    want = torch.cat(run_bare())
    for name, way in ways.items():
        if not torch.equal(torch.cat(way()), want):
            raise AssertionError(f"{name} gives other activations than the bare loop")
    return ways


class Noise(Dataset):
    """Images made when they are asked for, so that only the capture can hold them."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Tensor:
        """Return one (3, 64, 64) image in uint8."""
        generator = torch.Generator().manual_seed(index)
        return torch.randint(256, (3, 64, 64), dtype=torch.uint8, generator=generator)


def print_peak(images: int) -> None:
    """Stream the images through a quarter of ResNet-18 and print the peak in MiB."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    scope = cs.Scope(resnet18(), cs.Preprocess(size=64))
    total = 0.0
    for batch in scope.iter_activations(Noise(images), ["2"], batch_size=BATCH):
        total += float(batch.activations["2"].mean())
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) / 1024)


def peak_in_own_process(images: int) -> float:
    """Return the peak memory of streaming so many images, in MiB."""
    command = [sys.executable, __file__, "--peak", str(images)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Print ratios with their spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--images", type=int, default=BATCH)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu", action="store_true", help="count processor time: busy machines")
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(options.peak)
        return
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    images = torch.rand(options.images, 3, 224, 224)
    clock = time.process_time if options.cpu else time.perf_counter
    print(f"{options.images} images of 224 × 224, batches of {BATCH}, {options.threads} threads")
    print("how many times faster, within a round\n")
    for subject in subjects():
        for depth in (0.25, 0.5, 1.0):
            count = subject.at(depth)
            ways = contenders(subject, count, images)
            seconds = turn_by_turn(ways, rounds=options.rounds, clock=clock)
            print(f"{subject.name}, {depth:.0%} of its blocks (to {subject.steps[count - 1][0]})")
            for fast, slow in (("convscope", "bare"), ("convscope", "captum"), ("bare", "captum")):
                print(f"  {fast:9} over {slow:6} {speedup(seconds, fast, slow)}", flush=True)
    few, many = peak_in_own_process(200), peak_in_own_process(5000)
    print(f"\npeak memory of 5,000 images over that of 200: {many / few:.3f}")


if __name__ == "__main__":
    main()
