"""What a scope hands over to the rooms above it, which are imported when they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from convscope.attribution import Aim, Attributions, MethodName, Targets
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
