"""Rules for operators that move, cut or join places without computing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .calls import Call, Operand, Outcome, covers, known, main_rule, rule, spread
from .spans import Merged, Reach, Span, UnknownReachError, merge, resample, reshape


@main_rule("view", "_unsafe_view", "reshape", "_reshape_alias", "view_copy", "flatten", "unflatten")
def view(call: Call, main: Operand) -> Reach:
    """Flatten or unflatten dimensions."""
    return reshape(known(main), main.shape, call.shapes[0])


@main_rule("as_strided")
def restride(call: Call, main: Operand) -> Reach:
    """Name other strides for the same places, as pooling of channels-last maps to 1 × 1 does."""
    if call.shapes[0] != main.shape or any(known(main).dims):
        raise UnknownReachError
    return known(main)


@main_rule("expand", "broadcast_to")
def expand(call: Call, main: Operand) -> Reach:
    """Repeat dimensions of size 1."""
    return spread(call, known(main), main.shape, call.shapes[0])


@main_rule("permute", "transpose", "t", "swapaxes", "swapdims")
def permute(call: Call, main: Operand) -> Reach:
    """Change the order of the dimensions."""
    reach, rank = known(main), len(main.shape)
    order = list(range(rank))
    if call.name == "permute":
        order = [int(dim) % rank for dim in call.arguments["dims"]]
    elif rank > 1:
        names = ("axis0", "axis1") if call.name == "swapaxes" else ("dim0", "dim1")
        a, b = (int(call.arguments.get(n, i)) % rank for i, n in enumerate(names))
        order[a], order[b] = order[b], order[a]
    # A channel axis cut into the parts it was joined of, and turned over: a channel shuffle.
    shuffled = rank > len(call.extents) + 2 and main.shape[1] == reach.parts and order[1] != 1
    parts = 0 if shuffled else reach.parts
    return replace(reach, parts=parts).with_dims(reach.dims[dim] for dim in order)


@main_rule("channel_shuffle", "native_channel_shuffle")
def channel_shuffle(call: Call, main: Operand) -> Reach:
    """Mix the order of the channels."""
    reach = known(main)
    return replace(reach, parts=0) if reach.parts == int(call.arguments["groups"]) else reach


@main_rule("unsqueeze")
def unsqueeze(call: Call, main: Operand) -> Reach:
    """Put in a dimension of size 1."""
    reach = known(main)
    at = int(call.arguments["dim"]) % (len(main.shape) + 1)
    return reach.with_dims([*reach.dims[:at], None, *reach.dims[at:]])


@main_rule("squeeze")
def squeeze(call: Call, main: Operand) -> Reach:
    """Take out dimensions of size 1."""
    reach, rank = known(main), len(main.shape)
    asked = call.arguments.get("dim", range(rank))
    asked = (
        {dim % rank for dim in ([asked] if isinstance(asked, int) else asked)} if rank else set()
    )
    gone = {dim for dim in asked if main.shape[dim] == 1}
    for dim in gone:
        span = reach.dims[dim]
        if isinstance(span, Span) and not covers(span, 1, call.extents):
            raise UnknownReachError
    return reach.with_dims(d for i, d in enumerate(reach.dims) if i not in gone)


@main_rule("slice")
def cut(call: Call, main: Operand) -> Reach:
    """Take every step-th place from a start on."""
    dim = int(call.arguments["dim"]) % len(main.shape)
    size, step = main.shape[dim], int(call.arguments["step"])
    start = int(call.arguments["start"] or 0)
    start = max(0, start + size) if start < 0 else min(start, size)
    return _cut(known(main), dim, start, step, full=call.shapes[0][dim] == size)


def _cut(reach: Reach, dim: int, start: int, step: int, *, full: bool) -> Reach:
    old = reach.dims[dim]
    if full:
        return reach
    if isinstance(old, Merged) or (old is None and dim > 0 and reach.parts):
        raise UnknownReachError  # some channels of a join see less than all of them together
    dims = list(reach.dims)
    if isinstance(old, Span):
        dims[dim] = resample(old, ((start, start),), step)
    return reach.with_dims(dims)


@main_rule("select", "unbind")
def select(call: Call, main: Operand) -> Reach:
    """Take one place of a dimension away from its neighbours."""
    reach = known(main)
    dim = int(call.arguments["dim"]) % len(main.shape)
    if reach.dims[dim] is not None or (dim > 0 and reach.parts):
        raise UnknownReachError
    return reach.with_dims([*reach.dims[:dim], *reach.dims[dim + 1 :]])


@main_rule("split", "split_with_sizes", "chunk", "unsafe_split", "unsafe_chunk")
def split(call: Call, main: Operand) -> list[Reach]:
    """Cut a dimension into pieces."""
    dim = int(call.arguments["dim"]) % len(main.shape)
    pieces, start = [], 0
    for shape in call.shapes:
        pieces.append(_cut(known(main), dim, start, 1, full=shape[dim] == main.shape[dim]))
        start += shape[dim]
    return pieces


@main_rule("flip", "roll", "sort", "topk", "cumsum", "cumprod", "glu", "index_select")
def along(call: Call, main: Operand) -> Reach:
    """Rearrange or mix along dimensions that are no places."""
    reach = known(main)
    dims = call.arguments.get("dim", call.arguments.get("dims", ()))
    dims = [dims] if isinstance(dims, int) else list(dims) or range(len(main.shape))
    if any(reach.dims[dim] is not None for dim in dims):
        raise UnknownReachError
    cutting = any(dim % len(main.shape) for dim in dims) and reach.parts
    return replace(reach, parts=-1) if cutting else reach


@main_rule("repeat")
def repeat(call: Call, main: Operand) -> Reach:
    """Lay copies side by side."""
    repeats = [int(n) for n in call.arguments["repeats"]]
    extra = len(repeats) - len(main.shape)
    reach = known(main)
    if any(dim and n != 1 for dim, n in zip(reach.dims, repeats[extra:], strict=True)):
        raise UnknownReachError
    return reach.with_dims([*[None] * extra, *reach.dims])


@rule("cat", "concat", "concatenate")
def cat(call: Call) -> Outcome:
    """Join along channels, or any dimension that is no place."""
    dim = int(call.arguments["dim"]) % len(call.shapes[0])
    reaches = [known(operand) for operand in call.operands]
    if any(reach.dims[dim] is not None for reach in reaches):
        raise UnknownReachError
    sizes = [tensor.shape[dim] for tensor in call.arguments["tensors"] if tensor.dim() > 1]
    return _joined(reaches, sizes if dim else [])


@rule("stack")
def stack(call: Call) -> Outcome:
    """Join along a new dimension."""
    dim = int(call.arguments["dim"]) % len(call.shapes[0])
    old = [known(operand) for operand in call.operands]
    new = [reach.with_dims([*reach.dims[:dim], None, *reach.dims[dim:]]) for reach in old]
    return _joined(new, [1] * len(call.arguments["tensors"]) if dim else [])


def _joined(reaches: Sequence[Reach], sizes: Sequence[int]) -> Reach:
    """Give the union, and how many channels in a row see alike."""
    seen = merge(reaches)
    alike = all(reach.dims == seen.dims for reach in reaches)
    if not sizes or (alike and not any(reach.parts for reach in reaches)):
        return seen
    return replace(seen, parts=len(sizes) if len(set(sizes)) == 1 else -1)
