"""What can be chosen when an atlas is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from convscope.arguments import check_count
from convscope.atlas.attribute import AttributionRule
from convscope.atlas.icons.tiles import TileFormat
from convscope.atlas.layout import LayoutMethod, LayoutSettings, Metric
from convscope.atlas.render import RenderSettings, Whiten

Icons = Literal["patches", "inversion", "both", "none"]
Stage = Literal["collect", "layout", "grid", "render"]


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """How an atlas is built; see `Atlas.build`."""

    samples_per_image: int = 1
    levels: Sequence[int] | None = None
    icons: Icons = "patches"
    seed: int = 0
    attribution: AttributionRule = "linear"
    layout: LayoutSettings = field(default_factory=LayoutSettings)
    min_count: int = 1
    batch_size: int = 32
    errors: Literal["raise", "skip"] = "raise"
    render: RenderSettings = field(default_factory=RenderSettings)
    redo: Stage | None = None
    repair: bool = False

    def __post_init__(self) -> None:
        for name in ("samples_per_image", "min_count", "batch_size"):
            check_count(name, getattr(self, name))
        _check_choice("icons", self.icons, Icons)
        _check_choice("attribution", self.attribution, AttributionRule)
        _check_choice("errors", self.errors, Literal["raise", "skip"])
        _check_choice("method", self.layout.method, LayoutMethod)
        _check_choice("whitening", self.render.whitening, Whiten)
        _check_choice("metric", self.layout.metric, Metric)
        _check_choice("tile_format", self.render.format, TileFormat)
        for name, value, least in (
            ("neighbours", self.layout.neighbours, 2),
            ("landmarks", self.layout.landmarks, 4),
        ):
            if value is not None:
                check_count(name, value, least=least)
        for name, number in (("min_dist", self.layout.min_dist), ("ridge", self.render.ridge)):
            if not number >= 0:
                raise ValueError(f"{name}: must be at least 0, got {number!r}")
        if self.redo is not None:
            _check_choice("redo", self.redo, Stage)
        if not isinstance(self.seed, int):
            raise TypeError(f"seed: must be a whole number, got {self.seed!r}")


def _check_choice(name: str, value: Any, choices: Any) -> None:
    if value not in get_args(choices):
        known = ", ".join(map(repr, get_args(choices)))
        raise ValueError(f"{name}: {value!r} isn't known; choose one of {known}")
