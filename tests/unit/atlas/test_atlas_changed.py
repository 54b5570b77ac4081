"""Images that are others than those that an atlas was begun with."""

import os

import pytest
import small
import torch

import convscope as cs
from convscope.atlas import AtlasError


def test_images_that_changed_since_are_named(copied):
    given = small.images()
    given[0] = 255 - given[0]
    with pytest.raises(AtlasError, match="'image 0' has changed since"):
        small.build(copied, given=given, icons="none")


def test_a_change_of_any_one_image_is_seen(copied):
    given = small.images()
    given[7, 0, 3, 4] += 9  # not one of those that are looked at in any case
    with pytest.raises(AtlasError, match="'image 7' has changed since"):
        small.build(copied, given=given, icons="none")


def test_a_file_that_was_written_since_is_looked_at_whichever_it_is(tmp_path):
    files = small.files(tmp_path, 70)
    small.build(tmp_path / "a", given=files, levels=(3,), icons="none")
    again = files[33].read_bytes()
    files[33].write_bytes(again)  # the same picture, written anew
    small.build(tmp_path / "a", given=files, levels=(3,), icons="none")
    files[33].write_bytes(cs.images.encode(small.images(35)[34], "png").data)
    with pytest.raises(AtlasError, match="'p033' has changed since"):
        small.build(tmp_path / "a", given=files, levels=(3,), icons="none")


def test_of_files_that_were_all_copied_some_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr("convscope.atlas.collect._SUSPECTS", 2)
    monkeypatch.setattr("convscope.atlas.collect._LOOKED_AT", 1)
    files = small.files(tmp_path, 70)
    atlas = small.build(tmp_path / "a", given=files, levels=(3,), icons="none")
    before = atlas.store.read("samples/stamp")
    for file in files:
        os.utime(file, ns=(1, 1))
    prepared = []
    real = cs.images.files.from_pillow
    monkeypatch.setattr(
        "convscope.images.files.from_pillow", lambda *a: prepared.append(1) or real(*a)
    )
    again = small.build(tmp_path / "a", given=files, levels=(3,), icons="none")
    assert 2 <= len(prepared) <= 3
    assert (again.store.read("samples/stamp") == before).all(), "a finished atlas stays as it is"


def test_an_atlas_of_an_earlier_build_without_stamps_is_gone_on_with(copied):
    import shutil

    shutil.rmtree(copied / "samples/stamp")
    atlas = cs.Atlas.open(copied)
    atlas.render(small.scope(), small.images(), icons="patches", progress=False)
    assert small.build(copied, repair=True, icons="none").state.finished
    assert not small.build(copied, icons="none").store.read("samples/stamp").any()


def test_images_that_are_missing_since_are_told_of(tmp_path):
    files = small.files(tmp_path, 20)
    small.build(tmp_path / "a", given=files, levels=(3,), icons="none")
    with pytest.raises(AtlasError, match="the number of images differ: 20 there, 19 now"):
        small.build(tmp_path / "a", given=files[:-1], levels=(3,), icons="none")
    (tmp_path / "pictures/p000.png").unlink()
    with pytest.raises((ValueError, FileNotFoundError), match="p000"):
        small.build(tmp_path / "a", given=files, levels=(3,), icons="none")


def test_a_stamp_tells_one_image_from_another_and_knows_what_it_cannot_tell(tmp_path):
    from PIL import Image

    a, b = torch.zeros(3, 4, 5), torch.zeros(3, 4, 5)
    b[2, 3, 4] = 1
    source = cs.images.as_source([a, b, a.clone(), Image.new("RGB", (5, 4))])
    stamps = [source.stamp(index) for index in range(4)]
    assert stamps[0] == stamps[2] != stamps[1]
    assert stamps[3] == 0
    assert source[1:].stamp(0) == stamps[1]
    turned = cs.images.as_source([b.numpy().transpose(1, 2, 0)])  # not laid out row by row
    assert turned.stamp(0) not in (0, stamps[0])
