"""Operations that move pixels, as Albumentations code for uint8 images."""

# ruff: noqa: ARG001  # the functions of a table are called alike

from __future__ import annotations

from typing import Any

from convscope.augment.codegen.albumentations.phrases import probability
from convscope.augment.codegen.script import Context, Step, Table, block, literal, number, pair

_INTERPOLATION = {
    "nearest": "cv2.INTER_NEAREST",
    "bilinear": "cv2.INTER_LINEAR",
    "bicubic": "cv2.INTER_CUBIC",
}
_BORDER = {"edge": "cv2.BORDER_REPLICATE", "reflect": "cv2.BORDER_REFLECT"}


def _rotate90(op: Any, context: Context) -> Step:
    quarters = (1, 2, 3) if op.turns == "any" else (int(op.turns) // 90,)
    turn = {
        1: "A.Sequential([A.Transpose(p=1), A.VerticalFlip(p=1)], p={})",
        2: "A.Sequential([A.HorizontalFlip(p=1), A.VerticalFlip(p=1)], p={})",
        3: "A.Sequential([A.Transpose(p=1), A.HorizontalFlip(p=1)], p={})",
    }
    if len(quarters) == 1:
        return Step(turn[quarters[0]].format(literal(op.p)))
    return one_of([turn[n].format(1) for n in quarters], op.p)


def _rotate(op: Any, context: Context) -> Step:
    expand = op.fit == "expand"
    made = _moved(op, context, fitted=op.fit == "crop", rotate=op.degrees, fit_output=expand)
    return Step(made.code, "the canvas may be two pixels larger" if expand else "")


def _flip(op: Any, context: Context) -> Step:
    names = {"horizontal": "HorizontalFlip", "vertical": "VerticalFlip"}
    if op.axis == "either":
        return one_of([f"A.{name}(p=1)" for name in names.values()], op.p)
    return Step(f"A.{names[op.axis]}({probability(op)})")


def _translate(op: Any, context: Context) -> Step:
    return _moved(op, context, translate_percent={"x": op.x, "y": op.y})


def _shear(op: Any, context: Context) -> Step:
    axes = ("x", "y") if op.axis == "either" else (op.axis,)
    certain = op.replace(p=1) if len(axes) > 1 else op
    steps = [
        _moved(
            certain,
            context,
            fitted=op.fit == "crop",
            shear={axis: op.degrees, "y" if axis == "x" else "x": (0, 0)},
        )
        for axis in axes
    ]
    return one_of([each.code for each in steps], op.p)


def _affine(op: Any, context: Context) -> Step:
    return _moved(
        op,
        context,
        rotate=op.degrees,
        translate_percent={"x": op.x, "y": op.y},
        scale=op.scale,
        shear={"x": op.shear_x, "y": op.shear_y},
    )


def _zoom(op: Any, context: Context) -> Step:
    return _moved(op, context, scale=op.factor)


def _crop_fraction(op: Any, context: Context) -> Step:
    low, high = op.side
    if not op.resize or op.place != "centre" or low != high:
        return Step(note="no counterpart, crops have sizes in pixels")
    return _moved(op, context, scale=(1 / low, 1 / low), fill="edge")


def _elastic(op: Any, context: Context) -> Step:
    low, high = op.magnitude
    if low != high:
        return Step(note="no counterpart, A.ElasticTransform has one strength for all images")
    # Uniform noise, smoothed: alpha is 2 √π σ √3 times the deviation.
    alpha = number(low * 6.14 * op.sigma, 3)
    filled = _border(op.fill, context)
    told = f'alpha={literal(alpha)}, sigma={literal(op.sigma)}, noise_distribution="uniform"'
    rest = f"{_interpolation(context)}{filled}, {probability(op)}"
    return Step(f"A.ElasticTransform({told}, {rest})")


def _elastic_grid(op: Any, context: Context) -> Step:
    low, high = op.magnitude
    if low != high or low != int(low) or low < 1:
        return Step(note="no counterpart, A.GridElasticDeform has one magnitude, in whole pixels")
    told = f"num_grid_xy=({op.columns}, {op.rows}), magnitude={int(low)}"
    return Step(f"A.GridElasticDeform({told}, {_interpolation(context)}, {probability(op)})")


def _perspective(op: Any, context: Context) -> Step:
    return Step(note="no counterpart, A.Perspective moves corners by a normal distribution")


def _resize(op: Any, context: Context) -> Step:
    return Step(f"A.Resize({op.height}, {op.width}, {_resizing(context)}, {probability(op)})")


def _resize_shorter(op: Any, context: Context) -> Step:
    return Step(f"A.SmallestMaxSize({op.side}, {_resizing(context)}, {probability(op)})")


def _scale(op: Any, context: Context) -> Step:
    limit = literal(pair(op.factor, 1, -1))
    return Step(f"A.RandomScale({limit}, {_resizing(context)}, {probability(op)})")


def _pad(op: Any, context: Context) -> Step:
    sides = f"({op.left}, {op.top}, {op.right}, {op.bottom})"
    return Step(f"A.Pad({sides}{_border(op.fill, context)}, {probability(op)})")


def _pad_fraction(op: Any, context: Context) -> Step:
    if op.x[0] != op.x[1] or op.y[0] != op.y[1]:
        return Step(note="no counterpart, A.CropAndPad draws each side by itself")
    sides = literal((op.y[0], op.x[0], op.y[0], op.x[0]))
    filled = _border(op.fill, context)
    return Step(f"A.CropAndPad(percent={sides}, keep_size=False{filled}, {probability(op)})")


def _pad_to(op: Any, context: Context) -> Step:
    if op.square:
        return Step(note="no counterpart, A.PadIfNeeded makes no squares")
    if op.multiple > 1 and (op.height or op.width):
        return Step(note="no counterpart, A.PadIfNeeded takes a size or a multiple")
    if op.multiple > 1:
        told = "min_height=None, min_width=None, "
        told += f"pad_height_divisor={op.multiple}, pad_width_divisor={op.multiple}"
    else:
        told = f"min_height={op.height or 1}, min_width={op.width or 1}"
    return Step(f"A.PadIfNeeded({told}{_border(op.fill, context)}, {probability(op)})")


def _crop_size(op: Any, context: Context) -> Step:
    size = f"{op.height}, {op.width}, pad_if_needed=True"
    note = "a smaller image is padded" if op.smaller == "keep" else ""
    filled = _border(op.fill, context)
    if op.place == "centre":
        return Step(f"A.CenterCrop({size}{filled}, {probability(op)})", note)
    return Step(f'A.RandomCrop({size}, pad_position="random"{filled}, {probability(op)})', note)


def _random_resized_crop(op: Any, context: Context) -> Step:
    told = f"({op.height}, {op.width}), scale={literal(op.scale)}, ratio={literal(op.ratio)}"
    return Step(f"A.RandomResizedCrop({told}, {_resizing(context)}, {probability(op)})")


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
    "ElasticGrid": _elastic_grid,
    "Perspective": _perspective,
    "Resize": _resize,
    "ResizeShorter": _resize_shorter,
    "Scale": _scale,
    "Pad": _pad,
    "PadFraction": _pad_fraction,
    "PadTo": _pad_to,
    "CropSize": _crop_size,
    "RandomResizedCrop": _random_resized_crop,
}


