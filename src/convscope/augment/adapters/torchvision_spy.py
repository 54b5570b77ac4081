"""What a torchvision transform draws, heard while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from convscope.augment.adapters.notes import Notes

# What the transforms call their draws, where the slider has another name.
_NAMES = {
    "angle": "degrees",
    "brightness_factor": "brightness",
    "contrast_factor": "contrast",
    "saturation_factor": "saturation",
    "hue_factor": "hue",
    "i": "top",
    "j": "left",
    "h": "height",
    "w": "width",
}
# Names of what the older transforms draw, in order.
_OLDER = {
    "RandomRotation": ("degrees",),
    "RandomAffine": ("degrees", "translate", "scale", "shear"),
    "RandomResizedCrop": ("top", "left", "height", "width"),
    "RandomCrop": ("top", "left", "height", "width"),
    "ColorJitter": ("order", "brightness", "contrast", "saturation", "hue"),
    "GaussianBlur": ("sigma",),
    "RandomErasing": ("top", "left", "height", "width", "value"),
}
_SILENT = {"displacement", "num_input_channels", "order", "fn_idx", "v", "value", "endpoints"}


class Spy(nn.Module):
    """Hands on to one transform, and notes whether and with which values it was applied.

    Parameters
    ----------
    inner : callable
        The transform, made for this run: it is listened to.
    notes : Notes, optional
        Where to.
    position : int
        Of the transform in the notes.
    """

    def __init__(self, inner: Any, notes: Notes | None = None, position: int = 0) -> None:
        super().__init__()
        self.inner = inner
        self.undo: Callable[[Tensor], Tensor] | None = None
        self._notes = notes
        self._position = position
        self._drawn: dict[str, Any] | None = None
        for name in ("make_params", "get_params"):
            if hasattr(inner, name):
                self._listen(name)

    def forward(self, *inputs: Any) -> Any:
        """Apply the transform."""
        self._drawn = None
        outputs = self.inner(*inputs)
        if self._notes is not None and self._was_applied(inputs, outputs):
            self._notes.put(self._position, self._values())
        self.undo = _undoing(self.inner)
        return outputs

    def _listen(self, name: str) -> None:
        draw = getattr(self.inner, name)

        def heard(*args: Any, **kwargs: Any) -> Any:
            found = draw(*args, **kwargs)
            if isinstance(found, dict):
                self._drawn = found
            elif name == "get_params":
                told = found if isinstance(found, tuple) else (found,)
                names = _OLDER.get(type(self.inner).__name__, ())
                self._drawn = dict(zip(names, told, strict=False))
            return found

        object.__setattr__(self.inner, name, heard)

    def _was_applied(self, inputs: tuple[Any, ...], outputs: Any) -> bool:
        if not isinstance(getattr(self.inner, "p", None), int | float):
            return True
        if hasattr(self.inner, "make_params"):
            return self._drawn is not None
        return outputs is not inputs[0]  # the older ones hand on what they leave alone

    def _values(self) -> dict[str, Any]:
        return {
            _NAMES.get(name, name): value
            for name, value in (self._drawn or {}).items()
            if name not in _SILENT
        }


def _undoing(transform: Any) -> Callable[[Tensor], Tensor] | None:
    """Return what brings values back to [0, 1], after what prepares them for a network."""
    name = type(transform).__name__
    if name == "Normalize":
        mean, std = list(transform.mean), list(transform.std)

        def restored(image: Tensor) -> Tensor:
            return (
                image * image.new_tensor(std)[:, None, None] + image.new_tensor(mean)[:, None, None]
            )

        return restored
    if name == "ToDtype" and not transform.scale:
        return lambda image: image / 255 if image.is_floating_point() else image
    return None
