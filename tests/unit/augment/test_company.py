"""Operations on single pixels mind neither other samples nor how theirs lie in memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from levels import pictures

from convscope.augment import Custom, Pipeline
from convscope.augment.dice import Dice
from convscope.augment.operation import REGISTRY, Pixelwise

KINDS = [
    kind
    for kind in REGISTRY.values()
    if issubclass(kind, Pixelwise)
    and kind is not Custom  # does whatever its function does
    and kind.__module__.startswith("convscope.")
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@every_kind
def test_pixels_may_lie_in_memory_in_any_order(kind: type[Pixelwise]) -> None:
    operation = kind()
    drawn = operation.draw(Dice(0, np.arange(2), "test"))
    images = torch.from_numpy(pictures(2)).float() / 255
    expected = operation.apply(images, drawn).numpy()
    turned = images.transpose(2, 3).contiguous().transpose(2, 3)  # as Rotate90 leaves them
    for each in (turned, images.to(memory_format=torch.channels_last)):
        assert not each.is_contiguous()
        np.testing.assert_allclose(operation.apply(each, drawn).numpy(), expected, atol=1e-6)


@every_kind
def test_a_batch_gives_each_image_what_it_gets_alone(kind: type[Pixelwise]) -> None:
    images = 0.1 + 0.7 * torch.from_numpy(pictures(6)).float() / 255
    pipe = Pipeline([kind(p=0.7)], seed=3)
    batch = pipe(images, first=0).images
    assert not torch.equal(batch, images)
    for i, image in enumerate(images):
        alone = pipe(image[None], first=i).images[0]
        np.testing.assert_allclose(alone.numpy(), batch[i].numpy(), atol=1e-6)
