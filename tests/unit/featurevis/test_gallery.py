"""Many pictures: chunks, the cache on disk, comparison with real images; inversion."""

import os

import pytest
import torch
from nets import scope, small
from torch import nn

import convscope as cs
from convscope.featurevis import Cache, data_maxima, invert, iter_visualize, visualize
from convscope.featurevis.run import Run


@pytest.fixture
def store(tmp_path):
    return Cache(tmp_path / "pictures")


@pytest.fixture
def runs(monkeypatch):
    """Count the pictures that are really made."""
    made = []
    original = Run.__init__

    def counted(self, net, targets, settings):
        original(self, net, targets, settings)
        made.append(len(self.pictures))

    monkeypatch.setattr(Run, "__init__", counted)
    return made


def test_many_targets_are_made_in_chunks_in_their_order(runs):
    targets = [f"conv2:{unit}" for unit in range(10)]
    found = list(iter_visualize(scope(), targets, chunk=4, cache=False, steps=2))
    assert [each.target for each in found] == targets
    assert runs == [4, 4, 2]


def test_what_is_finished_is_there_before_the_rest_begins(runs):
    made = iter_visualize(scope(), ["conv2:1", "conv2:2"], chunk=1, cache=False, steps=2)
    assert next(made).target == "conv2:1"
    assert runs == [1]
    made.close()


def test_an_interruption_keeps_what_is_done(monkeypatch):
    original = Run.__next__
    steps = []

    def interrupted(self):
        steps.append(1)
        if len(steps) == 6:
            raise KeyboardInterrupt
        return original(self)

    monkeypatch.setattr(Run, "__next__", interrupted)
    found = visualize(
        scope(), [f"conv2:{unit}" for unit in range(4)], chunk=1, cache=False, steps=2
    )
    assert [each.target for each in found] == ["conv2:0"]


def test_a_second_look_comes_from_disk_and_is_the_same(store, runs):
    options = {"steps": 5, "cache": store, "alpha": True}
    first = visualize(scope(), ["conv2:1", "class:bee"], **options)
    again = visualize(scope(), ["class:bee", "conv2:1"], **options)
    assert runs == [2]
    for one, other in zip(first, again[::-1], strict=True):
        assert one.image.equal(other.image)
        assert one.alpha.equal(other.alpha)
        assert (one.quality, one.target, one.notes) == (other.quality, other.target, other.notes)
        assert one.history.equal(other.history)


@pytest.mark.parametrize(
    "change",
    [{"steps": 6}, {"seed": 1}, {"size": 16}, {"matrix": torch.eye(3)}, {"param": "pixel"}],
    ids=str,
)
def test_other_options_are_other_pictures(store, runs, change):
    options = {"steps": 5, "cache": store}
    visualize(scope(), "conv2:1", **options)
    visualize(scope(), "conv2:1", **options | change)
    assert len(runs) == 2


def test_other_weights_are_other_pictures_also_when_written_without_a_trace(store, runs):
    net = small()
    visualize(scope(net=net), "conv2:1", steps=2, cache=store)
    net.conv1.weight.data[0, 0, 0, 0] += 0.5
    visualize(scope(net=net), "conv2:1", steps=2, cache=store)
    assert len(runs) == 2


def test_other_ranges_and_other_inputs_are_other_pictures(store, runs):
    """What an example tells is nowhere else: it says the range, the size, and the other inputs."""

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = small().conv1

        def forward(self, x, shift):
            return self.conv(x + shift)

    image = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    ranges = [cs.Scope(small(), "none", example=scale * image) for scale in (1.0, 8.0, 1.0)]
    two = [cs.Scope(Two(), example=(image, shift + 0 * image)) for shift in (0.0, 0.5, 0.0)]
    for scopes, target in ((ranges, "conv2:1"), (two, "conv:1")):
        runs.clear()
        first, other, again = (
            visualize(each, target, steps=3, cache=store, transforms="none") for each in scopes
        )
        assert len(runs) == 2
        assert again.image.equal(first.image)
        assert other.quality.activation != first.quality.activation


def test_functions_among_the_options_are_not_cached(store, runs):
    for _ in range(2):
        visualize(scope(), "conv2:1", steps=2, cache=store, gradient=lambda g: g)
    assert len(runs) == 2


