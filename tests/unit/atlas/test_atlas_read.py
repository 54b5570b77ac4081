"""The atlas as one reads it."""

import warnings

import numpy as np
import pytest
import small
import torch
from torch.nn import functional

import convscope as cs
from convscope.atlas import AtlasError, AtlasNotice, class_icons
from convscope.atlas.grid import cells_of


@pytest.fixture(scope="module")
def atlas(whole):
    return cs.Atlas.open(whole)


def test_cells_hold_the_means_of_their_samples(atlas):
    for layer in atlas.layers:
        values, effects = (
            atlas.activations(np.arange(300), layer),
            atlas.attributions(np.arange(300), layer),
        )
        for level in atlas.levels(layer):
            cells = atlas.cells(level, layer)
            assert cells.counts.sum() == 300
            number = int(cells.numbers[len(cells) // 2])
            row = cells.index(number)
            members = atlas.samples(level, number, layer)
            assert (cells_of(members.xy, level) == number).all()
            own = values[members.numbers]
            np.testing.assert_allclose(cells.activations[row], own.mean(axis=0), atol=1e-5)
            wanted = effects[members.numbers].mean(axis=0)
            np.testing.assert_allclose(cells.attributions[row], wanted, atol=1e-4)
            likeness = functional.cosine_similarity(
                torch.from_numpy(own), torch.from_numpy(cells.activations[row])[None]
            ).numpy()
            assert cells.spread[row] == pytest.approx(1 - likeness.mean(), abs=1e-5)
            assert cells.nearest_cosine[row] == pytest.approx(likeness.max(), abs=1e-5)
            assert likeness[list(members.numbers).index(cells.nearest[row])] == likeness.max()


def test_levels_nest(atlas):
    coarse, fine = atlas.cells(4), atlas.cells(8)
    parents = (fine.rows // 2) * 4 + fine.columns // 2
    summed = np.bincount(parents, fine.counts, minlength=16)
    assert (summed[coarse.numbers] == coarse.counts).all()


def test_heat_and_top_classes_are_mean_attributions(atlas):
    cells = atlas.cells(4)
    index = small.CLASSES.index("dog")
    assert (atlas.heat("dog", 4) == cells.attributions[:, index]).all()
    order, values = cells.top(2)
    assert (order[:, 0] == cells.attributions.argmax(axis=1)).all()
    assert (values[:, 0] >= values[:, 1]).all()
    with pytest.raises(ValueError, match="did you mean 'dog'"):
        atlas.heat("dogg", 4)
    assert (atlas.class_values("dog") == atlas.attributions(np.arange(300))[:, index]).all()


def test_tiles_hold_the_icons_of_their_cells(atlas):
    icons = atlas.icons(8)
    assert icons.done
    assert icons.rendered.all()
    cells = atlas.cells(8)
    parts = icons.tiling.decode(atlas.tile(8, 0, 0))
    for row, column, number in zip(cells.rows, cells.columns, cells.numbers, strict=True):
        exact = atlas.icon(8, int(number))
        shown = parts[row, column].numpy()
        assert np.abs(exact.astype(float) - shown).mean() < 25, "webp keeps what it shows"
    assert atlas.icons(8, "inversion") is None
    assert atlas.tile(8, 9, 9) is None


def test_an_image_of_the_atlas_falls_where_its_sample_lies(atlas):
    own, sample = small.scope(), atlas.sample(np.asarray([42]), "second")
    found = atlas.locate(own, small.images()[42], "second")
    height, width = atlas.about.layer("second").size
    assert found.positions.tolist() == [[r, c] for r in range(height) for c in range(width)]
    row = found.positions.tolist().index(sample.positions[0].tolist())
    assert found.nearest[row, 0] == 42
    assert found.likeness[row] == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(found.xy[row], sample.xy[0], atol=1e-3)
    assert (found.boxes[row] == sample.boxes[0]).all()
    assert found.cells(8)[row] == cells_of(sample.xy, 8)[0]


def test_a_large_map_is_looked_at_evenly(atlas, monkeypatch):
    monkeypatch.setattr("convscope.atlas.located._MOST", 50)
    found = atlas.locate(small.scope(), small.images()[3], "relu")
    assert len(found) <= 50
    assert np.diff(np.unique(found.positions[:, 0])).tolist() == [3] * 4


def test_a_class_has_an_atlas_of_the_samples_that_speak_for_it(atlas):
    index = small.CLASSES.index("cat")
    effects = atlas.attributions(np.arange(300), "second")
    winners = set(np.flatnonzero(effects.argmax(axis=1) == index))
    strongest = set(np.argsort(-effects[:, index])[:60]) & set(
        np.flatnonzero(effects[:, index] > 0)
    )
    for rule, wanted in (
        ("winner", winners),
        ("magnitude", strongest),
        ("both", winners | strongest),
    ):
        if len(wanted) < 4:
            continue
        found = atlas.for_class("cat", filter=rule, count=60, layer="second", method="pca")
        assert found.samples.numbers.tolist() == sorted(wanted)
        np.testing.assert_allclose(found.values[:, 0], effects[sorted(wanted), index], atol=1e-4)
        for level in found.levels:
            assert found.cells(level).counts.sum() == len(wanted), "each counts once"
        patches = list(found.patches(small.scope(), small.images(), size=16))
        assert sorted(patch.index for patch in patches) == list(range(len(found.cells())))


def test_a_class_atlas_has_as_many_levels_as_its_samples_are_enough_for(atlas):
    found = atlas.for_class("cat", layer="second", method="pca")
    side = int((len(found) / 4) ** 0.5)
    assert found.levels == [side, 2 * side]
    assert found.notes == (
        f"levels: {side} × {side}, {2 * side} × {2 * side}, chosen for {len(found)} samples",
    )
    with pytest.warns(AtlasNotice, match="40 × 40 left out"):
        assert atlas.for_class("cat", layer="second", method="pca", levels=(3, 40)).levels == [3]
    with pytest.raises(AtlasError, match="has no 5; it has"):
        found.cells(5)
    with pytest.raises(AtlasError, match="min_count: no cell of 'second' holds 99 samples"):
        atlas.for_class("cat", layer="second", method="pca", levels=(3,), min_count=99)


def test_cells_of_a_class_atlas_hold_the_means_of_their_samples(atlas):
    found = atlas.for_class("cat", layer="second", method="pca", levels=(3, 6))
    for level in (3, 6):
        cells = found.cells(level)
        for row, number in enumerate(cells.numbers.tolist()):
            members = found.members(level, number)
            assert (cells_of(members.xy, level) == number).all()
            own = atlas.activations(members.numbers, "second")
            effects = atlas.attributions(members.numbers, "second")
            np.testing.assert_allclose(cells.activations[row], own.mean(axis=0), atol=1e-5)
            np.testing.assert_allclose(cells.attributions[row], effects.mean(axis=0), atol=1e-4)
            lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(own.mean(axis=0))
            likeness = own @ own.mean(axis=0) / np.maximum(lengths, 1e-12)
            assert cells.spread[row] == pytest.approx(1 - likeness.mean(), abs=1e-4)
            assert cells.nearest[row] == members.numbers[likeness.argmax()]
            assert cells.nearest_cosine[row] == pytest.approx(likeness.max(), abs=1e-4)


def test_an_image_of_a_class_atlas_falls_where_its_sample_lies(atlas):
    found = atlas.for_class("cat", layer="second", method="pca")
    sample = found.samples.some(np.asarray([5]))
    put = found.locate(small.images()[int(sample.images[0])], small.scope())
    row = put.positions.tolist().index(sample.positions[0].tolist())
    assert put.nearest[row, 0] == sample.numbers[0]
    np.testing.assert_allclose(put.xy[row], found.xy[5], atol=1e-3)
    assert set(put.nearest.ravel()) <= set(found.samples.numbers)
    with pytest.raises(AtlasError, match="opened without its network"):
        found.locate(small.images()[0])


def test_inversions_of_a_class_atlas_begin_at_their_parents(atlas, monkeypatch):
    begun = []

    def watched(*rest, starts=None, **named):
        begun.append(starts)
        return rendered(*rest, starts=starts, **named)

    rendered = class_icons.render_inversions
    monkeypatch.setattr(class_icons, "render_inversions", watched)
    found = atlas.for_class("cat", layer="second", method="pca", levels=(2, 4))
    quick = cs.atlas.IconSettings(size=16, steps=8, child_steps=8, tries=1)
    drawn = found.render(small.scope(), icon_settings=quick, progress=False)
    assert found.drawn == {}, "it is another"
    for level in (2, 4):
        assert drawn.drawn[level].images.shape == (len(found.cells(level)), 3, 16, 16)
        assert np.isfinite(drawn.drawn[level].cosines).all()
    assert begun[0] is None
    coarse, fine = found.cells(2), found.cells(4)
    for start, number in zip(begun[1], fine.numbers.tolist(), strict=True):
        row, column = divmod(number, 4)
        parent = coarse.index(row // 2 * 2 + column // 2)
        assert (start.numpy() == drawn.drawn[2].images[parent]).all()


def test_comparing_puts_neutral_samples_in_the_middle(atlas):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = atlas.compare("ape", "dog", layer="second", count=40)
        again = atlas.compare("ape", "dog", layer="second", count=40)
    pair = [small.CLASSES.index("ape"), small.CLASSES.index("dog")]
    effects = atlas.attributions(found.samples.numbers, "second")[:, pair]
    difference = effects[:, 1] - effects[:, 0]
    assert ((found.xy[:, 0] > 0.5) == (difference > 0)).all()
    inside = np.abs(found.xy[:, 0] - 0.5) < 0.499
    slope = (found.xy[inside, 0] - 0.5) / difference[inside]
    assert slope.max() == pytest.approx(slope.min(), rel=1e-3), "0 is kept in the middle"
    assert (again.xy == found.xy).all()
    with pytest.raises(AtlasError, match="another class than left"):
        atlas.compare("dog", "dog")


def test_unknown_layers_and_cells_are_named(atlas):
    with pytest.raises(AtlasError, match="no 'relu6'; it is of 'relu', 'second'"):
        atlas.cells(4, "relu6")
    empty = next(n for n in range(64) if n not in atlas.cells(8).numbers)
    with pytest.raises(AtlasError, match=f"no samples in cell {empty}"):
        atlas.samples(8, empty)


def test_small_data_has_a_meaningful_atlas(tmp_path):
    digits = cs.demo.digits()
    given = digits.images[:500]
    with pytest.warns(AtlasNotice, match="chosen for 500 samples"):
        atlas = cs.Atlas.build(
            digits.scope, given, "conv2", tmp_path / "a", method="pca", progress=False
        )
    assert atlas.levels() == [11, 22]
    assert atlas.notes == ["levels: 11 × 11, 22 × 22, chosen for 500 samples"]
    cells = atlas.cells(11)
    assert cells.counts.sum() == 500
    assert atlas.icons(11).rendered.all()
    assert atlas.icon(11, int(cells.numbers[0])).shape == (1, 64, 64)
    # Samples near each other speak for the same digit more often than any two do.
    best = atlas.attributions(np.arange(500)).argmax(axis=1)
    same = [
        (best[m][:, None] == best[m][None]).mean()
        for m in (atlas.samples(11, int(n)).numbers for n in cells.numbers)
        if len(m) > 3
    ]
    assert np.mean(same) > 1.5 * (best[:, None] == best[None]).mean()
