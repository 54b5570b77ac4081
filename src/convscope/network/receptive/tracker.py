"""Watch one forward pass and say what every tensor in it sees of the input."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from . import mixing, upsampling, views, windows  # noqa: F401  (they register their rules)
from .calls import RULES, TOLERANT, Call, Operand, Outcome, Rule
from .field import ReceptiveField, field_of
from .spans import Reach, Span, UnknownReachError

Geometry: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...], torch.dtype]


class _Unknown:
    """Stands for a tensor that depends on the input in a way we cannot tell."""


UNKNOWN = _Unknown()
State: TypeAlias = "Reach | _Unknown | None"  # None: does not depend on the input


class _Memory(NamedTuple):
    """One storage, and what the tensors that look at it see."""

    alive: StorageWeakRef  # keeps the address from being used again, but not the data
    states: dict[Geometry, State]


class _Operator(NamedTuple):
    """What the schema of an operator says."""

    name: str
    arguments: tuple[tuple[str, Any], ...]  # name, default
    inputs: frozenset[str]  # the arguments that are read
    written: frozenset[str]  # the arguments that are changed
    rule: Rule | None
    composite: bool


class Tracker(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Follow what every tensor sees of the input while a model runs.

    Parameters
    ----------
    inputs
        What the model is called with: a tensor, or any nesting of tensors. The first of shape
        (N, C, *spatial) with one to three spatial axes is the image; others of the same
        spatial size lie on the same pixels; vectors say nothing about places; tensors of any
        other size make what depends on them unknown.

    Notes
    -----
    The mode changes no value, no random state and keeps no tensor alive. A tensor that an
    in-place operator changes sees from then on what its new content sees: ask for the field of a
    layer when it has just run, in a hook.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 5), torch.nn.MaxPool2d(2))
    >>> image = torch.rand(1, 3, 20, 30)
    >>> with Tracker(image) as tracker:
    ...     out = model(image)
    >>> tracker.field(out).size, tracker.field(out).stride
    ((6, 6), (2, 2))
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Do without the guard against compilation, whose import takes seconds."""
        return False

    def __init__(self, inputs: Tensor | Mapping[str, Any] | tuple[Any, ...] | list[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._memory: dict[int, _Memory] = {}
        self._extents: tuple[int, ...] = ()
        for tensor in tree_leaves(inputs):
            if isinstance(tensor, Tensor) and tensor.dim() > 2:
                self._start(tensor)

    def _start(self, tensor: Tensor) -> None:
        """Take a tensor as an image, or as something whose places we do not know."""
        self._extents = self._extents or (tuple(tensor.shape[2:]) if tensor.dim() < 6 else ())
        state: State = UNKNOWN
        if self._extents and tuple(tensor.shape[2:]) == self._extents:
            places = (Span(axis, 1, ((0, 0),)) for axis in range(len(self._extents)))
            state = Reach((None, None, *places))
        self._put(tensor, state, written=True)

    def field(self, tensor: Tensor) -> ReceptiveField | None:
        """Give the receptive field of the units of a tensor, None where it is unknown.

        Parameters
        ----------
        tensor
            An output of the run under this mode, still as the operator left it.

        Returns
        -------
        ReceptiveField | None
            With one number an axis of the image, whatever the order of the tensor's dimensions.
        """
        state = self._state(tensor)
        if not isinstance(state, Reach) or state.paired:
            return None
        return field_of(state, self._extents)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        operator = _describe(func)
        operands, arguments = self._operands(operator, args, kwargs)
        if not operands and not operator.written - operator.inputs:
            return func(*args, **kwargs)
        if operator.rule is None and operator.composite:
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        result = func(*args, **kwargs)
        outputs = _tensors(result)
        states = self._judge(operator, arguments, operands, outputs)
        for tensor, state in zip(outputs, states, strict=True):
            self._put(tensor, state, written=bool(operator.written))
        if operator.rule is None:
            for tensor in (t for name in operator.written for t in _tensors(arguments[name])):
                self._put(tensor, UNKNOWN if operands else None, written=True)
        return result

    def _operands(
        self, operator: _Operator, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Operand, ...], dict[str, Any]]:
        """Give the tensors that depend on the input, and all arguments by name."""
        arguments = dict(operator.arguments)
        arguments.update(zip(arguments, args, strict=False))
        arguments.update(kwargs)
        operands = []
        for name, value in arguments.items():
            if name in operator.inputs:
                for tensor in _tensors(value):
                    state = self._state(tensor)
                    if state is not None:
                        reach = state if isinstance(state, Reach) else None
                        operands.append(Operand(name, tuple(tensor.shape), reach))
        return tuple(operands), arguments

    def _judge(
        self,
        operator: _Operator,
        arguments: dict[str, Any],
        operands: tuple[Operand, ...],
        outputs: list[Tensor],
    ) -> list[State]:
        """Say what every output sees."""
        if not operands or not outputs:
            return [None] * len(outputs)
        rule = operator.rule
        if rule not in TOLERANT:
            if any(operand.reach is None for operand in operands):
                return [UNKNOWN] * len(outputs)
            if all(operand.reach and operand.reach.whole for operand in operands):
                return [Reach((None,) * tensor.dim()) for tensor in outputs]
        if rule is None:
            return [UNKNOWN] * len(outputs)
        shapes = tuple(tuple(tensor.shape) for tensor in outputs)
        try:
            seen = rule(Call(operator.name, arguments, operands, shapes, self._extents))
        except UnknownReachError:
            return [UNKNOWN] * len(outputs)
        return _fitted(seen, outputs)

    def _state(self, tensor: Tensor) -> State:
        """Give what a tensor sees."""
        storage = _storage(tensor)
        if storage is None:
            return UNKNOWN
        memory = self._memory.get(storage._cdata)
        return None if memory is None else memory.states.get(_geometry(tensor), UNKNOWN)

    def _put(self, tensor: Tensor, state: State, *, written: bool) -> None:
        """Note what a tensor sees; what is written to changes for all that look at it."""
        storage = _storage(tensor)
        if storage is None:
            return
        memory = self._memory.get(storage._cdata)
        if memory is None:
            if state is None:
                return
            memory = _Memory(StorageWeakRef(storage), {})  # type: ignore[no-untyped-call]
            self._memory[storage._cdata] = memory
        geometry = _geometry(tensor)
        if memory.states.get(geometry, state) != state:
            if written:
                memory.states.clear()
            else:  # one and the same tensor, seen in two ways
                state = UNKNOWN
        elif written and geometry not in memory.states:
            memory.states.clear()
        memory.states[geometry] = state


@cache
def _describe(func: Any) -> _Operator:
    """Read the schema of an operator."""
    schema = func._schema
    space, name = schema.name.split("::")
    plain = name[:-1] if name.endswith("_") and not name.endswith("__") else name
    rule = RULES.get(name) or RULES.get(plain)
    if rule is None and torch.Tag.pointwise in func.tags:
        rule = mixing.pointwise
    if space != "aten" or (plain in ("max", "min") and func._overloadname == "other"):
        rule = None
    changed = [arg for arg in schema.arguments if arg.alias_info and arg.alias_info.is_write]
    return _Operator(
        name if name in RULES else plain,
        tuple((arg.name, arg.default_value) for arg in schema.arguments),
        frozenset(arg.name for arg in schema.arguments if not arg.is_out),
        frozenset(arg.name for arg in changed),
        rule,
        func._can_decompose(),
    )


def _fitted(seen: Outcome, outputs: list[Tensor]) -> list[State]:
    """Give one state an output; by-products of another rank stay unknown."""
    if seen is None:
        return [None] * len(outputs)
    every = seen if isinstance(seen, list) else [seen]
    if len(every) == 1:
        every = every * len(outputs)
    return [
        reach if len(reach.dims) == tensor.dim() else UNKNOWN
        for reach, tensor in zip(every, outputs, strict=True)
    ]


def _tensors(value: Any) -> list[Tensor]:
    """Give the tensors of an argument or a result."""
    if isinstance(value, Tensor):
        return [value]
    return [v for v in value if isinstance(v, Tensor)] if isinstance(value, (list, tuple)) else []


def _storage(tensor: Tensor) -> torch.UntypedStorage | None:
    """Give the memory of a tensor, None for layouts that have none of their own."""
    try:
        return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):
        return None


def _geometry(tensor: Tensor) -> Geometry:
    """Say how a tensor looks at its memory."""
    return int(tensor.storage_offset()), tuple(tensor.shape), tensor.stride(), tensor.dtype
