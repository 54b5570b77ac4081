"""Operations that move pixels, as kornia code for float images in [0, 1]."""

# ruff: noqa: ARG001  # the functions of a table are called alike

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.kornia.phrases import SHARED, probability
from convscope.augment.codegen.script import Context, Step, Table, arguments, block, literal, pair

_BY_AREA = "align_corners=False, antialias=True"
_PADDING = {"edge": "border", "reflect": "reflection"}


def _rotate90(op: Any, context: Context) -> Step:
    times = (1, 2, 3) if op.turns == "any" else (int(op.turns) // 90,)
    if times == (2,):
        return Step(f"K.RandomRotation90((2, 2), {probability(op)})")
    note = "for square images, the canvas stays"
    if len(times) == 1:
        return Step(f"K.RandomRotation90(({times[0]}, {times[0]}), {probability(op)})", note)
    return one_of([f"K.RandomRotation90(({n}, {n}), p=1)" for n in times], op.p, note)


def _rotate(op: Any, context: Context) -> Step:
    if op.fit == "expand":
        return Step(note="no counterpart, the canvas of a batch can't grow")
    return _moved(op, context, degrees=op.degrees, fitted=op.fit == "crop")


def _flip(op: Any, context: Context) -> Step:
    names = {"horizontal": "RandomHorizontalFlip", "vertical": "RandomVerticalFlip"}
    if op.axis == "either":
        return one_of([f"K.{name}(p=1)" for name in names.values()], op.p)
    return Step(f"K.{names[op.axis]}({probability(op)})")


def _translate(op: Any, context: Context) -> Step:
    if not isinstance(op.fill, str) and op.fill != 0:
        return _no_fill(op)
    filled = _fill(op, context)
    told = arguments({"translate_x": op.x, "translate_y": op.y})
    return Step(f"K.RandomTranslate({told}, {_interpolation(context)}{filled}, {probability(op)})")


def _shear(op: Any, context: Context) -> Step:
    fitted = op.fit == "crop"
    if op.axis != "either":
        return _moved(op, context, fitted=fitted, **{f"shear_{op.axis}": op.degrees})
    certain = op.replace(p=1)
    both = [_moved(certain, context, fitted=fitted, **{f"shear_{a}": op.degrees}) for a in "xy"]
    return one_of([each.code for each in both], op.p)


def _affine(op: Any, context: Context) -> Step:
    if any(low != -high for low, high in (op.x, op.y)):
        return Step(note="no counterpart, K.RandomAffine shifts to both sides alike")
    names = ("degrees", "x", "y", "scale", "shear_x", "shear_y")
    return _moved(op, context, **{name: getattr(op, name) for name in names})


def _zoom(op: Any, context: Context) -> Step:
    return _moved(op, context, scale=op.factor)


def _crop_fraction(op: Any, context: Context) -> Step:
    low, high = op.side
    if not op.resize or op.place != "centre" or low != high:
        return Step(note="no counterpart, crops have sizes in pixels")
    zoom = 1 / low
    return _moved(op, context, scale=(zoom, zoom), fill="edge")


def _perspective(op: Any, context: Context) -> Step:
    if op.fill != 0:
        return _no_fill(op)
    told = f"{literal(op.distortion)}, {_interpolation(context)}"
    return Step(f"K.RandomPerspective({told}, {probability(op)})")


def _resize(op: Any, context: Context) -> Step:
    size = f"({op.height}, {op.width})"
    return _sized(
        f"K.Resize({size}, {_interpolation(context)}, align_corners=False, antialias=True", op
    )


def _resize_shorter(op: Any, context: Context) -> Step:
    rest = (
        f'{op.side}, side="short", {_interpolation(context)}, align_corners=False, antialias=True'
    )
    return _sized(f"K.Resize({rest}", op)


def _crop_size(op: Any, context: Context) -> Step:
    size = f"({op.height}, {op.width})"
    note = "a smaller image is padded" if op.smaller == "keep" else ""
    if op.place == "centre":
        return _sized(f"K.CenterCrop({size}", op, "images must not be smaller")
    if not isinstance(op.fill, int | float):
        return _no_fill(op)
    fill = f", fill={literal(op.fill)}" if op.fill else ""
    return _sized(f"K.RandomCrop({size}, pad_if_needed=True{fill}", op, note)


def _random_resized_crop(op: Any, context: Context) -> Step:
    told = f"({op.height}, {op.width}), scale={literal(op.scale)}, ratio={literal(op.ratio)}"
    rest = f"{told}, {_interpolation(context)}, align_corners=False"
    return _sized(f'K.RandomResizedCrop({rest}, cropping_mode="slice"', op)


GEOMETRY: Table = {
    "Rotate90": _rotate90,
    "Rotate": _rotate,
    "Flip": _flip,
    "Translate": _translate,
    "Shear": _shear,
    "Affine": _affine,
    "Zoom": _zoom,
    "CropFraction": _crop_fraction,
    "Perspective": _perspective,
    "Resize": _resize,
    "ResizeShorter": _resize_shorter,
    "CropSize": _crop_size,
    "RandomResizedCrop": _random_resized_crop,
}


def one_of(codes: list[str], p: float, note: str = "") -> Step:
    """Write that one of some certain modules is applied; the batch shares the draw of which one."""
    lines = [f"{code}," for code in codes]
    if p < 1:
        share = round(p / len(codes), 6)
        lines += ["nn.Identity(),", f"random_apply_weights={[share] * len(codes) + [1 - p]},"]
    shared = f"{note}; {SHARED}" if note else SHARED
    return Step(block("K.ImageSequential(", [*lines, "random_apply=(1, 2),"]), shared)


def _moved(
    op: Any, context: Context, *, fitted: bool = False, fill: Any = None, **ranges: Any
) -> Step:
    """Write `K.RandomAffine`, whose degrees are clockwise, or the helper that zooms in."""
    filled = _fill(op, context, "edge" if fitted else fill)
    told: dict[str, Any] = {"degrees": pair(ranges.get("degrees", (0, 0)), -1)}
    shifts = [ranges.get(name, (0, 0))[1] for name in ("x", "y")]
    if any(shifts):
        told["translate"] = tuple(shifts)
    if "scale" in ranges:
        told["scale"] = ranges["scale"]
    shear = [pair(ranges.get(f"shear_{axis}", (0, 0))) for axis in "xy"]
    if any(map(any, shear)):
        told["shear"] = (*shear[0], *shear[1])
    name = context.needs("Fitted") if fitted else "K.RandomAffine"
    return Step(f"{name}({arguments(told)}, {_interpolation(context)}{filled}, {probability(op)})")


def _sized(code: str, op: Any, note: str = "") -> Step:
    """Write what changes the size: that can't depend on a draw for each image."""
    if op.p not in (0, 1):
        return Step(note="no counterpart, all images of a batch have one size: p must be 1")
    return Step(f"{code}, {probability(op)})", note)


def _interpolation(context: Context) -> str:
    return f'resample="{context.pipe.interpolation}"'


def _fill(op: Any, context: Context, fill: Any = None) -> str:
    fill = op.fill if fill is None else fill
    if fill == 0:
        return ""
    if isinstance(fill, str):
        return f', padding_mode="{_PADDING[fill]}"'
    context.needs("torch")
    values = list(fill) if isinstance(fill, tuple) else [fill] * 3
    return f', padding_mode="fill", fill_value=torch.tensor({literal(values)})'


def _no_fill(op: Any) -> Step:
    return Step(note=f"no counterpart, {literal(op.fill)} can't be put beside the image")
