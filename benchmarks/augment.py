"""Claim: a fused batch is 4 times faster than kornia's, single images not slower than v2's.

Run with ``python benchmarks/augment.py``. All contenders run the same six operations with the same
ranges: a mirror, a rotation, a perspective or an elastic bend, brightness, contrast and saturation.
Each image draws its own values. Libraries that take one image at a time get them one at a time;
torchvision's v2 is also shown with one draw for the whole batch, which is all that it can do there.
Then single images go through a DataLoader with 2 workers. A ratio is taken within each round.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from _measure import speedup, turn_by_turn
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from convscope import augment

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import peers  # needs the path

SIDE = 224
DEGREES, DISTORTION, FACTOR = 15.0, 0.3, 0.2
MAGNITUDE, SIGMA = (
    3.0,
    8.0,
)  # of the elastic bend: root mean square of the moves and their range, px
Third = Literal["perspective", "elastic"]
# What a smoothed field of ±1 loses by smoothing: with it, alphas mean the same everywhere.
ALPHA = 12.28 / 2
EPOCH = 96  # images that each worker pair sees in a round


def ours(third: Third) -> augment.Pipeline:
    """Return the six operations as convscope has them."""
    bend = {
        "perspective": augment.Perspective(distortion=DISTORTION, p=0.5),
        "elastic": augment.Elastic(magnitude=MAGNITUDE, sigma=SIGMA, p=0.5),
    }
    return augment.Pipeline(
        [
            augment.Flip(p=0.5),
            augment.Rotate(degrees=DEGREES, fit="keep"),
            bend[third],
            augment.Brightness(factor=(1 - FACTOR, 1 + FACTOR)),
            augment.Contrast(factor=(1 - FACTOR, 1 + FACTOR)),
            augment.Saturation(factor=(1 - FACTOR, 1 + FACTOR)),
        ],
        seed=0,
    )


def kornia(third: Third) -> Callable[[Tensor], Tensor]:
    """Return the six operations as kornia has them: floats, each image its own draw."""
    make = peers.kornia.augmentation
    spread = ALPHA * MAGNITUDE * SIGMA * 2 / SIDE  # it counts in halves of the image
    bend = {
        "perspective": lambda: make.RandomPerspective(DISTORTION, p=0.5),
        "elastic": lambda: make.RandomElasticTransform(
            (63, 63), (SIGMA, SIGMA), (spread, spread), p=0.5
        ),
    }
    factor = (1 - FACTOR, 1 + FACTOR)
    return make.AugmentationSequential(
        make.RandomHorizontalFlip(p=0.5),
        make.RandomRotation(DEGREES, p=1.0),
        bend[third](),
        make.RandomBrightness(factor, p=1.0),
        make.RandomContrast(factor, p=1.0),
        make.RandomSaturation(factor, p=1.0),
        data_keys=["input"],
    )


def torchvision(third: Third) -> Callable[[Any], Any]:
    """Return the six operations as torchvision's v2 has them."""
    v2 = peers.v2
    bilinear = v2.InterpolationMode.BILINEAR
    bend = {
        "perspective": v2.RandomPerspective(DISTORTION, p=0.5, interpolation=bilinear),
        "elastic": v2.RandomApply([v2.ElasticTransform(ALPHA * MAGNITUDE * SIGMA, SIGMA)], p=0.5),
    }
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(0.5),
            v2.RandomRotation(DEGREES, interpolation=bilinear),
            bend[third],
            v2.ColorJitter(brightness=FACTOR),
            v2.ColorJitter(contrast=FACTOR),
            v2.ColorJitter(saturation=FACTOR),
        ]
    )


def albumentations(third: Third) -> Callable[..., dict[str, Any]]:
    """Return the six operations as Albumentations has them: OpenCV on uint8 arrays (H, W, 3)."""
    make = peers.albumentations
    bend = {
        "perspective": make.Perspective(scale=(0.0, DISTORTION / 2), p=0.5),
        "elastic": make.ElasticTransform(ALPHA * MAGNITUDE * SIGMA, SIGMA, p=0.5),
    }
    factor, one = (1 - FACTOR, 1 + FACTOR), (1.0, 1.0)
    return make.Compose(
        [
            make.HorizontalFlip(p=0.5),
            make.Rotate(limit=DEGREES, p=1.0),
            bend[third],
            make.ColorJitter(brightness=factor, contrast=one, saturation=one, hue=(0, 0), p=1.0),
            make.ColorJitter(brightness=one, contrast=factor, saturation=one, hue=(0, 0), p=1.0),
            make.ColorJitter(brightness=one, contrast=one, saturation=factor, hue=(0, 0), p=1.0),
        ]
    )