def one_of(codes: list[str], p: float) -> Step:
    """Write that one of some certain transforms is applied."""
    if len(codes) == 1:
        return Step(codes[0])
    return Step(block("A.OneOf([", [f"{code}," for code in codes], f"], p={literal(p)})"))


def _moved(
    op: Any, context: Context, *, fitted: bool = False, fill: Any = None, **told: Any
) -> Step:
    """Write `A.Affine`, or the helper that zooms in; a scale is the same along both sides."""
    told = {name: value for name, value in told.items() if value is not False}
    if "scale" in told:
        told["keep_ratio"] = True
    own = {"rotate", "shear"} <= set(told) and any(map(any, told["shear"].values()))
    name = "A.Affine"
    if fitted or own:  # A.Affine turns first, then shears
        name = context.needs("Moved")
        name = context.needs("Fitted") if fitted else name
    filled = _border("edge" if fitted else (op.fill if fill is None else fill), context)
    plain = ", ".join(f"{key}={_value(value)}" for key, value in told.items())
    return Step(f"{name}({plain}, {_interpolation(context)}{filled}, {probability(op)})")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {literal(each)}' for key, each in value.items()) + "}"
    return literal(value)


def _interpolation(context: Context) -> str:
    context.needs("cv2")
    return f"interpolation={_INTERPOLATION[context.pipe.interpolation]}"


def _resizing(context: Context) -> str:
    """Return the interpolation of a resize: by area, as ours shrinks."""
    if context.pipe.interpolation == "nearest":
        return _interpolation(context)
    context.needs("cv2")
    return "interpolation=cv2.INTER_AREA"


def _border(fill: Any, context: Context) -> str:
    """Return what is put beside the image, and beside masks."""
    mask = context.pipe.mask_fill
    beside = f", fill_mask={literal(mask)}" if mask else ""
    if isinstance(fill, str):
        context.needs("cv2")
        return f", border_mode={_BORDER[fill]}{beside}"
    if isinstance(fill, tuple):
        return f", fill={literal([number(each * 255, 2) for each in fill])}{beside}"
    return f", fill={literal(number(fill * 255, 2))}{beside}" if fill else beside
