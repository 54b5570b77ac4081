"""All methods: what they explain, what one can set, and where they come from."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from typing import Any, Literal

from convscope.attribution.options import (
    AblationOptions,
    BaselineOptions,
    CamOptions,
    NoiseOptions,
    OcclusionOptions,
    Options,
    PathOptions,
)

MethodName = Literal[
    "gradcam",
    "gradcam++",
    "layercam",
    "hirescam",
    "xgradcam",
    "activation_x_gradient",
    "saliency",
    "input_x_gradient",
    "guided_backprop",
    "deconvolution",
    "guided_gradcam",
    "smoothgrad",
    "integrated_gradients",
    "deeplift",
    "occlusion",
    "feature_ablation",
]


@dataclass(frozen=True)
class Method:
    """One way to explain an output.

    Attributes
    ----------
    name
        What ``attribute(method=…)`` takes.
    title
        How it is written.
    words
        One sentence on what a map shows.
    source
        The paper.
    layers
        It explains layers; else the input, and the maps stand under ``"input"``.
    signed
        Its maps can be negative whatever the options.
    maintains
        It may be aimed at what leaves the score alone, ``aim="maintain"``.
    options
        What can be set.
    """

    name: MethodName
    title: str
    words: str
    source: str
    layers: bool = False
    signed: bool = False
    maintains: bool = False
    options: type[Options] = Options

    def settings(self, given: dict[str, Any]) -> Any:
        """Return the options given, and defaults for the others.

        Raises
        ------
        TypeError
            If the method has no such option.
        """
        known = [each.name for each in fields(self.options)]
        for name in given:
            if name not in known:
                takes = f"takes {', '.join(known)}" if known else "has no options"
                raise TypeError(f"{name}: {self.name!r} {takes}")
        return self.options(**given)


def method_of(name: str) -> Method:
    """Return a method by its name.

    Raises
    ------
    ValueError
        If there is none, naming the closest.
    """
    if name in METHODS:
        return METHODS[name]
    close = difflib.get_close_matches(str(name).lower().replace("-", ""), METHODS, n=2, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise ValueError(f"method: no method {name!r} among {', '.join(METHODS)}{hint}")


_CAM: dict[str, Any] = {"layers": True, "maintains": True, "options": CamOptions}

_ALL = (
    Method(
        "gradcam",
        "Grad-CAM",
        "Channels weighted by their mean gradient: where the layer sees evidence for the target.",
        "Selvaraju et al. 2017",
        **_CAM,
    ),
    Method(
        "gradcam++",
        "Grad-CAM++",
        "Grad-CAM with weights that favour places of positive gradient, for several objects.",
        "Chattopadhyay et al. 2018",
        **_CAM,
    ),
    Method(
        "layercam",
        "LayerCAM",
        "Each position weighted by its own positive gradient: sharp in early layers too.",
        "Jiang et al. 2021",
        **_CAM,
    ),
    Method(
        "hirescam",
        "HiResCAM",
        "Activation times gradient at each position: only what this layer really added.",
        "Draelos and Carin 2020",
        **_CAM,
    ),
    Method(
        "xgradcam",
        "XGrad-CAM",
        "Grad-CAM with gradients weighted by how active each position is.",
        "Fu et al. 2020",
        **_CAM,
    ),
    Method(
        "activation_x_gradient",
        "Activation × gradient",
        "How much each position raises or lowers the score, to first order.",
        "Shrikumar et al. 2016",
        layers=True,
        signed=True,
    ),
    Method(
        "saliency",
        "Saliency",
        "How strongly the score reacts to each pixel: the largest |gradient| of its colours.",
        "Simonyan et al. 2013",
        maintains=True,
    ),
    Method(
        "input_x_gradient",
        "Input × gradient",
        "How much each pixel raises or lowers the score, to first order.",
        "Shrikumar et al. 2016",
        signed=True,
    ),
    Method(
        "guided_backprop",
        "Guided backprop",
        "Saliency along paths that raise the score only: crisp, but hardly about the class.",
        "Springenberg et al. 2014",
        maintains=True,
    ),
    Method(
        "deconvolution",
        "Deconvolution (rectified)",
        "Saliency that lets all positive gradients through, also where a unit is silent.",
        "Zeiler and Fergus 2013",
        maintains=True,
    ),
    Method(
        "guided_gradcam",
        "Guided Grad-CAM",
        "Guided backprop where Grad-CAM of the layer finds evidence.",
        "Selvaraju et al. 2017",
        layers=True,
    ),
    Method(
        "smoothgrad",
        "SmoothGrad",
        "Saliency averaged over noisy copies of the image.",
        "Smilkov et al. 2017",
        options=NoiseOptions,
    ),
    Method(
        "integrated_gradients",
        "Integrated gradients",
        "What each pixel adds on the way from the baseline; it sums to the change of the score.",
        "Sundararajan et al. 2017",
        signed=True,
        options=PathOptions,
    ),
    Method(
        "deeplift",
        "DeepLift",
        "What each pixel adds against the baseline, by differences instead of slopes.",
        "Shrikumar et al. 2017",
        signed=True,
        options=BaselineOptions,
    ),
    Method(
        "occlusion",
        "Occlusion",
        "How far the score falls when a square is covered.",
        "Zeiler and Fergus 2013",
        signed=True,
        options=OcclusionOptions,
    ),
    Method(
        "feature_ablation",
        "Feature ablation",
        "How far the score falls when a segment is covered.",
        "Kokhlikyan et al. 2020",
        signed=True,
        options=AblationOptions,
    ),
)

#: All methods by name, in the order in which a menu shows them.
METHODS: dict[str, Method] = {method.name: method for method in _ALL}
