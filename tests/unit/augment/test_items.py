"""Items of Datasets: whatever they hold moves with the image and comes back as it was."""

from __future__ import annotations

import re
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from convscope.augment import CropSize, Flip, Invert, Pipeline
from convscope.augment.pictures import take
from peers import tv_tensors

FLIP = Pipeline([Flip()], seed=0)
CROP = Pipeline([CropSize(height=20, width=10, place="centre")], seed=0)  # x from 10 to 20
IMAGE = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))
ARRAY = (IMAGE.permute(1, 2, 0).numpy() * 255).astype(np.uint8)


def _one(pipe: Pipeline, item: Any, **options: Any) -> Any:
    before = re.sub(" at 0x[0-9A-F]+", "", repr(item))
    found = pipe.dataset([item], **options)[0]
    assert re.sub(" at 0x[0-9A-F]+", "", repr(item)) == before  # the dataset's own stays
    return found


# --- images of any kind -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "LA", "I;16", "I", "F", "CMYK", "YCbCr"])
def test_pillow_images_keep_their_mode(mode: str) -> None:
    if mode in ("I;16", "I"):
        values: Any = (ARRAY[..., 0].astype(np.uint16) * 200).astype(
            "u2" if mode == "I;16" else "i4"
        )
        picture = Image.fromarray(values)
    elif mode == "F":
        picture = Image.fromarray(IMAGE[0].numpy())
    else:
        picture = Image.fromarray(ARRAY).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.fromarray(ARRAY[..., 1]))
    transform = FLIP.transform()
    found = transform(picture)
    assert found.mode == mode
    mirrored = np.asarray(picture)[:, ::-1].astype(float)
    worst = 3 if mode in ("CMYK", "YCbCr") else 0  # which go through RGB
    if mode == "CMYK":  # of which many stand for one colour
        found, mirrored = found.convert("RGB"), np.asarray(picture.convert("RGB"))[:, ::-1]
    assert np.abs(np.asarray(found) - mirrored.astype(float)).max() <= worst
    assert _one(FLIP, picture, images="same").mode == mode
    shape = _one(FLIP, picture).shape
    assert shape == (1 if mode in ("1", "L", "LA", "I;16", "I", "F") else 3, 20, 30)


def test_a_palette_becomes_rgb_and_its_transparency_stays() -> None:
    picture = Image.fromarray(ARRAY).quantize(8)
    assert FLIP.transform()(picture).mode == "RGB"
    picture.info["transparency"] = 3
    found = FLIP.transform()(picture)
    assert found.mode == "RGBA"
    clear = np.asarray(picture) == 3
    assert (np.asarray(found)[..., 3] == np.where(clear, 0, 255)[:, ::-1]).all()


def test_pixels_are_taken_as_they_lie_so_that_masks_and_boxes_fit() -> None:
    picture = Image.fromarray(ARRAY)
    exif = picture.getexif()
    exif[0x0112] = 3  # on its head
    picture.info["exif"] = exif.tobytes()
    still = Pipeline([Flip(p=0)], seed=0)
    assert (np.asarray(still.transform()(picture)) == ARRAY).all()
    assert torch.equal(_one(still, picture), torch.from_numpy(ARRAY).permute(2, 0, 1))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i8", "f2", "f4", "f8", "?"])
@pytest.mark.parametrize("flat", [False, True])
def test_arrays_keep_their_dtype_and_their_axes(dtype: str, *, flat: bool) -> None:
    scaled = ARRAY / 255 if dtype.startswith("f") else ARRAY
    array = (ARRAY > 99) if dtype == "?" else scaled.astype(dtype)
    array = array[..., 0] if flat else array
    found = FLIP.transform()(array)
    assert found.dtype == array.dtype
    assert np.allclose(found.astype(float), array[:, ::-1].astype(float), atol=1e-6)


@pytest.mark.parametrize(
    "dtype", [torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float64, torch.bool]
)
def test_tensors_keep_their_dtype(dtype: torch.dtype) -> None:
    tensor = IMAGE.to(dtype) if dtype.is_floating_point else (IMAGE * 255).to(torch.uint8).to(dtype)
    assert torch.equal(FLIP.transform()(tensor), tensor.flip(-1))
    assert torch.equal(FLIP.transform()(tensor[0]), tensor[0].flip(-1))


