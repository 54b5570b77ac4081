"""Paths, folders, class folders, globs and URLs are found, ordered and named."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from convscope.images import as_source
from convscope.images.listing import natural_key


def save(path: Path, grey: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (6, 4), grey).save(path)


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Two classes of photographs, one file of each by the same name."""
    root = tmp_path / "photos"
    for grey, name in enumerate(["dog/1.png", "cat/10.png", "cat/2.png", "cat/1.png"]):
        save(root / name, grey)
    return root


def shades(source: object) -> list[int]:
    return [int(image[0, 0, 0]) for image in source]


def test_a_folder_gives_its_images_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 9, 1, 100):
        save(tmp_path / f"img{number}.png", number)
    (tmp_path / "notes.txt").write_text("not an image")
    save(tmp_path / ".hidden.png")
    save(tmp_path / ".cache" / "thumb.png")
    source = as_source(tmp_path)
    assert source.names == ["img1", "img9", "img10", "img100"]
    assert shades(source) == [1, 9, 10, 100]
    assert (source.labels, source.class_names) == (None, None)


@pytest.mark.parametrize("kind", [str, Path])
def test_class_folders_give_labels_in_sorted_order(classes: Path, kind: type) -> None:
    source = as_source(kind(classes))
    assert source.class_names == ["cat", "dog"]
    assert source.labels == ["cat", "cat", "cat", "dog"]
    assert source.names == ["cat/1", "cat/2", "cat/10", "dog/1"]
    assert shades(source) == [3, 2, 1, 0]


def test_an_image_beside_the_folders_means_they_are_no_classes(classes: Path) -> None:
    save(classes / "cover.jpg", 50)
    source = as_source(classes)
    assert len(source) == 5
    assert source.labels is None


def test_files_of_one_stem_are_named_by_their_suffixes_too(tmp_path: Path) -> None:
    save(tmp_path / "cat.png")
    save(tmp_path / "cat.jpg")
    assert as_source(tmp_path).names == ["cat.jpg", "cat.png"]


def test_a_link_to_a_folder_is_followed_and_a_loop_ends(tmp_path: Path) -> None:
    save(tmp_path / "elsewhere" / "a.png", 7)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "loop").symlink_to(tmp_path / "photos")
    assert as_source(tmp_path / "photos").labels == ["cat"]


def test_a_list_keeps_its_order_and_expands_folders(classes: Path) -> None:
    source = as_source([classes / "dog", str(classes / "cat" / "2.png"), classes / "cat" / "1.png"])
    assert shades(source) == [0, 2, 3]


def test_a_glob_gives_files_in_natural_order(classes: Path) -> None:
    assert shades(as_source(f"{classes}/cat/*.png")) == [3, 2, 1]
    assert shades(as_source(str(classes / "**" / "1*.png"))) == [3, 1, 0]


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    save(tmp_path / "scan[1].png", 9)
    assert shades(as_source(tmp_path / "scan[1].png")) == [9]


def test_home_is_expanded(classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(classes))
    assert shades(as_source("~/dog")) == [0]


def test_a_wrong_path_suggests_near_names(classes: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"no file or folder .*photo'; did you mean .*photos"
    ):
        as_source(classes.parent / "photo")
    with pytest.raises(FileNotFoundError, match=r"did you mean '.*10\.png'"):
        as_source(classes / "cat" / "100.png")
    with pytest.raises(FileNotFoundError, match=r"photos' holds 'cat', 'dog'$"):
        as_source(classes / "zebras" / "1.png")


