"""Masks that are the same for every frame."""

import pytest

from rfr_video.errors import MaskError
from rfr_video.geometry import Box
from rfr_video.masking.still import StillMask


def test_an_image_is_the_mask_of_every_frame(tmp_path, write_mask, square, picture, moments):
    still = StillMask.read(write_mask(tmp_path / "mask.png", square()), picture=picture)
    assert all((still.mask_at(moment) == square()).all() for moment in moments)


def test_another_size_is_an_error_that_names_both(tmp_path, write_mask, square, picture):
    path = write_mask(tmp_path / "mask.png", square(width=65))
    with pytest.raises(MaskError, match=r"mask\.png is 65×48, the picture is 64×48; give"):
        StillMask.read(path, picture=picture)


def test_boxes_add_up(picture, moments):
    boxes = [Box.parse("0,0,4,3"), Box.parse("-2,-5,2,5"), Box.parse("2,1,4,3")]
    mask = StillMask.of_boxes(boxes, picture=picture).mask_at(moments[0])
    assert mask[0:3, 0:4].all()
    assert mask[43:48, 62:64].all()
    assert mask[1:4, 2:6].all()
    assert mask.astype(bool).sum() == 12 + 10 + 12 - 4


def test_box_outside_the_picture_is_an_error(picture):
    with pytest.raises(MaskError, match=r"box 60,0,5,5 .*outside the 64×48 picture"):
        StillMask.of_boxes([Box.parse("60,0,5,5")], picture=picture)
