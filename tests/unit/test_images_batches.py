"""Streaming: in order, complete, in bounded memory, and with an end."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convscope.images import ImageError, ImageSource, SkippedImageWarning, as_source


def same(image: torch.Tensor) -> torch.Tensor:
    return image


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("convscope-images")]


class Counted(ImageSource):
    """Images that count how many of them are alive at once."""

    threads = 3

    def __init__(self, count: int, broken: frozenset[int] = frozenset()) -> None:
        self.names = [f"photo {index}" for index in range(count)]
        self.broken = broken
        self.alive = self.most = 0
        self.lock = threading.Lock()

    def read(self, index: int, *, near: int | None = None) -> torch.Tensor:
        if index in self.broken:
            raise ImageError(f"photo {index}: is broken")
        image = torch.full((1, 2, 3), index % 256, dtype=torch.uint8)
        with self.lock:
            self.alive += 1
            self.most = max(self.most, self.alive)
        weakref.finalize(image, self.forget)
        return image

    def forget(self) -> None:
        with self.lock:
            self.alive -= 1


@given(
    count=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    start=st.integers(-5, 45),
    stop=st.none() | st.integers(-5, 45),
    broken=st.frozensets(st.integers(0, 39)),
)
@settings(max_examples=80, deadline=None)
def test_every_readable_image_comes_once_in_order_with_its_index(
    count: int, batch_size: int, start: int, stop: int | None, broken: frozenset[int]
) -> None:
    source = Counted(count, broken)
    source.errors = "skip"
    wanted = [index for index in range(count)[start:stop] if index not in broken]
    got: list[tuple[list[int], torch.Tensor]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkippedImageWarning)
        try:
            got += source.batches(batch_size, same, start=start, stop=stop)
        except ImageError:
            assert not wanted
    assert [index for indices, _ in got for index in indices] == wanted
    assert all(len(indices) == batch_size for indices, _ in got[:-1])
    for indices, images in got:
        assert images[:, 0, 0, 0].tolist() == indices
    assert not workers()


@pytest.mark.parametrize("count", [200, 5000])
def test_images_alive_at_once_do_not_grow_with_their_number(count: int) -> None:
    source = Counted(count)
    for indices, images in source.batches(8, same):
        del indices, images
    assert source.most <= 2 * 8 + 2 * source.threads + 1


QUIET = {**os.environ, "OMP_NUM_THREADS": "1"}  # torch's threads spin when others want the cores

STREAM = """
import resource, sys
from convscope.images import as_source, resize
source = as_source([sys.argv[1]] * 5000)
def peak(count):
    for indices, images in source.batches(16, lambda i: resize(i, (64, 64)), stop=count):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