def test_the_cache_is_bounded_and_drops_what_was_not_used_for_longest(tmp_path):
    store = Cache(tmp_path, max_bytes=1 << 30)
    (picture,) = visualize(scope(), ["conv2:1"], steps=1, cache=False)
    for name in ("a", "b", "c"):
        store.put(name, picture)
        os.utime(tmp_path / f"{name}.safetensors", ns=(0, ord(name)))
    assert store.get("a") is not None
    size = (tmp_path / "a.safetensors").stat().st_size
    Cache(tmp_path, max_bytes=3 * size).put("d", picture)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c", "d"]


def test_a_broken_file_is_made_again(store, runs):
    visualize(scope(), "conv2:1", steps=2, cache=store)
    (path,) = store.folder.iterdir()
    path.write_bytes(b"broken")
    visualize(scope(), "conv2:1", steps=2, cache=store)
    assert len(runs) == 2
    visualize(scope(), "conv2:1", steps=2, cache=store)
    assert len(runs) == 2


def test_the_maximum_of_real_images_is_theirs():
    images = torch.rand(9, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    maps = scope().activations(images, ["conv1", "conv2"])
    expected = maps["conv2"][:, 3].mean((1, 2)) - 0.5 * maps["conv1"][:, 2, 4, 7]
    found = data_maxima(scope(), ["conv2:3 - 0.5*conv1:2@4,7"], images, batch_size=4)
    torch.testing.assert_close(found[0], expected.max())
    picture = visualize(scope(), "conv2:3", images=images, steps=40, cache=False)
    assert picture.quality.data_maximum == pytest.approx(
        float(maps["conv2"][:, 3].mean((1, 2)).max())
    )
    assert picture.quality.exceeds_data


def test_a_thousand_targets_take_no_more_memory_than_a_chunk(runs):
    """Nothing is kept of what was yielded."""
    import weakref

    made = iter_visualize(
        scope(size=(8, 8)),
        [f"conv2:{k % 12}" for k in range(1000)],
        cache=False,
        steps=1,
        chunk=250,
    )
    alive = []
    most = 0
    for picture in made:
        alive = [each for each in alive if each() is not None]
        alive.append(weakref.ref(picture))
        most = max(most, len(alive))
    assert sum(runs) == 1000
    assert most <= 251


def test_inversion_reaches_the_activations_of_the_image():
    image = torch.rand(3, 5, 7, generator=torch.Generator().manual_seed(0))
    image = torch.nn.functional.interpolate(image[None], (20, 30), mode="bicubic")[0].clamp(0, 1)
    early, middle = (invert(scope(), image, layer, steps=120)[0] for layer in ("conv1", "conv2"))
    assert early.quality.cosine > 0.9
    assert middle.quality.cosine > 0.85
    maps = scope().activations(torch.stack([image, early.image]), "conv1")["conv1"].flatten(1)
    cosine = torch.nn.functional.cosine_similarity(maps[0], maps[1], dim=0)
    assert early.quality.cosine == pytest.approx(float(cosine), abs=1e-4)


def test_several_images_are_inverted_in_one_batch_under_their_names(runs):
    images = {"sky": torch.rand(3, 20, 30), "sea": torch.rand(3, 20, 30)}
    found = invert(scope(), images, "conv1", steps=3)
    assert [each.target for each in found] == ["conv1 of sky", "conv1 of sea"]
    assert runs == [2]


# On the demo network, at 64 pixels so that it is a matter of seconds.


def test_pictures_of_forty_units_of_the_demo_excite_them_more_than_any_photograph():
    demo = cs.demo.scope()
    layer = "blocks.5"
    random = torch.Generator().manual_seed(0)
    count = demo.layers[layer].shape[0]
    units = torch.randperm(count, generator=random)[:40].tolist()
    found = visualize(
        demo,
        [f"{layer}:{unit}" for unit in units],
        images=cs.demo.images(),
        steps=10,
        size=64,
        rate=0.1,
        cache=False,
    )
    exceeded = sum(bool(each.quality.exceeds_data) for each in found)
    assert exceeded >= 38


@pytest.mark.parametrize(("layer", "least"), [("blocks.1", 0.8), ("blocks.7", 0.7)])
def test_a_photograph_is_inverted_at_an_early_and_a_middle_layer_of_the_demo(layer, least):
    (found,) = invert(
        cs.demo.scope(), cs.demo.photograph("cat"), layer, steps=40, size=96, rate=0.1
    )
    assert found.quality.cosine >= least
