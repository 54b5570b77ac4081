"""What a scope hands over to the rooms above it, which are imported when they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast, overload

from torch import Tensor

if TYPE_CHECKING:
    from convscope.attribution import Aim, Attributions, MethodName, Targets
    from convscope.featurevis import FeatureImage
    from convscope.featurevis.objectives import Objective
    from convscope.manifold import Pool
    from convscope.scope import Scope


class Handover:
    """The methods of :class:`convscope.Scope` whose work is done elsewhere."""

    def attribute(
        self,
        images: Any,
        targets: Targets = "predicted",
        *,
        method: MethodName = "gradcam",
        layers: Sequence[str] | str | None = None,
        aim: Aim | None = None,
        batch_size: int = 16,
        **options: Any,
    ) -> Attributions:
        """Return where in each image the targets were found.

        Parameters
        ----------
        images, targets, method, layers, aim, batch_size, **options
            Those of :func:`convscope.attribution.attribute`.

        Examples
        --------
        >>> import convscope as cs
        >>> image = cs.demo.photograph("coffee")
        >>> cs.demo.scope().attribute(image, "espresso", layers=["blocks.10", "head"])
        Attributions(Grad-CAM of espresso: blocks.10 (1, 14, 14), head (1, 7, 7))
        """
        from convscope.attribution import attribute

        options |= {"method": method, "layers": layers, "aim": aim, "batch_size": batch_size}
        return attribute(cast("Scope", self), images, targets, **options)

    @overload
    def visualize(self, target: str | Objective, **options: Any) -> FeatureImage: ...
    @overload
    def visualize(self, target: Sequence[Any], **options: Any) -> list[FeatureImage]: ...
    def visualize(self, target: Any, **options: Any) -> Any:
        """Return what excites a unit, a class or any objective, as a picture with its numbers.

        Parameters
        ----------
        target, **options
            Those of :func:`convscope.featurevis.visualize`: ``"layer3:12"``, ``"class:tabby"``,
            or a list of such; ``steps``, ``size``, ``seed``, ``images``, …

        Examples
        --------
        >>> import convscope as cs
        >>> digits = cs.demo.digits()
        >>> digits.scope.visualize("class:3", steps=32, cache=False).image.shape
        torch.Size([1, 8, 8])
        """
        from convscope.featurevis import visualize

        return visualize(cast("Scope", self), target, **options)

    def invert(self, image: Any, layer: str, **options: Any) -> FeatureImage:
        """Return what a layer knows of an image: a picture made from its activations alone.

        Parameters
        ----------
        image
            One image, in any form.
        layer
            Name of the layer.
        **options
            Those of :func:`convscope.featurevis.invert`, which takes several images.

        Examples
        --------
        >>> import convscope as cs
        >>> digits = cs.demo.digits()
        >>> digits.scope.invert(digits.images[0], "conv1", steps=32).image.shape
        torch.Size([1, 8, 8])
        """
        from convscope.featurevis import invert

        found = invert(cast("Scope", self), image, layer, **options)
        if len(found) != 1:
            raise ValueError(
                f"image: must be one image, got {len(found)}; convscope.featurevis.invert takes "
                "several"
            )
        return found[0]

    def dream(self, image: Any, target: str | Objective, **options: Any) -> FeatureImage:
        """Return a DeepDream: what a layer sees in an image, made stronger.

        Parameters
        ----------
        image
            One image, in any form; it keeps its size.
        target
            ``"layer3"`` for a whole layer, ``"layer3:12"`` for a channel, or any objective.
        **options
            Those of :func:`convscope.featurevis.dream`: ``octaves``, ``steps``, ``guide``, …

        Examples
        --------
        >>> import convscope as cs
        >>> digits = cs.demo.digits()
        >>> digits.scope.dream(digits.images[0], "conv2", octaves=1, steps=2).image.shape
        torch.Size([1, 8, 8])
        """
        from convscope.featurevis import dream

        run = dream(cast("Scope", self), image, target, **options)
        for _ in run:
            pass
        return run.result()

    @overload
    def embed(self, images: Any, layer: str, pool: Pool = ..., **options: Any) -> Tensor: ...
    @overload
    def embed(
        self, images: Any, layer: Sequence[str], pool: Pool = ..., **options: Any
    ) -> dict[str, Tensor]: ...
    def embed(self, images: Any, layer: Any, pool: Pool = "mean", **options: Any) -> Any:
        """Return one vector for each image: what a layer makes of it, streamed.

        Parameters
        ----------
        images
            Files, folders, arrays, PIL images, tensors or a Dataset.
        layer
            Name of a layer, or a list of names, which share one pass.
        pool
            ``"mean"``, ``"max"``, ``"center"``, ``"random"`` or ``"flatten"``.
        **options
            Those of :func:`convscope.manifold.embed`: ``batch_size``, ``errors``, ``seed``,
            ``progress``, ``stop``.

        Returns
        -------
        Tensor or dict of str to Tensor
            (N, C), float32 on the CPU; for a list of layers one for each name.

        Examples
        --------
        >>> import convscope as cs
        >>> cs.demo.scope().embed(cs.demo.images(), "blocks.4").shape[1]
        40
        """
        from convscope.manifold import embed

        found = embed(cast("Scope", self), images, layer, pool=pool, **options).vectors
        return found[layer] if isinstance(layer, str) else found
