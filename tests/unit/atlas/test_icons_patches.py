import numpy as np
import pytest
import small
import torch

from convscope.atlas.icons import ScreenOrder, Tiling, cut_patches, in_turn
from convscope.images import ImageError, SkippedImageWarning, as_source


class Counted:
    """A dataset that counts how often each image is asked for."""

    def __init__(self, images):
        self.images, self.asked = images, []

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        self.asked.append(index)
        return self.images[index]


@pytest.fixture(scope="module")
def scope():
    return small.scope()


@pytest.fixture(scope="module")
def ramps():
    """Images of the network's own size whose pixels tell where they are."""
    y, x = torch.meshgrid(torch.arange(16), torch.arange(20), indexing="ij")
    return torch.stack(
        [
            torch.stack([10 * y, 10 * x, torch.full_like(x, 20 * n)]).to(torch.uint8)
            for n in range(5)
        ]
    )


def cut(scope, images, sources, positions, **options):
    found = cut_patches(
        scope, images, "second", torch.tensor(sources), torch.tensor(positions), **options
    )
    return list(found)


def test_a_patch_is_what_its_position_sees(scope, ramps):
    """Conv 3, pool 2, conv 3: unit (y, x) sees 8 pixels from 2 y - 3 on."""
    (patch,) = cut(scope, ramps, [2], [[4, 5]], size=8)
    assert patch.box == (5, 7, 13, 15)
    assert torch.equal(patch.image, ramps[2][:, 5:13, 7:15])


def test_at_the_border_a_patch_stays_square_and_inside(scope, ramps):
    found = cut(scope, ramps, [0, 0], [[0, 0], [7, 4]], size=8)
    for patch in found:
        y0, x0, y1, x1 = patch.box
        assert y1 - y0 == x1 - x0
        assert 0 <= y0 < y1 <= 16
        assert 0 <= x0 < x1 <= 20


def test_each_image_is_decoded_once_and_in_order(scope, ramps):
    counted = Counted(ramps)
    source = as_source(counted)
    counted.asked.clear()
    found = cut(scope, source, [3, 1, 3, 0], [[1, 2], [3, 3], [5, 6], [2, 2]], size=8)
    assert sorted(counted.asked) == [0, 1, 3]
    assert [patch.index for patch in found] == [3, 1, 0, 2]
    assert [int(patch.image[2, 0, 0]) for patch in found] == [0, 20, 60, 60]


def test_patches_have_the_size_asked_for(scope, ramps):
    (patch,) = cut(scope, ramps, [1], [[3, 3]], size=13)
    assert patch.image.shape == (3, 13, 13)
    assert patch.image.dtype == torch.uint8


def test_what_there_is_not_is_told(scope, ramps):
    with pytest.raises(ValueError, match="sources: images from 0 to 7, but there are 5"):
        cut(scope, ramps, [0, 7], [[0, 0], [1, 1]])
    with pytest.raises(ValueError, match="outside of the layer's map of 8 × 10"):
        cut(scope, ramps, [0], [[8, 0]])
    with pytest.raises(ValueError, match=r"positions: must be \(2, 2\)"):
        cut(scope, ramps, [0, 1], [[0, 0]])


def test_a_missing_file_is_told_or_left_out(scope, ramps, tmp_path):
    from PIL import Image

    for n in range(3):
        Image.fromarray(ramps[n].permute(1, 2, 0).numpy()).save(tmp_path / f"{n}.png")
    paths = sorted(tmp_path.iterdir())
    paths[1].write_bytes(b"no picture any more")
    with pytest.raises(ImageError, match=r"1\.png"):
        cut(scope, paths, [0, 1], [[1, 1], [1, 1]])
    with pytest.warns(SkippedImageWarning, match=r"1\.png"):
        found = cut(scope, paths, [0, 1, 2], [[1, 1]] * 3, errors="skip")
    assert [patch.index for patch in found] == [0, 2]


def test_in_turn_is_as_listed():
    waiting = torch.tensor([4, 2, 9])
    assert waiting[in_turn(waiting).argsort(descending=True)].tolist() == [2, 4, 9]


