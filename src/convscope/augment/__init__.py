"""Augmentation: operations, the pipelines they make, and what a pipeline does.

`Pipeline` holds operations in order and draws anew for each sample; masks, boxes and keypoints move
along. Every operation declares its parameters once, with unit and range.
"""

from convscope.augment import ops
from convscope.augment.combine import Choice, Combinator, OneOf, Sequential, SomeOf
from convscope.augment.dataset import AugmentedDataset, Transform
from convscope.augment.operation import Geometric, Linear, Mixing, Operation, Pixelwise
from convscope.augment.ops import *  # noqa: F403  # every operation, by the list of that room
from convscope.augment.pipeline import Pipeline
from convscope.augment.record import Drawn, Record
from convscope.augment.result import Result
from convscope.augment.write import Written, read_manifest

__all__ = [
    "AugmentedDataset",
    "Choice",
    "Combinator",
    "Drawn",
    "Geometric",
    "Linear",
    "Mixing",
    "OneOf",
    "Operation",
    "Pipeline",
    "Pixelwise",
    "Record",
    "Result",
    "Sequential",
    "SomeOf",
    "Transform",
    "Written",
    "read_manifest",
    *ops.__all__,
]
