"""Generated code does to pixels what ours does: with fixed values the same, else as often."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
import torch
from generated import made, run, seed, smooth
from PIL import Image
from torch import Tensor

from convscope import augment
from convscope.augment import (
    Affine,
    AutoContrast,
    Brightness,
    CoarseDropout,
    ColorJitter,
    Contrast,
    CropFraction,
    CropSize,
    Elastic,
    Equalise,
    Flip,
    Gamma,
    GaussianBlur,
    GaussianNoise,
    Greyscale,
    HSVShift,
    HueShift,
    Invert,
    JpegCompression,
    Pad,
    PadFraction,
    PadTo,
    Perspective,
    Pipeline,
    Posterise,
    RandomErasing,
    RandomResizedCrop,
    Resize,
    ResizeShorter,
    RGBShift,
    Rotate,
    Rotate90,
    SaltAndPepper,
    Saturation,
    Scale,
    Sharpen,
    Shear,
    Solarise,
    Translate,
    Zoom,
)
from peers import torchvision

TARGETS = ("torchvision", "kornia", "albumentations")
T, K, A = TARGETS
ALL = TARGETS

# Operations with fixed values, and who has a counterpart.
SAME: list[tuple[Any, tuple[str, ...]]] = [
    (Rotate90(turns="90"), (T, A)),
    (Rotate90(turns="180"), ALL),
    (Rotate90(turns="270"), (T, A)),
    (Rotate(degrees=(17, 17)), ALL),
    (Rotate(degrees=(-40, -40)), ALL),
    (Rotate(degrees=(17, 17), fit="keep", fill=0.4), ALL),
    (Rotate(degrees=(17, 17), fit="keep", fill=(0.1, 0.5, 0.9)), ALL),
    (Rotate(degrees=(17, 17), fit="keep", fill="edge"), (K, A)),
    (Rotate(degrees=(17, 17), fit="keep", fill="reflect"), (K, A)),
    (Rotate(degrees=(17, 17), fit="expand"), (T,)),
    (Flip(), ALL),
    (Flip(axis="vertical"), ALL),
    (Translate(x=(0.25, 0.25), y=(-0.1, -0.1)), ALL),
    (Shear(degrees=(12, 12), axis="x"), ALL),
    (Shear(degrees=(-12, -12), axis="y"), ALL),
    (Shear(degrees=(12, 12), axis="y", fit="keep"), ALL),
    (Affine(degrees=(9, 9), x=0, y=0, scale=1.2, shear_x=(7, 7), shear_y=(-4, -4)), ALL),
    (Affine(degrees=(9, 9), x=(0.25, 0.25), y=(0.1, 0.1), scale=0.8, shear_x=(7, 7)), (T, A)),
    (Zoom(factor=(1.3, 1.3)), ALL),
    (Zoom(factor=(0.7, 0.7)), ALL),
    (CropFraction(side=(0.5, 0.5), place="centre"), ALL),
    (Resize(height=32, width=40), ALL),
    (Resize(height=90, width=100), ALL),
    (ResizeShorter(side=40), ALL),
    (Scale(factor=(1.5, 1.5)), (A,)),
    (Pad(left=3, top=5, right=7, bottom=1, fill=0.7), (T, A)),
    (Pad(left=3, top=5, right=7, bottom=1, fill="edge"), (T, A)),
    (Pad(left=3, top=5, right=7, bottom=1, fill="reflect"), (T, A)),
    (PadFraction(x=(0.25, 0.25), y=(0.1, 0.1)), (A,)),
    (PadTo(height=80, width=100, square=False), (A,)),
    (PadTo(multiple=32, square=False), (A,)),
    (CropSize(height=30, width=40, place="centre"), ALL),
    (CropSize(height=70, width=40, place="centre"), (T, A)),
    (RandomResizedCrop(height=30, width=40, scale=(1, 1), ratio=(1.4, 1.4)), ALL),
    (Brightness(factor=(1.3, 1.3)), ALL),
    (Contrast(factor=(0.5, 0.5)), ALL),
    (Saturation(factor=(1.6, 1.6)), ALL),
    (ColorJitter(brightness=(1.1, 1.1), contrast=(0.8, 0.8), saturation=(1.2, 1.2)), ALL),
    (RGBShift(red=(0.1, 0.1), green=(-0.2, -0.2), blue=(0, 0)), (K, A)),
    (Invert(), ALL),
    (Greyscale(), ALL),
    (HueShift(degrees=(50, 50)), ALL),
    (HSVShift(hue=(-20, -20), saturation=(1, 1), value=(0.8, 0.8)), (T, K)),
    (HSVShift(hue=(40, 40), saturation=(1.3, 1.3), value=(1, 1)), (K,)),
    (Gamma(gamma=(1.5, 1.5)), ALL),
    (Posterise(bits=(3, 3)), ALL),
    (Solarise(threshold=(0.6, 0.6)), ALL),
    (Equalise(), ALL),
    (AutoContrast(), ALL),
    (GaussianBlur(sigma=(1.2, 1.2)), ALL),
    (GaussianBlur(sigma=(4, 4)), ALL),
    (Sharpen(factor=(3, 3)), (T, K)),
    (JpegCompression(quality=(20, 20)), ALL),
]
# How far the mean of all pixels may be off, in grey levels; half a level is the rounding to bytes.
LEVELS = 1.0
LEVELS_OF = {
    (ColorJitter, T): 2.0,  # rounded to bytes after each of three
    (ColorJitter, A): 2.0,
    (Equalise, K): 4.0,  # their steps are cut off elsewhere
    (Equalise, A): 4.0,
    (JpegCompression, K): 3.0,  # an approximation that can be differentiated
    (JpegCompression, A): 6.0,
}


def _ids(table: list[Any]) -> list[str]:
    return [f"{i} {type(row[0]).__name__}" for i, row in enumerate(table)]


@pytest.fixture(autouse=True)
def _jpeg_by_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give torchvision a codec: the one of its CUDA build does not load beside a CPU torch."""

    def encode(image: Tensor, quality: int) -> Tensor:
        kept = io.BytesIO()
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(kept, "JPEG", quality=quality)
        return torch.frombuffer(bytearray(kept.getvalue()), dtype=torch.uint8)

    def decode(data: Tensor) -> Tensor:
        opened = Image.open(io.BytesIO(data.numpy().tobytes()))
        return torch.from_numpy(np.array(opened)).permute(2, 0, 1)

    assert torchvision  # completed and loaded
    module = sys.modules["torchvision.transforms.v2.functional._augment"]
    monkeypatch.setattr(module, "encode_jpeg", encode)
    monkeypatch.setattr(module, "decode_jpeg", decode)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("operation", "targets"), SAME, ids=_ids(SAME))