def ranked(order, waiting):
    return waiting[order(waiting).argsort(descending=True, stable=True)].tolist()


def test_dense_cells_come_first():
    order = ScreenOrder(torch.rand(4, 2), torch.tensor([5, 50, 20, 9]))
    assert ranked(order, torch.arange(4)) == [1, 2, 3, 0]


def test_what_is_on_screen_comes_before_what_is_dense_and_of_the_class():
    places = torch.tensor([[0.1, 0.1], [0.2, 0.8], [0.9, 0.7], [0.8, 0.9]])
    order = ScreenOrder(places, torch.tensor([90, 20, 10, 11]))
    order.prefer(torch.tensor([0.0, 5.0, 3.0, -1.0]))
    assert ranked(order, torch.arange(4)) == [1, 2, 0, 3]
    order.look_at((0.5, 0.5, 1.0, 1.0))
    assert ranked(order, torch.arange(4)) == [2, 3, 1, 0]
    assert ranked(order, torch.tensor([0, 1, 3])) == [3, 1, 0]
    order.look_at(None)
    order.prefer(None)
    assert ranked(order, torch.arange(4)) == [0, 1, 3, 2]


def test_scores_must_be_of_all_cells():
    order = ScreenOrder(torch.rand(4, 2), torch.arange(4))
    with pytest.raises(ValueError, match="scores: 3 for 4 cells"):
        order.prefer(torch.zeros(3))


@pytest.fixture(scope="module")
def photos():
    """Smooth icons, each of a colour of its own."""
    random = np.random.default_rng(0)
    coarse = torch.from_numpy(random.random((3, 3, 4, 4), np.float32))
    fine = torch.nn.functional.interpolate(coarse, (32, 32), mode="bilinear")
    return (fine * 255).to(torch.uint8)


@pytest.mark.parametrize(("form", "away"), [("webp", 4.0), ("jpeg", 4.0)])
def test_what_goes_into_a_tile_comes_out(photos, form, away):
    tiling = Tiling(size=32, side=3, format=form, quality=95)
    places = [(0, 2), (1, 0), (2, 2)]
    data = tiling.encode(dict(zip(places, photos, strict=True)))
    found = tiling.decode(data)
    for place, icon in zip(places, photos, strict=True):
        assert (found[place].float() - icon.float()).abs().mean() < away
    inside = found[0, 0, :, 2:-2, 2:-2].float()
    assert (inside - 128).abs().max() <= 2  # its neighbours do not run over


def test_a_tile_depends_on_its_icons_alone(photos):
    tiling = Tiling(size=32, side=2)
    one = tiling.encode({(0, 1): photos[0], (1, 0): photos[1]})
    other = tiling.encode({(1, 0): photos[1].clone(), (0, 1): photos[0]})
    assert one == other
    assert tiling.encode({(0, 1): photos[0]}) != one


def test_grey_icons_are_shown_grey():
    tiling = Tiling(size=16, side=1)
    found = tiling.decode(tiling.encode({(0, 0): torch.full((1, 16, 16), 70, dtype=torch.uint8)}))
    assert (found[0, 0].float() - 70).abs().max() <= 2


def test_cells_know_their_tile_and_place():
    tiling = Tiling(side=8)
    assert tiling.tile_of(17, 7) == (2, 0)
    assert tiling.place_of(17, 7) == (1, 7)


def test_damaged_and_foreign_tiles_are_told(photos):
    tiling = Tiling(size=32, side=2)
    data = tiling.encode({(0, 0): photos[0]})
    with pytest.raises(ValueError, match="bytes are no picture"):
        tiling.decode(data[: len(data) // 2])
    with pytest.raises(ValueError, match="is no tile of 96 × 96"):
        Tiling(size=32, side=3).decode(data)
    with pytest.raises(ValueError, match=r"place \(2, 0\) lies outside of a tile of 2 × 2"):
        tiling.encode({(2, 0): photos[0]})
    with pytest.raises(ValueError, match="the tile holds icons of 16 × 16"):
        Tiling(size=16, side=2).encode({(0, 0): photos[0]})
