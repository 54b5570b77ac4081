"""Operations that move pixels, as torchvision code for uint8 images."""

# ruff: noqa: ARG001  # the functions of a table are called alike

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.script import (
    Context,
    Step,
    Table,
    arguments,
    block,
    literal,
    number,
    pair,
)
from convscope.augment.codegen.torchvision.phrases import applied


def _rotate90(op: Any, context: Context) -> Step:
    angles = (90, 180, 270) if op.turns == "any" else (int(op.turns),)
    turns = [f"v2.RandomRotation(({each}, {each}), expand=True)" for each in angles]
    one = f"v2.RandomChoice([{', '.join(turns)}])" if len(turns) > 1 else turns[0]
    return applied(one, op.p)


def _rotate(op: Any, context: Context) -> Step:
    if op.fit == "crop":
        return _moved(op, context, degrees=op.degrees, crop=True)
    filled = _fill(op, context)
    if filled is None:
        return _no_fill(op)
    told = {"degrees": op.degrees, **({"expand": True} if op.fit == "expand" else {})}
    rest = f"{arguments(told)}, {_interpolation(context)}{filled}"
    return applied(f"v2.RandomRotation({rest})", op.p)


def _flip(op: Any, context: Context) -> Step:
    if op.axis == "either":
        both = "v2.RandomChoice([v2.RandomHorizontalFlip(1), v2.RandomVerticalFlip(1)])"
        return applied(both, op.p)
    name = "RandomHorizontalFlip" if op.axis == "horizontal" else "RandomVerticalFlip"
    return Step(f"v2.{name}(p={literal(op.p)})")


def _translate(op: Any, context: Context) -> Step:
    return _affine_or_moved(op, context, x=op.x, y=op.y)


def _affine(op: Any, context: Context) -> Step:
    names = ("degrees", "x", "y", "scale", "shear_x", "shear_y")
    return _affine_or_moved(op, context, **{name: getattr(op, name) for name in names})


def _shear(op: Any, context: Context) -> Step:
    crop = op.fit == "crop"
    axes = ("x", "y") if op.axis == "either" else (op.axis,)
    steps = [_moved(op, context, p=1, crop=crop, **{f"shear_{axis}": op.degrees}) for axis in axes]
    if not all(each.code for each in steps):
        return steps[0]
    if len(steps) == 1:
        return applied(steps[0].code, op.p)
    return applied(block("v2.RandomChoice([", [f"{each.code}," for each in steps], "])"), op.p)


def _zoom(op: Any, context: Context) -> Step:
    return _affine_or_moved(op, context, scale=op.factor)


def _crop_fraction(op: Any, context: Context) -> Step:
    low, high = op.side
    if not op.resize or op.place != "centre" or low != high:
        return Step(note="no counterpart, crops have sizes in pixels")
    told = arguments({"degrees": 0, "scale": (1 / low, 1 / low)})
    return applied(f"v2.RandomAffine({told}, {_interpolation(context)})", op.p)


def _elastic(op: Any, context: Context) -> Step:
    low, high = op.magnitude
    if low != high:
        return Step(note="no counterpart, v2.ElasticTransform has one strength for all images")
    filled = _fill(op, context)
    if filled is None:
        return _no_fill(op)
    # Uniform noise, smoothed, in halves of the image: alpha is 2 · 2 √π σ √3 times the deviation.
    told = f"alpha={literal(number(12.28 * op.sigma * low, 3))}, sigma={literal(op.sigma)}"
    return applied(f"v2.ElasticTransform({told}, {_interpolation(context)}{filled})", op.p)


def _perspective(op: Any, context: Context) -> Step:
    filled = _fill(op, context)
    if filled is None:
        return _no_fill(op)
    rest = f"{literal(op.distortion)}, p={literal(op.p)}, {_interpolation(context)}{filled}"
    return Step(f"v2.RandomPerspective({rest})")


def _resize(op: Any, context: Context) -> Step:
    size = f"({op.height}, {op.width})"
    return applied(f"v2.Resize({size}, {_interpolation(context)})", op.p)


def _resize_shorter(op: Any, context: Context) -> Step:
    return applied(f"v2.Resize({op.side}, {_interpolation(context)})", op.p)


def _pad(op: Any, context: Context) -> Step:
    sides = f"[{op.left}, {op.top}, {op.right}, {op.bottom}]"
    mode = {"edge": "edge", "reflect": "symmetric"}.get(str(op.fill))
    if mode:
        return applied(f'v2.Pad({sides}, padding_mode="{mode}")', op.p, _other_mask_fill(context))
    return applied(f"v2.Pad({sides}{_fill(op, context)})", op.p)


