"""Pictures and the holes drawn into them."""

import cv2
import numpy as np
import pytest
from evaluation_factory import small_config, write_picture

from rfr_video.config import ShareRange
from rfr_video.errors import InputError, MaskError, UsageError
from rfr_video.evaluation.cases import HoleDrawer, list_pictures, read_still


@pytest.fixture
def still(tmp_path):
    return read_still(write_picture(tmp_path / "a.png"), crop_px=64)


def holes(still, **changes):
    return list(HoleDrawer(small_config(**changes)).draw(still))


def test_the_crop_is_the_middle_in_rgb(tmp_path):
    path = write_picture(tmp_path / "a.png", height=71, width=90)
    whole_hw3 = cv2.imread(str(path))[..., ::-1]
    assert np.array_equal(read_still(path, crop_px=None).picture_hw3, whole_hw3)
    assert np.array_equal(read_still(path, crop_px=64).picture_hw3, whole_hw3[3:67, 13:77])


def test_gray_alpha_and_16_bits_are_read_as_8_bit_rgb(tmp_path):
    deep = np.full((70, 70, 4), 40 * 257, np.uint16)
    for name, image in (
        ("g.png", deep[..., 0]),
        ("a.png", deep),
        ("g8.png", np.full((70, 70), 40, np.uint8)),
    ):
        cv2.imwrite(str(tmp_path / name), image)
        picture_hw3 = read_still(tmp_path / name, crop_px=64).picture_hw3
        assert (picture_hw3.dtype, picture_hw3.shape) == (np.uint8, (64, 64, 3))
        assert (picture_hw3 == 40).all()


def test_holes_follow_from_seed_and_picture_alone(tmp_path, still):
    again = read_still(write_picture(tmp_path / "copy.png"), crop_px=64)
    other = read_still(write_picture(tmp_path / "b.png", seed=2), crop_px=64)
    first = [one.hole_hw for one in holes(still)]
    for same in (holes(again), holes(still, holes_per_picture=9)):
        assert all(map(np.array_equal, first, [one.hole_hw for one in same]))
    for others in (holes(other), holes(still, seed=1)):
        assert not any(map(np.array_equal, first, [one.hole_hw for one in others]))


@pytest.mark.parametrize(("least", "largest"), [(3, 40), (10, 12)])
def test_shares_lie_in_the_range_and_kinds_take_turns(still, least, largest):
    drawn = holes(still, holes_per_picture=12, hole_share=ShareRange(least, largest))
    assert all(least <= 100 * one.share <= largest for one in drawn)
    assert [one.kind for one in drawn] == 4 * ["strokes", "box", "text"]


def test_a_share_that_a_kind_cannot_have_is_an_error(still):
    with pytest.raises(UsageError, match=r"no hole of kind scratch came out at 50.001-50.002 %"):
        holes(still, hole_kind=("scratch",), hole_share=ShareRange(50.001, 50.002))


def test_shapes_and_masks_come_from_folders(tmp_path, still):
    logo = np.zeros((30, 30, 4), np.uint8)
    logo[5:25, 5:25] = 255
    for name in ("logos", "masks", "empty"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "logos" / "logo.png"), logo)
    cv2.imwrite(str(tmp_path / "masks" / "mask.png"), logo[..., 3])
    drawn = holes(
        still, hole_kind=("shape", "mask"), hole_shapes=tmp_path / "logos", hole_masks=tmp_path / "masks"
    )
    assert [one.kind for one in drawn] == ["shape", "mask", "shape"]
    with pytest.raises(MaskError, match="has no images"):
        holes(still, hole_kind=("mask",), hole_masks=tmp_path / "empty")


def test_folders_stand_for_the_pictures_in_them(tmp_path):
    for name in ("b.png", "a.jpg", ".hidden.png"):
        write_picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "sub").mkdir()
    one = write_picture(tmp_path / "sub" / "z.png")
    assert list_pictures([one, tmp_path]) == [one, tmp_path / "a.jpg", tmp_path / "b.png"]


def test_what_is_no_picture_is_an_error(tmp_path):
    path = write_picture(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes(path.read_bytes()[:-200])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    for name in ("cut.png", "text.png", "empty.png"):
        with pytest.raises(InputError, match="damaged or not a picture"):
            read_still(tmp_path / name, crop_px=64)
    with pytest.raises(InputError, match="cannot be read"):
        read_still(tmp_path, crop_px=64)
    with pytest.raises(InputError, match="is 80×72, the crop 100×100"):
        read_still(path, crop_px=100)
    with pytest.raises(InputError, match="is 80×8; at least 32×32"):
        read_still(write_picture(tmp_path / "flat.png", height=8), crop_px=None)
    with pytest.raises(InputError, match="does not exist"):
        list_pictures([tmp_path / "none"])
    (tmp_path / "bare").mkdir()
    with pytest.raises(InputError, match="holds no pictures"):
        list_pictures([tmp_path / "bare"])
