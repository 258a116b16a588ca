"""Folders of numbered images."""

from dataclasses import replace
from fractions import Fraction

import pytest

from rfr_video.errors import MaskError
from rfr_video.masking.sequence import MaskSequence
from rfr_video.timecode import Moment


@pytest.fixture
def folder(tmp_path, write_mask, square):
    """Ten images, numbered 8 to 17; the square moves with every second one."""
    for index in range(10):
        write_mask(tmp_path / "masks" / f"m{index + 8}.png", square(index // 2))
    return tmp_path / "masks"


def test_image_k_is_for_frame_k(folder, mp4, square, moments):
    masks = MaskSequence.open(folder, info=mp4)
    for moment in moments:
        assert (masks.mask_at(moment) == square(moment.index // 2)).all()
    masks.finish(10)


@pytest.mark.parametrize("skipped", [(0,), (3, 4), (9,), (0, 5, 8, 9)])
def test_a_skipped_frame_takes_its_image_along(folder, mkv, square, moments, skipped):
    masks = MaskSequence.open(folder, info=mkv)
    for moment in moments:
        if moment.index not in skipped:
            assert (masks.mask_at(moment) == square(moment.index // 2)).all()
    masks.finish(10)


@pytest.mark.parametrize("frames", [9, 11])
def test_after_skipped_frames_the_count_is_still_checked(folder, mkv, moments, frames):
    masks = MaskSequence.open(folder, info=mkv)
    for moment in moments[1:9:3]:
        masks.mask_at(moment)
    with pytest.raises(MaskError, match=f"holds 10 images, the video has {frames} frames"):
        masks.finish(frames)


def test_equal_images_give_the_same_array(folder, mp4, write_mask, square, moments):
    write_mask(folder / "m8.png", square(0)).rename(folder / "m8.bmp")
    write_mask(folder / "m8.bmp", square(0))  # the same samples in other bytes
    masks = MaskSequence.open(folder, info=mp4)
    given = [masks.mask_at(moment) for moment in moments]
    assert all(given[index] is given[index + 1] for index in range(0, 10, 2))
    assert given[1] is not given[2]


@pytest.mark.parametrize("index", [-1, 1])
def test_another_count_than_the_header_says_is_an_error_before_work_starts(
    folder, mp4, write_mask, square, index
):
    if index > 0:
        write_mask(folder / "m18.png", square())
    else:
        (folder / "m17.png").unlink()
    with pytest.raises(
        MaskError, match=rf"masks holds {10 + index} images, the video has 10 frames; give one"
    ):
        MaskSequence.open(folder, info=mp4)


def test_a_header_that_counts_wrong_is_no_error(folder, mp4):
    wrong = replace(mp4, video=replace(mp4.video, frame_count=12))
    MaskSequence.open(folder, info=wrong).finish(10)


def test_too_few_images_are_an_error_when_the_frame_comes(folder, mkv):
    masks = MaskSequence.open(folder, info=mkv)
    with pytest.raises(MaskError, match="holds 10 images, the video has at least 11 frames"):
        masks.mask_at(Moment(10, Fraction(10, 25)))


@pytest.mark.parametrize("frames", [9, 11])
def test_another_count_is_an_error_at_the_end(folder, mkv, frames):
    with pytest.raises(MaskError, match=f"holds 10 images, the video has {frames} frames"):
        MaskSequence.open(folder, info=mkv).finish(frames)


def test_an_image_of_another_size_is_named(folder, mp4, write_mask, square, moments):
    write_mask(folder / "m9.png", square(height=47))
    masks = MaskSequence.open(folder, info=mp4)
    masks.mask_at(moments[0])
    with pytest.raises(MaskError, match=r"m9\.png is 64×47, the picture is 64×48"):
        masks.mask_at(moments[1])


def test_a_damaged_image_is_named(folder, mp4, moments):
    (folder / "m8.png").write_bytes(b"")
    with pytest.raises(MaskError, match=r"m8\.png is empty"):
        MaskSequence.open(folder, info=mp4).mask_at(moments[0])