def augmentor(third: Third) -> Callable[[Any], Any]:
    """Return the six operations as Augmentor has them: Pillow images one by one."""
    pipe = peers.Augmentor.Pipeline()
    pipe.flip_left_right(0.5)
    pipe.rotate(1, DEGREES, DEGREES)
    if third == "perspective":
        pipe.skew(0.5, DISTORTION)
    else:
        pipe.random_distortion(0.5, 8, 8, round(2 * MAGNITUDE))
    pipe.random_brightness(1, 1 - FACTOR, 1 + FACTOR)
    pipe.random_contrast(1, 1 - FACTOR, 1 + FACTOR)
    pipe.random_color(1, 1 - FACTOR, 1 + FACTOR)
    return pipe.torch_transform()


def batches(images: Tensor, third: Third) -> dict[str, Callable[[], object]]:
    """Return the contenders for a batch (N, 3, H, W) uint8; all give a batch of pictures."""
    floats = images / 255
    arrays = [np.ascontiguousarray(each.permute(1, 2, 0).numpy()) for each in images]
    pictures = [Image.fromarray(each) for each in arrays]
    pipe, batch, single = ours(third), kornia(third), torchvision(third)
    opencv, pillow = albumentations(third), augmentor(third)
    return {
        "convscope": lambda: pipe(images),
        "convscope, floats": lambda: pipe(floats),
        "kornia": lambda: batch(floats),
        "torchvision v2": lambda: [single(each) for each in images],
        "torchvision v2, one draw": lambda: single(images),
        "albumentations": lambda: [opencv(image=each)["image"] for each in arrays],
        "Augmentor": lambda: [pillow(each) for each in pictures],
    }


class Pictures(Dataset[Any]):
    """The same few pictures again and again, each through a transform."""

    def __init__(self, pictures: list[Any], transform: Callable[[Any], Any]) -> None:
        self.pictures = pictures
        self.transform = transform

    def __len__(self) -> int:
        return EPOCH

    def __getitem__(self, index: int) -> Any:
        """Return one augmented picture."""
        return self.transform(self.pictures[index % len(self.pictures)])


def loaders(images: Tensor, third: Third) -> dict[str, Callable[[], object]]:
    """Return an epoch of single images in 2 workers for each contender."""
    tensors = list(images)
    arrays = [np.ascontiguousarray(each.permute(1, 2, 0).numpy()) for each in images]
    opencv = albumentations(third)
    datasets: dict[str, Dataset[Any]] = {
        "convscope": ours(third).dataset(Pictures(tensors, _same)),
        "torchvision v2": Pictures(tensors, torchvision(third)),
        "albumentations": Pictures(arrays, lambda array: opencv(image=array)["image"]),
    }
    return {name: _epochs(dataset) for name, dataset in datasets.items()}


def _same(image: Any) -> Any:
    return image


def _epochs(dataset: Dataset[Any]) -> Callable[[], object]:
    loader = DataLoader(dataset, batch_size=16, num_workers=2, persistent_workers=True)

    def epoch() -> None:
        for _ in loader:
            pass

    return epoch


def main() -> None:
    """Print ratios with their spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu", action="store_true", help="count processor time: busy machines")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(options.images, 3, 14, 14, generator=generator)
    images = torch.nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bicubic")
    images = images.clamp_(0, 1).mul_(255).to(torch.uint8)
    clock = time.process_time if options.cpu else time.perf_counter

    print(f"six operations on {options.images} images of {SIDE}², {options.threads} threads:")
    print("how many times faster convscope is, within a round")
    for third in get_args(Third):
        print(f"\na batch, the third operation {third}")
        contenders = batches(images, third)
        seconds = turn_by_turn(contenders, rounds=options.rounds, warm=3, clock=clock)
        for peer in [each for each in seconds if not each.startswith("convscope")]:
            own = "convscope, floats" if peer == "kornia" else "convscope"
            print(f"  over {peer:26} {speedup(seconds, own, peer)}", flush=True)
        print(f"single images through a DataLoader with 2 workers, the third operation {third}")
        seconds = turn_by_turn(loaders(images, third), rounds=max(options.rounds // 2, 5))
        for peer in [each for each in seconds if each != "convscope"]:
            print(f"  over {peer:26} {speedup(seconds, 'convscope', peer)}", flush=True)


if __name__ == "__main__":
    main()