def _crop_size(op: Any, context: Context) -> Step:
    size = f"({op.height}, {op.width})"
    note = "a smaller image is padded" if op.smaller == "keep" else ""
    if op.place == "centre":
        black = "" if op.fill == 0 else "a smaller image is padded with black"
        return applied(f"v2.CenterCrop({size})", op.p, note or black)
    filled = _fill(op, context)
    if filled is None:
        return _no_fill(op)
    return applied(f"v2.RandomCrop({size}, pad_if_needed=True{filled})", op.p, note)


def _random_resized_crop(op: Any, context: Context) -> Step:
    told = f"({op.height}, {op.width}), scale={literal(op.scale)}, ratio={literal(op.ratio)}"
    return applied(f"v2.RandomResizedCrop({told}, {_interpolation(context)})", op.p)


GEOMETRY: Table = {
    "Rotate90": _rotate90,
    "Rotate": _rotate,
    "Flip": _flip,
    "Translate": _translate,
    "Shear": _shear,
    "Affine": _affine,
    "Zoom": _zoom,
    "CropFraction": _crop_fraction,
    "Elastic": _elastic,
    "Perspective": _perspective,
    "Resize": _resize,
    "ResizeShorter": _resize_shorter,
    "Pad": _pad,
    "CropSize": _crop_size,
    "RandomResizedCrop": _random_resized_crop,
}


def _affine_or_moved(op: Any, context: Context, **ranges: Any) -> Step:
    """Write `v2.RandomAffine` where it can say it: shifts to both sides alike."""
    shifts = [ranges.get(name, (0, 0)) for name in ("x", "y")]
    if any(low != -high for low, high in shifts):
        return _moved(op, context, **ranges)
    filled = _fill(op, context)
    if filled is None:
        return _no_fill(op)
    told: dict[str, Any] = {"degrees": pair(ranges.get("degrees", (0, 0)), -1)}
    if any(high for _, high in shifts):
        told["translate"] = (shifts[0][1], shifts[1][1])
    if "scale" in ranges:
        told["scale"] = ranges["scale"]
    shear = [pair(ranges.get(f"shear_{axis}", (0, 0))) for axis in "xy"]
    if any(map(any, shear)):
        told["shear"] = [*shear[0], *shear[1]]
    return applied(f"v2.RandomAffine({arguments(told)}, {_interpolation(context)}{filled})", op.p)


def _moved(op: Any, context: Context, *, p: float | None = None, **told: Any) -> Step:
    """Write the helper `Move`."""
    fill = 0 if told.get("crop") else _levels(getattr(op, "fill", 0))
    if fill is None:
        return _no_fill(op)
    if fill:
        told["fill"] = fill
    if context.pipe.mask_fill and not told.get("crop"):
        told["mask_fill"] = context.pipe.mask_fill
    if context.pipe.interpolation != "bilinear":
        told["interpolation"] = context.pipe.interpolation
    told = {name: value for name, value in told.items() if value is not False}
    return applied(f"{context.needs('Move')}({arguments(told)})", op.p if p is None else p)


def _interpolation(context: Context) -> str:
    return f"interpolation=v2.InterpolationMode.{context.pipe.interpolation.upper()}"


def _levels(fill: Any) -> Any:
    """Return a fill as values of 0 … 255; None for an edge or a mirror."""
    if isinstance(fill, str):
        return None
    if isinstance(fill, tuple):
        return [number(each * 255, 2) for each in fill]
    return number(fill * 255, 2)


def _fill(op: Any, context: Context) -> str | None:
    """Return the argument, of masks too where it differs; None for an edge or a mirror."""
    fill, mask_fill = _levels(op.fill), context.pipe.mask_fill
    if fill is None:
        return None
    if fill == mask_fill:
        return f", fill={literal(fill)}" if fill else ""
    told = f'{{tv_tensors.Mask: {literal(mask_fill)}, "others": {literal(fill)}}}'
    return f", fill={told}"


def _no_fill(op: Any) -> Step:
    beside = "its edge" if op.fill == "edge" else "its mirror"
    return Step(note=f"no counterpart, only values can be put beside the image, not {beside}")


def _other_mask_fill(context: Context) -> str:
    return "masks are padded the same way"
