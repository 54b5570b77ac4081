"""Rules for element-wise operators, reductions, normalisations, products and attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from .calls import TOLERANT, Call, Operand, Outcome, combine, known, main_rule, rule, spread
from .spans import Reach, UnknownReachError, merge

MASKING = 1e3  # biases of attention scores are of order one, masks are −inf or very large


@rule(
    *("clone", "_to_copy", "detach", "alias", "contiguous", "lift_fresh", "_conj", "view_as_real"),
    *("native_dropout", "_prelu_kernel", "rrelu_with_noise", "rsub", "isinf", "masked_fill"),
    *("hardswish", "hardsigmoid", "hardtanh", "hardshrink", "softshrink", "log_sigmoid_forward"),
)
def pointwise(call: Call) -> Outcome:
    """Compute place by place; also every operator that torch tags as pointwise."""
    if any(known(operand).paired for operand in call.operands) and _masks(call):
        raise UnknownReachError
    return combine(call, call.operands)


def _masks(call: Call) -> bool:
    """Say whether attention scores may be masked here, such that a unit sees less than all."""
    read = {operand.name for operand in call.operands}
    others = [value for name, value in call.arguments.items() if name not in read]
    for tensor in (value for value in others if isinstance(value, torch.Tensor) and value.dim()):
        if tensor.is_meta or tensor.dtype is torch.bool or bool((tensor.abs() > MASKING).any()):
            return True
        if call.name == "mul" and bool((tensor == 0).any()):
            return True
    return False


@rule("copy")
def copy(call: Call) -> Outcome:
    """Overwrite: what was there before is gone."""
    source = call.operand("src")
    return combine(call, [source]) if source else None


@rule("fill", "zero", "bernoulli", "normal", "uniform", "random", "exponential", "geometric")
def constant(call: Call) -> Outcome:
    """Overwrite by what does not depend on the input."""
    if any(operand.name != "self" for operand in call.operands):
        raise UnknownReachError
    if call.name == "bernoulli" and "p" not in call.arguments:
        return combine(call, call.operands)  # the operand holds the probabilities
    return None


@rule(
    *("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"),
    *("randint_like", "new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided"),
)
def fresh(call: Call) -> Outcome:
    """Make a tensor that takes only its shape from another."""
    del call
    return None


@main_rule(
    *("sum", "mean", "nansum", "nanmean", "prod", "any", "all", "count_nonzero", "median", "mode"),
    *("amax", "amin", "max", "min", "argmax", "argmin", "logsumexp", "linalg_vector_norm", "norm"),
    *("var", "std", "var_mean", "std_mean", "aminmax"),
)
def reduce(call: Call, main: Operand) -> Reach:
    """Look at all places along some dimensions."""
    keep = len(call.shapes[0]) == len(main.shape)
    return known(main).pooled(_dims(call, "dim", len(main.shape)), keep=keep)


def _dims(call: Call, name: str, rank: int) -> Sequence[int]:
    """Give an argument of dimensions, where none means all."""
    dims = call.arguments.get(name)
    if dims is None or dims == []:
        return range(rank)
    return [int(dim) for dim in dims] if isinstance(dims, Sequence) else [int(dims)]


@main_rule("_softmax", "_log_softmax", "_safe_softmax")
def softmax(call: Call, main: Operand) -> Reach:
    """Divide by a sum along a dimension."""
    return known(main).normalised([int(call.arguments["dim"])])


@main_rule("native_layer_norm", "_fused_rms_norm")
def layer_norm(call: Call, main: Operand) -> Reach:
    """Normalise over the last dimensions."""
    return known(main).normalised(range(-len(call.arguments["normalized_shape"]), 0))


@main_rule("native_group_norm")
def group_norm(call: Call, main: Operand) -> Reach:
    """Normalise over places and the channels of a group."""
    del call
    return known(main).normalised(range(1, len(main.shape)))


@main_rule(
    *("native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm", "_native_batch_norm_legit"),
    *("_native_batch_norm_legit_no_training", "_batch_norm_no_update"),
    *("_batch_norm_with_update", "batch_norm_with_update"),
)
def batch_norm(call: Call, main: Operand) -> Reach:
    """Normalise by stored statistics, or in training by those of all places."""
    update = call.name in ("_batch_norm_with_update", "batch_norm_with_update")
    if not call.arguments.get("training", update):
        return known(main)
    return known(main).normalised([dim for dim in range(len(main.shape)) if dim != 1])


@main_rule("linear")
def linear(call: Call, main: Operand) -> Reach:
    """Mix the last dimension."""
    del call
    return known(main).pooled([-1], keep=True)


@rule("mm", "bmm", "addmm", "baddbmm")
def matmul(call: Call) -> Outcome:
    """Mix the last dimension of the left with the first of the right operand."""
    plain = call.name in ("mm", "bmm")
    left = call.operand("self") if plain else call.operand("mat1", "batch1")
    right = call.operand("mat2", "batch2")
    added = None if plain else call.operand("self")
    seen = [
        known(operand).pooled([dim], keep=True)
        for operand, dim in ((left, -1), (right, -2))
        if operand
    ]
    if added:
        seen.append(spread(call, known(added), added.shape, call.shapes[0]))
    return merge(seen)


@rule(
    *("scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu"),
    *("_scaled_dot_product_flash_attention", "_scaled_dot_product_efficient_attention"),
    *("_scaled_dot_product_cudnn_attention", "_scaled_dot_product_fused_attention_overrideable"),
    "_native_multi_head_attention",
)
def attention(call: Call) -> Outcome:
    """Let every token see all tokens (unless a mask keeps some out)."""
    given = (call.arguments.get(name) for name in ("attn_mask", "attn_bias", "mask"))
    boolean = any(isinstance(mask, torch.Tensor) and mask.dtype is torch.bool for mask in given)
    if call.arguments.get("is_causal") or boolean:
        raise UnknownReachError
    named = ("query", "key", "value")
    tokens = [operand for operand in call.operands if operand.name in named]
    seen = merge([known(operand).pooled([-2, -1], keep=True) for operand in tokens])
    return replace(seen, parts=0)


@main_rule("_transformer_encoder_layer_fwd")
def encoder_layer(call: Call, main: Operand) -> Reach:
    """Add to every token what it takes from all tokens."""
    if call.arguments["mask"] is not None:
        raise UnknownReachError
    return known(main).normalised([-2])


TOLERANT.update((copy, constant, fresh))
