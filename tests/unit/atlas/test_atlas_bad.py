"""Whatever is wrong is said in one sentence, and nothing that was done is lost."""

import errno
import json
import os

import numpy as np
import pytest
import small
import torch
import zarr
from torch import nn
from zarr.storage import LocalStore

import convscope as cs
from convscope.atlas import AtlasError, AtlasNotice, DamagedError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": 1}, "seed differ: 0 there, 1 now"),
        ({"samples_per_image": 2}, "samples_per_image differ: 1 there, 2 now"),
        ({"batch_size": 8}, "batch_size differ: 16 there, 8 now"),
        ({"attribution": "smoothed"}, "attribution differ: linear there, smoothed now"),
        ({"layers": ("relu",)}, "layers differ: relu, second there, relu now"),
        ({"given": small.images(299)}, "the number of images differ: 300 there, 299 now"),
        ({"method": "tsne"}, "was made with method='pca', now it is 'tsne'.*redo='layout'"),
        ({"neighbours": 7}, "was made with neighbours=None, now it is 7"),
        ({"levels": (4,)}, r"was made with levels=\[4, 8\], now it is \[4\].*redo='grid'"),
        ({"min_count": 2}, "was made with min_count=1, now it is 2"),
    ],
)
def test_other_arguments_are_refused_with_what_differs(begun, options, words):
    with pytest.raises(AtlasError, match=words):
        small.build(begun, icons="none", **options)


def test_another_network_is_refused(begun):
    network = small.network()
    with torch.no_grad():
        network.first.weight[0, 0, 0, 0] += 1e-3
    other = cs.Scope(network, small.scope().preprocess, classes=small.CLASSES)
    with pytest.raises(AtlasError, match="the network's weights or make-up differ"):
        small.build(begun, own=other, icons="none")
    atlas = cs.Atlas.open(begun)
    with pytest.raises(AtlasError, match="has other weights"):
        atlas.locate(other, small.images(1))


def test_other_icons_are_refused(rendered):
    with pytest.raises(AtlasError, match=r"icons with format=webp, now it is jpeg.*redo='render'"):
        small.build(rendered, tile_format="jpeg")
    small.build(rendered, tile_format="jpeg", redo="render")
    assert len(list(rendered.rglob("*.jpeg"))) == 4
    assert not list(rendered.rglob("*.webp"))