def test_tv_tensors_stay_what_they_are() -> None:
    found = FLIP.transform()(tv_tensors.Image(IMAGE))
    assert type(found) is tv_tensors.Image
    assert torch.equal(found.as_subclass(torch.Tensor), IMAGE.flip(-1))


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (torch.rand(2, 3, 20, 30), r"has the shape \(2, 3, 20, 30\); one image is \(C, H, W\)"),
        ("a.png", "image: is of type str; give a Pillow image"),
        ((IMAGE, 3), "image: is several things; a transform takes one image"),
        (IMAGE * 300, r"floats must lie in \[0, 1\]"),
    ],
)
def test_what_is_no_image_is_named(image: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FLIP.transform()(image)


def test_pixels_are_not_copied_where_nothing_changes() -> None:
    assert take(IMAGE, "image", whole=True).pixels.data_ptr() == IMAGE.data_ptr()


# --- structures ---------------------------------------------------------------------------------


def test_tuples_keep_their_kind_and_whatever_else_they_hold() -> None:
    Triple = namedtuple("Triple", "image mask name")
    mask = np.arange(600).reshape(20, 30)
    found = _one(FLIP, Triple(ARRAY, mask, "rex"), images="same")
    assert type(found) is Triple
    assert (found.image == ARRAY[:, ::-1]).all()
    assert found.mask.dtype == mask.dtype
    assert (found.mask == mask[:, ::-1]).all()
    assert found.name == "rex"
    listed = _one(FLIP, [IMAGE, 4, None, 0.5, ["a", "b"]])
    assert listed[1:] == [4, None, 0.5, ["a", "b"]]


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float32])
def test_masks_of_any_dtype_and_several_of_them_move_alike(dtype: torch.dtype) -> None:
    one = (torch.arange(600).reshape(20, 30) % 5).to(dtype)
    item = {"image": IMAGE, "mask": one, "masks": torch.stack([one, one]).to(torch.int16)}
    item["depth"] = IMAGE[0]  # nobody said so, but it is as large as the image
    found = _one(CROP, item)
    assert torch.equal(found["depth"], IMAGE[0, :, 10:20])
    assert found["mask"].dtype == dtype
    assert torch.equal(found["mask"], one[:, 10:20])
    assert found["masks"].dtype == torch.int16
    assert torch.equal(found["masks"][1], one[:, 10:20].to(torch.int16))


def test_masks_are_never_recoloured() -> None:
    mask = Image.fromarray(ARRAY)  # colours that stand for classes
    _, found = _one(Pipeline([Invert(), Flip()], seed=0), (IMAGE, mask), images="same")
    assert (np.asarray(found) == ARRAY[:, ::-1]).all()


def test_everything_of_a_box_goes_with_it() -> None:
    masks = torch.zeros(3, 20, 30, dtype=torch.uint8)
    masks[0, 2:6, 12:16], masks[1, :, :5], masks[2, 8:12, 18:22] = 1, 1, 1
    target = {
        "boxes": torch.tensor([[12.0, 2, 16, 6], [0, 0, 5, 20], [18, 8, 22, 12]]),
        "labels": torch.tensor([7, 8, 9]),
        "masks": masks,
        "keypoints": torch.tensor([[[13.0, 3, 2]], [[2, 2, 1]], [[21, 9, 2]]]),
        "area": torch.tensor([16.0, 100, 16]),
        "iscrowd": [0, 0, 1],
        "image_id": torch.tensor([3]),
        "names": ["a", "b", "c"],
    }
    _, found = _one(CROP, (IMAGE, target), roles={"names": "per box"})
    assert found["boxes"].tolist() == [[2, 2, 6, 6], [8, 8, 10, 12]]
    assert found["labels"].tolist() == [7, 9]
    assert torch.equal(found["masks"], masks[[0, 2], :, 10:20])
    assert found["keypoints"].tolist() == [[[3, 3, 2]], [[11, 9, 0]]]
    assert found["area"].tolist() == [16, 8]
    assert found["iscrowd"] == [0, 1]
    assert found["image_id"].tolist() == [3]
    assert found["names"] == ["a", "c"]


def test_images_without_a_box_left_keep_empty_tables() -> None:
    target = {
        "boxes": torch.tensor([[0.0, 0, 5, 5]]),
        "labels": torch.tensor([1]),
        "masks": torch.ones(1, 20, 30, dtype=torch.bool),
        "keypoints": torch.rand(1, 4, 3),
    }
    _, gone = _one(CROP, (IMAGE, target))
    assert {name: tuple(each.shape) for name, each in gone.items()} == {
        "boxes": (0, 4),
        "labels": (0,),
        "masks": (0, 20, 10),
        "keypoints": (0, 4, 3),
    }
    empty = {name: value[:0] for name, value in target.items()}
    _, still = _one(CROP, (IMAGE, empty))
    assert {name: each.shape for name, each in still.items()} == {
        name: each.shape for name, each in gone.items()
    }