def test_fixed_values_make_the_same_picture(
    operation: Any, targets: tuple[str, ...], target: str
) -> None:
    pipe = Pipeline([operation], seed=0)
    code = pipe.to_code(target)  # type: ignore[arg-type]
    if target not in targets:
        assert f"# {type(operation).__name__}(" in code or "  # " in code
        return
    image = smooth()
    ours, theirs = pipe(image[None]).images[0], run(target, made(code), image)
    assert theirs.shape == ours.shape
    allowed = LEVELS_OF.get((type(operation), target), LEVELS)
    assert (theirs - ours).abs().mean() * 255 < allowed


# Operations with ranges, and what of the result tells the draw.
def _mean(image: Tensor) -> float:
    return float(image.mean())


def _centre(image: Tensor) -> float:
    """Return where the light of an image lies across, 0 to 1."""
    columns = image.mean((0, 1))
    return float((columns * torch.linspace(0, 1, len(columns))).sum() / columns.sum())


def _spread(image: Tensor) -> float:
    return float((image - 0.5).std())


def _covered(image: Tensor) -> float:
    return float((image != image[0, 0, 0]).float().mean())


def _slope(image: Tensor) -> float:
    """Return the angle of the straight edge between dark and bright, from where it is steepest."""
    rows = image.mean(0)[10:-10]
    edge = (rows < 0.5).float().sum(1)
    return float((edge[-1] - edge[0]) / len(edge))


def _grey(height: int = 40, width: int = 40) -> Tensor:
    return torch.full((3, height, width), 0.5)


def _dot() -> Tensor:
    image = torch.zeros(3, 41, 61)
    image[:, 18:23, 28:33] = 1
    return image


