"""Claim: Grad-CAM of several layers and classes costs one forward pass, not one for each.

Run with ``python benchmarks/attribution.py``; ``--threads``, ``--rounds`` and ``--side`` make it
smaller or larger. A batch of 8 through ResNet-18, 5 layers × 3 classes: convscope in one call,
captum's ``LayerGradCam`` once a layer and class, and pytorch-grad-cam once a layer and class, which
scales each map to [0, 1] at the size of the image. All get the same tensors and are timed turn by
turn in one process; a ratio is taken within each round. Beforehand the maps are compared, and what
each leaves in the model's ``.grad``. At last the two ways to go back for several classes: a pass
for each, which convscope takes, and one that torch vectorises over the classes.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from _measure import speedup, turn_by_turn
from capture import resnet18
from torch import Tensor, nn

import convscope as cs
from convscope.network import Capture, untouched

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import peers  # noqa: F401 - makes torchvision importable, which grad-cam wants

# isort: split
import pytorch_grad_cam
from captum.attr import LayerGradCam
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

LAYERS = ["0", "2", "4", "6", "8"]  # the stem and the last block of each width
CLASSES = [3, 250, 999]
BATCH = 8

Maps = dict[tuple[str, int], Tensor]


def convscope_maps(scope: cs.Scope, images: Tensor, *, signed: bool = False) -> Maps:
    """Return all maps from one call."""
    options = {"layers": LAYERS, "batch_size": len(images), "signed": signed}
    found = scope.attribute(images, [CLASSES], **options)
    return {(n, k): found.maps[n][:, i] for n in LAYERS for i, k in enumerate(CLASSES)}


def captum_maps(model: nn.Sequential, images: Tensor, *, signed: bool = False) -> Maps:
    """Return all maps from a call for each layer and class."""
    maps = {}
    for name in LAYERS:
        cam = LayerGradCam(model, model[int(name)])
        for k in CLASSES:
            found = cam.attribute(images, target=k, relu_attributions=not signed)
            maps[name, k] = found[:, 0].detach()
    return maps


def grad_cam_maps(model: nn.Sequential, images: Tensor) -> Maps:
    """Return all maps of pytorch-grad-cam, each image scaled to [0, 1] at its own size."""
    maps = {}
    for name in LAYERS:
        with pytorch_grad_cam.GradCAM(model, [model[int(name)]]) as cam:
            for k in CLASSES:
                targets = [ClassifierOutputTarget(k)] * len(images)
                maps[name, k] = torch.from_numpy(cam(images, targets))
    return maps


def agree(scope: cs.Scope, images: Tensor) -> None:
    """Print the largest differences, and stop if captum's are not the same maps.

    Before the ReLU, so that no map is empty, relative to the largest value of each.
    """
    ours, captum = (
        convscope_maps(scope, images, signed=True),
        captum_maps(scope.network, images, signed=True),
    )
    worst = max(float((ours[k] - captum[k]).abs().max() / captum[k].abs().max()) for k in ours)
    print(f"largest difference to captum        {worst:.1e} of the largest value of a map")
    if worst > 1e-5:
        raise AssertionError("convscope and captum give other maps")
    scaled = []
    grad_cam = grad_cam_maps(scope.network, images)
    for key, maps in convscope_maps(scope, images).items():
        size = (images.shape[3], images.shape[2])
        large = scale_cam_image(
            scale_cam_image(maps.numpy(), size)
        )  # as grad-cam does with its own
        scaled.append(float((torch.from_numpy(large) - grad_cam[key]).abs().max()))
    print(f"largest difference to grad-cam      {max(scaled):.1e}, both scaled to 0 … 1")


def left_behind(model: nn.Module, run: Callable[[], object]) -> int:
    """Return how many parameters have a ``.grad`` after a call."""
    model.zero_grad(set_to_none=True)
    run()
    return sum(parameter.grad is not None for parameter in model.parameters())


def backward_ways(scope: cs.Scope, images: Tensor) -> dict[str, Callable[[], object]]:
    """Return the two ways to go back for several classes, without what else a call does."""
    capture = Capture(scope.network, scope.layers, LAYERS)
    with untouched(scope.network, gradients=True):
        done = capture.run_with_graph((images,))
    scores, tensors = done.output[:, CLASSES].T, list(done.taken.values())
    count = len(CLASSES)
    eye = torch.eye(count)[:, :, None].expand(count, count, len(images))

    def a_pass_each() -> object:
        return [torch.autograd.grad(row.sum(), tensors, retain_graph=True) for row in scores]

    def vectorised() -> object:
        return torch.autograd.grad(scores, tensors, eye, retain_graph=True, is_grads_batched=True)

    return {"a pass each": a_pass_each, "vectorised": vectorised}


def main() -> None:
    """Print what is compared, and ratios with their spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu", action="store_true", help="count processor time: busy machines")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = resnet18()
    scope = cs.Scope(model, "none")
    images = torch.randn(BATCH, 3, options.side, options.side)
    ways = {
        "convscope": lambda: convscope_maps(scope, images),
        "captum": lambda: captum_maps(model, images),
        "grad-cam": lambda: grad_cam_maps(model, images),
    }
    print(
        f"ResNet-18, {len(LAYERS)} layers × {len(CLASSES)} classes, {BATCH} images of "
        f"{options.side} × {options.side}, {options.threads} threads"
    )
    agree(scope, images)
    left = {name: left_behind(model, way) for name, way in ways.items()}
    print("parameters left with a .grad        " + ", ".join(f"{n} {k}" for n, k in left.items()))
    clock = time.process_time if options.cpu else time.perf_counter
    seconds = turn_by_turn(ways, rounds=options.rounds, clock=clock)
    print("how many times faster, within a round")
    for peer in ("captum", "grad-cam"):
        print(f"  convscope over {peer:8} {speedup(seconds, 'convscope', peer)}", flush=True)
    back = turn_by_turn(backward_ways(scope, images), rounds=options.rounds, clock=clock)
    print(f"  a backward pass for each class over one vectorised {speedup(back, *back)}")


if __name__ == "__main__":
    main()