def test_boxes_of_torchvision_tell_their_format_and_stay_what_they_are() -> None:
    boxes = tv_tensors.BoundingBoxes(
        torch.tensor([[12.0, 2, 4, 4]]), format="XYWH", canvas_size=(20, 30)
    )
    target = {
        "boxes": boxes,
        "labels": torch.tensor([1]),
        "masks": tv_tensors.Mask(torch.ones(1, 20, 30)),
    }
    _, found = _one(CROP, (tv_tensors.Image(IMAGE), target), images="same")
    assert type(found["boxes"]) is tv_tensors.BoundingBoxes
    assert found["boxes"].format.value == "XYWH"
    assert found["boxes"].canvas_size == (20, 10)
    assert found["boxes"].tolist() == [[2, 2, 4, 4]]
    assert type(found["masks"]) is tv_tensors.Mask


def test_other_formats_of_boxes_and_points_by_themselves() -> None:
    item = {"image": IMAGE, "bboxes": [[14, 4, 4, 4, 9]], "keypoints": np.array([[12, 3], [1, 1]])}
    found = _one(CROP, item, box_format="cxcywh")
    assert found["bboxes"].tolist() == [[4, 4, 4, 4, 9]]
    assert found["keypoints"].tolist() == [[2, 3], [-9, 1]]
    assert found["keypoints"].dtype == np.float32


def test_roles_say_what_cannot_be_told() -> None:
    item = {"photo": IMAGE, "depth": IMAGE[0], "preview": torch.rand(4, 4), "cls": 3}
    roles = {"photo": "image", "depth": "mask", "preview": None, "cls": "label"}
    found = _one(CROP, item, roles=roles)
    assert found["photo"].shape == (3, 20, 10)
    assert torch.equal(found["depth"], IMAGE[0, :, 10:20])
    assert torch.equal(found["preview"], item["preview"])
    boxes = torch.tensor([[12.0, 2, 16, 6]])
    found = _one(CROP, ("a.png", IMAGE, boxes), roles={0: None, 1: "image", 2: "boxes"})
    assert found[0] == "a.png"
    assert found[2].tolist() == [[2, 2, 6, 6]]


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (
            (IMAGE, torch.rand(4, 4)),
            r"item 0\[1\]: is a Tensor, and may have to move",
        ),
        ((IMAGE, [{"bbox": [1, 2, 3, 4]}]), r"item 0\[1\]: is a list, .*roles=\{1: 'mask'\}"),
        ({"image": IMAGE, "depth": IMAGE[0, :5]}, r"item 0\['depth'\]: is a Tensor, and may"),
        ((IMAGE, {"objects": [[1, 2]]}), r"item 0\[1\]\['objects'\]: is a list"),
        ((IMAGE, Image.new("L", (20, 30))), r"item 0\[1\]: a mask is .* 20 × 30 .*\(30, 20\)"),
        ({"image": IMAGE, "mask": torch.rand(4)}, r"item 0\['mask'\]: a mask is \(H, W\)"),
        ((IMAGE, {"boxes": [[5, 5, 1, 1]]}), "item 0: boxes: box 0 of image 0 has no area"),
        ((IMAGE, {"keypoints": [1, 2, 3]}), r"item 0: keypoints must be \(K, 2\)"),
        ({"image": IMAGE, "label": 1, "target": 2}, "item 0: has 2 parts that are label"),
        ((), "item 0: there is no image"),
        ({"label": 3}, "item 0: there is no image among its keys label"),
    ],
)
def test_what_would_be_left_behind_or_does_not_fit_is_named(item: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FLIP.dataset([item])[0]


def test_a_role_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="roles: 'depth' can't be 'depth'; choose 'image', 'mask'"):
        FLIP.dataset([IMAGE], roles={"depth": "depth"})


def test_the_item_at_fault_is_named_among_others() -> None:
    items = [(IMAGE, {"boxes": [[1, 1, 5, 5]]})] * 3 + [(IMAGE, {"boxes": [[5, 5, 1, 1]]})]
    with pytest.raises(ValueError, match="item 3: boxes"):
        FLIP.dataset(items).__getitems__([0, 1, 2, 3])


def test_items_of_different_kinds_and_sizes_go_through_one_batch() -> None:
    items = [IMAGE, IMAGE[:, :10], (IMAGE * 255).byte(), IMAGE.double(), IMAGE[:1]]
    found = FLIP.dataset(items).__getitems__([0, 1, 2, 3, 4])
    for image, item in zip(found, items, strict=True):
        assert image.dtype == item.dtype
        assert torch.equal(image, item.flip(-1))


def test_segmentation_items_of_pillow_images_make_batches() -> None:
    mask = Image.fromarray(ARRAY[..., 0] % 5, "L")
    loader = DataLoader(FLIP.dataset([(Image.fromarray(ARRAY), mask)] * 4), batch_size=2)
    images, masks = next(iter(loader))
    assert images.shape == (2, 3, 20, 30)
    assert masks.shape == (2, 20, 30)
    assert masks.dtype == torch.uint8
