"""What a pipeline hands over: to datasets, to folders of files, to YAML and to code."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from torch.utils.data import Dataset

    from convscope.augment.dataset import AugmentedDataset
    from convscope.augment.pipeline import Pipeline
    from convscope.augment.write import Written


class Handover:
    """The methods of :class:`Pipeline` whose work is done elsewhere, imported when called."""

    def transform(self) -> Callable[[Any], Any]:
        """Return a function of one image for a torchvision ``Compose`` or a Dataset.

        It takes and gives a Pillow image, or a tensor (C, H, W).
        """
        from convscope.augment.dataset import Transform

        made: Callable[[Any], Any] = Transform(cast("Pipeline", self))
        return made

    def dataset(self, dataset: Dataset[Any], **options: Any) -> AugmentedDataset:
        """Return a Dataset whose items are augmented; see `AugmentedDataset`."""
        from convscope.augment.dataset import AugmentedDataset

        return AugmentedDataset(cast("Pipeline", self), dataset, **options)

    def write(
        self, source: str | os.PathLike[str], target: str | os.PathLike[str], n: int, **options: Any
    ) -> Written:
        """Write augmented copies of a folder of images; see `convscope.augment.write.write`."""
        from convscope.augment.write import write

        return write(cast("Pipeline", self), source, target, n, **options)

    def to_yaml(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the pipeline as YAML, and write it to a file if one is named."""
        from convscope.augment.serialise import to_yaml

        return to_yaml(cast("Pipeline", self), path)

    @classmethod
    def from_yaml(
        cls,
        source: str | os.PathLike[str],
        *,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Pipeline:
        """Return the pipeline that a YAML text or file describes.

        Parameters
        ----------
        source : str or path
            A text of several lines, or the path of a file.
        functions : dict, optional
            The functions of `Custom` operations by name; nothing in the file is ever run.
        """
        from convscope.augment.serialise import from_yaml

        return from_yaml(source, functions=functions)

    def to_code(
        self, target: Literal["convscope", "torchvision", "kornia", "albumentations"] = "convscope"
    ) -> str:
        """Return Python code that builds this pipeline, with convscope or another library.

        What the other library has no counterpart for is a comment that says so.
        """
        from convscope.augment.codegen import to_code

        return to_code(cast("Pipeline", self), target)
