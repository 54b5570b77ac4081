"""Which pictures are on disk already, and which have to be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from convscope.featurevis.cache import Cache, key_of, weights_digest
from convscope.featurevis.objectives import Objective, as_objective
from convscope.featurevis.result import FeatureImage
from convscope.featurevis.settings import Settings

if TYPE_CHECKING:
    from convscope.scope import Scope


@dataclass(frozen=True)
class Known:
    """Targets, and what a cache has of them.

    Attributes
    ----------
    targets
        What the pictures maximise.
    keys
        For each target those of its copies; None where an option can't be named.
    store
        The cache; None without one.
    hits
        Positions of the targets that are in it.
    """

    targets: tuple[Objective, ...]
    keys: tuple[tuple[str, ...] | None, ...]
    store: Cache | None
    hits: frozenset[int]

    @classmethod
    def of(
        cls,
        scope: Scope,
        targets: Sequence[Any],
        settings: Settings,
        cache: Any,
        *,
        weights: str | None = None,
    ) -> Known:
        """Look for the pictures of targets.

        Parameters
        ----------
        scope
            The network.
        targets
            Objectives, or what `as_objective` reads.
        settings
            All options.
        cache
            A `Cache`; True for that of the user, False for none.
        weights
            Digest of the model where it is known already.

        Raises
        ------
        ValueError
            For a target that the network does not have.
        """
        wanted = tuple(as_objective(each) for each in targets)
        resolved = [each.resolved(scope) for each in wanted]  # what is wrong is told before work
        store = cache if isinstance(cache, Cache) else Cache() if cache else None
        if store is None or settings.together:
            return cls(wanted, (None,) * len(wanted), None, frozenset())
        weights = weights or weights_digest(scope.network)
        keys = []
        for each in resolved:
            own = [key_of(scope, weights, each, copy, settings) for copy in range(settings.copies)]
            keys.append(tuple(k for k in own if k is not None) if None not in own else None)
        hits = frozenset(
            index
            for index, own_keys in enumerate(keys)
            if own_keys is not None and all(store.get(key) is not None for key in own_keys)
        )
        return cls(wanted, tuple(keys), store, hits)

    @property
    def missing(self) -> list[int]:
        """Positions of the targets that have to be made."""
        return [index for index in range(len(self.targets)) if index not in self.hits]

    def read(self, index: int) -> list[FeatureImage]:
        """Return the pictures of a target, fewer where the cache was emptied meanwhile."""
        keys = self.keys[index]
        found = [self.store.get(key) for key in keys or ()] if self.store is not None else []
        return [
            replace(picture, target=self.targets[index].key)
            for picture in found
            if picture is not None
        ]

    def keep(self, index: int, pictures: Sequence[FeatureImage]) -> None:
        """Put the finished pictures of a target into the cache."""
        keys = self.keys[index]
        if self.store is not None and keys is not None:
            for key, picture in zip(keys, pictures, strict=True):
                self.store.put(key, picture)
