"""Carry out what was drawn: runs of warps as one resample, runs of linear colours as one matrix."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from convscope.augment.combine import Leaf
from convscope.augment.dice import Numbers
from convscope.augment.exact import kinds
from convscope.augment.operation import Geometric, Linear, Mixing, Operation, Pixelwise, Values
from convscope.augment.record import Column, Record
from convscope.augment.resample import resample
from convscope.augment.stacks import Stack
from convscope.augment.targets import Boxes, Keypoints
from convscope.augment.warp import Warp, identity


@dataclass
class Work:
    """All samples of a call on their way.

    Attributes
    ----------
    stacks : list of Stack
        The pixels.
    boxes : list of Boxes or None
        One for each sample.
    keypoints : list of Keypoints or None
        One for each sample.
    labels : Tensor or None
        (N, K) float32 shares of classes, where operations mix them.
    """

    stacks: list[Stack]
    boxes: list[Boxes] | None = None
    keypoints: list[Keypoints] | None = None
    labels: Tensor | None = None

    @property
    def sizes(self) -> Numbers:
        """Height and width of each sample, (N, 2)."""
        sizes = np.zeros((sum(len(stack.samples) for stack in self.stacks), 2), np.int64)
        for stack in self.stacks:
            sizes[stack.samples] = stack.images.shape[-2:]
        return sizes


@dataclass(frozen=True)
class Step:
    """One operation and what was drawn for it."""

    operation: Operation
    column: Column


@dataclass(frozen=True)
class Settings:
    """How pixels are looked up."""

    interpolation: str = "bilinear"
    mask_fill: float = 0.0
    fused: bool = field(default=True)  # the reference of the tests runs every operation by itself


def carry_out(work: Work, leaves: Sequence[Leaf], record: Record, settings: Settings) -> None:
    """Run all operations on the samples, in place.

    Operations that no sample goes through are left out first, so that what stands around them is
    still one run.
    """
    steps = [
        Step(leaf.operation, column)
        for leaf, column in zip(leaves, record.columns, strict=True)
        if column.applied.any()
    ]
    for kind, run in _runs(steps, fused=settings.fused):
        if issubclass(kind, Geometric):
            _move(work, run, settings)
        elif issubclass(kind, Linear):
            for stack in work.stacks:
                _recolour(stack, run)
        elif issubclass(kind, Mixing):
            _mix(work, run[0])
        else:
            for stack in work.stacks:
                _apply(stack, run[0])


def _runs(steps: Iterable[Step], *, fused: bool) -> Iterable[tuple[type[Operation], list[Step]]]:
    position = itertools.count()

    def kind(step: Step) -> tuple[type[Operation], int]:
        for each in (Geometric, Linear):
            if isinstance(step.operation, each):
                return each, -1 if fused else next(position)
        return (Mixing if isinstance(step.operation, Mixing) else Pixelwise), next(position)

    for (found, _), run in itertools.groupby(steps, kind):
        yield found, list(run)


def _move(work: Work, run: list[Step], settings: Settings) -> None:
    """Follow a run of warps with everything that lies on the images."""
    chain: list[Warp] = []
    sizes = work.sizes
    for step in run:
        chain.append(_warp(step, sizes))
        sizes = chain[-1].sizes
    followers: list[tuple[int, Boxes | Keypoints]] = [
        *enumerate(work.boxes or ()),
        *enumerate(work.keypoints or ()),
    ]
    for i, follower in followers:
        for step, warp in zip(run, chain, strict=True):
            if step.column.applied[i]:
                follower.follow(warp, i)
    moved: list[Stack] = []
    for stack in work.stacks:
        after = chain[-1].sizes[stack.samples]
        moved += [_resampled(stack, chosen, run, chain, settings) for _, chosen in kinds(after)]
    work.stacks = _joined(moved)


def _warp(step: Step, sizes: Numbers) -> Warp:
    """Return the warp of one operation for all samples: those it was not drawn for stay."""
    applied = step.column.applied
    operation = step.operation
    assert isinstance(operation, Geometric)
    own = operation.warp(_drawn(step.column, applied), sizes[applied])
    if applied.all():
        return own
    whole = identity(sizes.copy())
    whole.matrix[applied] = own.matrix
    whole.sizes[applied] = own.sizes
    lattice = None
    if own.lattice is not None:
        lattice = np.zeros((len(sizes), *own.lattice.shape[1:]), np.float32)
        lattice[applied] = own.lattice
    return replace(whole, lattice=lattice, smooth=own.smooth, fill=own.fill)


def _resampled(
    stack: Stack, chosen: Numbers, run: list[Step], chain: list[Warp], settings: Settings
) -> Stack:
    """Resample the samples of a stack that end with one size."""
    samples = stack.samples[chosen]
    parts = [
        _of(warp, samples)
        for step, warp in zip(run, chain, strict=True)
        if step.column.applied[samples].any()
    ]
    every = chosen.all()
    index = torch.from_numpy(chosen).to(stack.images.device)
    images = stack.images if every else stack.images[index]
    masks = stack.masks if every or stack.masks is None else stack.masks[index]
    if not parts:
        return Stack(samples, images, masks, own=stack.own or not every)
    pixels, masks = resample(
        images,
        masks,
        parts,
        interpolation=settings.interpolation,
        mask_fill=settings.mask_fill,
    )
    shared = pixels.untyped_storage().data_ptr() == images.untyped_storage().data_ptr()
    return Stack(samples, pixels, masks, own=not shared)


def _of(warp: Warp, samples: Numbers) -> Warp:
    lattice = None if warp.lattice is None else warp.lattice[samples]
    return replace(warp, matrix=warp.matrix[samples], sizes=warp.sizes[samples], lattice=lattice)


def _joined(stacks: list[Stack]) -> list[Stack]:
    """Put stacks of one size together again."""
    kinds: dict[tuple[int, ...], list[Stack]] = {}
    for stack in stacks:
        kinds.setdefault(tuple(stack.images.shape[1:]), []).append(stack)
    return [each[0] if len(each) == 1 else _join(each) for each in kinds.values()]


def _join(stacks: list[Stack]) -> Stack:
    bytes_only = all(stack.images.dtype == torch.uint8 for stack in stacks)
    images = [stack.images if bytes_only else stack.floats() for stack in stacks]
    masks = [stack.masks for stack in stacks if stack.masks is not None]
    return Stack(
        np.concatenate([stack.samples for stack in stacks]),
        torch.cat(images),
        torch.cat(masks) if masks else None,
        own=True,
    )


def _recolour(stack: Stack, run: list[Step]) -> None:
    """Multiply a run of colour matrices, and apply it once."""
    entered = np.any([step.column.applied[stack.samples] for step in run], 0)
    if not entered.any():
        return
    for step in run:
        _check_colour(step.operation, stack)
    samples = stack.samples[entered]
    images = stack.some(entered)
    channels = images.shape[1]
    matrix = np.broadcast_to(np.eye(channels), (len(samples), channels, channels)).copy()
    offset = np.zeros((len(samples), channels))
    uses_means = any(isinstance(s.operation, Linear) and s.operation.uses_means for s in run)
    means = images.mean((2, 3)).double().cpu().numpy() if uses_means else np.zeros_like(offset)
    for step in run:
        operation, applied = step.operation, step.column.applied[samples]
        if not applied.any():
            continue
        assert isinstance(operation, Linear)
        values = _drawn(step.column, samples[applied])
        here = np.einsum("nij,nj->ni", matrix, means) + offset
        own, shift = operation.colours(values, here[applied])
        matrix[applied] = own @ matrix[applied]
        offset[applied] = np.einsum("nij,nj->ni", own, offset[applied]) + shift
    stack.put(entered, _coloured(images, matrix, offset))


def _coloured(images: Tensor, matrix: Numbers, offset: Numbers) -> Tensor:
    count, channels, height, width = images.shape
    factors = images.new_tensor(matrix)
    shift = images.new_tensor(offset)
    if (matrix == np.einsum("nii->ni", matrix)[:, None] * np.eye(channels)).all():
        gains = factors.diagonal(dim1=1, dim2=2)
        found = torch.addcmul(shift[..., None, None], images, gains[..., None, None])
    else:
        flat = images.reshape(count, channels, height * width)
        found = torch.bmm(factors, flat).add_(shift[..., None]).view(images.shape)
    return found.clamp_(0, 1)


def _apply(stack: Stack, step: Step) -> None:
    operation, chosen = step.operation, step.column.applied[stack.samples]
    if not chosen.any():
        return
    assert isinstance(operation, Pixelwise)
    _check_colour(operation, stack)
    values = _drawn(step.column, stack.samples[chosen])
    stack.put(chosen, operation.apply(stack.some(chosen), values).clamp(0, 1))


def _mix(work: Work, step: Step) -> None:
    """Mix samples with others of the call; all must have one size."""
    operation, applied = step.operation, step.column.applied
    assert isinstance(operation, Mixing)
    name = type(operation).__name__
    if len(work.stacks) > 1:
        raise ValueError(
            f"{name}: all images must have one size, to be mixed; put Resize or a crop before it"
        )
    stack = work.stacks[0]
    order = np.argsort(stack.samples)
    count = len(order)
    fraction = step.column.values["partner"][stack.samples]
    ahead = 1 + np.minimum((fraction * (count - 1)).astype(int), max(count - 2, 0))
    partner = order[(stack.samples + ahead) % count]
    chosen = applied[stack.samples]
    other = torch.from_numpy(partner[chosen]).to(stack.images.device)
    values = _drawn(step.column, stack.samples[chosen])
    images, share = operation.mix(stack.some(chosen), stack.floats()[other], values)
    if stack.masks is not None:
        entered = torch.from_numpy(chosen).to(stack.masks.device)
        mixed = operation.mix_masks(stack.masks[entered], stack.masks[other], values)
        stack.masks = stack.masks.clone()
        stack.masks[entered] = mixed
    stack.put(chosen, images)
    if work.labels is not None:
        mine, theirs = stack.samples[chosen], stack.samples[partner[chosen]]
        part = torch.from_numpy(share.astype(np.float32))[:, None].to(work.labels)
        labels = work.labels.clone()
        labels[mine] = part * work.labels[mine] + (1 - part) * work.labels[theirs]
        work.labels = labels


def _check_colour(operation: Operation, stack: Stack) -> None:
    channels = stack.images.shape[1]
    if getattr(operation, "rgb", False) and channels != 3:
        raise ValueError(
            f"{type(operation).__name__}: needs red, green and blue; these images have {channels} "
            f"channel{'s' if channels > 1 else ''}, leave it out"
        )


def _drawn(column: Column, chosen: Numbers) -> Values:
    return {name: values[chosen] for name, values in column.values.items()}
