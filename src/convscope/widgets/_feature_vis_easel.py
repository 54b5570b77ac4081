"""The pictures of a feature visualisation: under way, at hand, or on disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from convscope.featurevis import Cache, FeatureImage, Run, Settings
from convscope.featurevis.cache import weights_digest
from convscope.featurevis.known import Known
from convscope.featurevis.objectives import Objective
from convscope.scope import Scope

How = Literal["new", "on", "again"]

_HELD = 4  # runs that can go on; each holds a few pictures' numbers
_SUBJECTS = 30
_AT_HAND = 2000  # pictures


@dataclass(frozen=True)
class Order:
    """Some pictures that are made together.

    Attributes
    ----------
    part
        What they are: ``"main"``, ``"negative"``, ``"diverse"`` or ``"gallery"``.
    targets
        What they maximise.
    settings
        All options.
    subject
        What they are about in all settings, for starting again from what there is.
    """

    part: str
    targets: tuple[Objective, ...]
    settings: Settings
    subject: str = ""

    @property
    def key(self) -> str:
        """Names it among all orders of a widget."""
        words = " | ".join(each.key for each in self.targets)
        return f"{self.part}: {words} {self.settings}"

    @property
    def count(self) -> int:
        """How many pictures it gives."""
        return len(self.targets) * self.settings.copies

    def singly(self) -> list[Order]:
        """Return an order for each of the targets."""
        return [replace(self, targets=(target,)) for target in self.targets]


@dataclass(frozen=True)
class _Held:
    """A run that can go on, and the weights that it began with."""

    run: Run
    weights: str


class Easel:
    """Makes pictures, and knows those that were made before. Jobs ask from threads of their own.

    Parameters
    ----------
    cache
        Where finished pictures are kept; True for the user's cache, False for none.
    """

    def __init__(self, *, cache: Cache | bool) -> None:
        self._cache = cache
        self._weights = ""
        self._made: OrderedDict[str, list[FeatureImage]] = OrderedDict()
        self._orders: dict[str, Order] = {}
        self._last: dict[tuple[str, str], list[FeatureImage]] = {}  # in whatever settings
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = threading.RLock()

    def follow(self, weights: str) -> None:
        """Forget what was made with other weights than those that a digest stands for."""
        with self._lock:
            if weights != self._weights:
                self._weights = weights
                for kept in (self._made, self._orders, self._held):
                    kept.clear()

    def known(self, scope: Scope, order: Order) -> list[FeatureImage] | None:
        """Return the pictures of an order if they are at hand or on disk, else None."""
        with self._lock:
            if order.key in self._made:
                self._made.move_to_end(order.key)
                return self._made[order.key]
            weights = self._weights
        kept = self._on_disk(scope, order, weights)
        if kept.missing:
            return None
        found = [picture for index in range(len(order.targets)) for picture in kept.read(index)]
        if len(found) < order.count:
            return None
        self._take(order, found, weights)
        return found

    def known_each(self, scope: Scope, order: Order) -> dict[int, FeatureImage]:
        """Return the pictures of an order's targets that are at hand or on disk, by position."""
        found = {}
        weights = self._weights
        kept = self._on_disk(scope, order, weights)
        for index, one in enumerate(order.singly()):
            pictures = self._made.get(one.key) or (kept.read(index) if index in kept.hits else [])
            if pictures:
                self._take(one, pictures, weights)
                found[index] = pictures[0]
        return found

    def begin(self, scope: Scope, order: Order, how: How) -> Run:
        """Return a run for an order.

        Parameters
        ----------
        scope
            The network.
        order
            What is made.
        how
            "new" begins from noise, "on" goes on where the last run stopped (when it had ended, for
            as many steps again), "again" begins anew from the pictures that there are.
        """
        with self._lock:
            held = self._held.pop(order.key, None)
        before = self._before(scope, order)
        if how == "on" and held is not None:
            run = held.run
            if run.step >= run.steps:
                run.extend(order.settings.steps)
        elif how != "new" and before:
            start = before if len(before) == order.count else before[:1]
            run = Run(scope, list(order.targets), replace(order.settings, start=start))
        else:
            run = Run(scope, list(order.targets), order.settings)
        with self._lock:
            self._held[order.key] = _Held(run, self._weights)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)
        return run

    def _before(self, scope: Scope, order: Order) -> list[FeatureImage]:
        """Return the pictures of an order, else the newest about the same in other settings."""
        known = self.known(scope, order)
        return known if known is not None else self._last.get((order.part, order.subject), [])

    def end(self, scope: Scope, order: Order, run: Run, *, finished: bool) -> list[FeatureImage]:
        """Take what a run has made; what was finished as ordered is kept on disk as well."""
        pictures = run.results()
        held = self._held.get(order.key)
        weights = weights_digest(scope.network)
        if held is None or held.weights != weights:  # it has learnt meanwhile: they are of neither
            return pictures
        self._take(order, pictures, weights)
        if finished and run.settings.start is None and run.step <= order.settings.steps:
            kept = self._on_disk(scope, order, weights)
            copies = order.settings.copies
            for index in range(len(order.targets)):
                kept.keep(index, pictures[index * copies : (index + 1) * copies])
        return pictures

    def end_each(self, scope: Scope, order: Order, run: Run) -> list[FeatureImage]:
        """Take what a finished run has made, each picture by itself; the run does not go on."""
        pictures = self.end(scope, order, run, finished=True)
        with self._lock:
            held = self._held.pop(order.key, None)
            whole = self._made.pop(order.key, None)
        if held is not None and whole is not None:
            for one, picture in zip(order.singly(), pictures, strict=True):
                self._take(one, [picture], held.weights)
        return pictures

    def can_go_on(self, order: Order) -> bool:
        """Tell whether the last run of an order has steps left."""
        held = self._held.get(order.key)
        return held is not None and not held.run.ended

    def targets(self) -> list[str]:
        """Return the targets that a picture was made of, the newest first."""
        with self._lock:
            found = [order.targets for order in self._orders.values() if order.part == "main"]
        return [targets[0].key for targets in reversed(found) if len(targets) == 1]

    def _on_disk(self, scope: Scope, order: Order, weights: str) -> Known:
        return Known.of(scope, order.targets, order.settings, self._cache, weights=weights)

    def _take(self, order: Order, pictures: Sequence[FeatureImage], weights: str) -> None:
        with self._lock:
            if weights != self._weights:
                return
            self._made[order.key] = list(pictures)
            if order.subject:
                self._last[order.part, order.subject] = list(pictures)
                for old in list(self._last)[:-_SUBJECTS]:
                    del self._last[old]
            self._orders[order.key] = order
            self._made.move_to_end(order.key)
            while sum(map(len, self._made.values())) > _AT_HAND:
                self._orders.pop(self._made.popitem(last=False)[0], None)
