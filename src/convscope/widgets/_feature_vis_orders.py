"""What is made for a target, and how, from what is chosen in a feature visualisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import traitlets

from convscope.featurevis import Settings
from convscope.featurevis.objectives import diversity as unlikeness
from convscope.featurevis.objectives import total_variation
from convscope.scope import Scope
from convscope.widgets._feature_vis_calls import Bench, best
from convscope.widgets._feature_vis_easel import Order
from convscope.widgets._feature_vis_targets import Wanted

_SMALLEST, _LARGEST = 4, 1024  # pixels
_DIVERSE_STEPS = 0.6  # of the steps: versions need to differ more than to be perfect


class FeatureOrders(traitlets.HasTraits):
    """The settings of the widget, which sets what stands below; its docstring explains them."""

    _scope: Scope
    _bench: Bench
    _side: int
    _usable: set[str]

    steps = traitlets.Int(192, min=1, max=4096).tag(sync=True)
    size = traitlets.Int(min=_SMALLEST, max=_LARGEST).tag(sync=True)
    transforms = traitlets.Enum(("standard", "light", "none"), "standard").tag(sync=True)
    decorrelate = traitlets.Bool(True).tag(sync=True)
    param = traitlets.Enum(("fourier", "pixel", "maco"), "fourier").tag(sync=True)
    rate = traitlets.Float(None, allow_none=True, min=1e-4, max=10).tag(sync=True)
    smooth = traitlets.Float(0.0, min=0.0, max=100.0).tag(sync=True)
    alpha = traitlets.Bool(False).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    negative = traitlets.Bool(True).tag(sync=True)
    diverse = traitlets.Int(4, min=0, max=9).tag(sync=True)
    diversity = traitlets.Float(0.5, min=0.0, max=4.0).tag(sync=True)

    def _settings(self, **changes: Any) -> Settings:
        options: dict[str, Any] = {
            "steps": self.steps,
            # None is the network's own size, which need not be square.
            "size": None if self.size == self._side else self.size,
            "param": self.param,
            "transforms": None if self.transforms == "standard" else self.transforms,
            "decorrelate": self.decorrelate,
            "rate": self.rate,
            "penalty": -self.smooth * total_variation() if self.smooth else None,
            "alpha": self.alpha,
            "seed": self.seed,
        }
        return Settings(**(options | changes))

    def _orders(self, wanted: Wanted) -> Iterator[Order]:
        """Yield what is made for a target, one after the other; diverse ones need the main one."""
        negative, diverse, diversity = self.negative, self.diverse, self.diversity
        settings = self._settings(alike=wanted.between)
        main = Order("main", wanted.objectives, settings, wanted.text)
        yield main
        if wanted.between:
            return
        (target,) = wanted.objectives
        if negative:
            yield Order("negative", (-target,), settings, wanted.text)
        made = self._bench.easel.known(self._bench.beside.scope(), main)
        if diverse and made is not None:
            weight = diversity * abs(best(made))
            layer = target.resolved(self._scope).layers[0]
            unlike = target + weight * unlikeness(self._with_places(layer))
            steps = max(1, round(_DIVERSE_STEPS * settings.steps))
            several = replace(settings, copies=diverse, steps=steps)
            yield Order("diverse", (unlike,), several, wanted.text)

    def _with_places(self, layer: str) -> str:
        """Return the layer, or the last one before it whose maps have more than one place."""
        tree = self._scope.layers
        last = tree[layer].order or 0
        before = [
            (each.order, each.name)
            for each in tree
            if each.name in self._usable and each.order is not None and each.order <= last
            if each.shape is not None and len(each.shape) == 3 and each.shape[1] * each.shape[2] > 1
        ]
        return max(before)[1] if before else layer