few = peak(200)
print(peak(5000) - few)
"""


def test_peak_memory_is_flat_from_200_to_5000_files(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    values = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    Image.fromarray(values).save(path)
    done = subprocess.run(
        [sys.executable, "-c", STREAM, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=QUIET,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 30, "megabytes; 4,800 prepared images take 56 MB, decoded ones 263"


def test_preparing_happens_beside_the_consumer_and_in_several_threads() -> None:
    source = Counted(6)
    met = threading.Barrier(3, timeout=20)  # passes only when three prepare at once

    def prepare(image: torch.Tensor) -> torch.Tensor:
        assert threading.current_thread() is not threading.main_thread()
        met.wait()
        return image

    assert [indices for indices, _ in source.batches(4, prepare)] == [[0, 1, 2, 3], [4, 5]]


def test_the_next_batch_is_read_while_this_one_is_used() -> None:
    source = Counted(100)
    stream = source.batches(4, same)
    next(stream)
    deadline = time.monotonic() + 20
    while source.alive < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert source.alive >= 4
    stream.close()


def test_stopping_early_ends_the_threads_and_reads_no_more() -> None:
    source = Counted(5000)
    for indices, _ in source.batches(4, same):
        if indices[0] == 8:
            break
    gc.collect()
    assert not workers()
    assert source.most < 40


def test_closing_ends_the_threads_although_images_are_under_way() -> None:
    source = Counted(50)
    stream = source.batches(4, lambda image: (time.sleep(0.01), image)[1])
    next(stream)
    assert workers()
    stream.close()
    assert not workers()


def test_nothing_starts_before_the_first_batch_is_asked_for() -> None:
    source = Counted(50)
    stream = source.batches(4, same)
    assert (workers(), source.most) == ([], 0)
    stream.close()


def test_an_interrupted_consumer_leaves_no_threads() -> None:
    def consume() -> None:
        for _ in Counted(50).batches(4, same):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()
    gc.collect()
    assert not workers()


def test_two_streams_of_one_source_do_not_disturb_each_other() -> None:
    source = Counted(20)
    pairs = zip(source.batches(3, same), source.batches(3, same), strict=True)
    for (left, images), (right, others) in pairs:
        assert left == right
        assert torch.equal(images, others)


def test_a_broken_image_raises_in_its_turn_after_the_batches_before_it() -> None:
    stream = Counted(20, frozenset({7})).batches(3, same)
    assert next(stream)[0] == [0, 1, 2]
    assert next(stream)[0] == [3, 4, 5]
    with pytest.raises(ImageError, match="photo 7: is broken"):
        next(stream)
    assert not workers()


def test_skipped_files_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    for number in range(6):
        Image.new("L", (6, 4), number).save(tmp_path / f"{number}.png")
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "4.png").write_text("oops")
    paths = [tmp_path / f"{number}.png" for number in (*range(6), 9)]
    source = as_source(paths, errors="skip")
    with pytest.warns(SkippedImageWarning) as warned:
        got = list(source.batches(2, same))
    assert [indices for indices, _ in got] == [[0, 2], [3, 5]]
    assert [images[:, 0, 0, 0].tolist() for _, images in got] == [[0, 2], [3, 5]]
    assert ["1.png" in str(w.message) for w in warned] == [True, False, False]
    assert ["4.png" in str(w.message) for w in warned] == [False, True, False]
    assert ["9.png" in str(w.message) for w in warned] == [False, False, True]
    assert all(w.filename == __file__ for w in warned), "where the user's loop is"
    with pytest.raises(ImageError, match=r"1\.png"):
        source[1]


def test_the_same_list_without_skipping_names_the_missing_file_at_once(tmp_path: Path) -> None:
    Image.new("L", (6, 4)).save(tmp_path / "0.png")
    with pytest.raises(FileNotFoundError, match=r"9\.png"):
        as_source([tmp_path / "0.png", tmp_path / "9.png"])


def test_none_readable_is_an_error_even_when_skipping() -> None:
    source = Counted(3, frozenset({0, 1, 2}))
    source.errors = "skip"
    with (
        pytest.warns(SkippedImageWarning),
        pytest.raises(ImageError, match="none of 3 could be read; the last: photo 2: is broken"),
    ):
        list(source.batches(2, same))


def test_an_empty_range_gives_no_batches() -> None:
    assert list(Counted(3).batches(2, same, start=3)) == []


def test_an_error_of_prepare_names_the_image_and_is_never_skipped() -> None:
    def prepare(image: torch.Tensor) -> torch.Tensor:
        if image[0, 0, 0] == 5:
            raise ValueError("needs 3 channels, has 1")
        return image

    source = Counted(9)
    source.errors = "skip"
    with pytest.raises(ImageError, match="image 'photo 5': needs 3 channels, has 1"):
        list(source.batches(2, prepare))


def test_an_unexpected_error_of_prepare_comes_through_as_it_is() -> None:
    def prepare(image: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match=r"^out of memory$"):
        list(Counted(9).batches(2, prepare))
    assert not workers()


def test_shapes_that_do_not_stack_say_which_and_what_to_do() -> None:
    source = as_source({"wide": np.zeros((4, 9), np.uint8), "tall": np.zeros((9, 4), np.uint8)})
    with pytest.raises(
        ValueError, match=r"\(1, 4, 9\) for image 'wide' but \(1, 9, 4\) for 'tall'"
    ):
        list(source.batches(2, same))
    shapes = [tuple(images.shape) for _, images in source.batches(1, same)]
    assert shapes == [(1, 1, 4, 9), (1, 1, 9, 4)]


def test_a_batch_size_below_one_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="batch_size: must be at least 1; got 0"):
        Counted(3).batches(0, same)


def test_batches_are_the_readers_own() -> None:
    values = np.zeros((3, 4, 6), np.uint8)
    for _, images in as_source(values).batches(1, same):
        images.fill_(9)
    assert (values == 0).all()