def test_one_wrong_path_raises_even_when_skipping(classes: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        as_source(classes / "cot", errors="skip")


def test_what_holds_no_image_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no image file; it holds nothing"):
        as_source(tmp_path)
    for name in ("a.txt", "b.csv", "c.h5"):
        (tmp_path / name).write_text("x")
    with pytest.raises(ValueError, match=r"it holds 3 other files, such as 'a\.txt', 'b\.csv'"):
        as_source(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no file matches '.*\*\.png'"):
        as_source(f"{tmp_path}/*.png")
    with pytest.raises(ValueError, match="the list is empty"):
        as_source([])


@given(st.lists(st.text(alphabet="aB1203/-.", max_size=8), max_size=8))
def test_natural_order_does_not_depend_on_where_one_starts(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


@given(st.lists(st.integers(0, 10**20), unique=True), st.sampled_from(["", "img", "a/b-"]))
def test_natural_order_is_that_of_the_numbers(numbers: list[int], prefix: str) -> None:
    names = [f"{prefix}{number}.png" for number in numbers]
    assert sorted(names, key=natural_key) == [f"{prefix}{n}.png" for n in sorted(numbers)]


@pytest.fixture
def memory(classes: Path) -> Iterator[str]:
    """Put the same photographs into fsspec's memory."""
    system = fsspec.filesystem("memory")
    system.put(str(classes), "/shelf", recursive=True)
    yield "memory://shelf"
    system.rm("/shelf", recursive=True)


@pytest.fixture
def archive(classes: Path, tmp_path: Path) -> str:
    """Put the same photographs into a ZIP file."""
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as packed:
        for path in classes.rglob("*.png"):
            packed.write(path, path.relative_to(classes))
    return f"::file://{tmp_path}/photos.zip"


def test_a_folder_in_memory_gives_classes(memory: str) -> None:
    source = as_source(memory)
    assert source.labels == ["cat", "cat", "cat", "dog"]
    assert source.names == ["cat/1", "cat/2", "cat/10", "dog/1"]
    assert shades(source) == [3, 2, 1, 0]


def test_files_and_globs_behind_a_url(memory: str, classes: Path) -> None:
    assert shades(as_source(f"{memory}/cat/2.png")) == [2]
    assert shades(as_source(f"{memory}/cat/*.png")) == [3, 2, 1]
    assert shades(as_source(f"file://{classes}")) == [3, 2, 1, 0]
    assert shades(as_source([f"file://{classes}/dog/1.png", f"{memory}/cat/2.png"])) == [0, 2]
    with torch.inference_mode():
        mixed = as_source([f"{memory}/cat/2.png", torch.full((1, 4, 6), 8, dtype=torch.uint8)])
        assert shades(mixed) == [2, 8]
        assert mixed.names == ["2", "image 1"]


def test_a_zip_file_is_a_folder(archive: str) -> None:
    source = as_source(f"zip://{archive}")
    assert source.labels == ["cat", "cat", "cat", "dog"]
    assert shades(source) == [3, 2, 1, 0]
    assert shades(as_source(f"zip://cat/*.png{archive}")) == [3, 2, 1]
    got = [indices for indices, _ in as_source(f"zip://{archive}").batches(3, lambda image: image)]
    assert got == [[0, 1, 2], [3]]


def test_wrong_urls_are_named(memory: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"'memory://shelf/cot'"):
        as_source(f"{memory}/cot")
    with pytest.raises(FileNotFoundError, match=r"no file matches 'memory://shelf/\*\.gif'"):
        as_source(f"{memory}/*.gif")
    with pytest.raises(ValueError, match=r"'nowhere://x' can't be opened: Protocol not known"):
        as_source("nowhere://x")


def test_a_missing_file_behind_a_url_is_named_when_it_is_read(memory: str) -> None:
    source = as_source([f"{memory}/cat/1.png", f"{memory}/cat/77.png"])
    with pytest.raises(ValueError, match=r"'memory://shelf/cat/77\.png': can't be opened \(there"):
        source[1]


def test_web_addresses_are_taken_as_files_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    web = fsspec.filesystem("memory")  # the real one needs packages that fsspec doesn't bring
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda url: (web, url))
    monkeypatch.setattr(web, "exists", None)
    source = as_source("https://example.invalid/cat.jpg?size=large")
    assert source.names == ["cat"]


def test_a_package_that_a_url_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(url: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(ImportError, match="'s3://cats' can't be opened: Install s3fs"):
        as_source("s3://cats")


def test_paths_that_are_bytes_are_refused(classes: Path) -> None:
    class Odd(os.PathLike):  # type: ignore[type-arg]
        def __fspath__(self) -> bytes:
            return b"photos"

    with pytest.raises(ValueError, match="is bytes; pass it as a string"):
        as_source(Odd())
