"""Carry out what was drawn: runs of warps as one resample, runs of linear colours as one matrix."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from convscope.augment.dice import Numbers
from convscope.augment.exact import kinds
from convscope.augment.flat import Leaf
from convscope.augment.landing import Landing
from convscope.augment.operation import Geometric, Linear, Mixing, Operation, Pixelwise, Values
from convscope.augment.recolour import Tint
from convscope.augment.record import Column, Record
from convscope.augment.resample import Settings, resample
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
    dtype: torch.dtype = torch.float32

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


_Pass: TypeAlias = "tuple[list[Step], list[Step], list[Step]]"


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
    passes = _passes(steps, fused=settings.fused)
    if not passes or not passes[0][0]:  # else they are checked when they are looked up
        for stack in work.stacks:
            stack.check(stack.images)
    for position, (moves, colours, other) in enumerate(passes):
        last = position == len(passes) - 1
        dtype = torch.uint8 if last and work.dtype == torch.uint8 else torch.float32
        if moves:
            _move(work, moves, colours, settings, dtype)
        elif colours:
            for stack in work.stacks:
                _recolour(stack, colours, dtype)
        for step in other:
            if isinstance(step.operation, Mixing):
                _mix(work, step)
                continue
            for stack in work.stacks:
                _apply(stack, step)


def _passes(steps: Iterable[Step], *, fused: bool) -> list[_Pass]:
    """Share steps out into what is carried out at once: warps, the colours that follow, others."""
    passes: list[_Pass] = []
    for kind, run in _runs(steps, fused=fused):
        if issubclass(kind, Linear) and fused and passes and passes[-1][0] and not passes[-1][1]:
            passes[-1][1].extend(run)
            continue
        place = (Geometric, Linear).index(kind) if kind in (Geometric, Linear) else 2
        passes.append(([], [], []))
        passes[-1][place].extend(run)
    return passes


def _runs(steps: Iterable[Step], *, fused: bool) -> Iterable[tuple[type[Operation], list[Step]]]:
    position = itertools.count()

    def kind(step: Step) -> tuple[type[Operation], int]:
        for each in (Geometric, Linear):
            if isinstance(step.operation, each):
                return each, -1 if fused else next(position)
        return (Mixing if isinstance(step.operation, Mixing) else Pixelwise), next(position)

    for (found, _), run in itertools.groupby(steps, kind):
        yield found, list(run)


def _move(
    work: Work, run: list[Step], colours: list[Step], settings: Settings, dtype: torch.dtype
) -> None:
    """Follow a run of warps with everything that lies on the images; colours may come after."""
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
        for _, chosen in kinds(after):
            samples = stack.samples[chosen]
            landing = _landing(stack.images[: len(samples)], samples, colours, dtype)
            moved.append(_resampled(stack, chosen, run, chain, settings, landing))
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
    stack: Stack,
    chosen: Numbers,
    run: list[Step],
    chain: list[Warp],
    settings: Settings,
    landing: Landing,
) -> Stack:
    """Resample the samples of a stack that end with one size."""
    samples = stack.samples[chosen]
    whole = len(samples) == len(chain[-1].sizes) and bool((np.diff(samples) > 0).all())
    parts = [
        warp if whole else _of(warp, samples)
        for step, warp in zip(run, chain, strict=True)
        if step.column.applied[samples].any()
    ]
    every = chosen.all()
    index = torch.from_numpy(chosen).to(stack.images.device)
    images = stack.images if every else stack.images[index]
    masks = stack.masks if every or stack.masks is None else stack.masks[index]
    if parts:
        pixels, masks = resample(images, masks, parts, settings, landing, stack.check)
    else:
        stack.check(images)
        pixels = landing.all(images, own=stack.own or not every)
    shared = pixels.untyped_storage().data_ptr() == images.untyped_storage().data_ptr()
    return Stack(samples, pixels, masks, own=stack.own or not shared)


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


def _recolour(stack: Stack, run: list[Step], dtype: torch.dtype) -> None:
    """Multiply a run of colour matrices, and apply it once."""
    landing = _landing(stack.images, stack.samples, run, dtype)
    if landing.tint is not None:
        stack.images, stack.own = landing.all(stack.images, own=stack.own), True


def _landing(images: Tensor, samples: Numbers, run: list[Step], dtype: torch.dtype) -> Landing:
    """Return where samples go, and what a run of colours does to them, if it does anything."""
    steps = [
        (step.operation, applied, _drawn(step.column, samples[applied]))
        for step in run
        if isinstance(step.operation, Linear)
        for applied in [step.column.applied[samples]]
    ]
    if not any(applied.any() for _, applied, _ in steps):
        return Landing(None, dtype)
    for operation, _, _ in steps:
        _check_colour(operation, images)
    return Landing(Tint.of(steps, images, peak=255 if dtype == torch.uint8 else 1), dtype)


def _apply(stack: Stack, step: Step) -> None:
    operation, chosen = step.operation, step.column.applied[stack.samples]
    if not chosen.any():
        return
    assert isinstance(operation, Pixelwise)
    _check_colour(operation, stack.images)
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


def _check_colour(operation: Operation, images: Tensor) -> None:
    channels = images.shape[1]
    if getattr(operation, "rgb", False) and channels != 3:
        raise ValueError(
            f"{type(operation).__name__}: needs red, green and blue; these images have {channels} "
            f"channel{'s' if channels > 1 else ''}, leave it out"
        )


def _drawn(column: Column, chosen: Numbers) -> Values:
    return {name: values[chosen] for name, values in column.values.items()}