def _halves() -> Tensor:
    image = torch.zeros(3, 48, 48)
    image[:, :, 24:] = 1
    return image


SPREAD: list[tuple[Any, Any, Any, tuple[str, ...]]] = [
    (Brightness(factor=(0.4, 1.2)), _mean, _grey, ALL),
    (Brightness(factor=(0.4, 1.2), p=0.5), _mean, _grey, ALL),
    (Gamma(gamma=(0.5, 2)), _mean, _grey, ALL),
    (RGBShift(red=(-0.2, 0.3), green=0.1, blue=0), _mean, _grey, (K, A)),
    (Posterise(bits=(1, 3)), _mean, lambda: smooth() * 0.9, ALL),
    (Solarise(threshold=(0.2, 0.9)), _mean, smooth, ALL),
    (GaussianNoise(std=(0.1, 0.1)), _spread, _grey, ALL),
    (GaussianNoise(std=(0.05, 0.2)), _spread, _grey, (T, A)),
    (SaltAndPepper(amount=(0.1, 0.4)), _spread, _grey, (K, A)),
    (Rotate(degrees=(-20, 30), fit="crop"), _slope, _halves, ALL),
    (Translate(x=(-0.3, 0.3), y=0), _centre, _dot, ALL),
    (Translate(x=(0.1, 0.3), y=0), _centre, _dot, ALL),
    (Affine(degrees=20, x=0.2, y=0, scale=(0.8, 1.2)), _centre, _dot, ALL),
    (Zoom(factor=(1, 2)), _mean, _dot, ALL),
    (Perspective(distortion=0.5), _mean, _grey, (T, K)),
    (CropSize(height=30, width=20), _mean, smooth, ALL),
    (RandomResizedCrop(height=30, width=30, scale=(0.2, 1)), _mean, _dot, ALL),
    (RandomErasing(area=(0.1, 0.3), content="constant"), _covered, _grey, (T, K, A)),
    (RandomErasing(area=(0.1, 0.3)), _spread, _grey, (T, A)),
    (CoarseDropout(holes=(2, 6), size=0.1), _mean, _grey, (A,)),
    (augment.OneOf([Flip(), Flip(axis="vertical")], weights=[1, 2], p=0.9), _centre, smooth, ALL),
    (Rotate90(), _centre, lambda: smooth(50, 50), ALL),
    (Shear(degrees=30), _slope, _halves, ALL),
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("operation", "measure", "image", "targets"), SPREAD, ids=_ids(SPREAD))
def test_ranges_are_drawn_alike(
    operation: Any, measure: Any, image: Any, targets: tuple[str, ...], target: str
) -> None:
    if target not in targets:
        return  # that a comment says so is tested for all
    count, picture = 300, image()
    pipe = Pipeline([operation], seed=1)
    pipeline = made(pipe.to_code(target))  # type: ignore[arg-type]
    seed(pipeline, target, 2)
    ours = [measure(each) for each in pipe(picture.expand(count, -1, -1, -1)).images]
    theirs = [measure(run(target, pipeline, picture)) for _ in range(count)]
    a, b = np.sort(ours), np.sort(theirs)
    width = max(a[-1] - a[0], b[-1] - b[0], 1e-3)
    # Both sorted: as far apart on average as two draws of one distribution, and little more.
    assert np.abs(a - b).mean() < 0.07 * width + 1 / 255


@pytest.mark.parametrize("target", [T, A])
def test_a_smooth_bend_is_as_strong(target: str) -> None:
    pipe = Pipeline([Elastic(magnitude=(2, 2), sigma=8, fill=0.5)], seed=3)
    pipeline = made(pipe.to_code(target))  # type: ignore[arg-type]
    seed(pipeline, target, 4)
    ramp = torch.linspace(0, 1, 128).expand(3, 128, 128)

    def moved(image: Tensor) -> float:
        return float((image - ramp)[:, 24:-24, 24:-24].mul(127).pow(2).mean().sqrt())

    ours = np.mean([moved(each) for each in pipe(ramp.expand(20, -1, -1, -1)).images])
    theirs = np.mean([moved(run(target, pipeline, ramp)) for _ in range(20)])
    assert theirs == pytest.approx(ours, rel=0.15)