def test_images_that_cannot_be_read_are_left_out_where_asked(tmp_path):
    files = small.files(tmp_path, 40)
    for number in (*range(16, 32), 35):
        (tmp_path / f"pictures/p{number:03}.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="p016"):
        small.build(tmp_path / "a", given=files, levels=(3,), icons="none")
    with pytest.warns(cs.images.SkippedImageWarning):
        atlas = small.build(tmp_path / "b", given=files, levels=(3,), errors="skip")
    assert atlas.kept().tolist() == [*range(16), 32, 33, 34, 36, 37, 38, 39]
    assert atlas.cells(3).counts.sum() == 23
    assert atlas.icons(3).rendered.all()
    again = small.build(tmp_path / "b", given=files, levels=(3,), errors="skip")
    assert again.state.finished


def test_a_newer_version_is_refused(copied):
    path = copied / "zarr.json"
    told = json.loads(path.read_text())
    told["attributes"]["convscope_atlas"]["version"] = 2
    path.write_text(json.dumps(told))
    for call in (cs.Atlas.open, lambda p: small.build(p, icons="none")):
        with pytest.raises(AtlasError, match=r"version 2 of the format.*reads up to 1"):
            call(copied)


def test_what_is_no_atlas_is_refused(tmp_path):
    with pytest.raises(AtlasError, match="there is no atlas at"):
        cs.Atlas.open(tmp_path / "nothing")
    for call in (cs.Atlas.open, small.build):
        with pytest.raises(AtlasError, match=r"'moon://a' can't be reached \(Protocol not known"):
            call("moon://a")
    (tmp_path / "file").write_text("hello")
    with pytest.raises(AtlasError, match="is a file"):
        cs.Atlas.open(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/thesis.tex").write_text("my own")
    with pytest.raises(AtlasError, match=r"holds 'thesis.tex' and no atlas"):
        small.build(tmp_path / "folder")
    assert (tmp_path / "folder/thesis.tex").read_text() == "my own"
    zarr.open_group(LocalStore(tmp_path / "group"), mode="a")
    with pytest.raises(AtlasError, match="no atlas of convscope"):
        small.build(tmp_path / "group")


@pytest.mark.parametrize(
    ("key", "harm"),
    [
        ("samples/digest/c/1", "gone"),
        ("samples/image/c/2", "flipped"),
        ("layers/0/activation/c/1/0", "cut"),
        ("layers/1/position/c/3/0", "gone"),
        ("samples/stamp/c/3", "cut"),
        ("layers/0/xy/c/1/0", "gone"),
        ("layers/0/levels/8/activation/c/0/0", "flipped"),
        ("layers/1/levels/4/patches/image/c/0/0/0/0", "gone"),
        ("layers/1/levels/4/patches/cosine/c/0", "flipped"),
        ("layers/0/activation/zarr.json", "flipped"),
    ],
)
def test_a_damaged_chunk_is_named_and_made_again(rendered, whole, key, harm):
    chunk = rendered / key
    data = bytearray(chunk.read_bytes())
    if harm == "gone":
        chunk.unlink()
    else:
        data[len(data) // 2] ^= 0xFF
        chunk.write_bytes(data if harm == "flipped" else data[: len(data) // 2])
    atlas = small.build(rendered, repair=True)
    assert atlas.state.finished
    assert small.differing(rendered, whole) == []


def test_damage_met_while_reading_names_the_chunk_and_the_way_on(copied):
    chunk = copied / "layers/0/activation/c/1/0"
    data = bytearray(chunk.read_bytes())
    data[20] ^= 1
    chunk.write_bytes(data)
    words = r"'layers/0/activation/c/1/0' in .* is damaged .*repair=True"
    with pytest.raises(DamagedError, match=words) as caught:
        cs.Atlas.open(copied).activations(np.arange(300))
    assert caught.value.chunk == "layers/0/activation/c/1/0"
    with pytest.raises(DamagedError, match=words):
        small.build(copied, icons="none", redo="layout")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no room is left for .*what is there is whole, so make room"),
        (errno.EROFS, "can't be written to .*Atlas.open reads it"),
    ],
)
def test_a_full_or_read_only_disk_is_told_of_and_the_same_call_goes_on(
    tmp_path, whole, monkeypatch, code, words
):
    written = LocalStore.set
    count = 0

    async def failing(self, key, value, *rest, **named):
        nonlocal count
        count += 1
        if count > 60:
            raise OSError(code, os.strerror(code))
        return await written(self, key, value, *rest, **named)

    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "set", failing)
        with pytest.raises(AtlasError, match=words):
            small.build(tmp_path / "a")
    cs.Atlas.open(tmp_path / "a")
    small.build(tmp_path / "a")
    assert small.differing(tmp_path / "a", whole) == []


def test_a_chunk_of_classes_that_is_gone_is_named(copied):
    (copied / "layers/0/top_class/c/2/0").unlink()
    words = "'layers/0/top_class/c/2/0' in .* is damaged .it is missing."
    with pytest.raises(DamagedError, match=words):
        cs.Atlas.open(copied).for_class("cat", method="pca")


def test_inversions_of_levels_that_there_are_not_are_refused(copied):
    with pytest.raises(
        AtlasError, match="inversion_levels: the atlas has no level 20; it has 4, 8"
    ):
        small.build(copied, icons="inversion", inversion_levels=(20,))
    with pytest.raises(AtlasError, match="no level 5; it has 4, 8"):
        cs.Atlas.open(copied).render(
            small.scope(), small.images(), inversion_levels=(4, 5), progress=False
        )


def test_words_on_the_progress_that_cannot_be_read_are_no_harm(copied):
    (copied / "progress.json").write_bytes(b'{"stage": "la')
    assert cs.Atlas.open(copied).state is None
    assert small.build(copied, icons="none").state.finished


def test_what_a_viewer_told_by_halves_is_no_harm(copied):
    (copied / "view.json").write_bytes(b'{"box": [0, 0')
    built = small.build(copied, icons="both", inversion_levels=(4,))
    cell = int(built.cells(4, "second").numbers[0])
    assert built.icon(4, cell, "inversion", "second").any()


def test_vectors_that_do_not_fit_into_memory_need_room_elsewhere(copied, begun, monkeypatch):
    monkeypatch.setattr("convscope.atlas.layout._IN_MEMORY", 0)
    small.build(copied, icons="none", redo="layout")
    assert small.differing(copied, begun) == []

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(AtlasError, match=r"layout: 0.0 GB of vectors don't fit into .*set TMPDIR"):
        small.build(copied, icons="none", redo="layout")


def test_a_layout_that_fails_keeps_the_samples_and_says_how_to_go_on(tmp_path, monkeypatch):
    def failing(*_args, **_options):
        raise ZeroDivisionError("deep inside numba")

    with monkeypatch.context() as patched:
        patched.setattr("convscope.atlas.layout.project", failing)
        words = r"'umap' could not lay 'relu' out \(ZeroDivisionError: deep inside numba\).*'pca'"
        with pytest.raises(AtlasError, match=words):
            small.build(tmp_path / "a", method="umap")
    assert cs.Atlas.open(tmp_path / "a").store.missing() == []
    assert small.build(tmp_path / "a", method="pca").state.finished


def test_too_few_samples_for_a_level_are_told_of(tmp_path):
    with pytest.warns(AtlasNotice, match="20 × 20, 40 × 40 left out"):
        atlas = small.build(tmp_path / "a", levels=(8, 20, 40), icons="none")
    assert atlas.levels() == [8]
    assert "left out" in atlas.notes[0]
    with pytest.raises(AtlasError, match="level: the atlas has no 20; it has 8"):
        atlas.cells(20)
    with pytest.raises(AtlasError, match="give 2 samples, too few to lay out"):
        small.build(tmp_path / "b", given=small.images(2))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layers": ()}, "layers: got none"),
        ({"layers": ("secnod",)}, "did you mean 'second'"),
        ({"levels": ()}, "levels: got none"),
        ({"levels": (0,)}, "levels: must be at least 1"),
        ({"icons": "stickers"}, "icons: 'stickers' isn't known"),
        ({"attribution": "magic"}, "attribution: 'magic' isn't known"),
        ({"method": "som"}, "method: 'som' isn't known"),
        ({"tile_format": "png"}, "tile_format: 'png' isn't known"),
        ({"neighbours": 1}, "neighbours: must be at least 2, got 1"),
        ({"landmarks": 0}, "landmarks: must be at least 4, got 0"),
        ({"min_dist": -0.1}, "min_dist: must be at least 0, got -0.1"),
        ({"ridge": float("nan")}, "ridge: must be at least 0, got nan"),
        ({"redo": "all"}, "redo: 'all' isn't known"),
        ({"samples_per_image": 0}, "samples_per_image: must be at least 1"),
        ({"given": []}, "images"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        small.build(tmp_path / "a", **options)
    assert not (tmp_path / "a/zarr.json").exists() or "levels" in options


def test_values_that_are_not_finite_are_named(tmp_path):
    class Spoilt(nn.Module):
        def forward(self, x):
            return torch.where(x.mean() > 10, x, x / 0)

    network = small.network()
    network.second = nn.Sequential(network.second, Spoilt())
    own = cs.Scope(network, small.scope().preprocess, classes=small.CLASSES)
    with pytest.raises(AtlasError, match="'second' has values that are not finite for image 0"):
        small.build(tmp_path / "a", own=own, layers=("second",))


def test_networks_without_classes_or_pictures_are_told_apart(tmp_path):
    body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    own = cs.Scope(body, cs.Preprocess(size=(16, 20), channels=3))
    with pytest.raises(AtlasError, match=r"no class scores.*attribution='none'"):
        small.build(tmp_path / "a", own=own, layers=("0",))
    assert small.build(tmp_path / "a", own=own, layers=("0",), attribution="none").levels() == [
        4,
        8,
    ]
    line = cs.Scope(nn.Sequential(nn.Linear(6, 3)), example=torch.rand(1, 6))
    with pytest.raises(AtlasError, match="networks that take images"):
        small.build(tmp_path / "b", own=line, given=torch.rand(50, 6), layers=("0",))
