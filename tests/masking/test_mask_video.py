"""Videos of masks."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rfr_video.errors import InputError, MaskError
from rfr_video.masking.video import open_mask_video
from rfr_video.timecode import Moment


@pytest.fixture
def squares(square):
    """Ten masks whose square moves with every second one."""
    return [square(index // 2) for index in range(10)]


def column(mask):
    """Return where the square of a mask stands."""
    return int(np.flatnonzero(mask[10])[0])


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("ffv1", "gray", "mkv"),
        ("ffv1", "yuv444p", "avi"),
        ("libx264rgb", "rgb24", "mkv"),
        ("libx264", "yuv420p", "mp4"),
    ],
)
def test_every_frame_gets_its_mask(
    tmp_path, write_video, mp4, squares, square, moments, codec, pix_fmt, suffix
):
    path = write_video(tmp_path / f"masks.{suffix}", squares, codec=codec, pix_fmt=pix_fmt)
    with open_mask_video(path, info=mp4) as masks:
        for moment in moments:
            assert np.array_equal(masks.mask_at(moment), square(moment.index // 2))
        masks.finish(10)


@pytest.mark.parametrize(
    ("pix_fmt", "full_range", "keep", "fill"),
    [
        ("gray", False, 125, 126),
        ("gray", True, 127, 128),
        ("yuv420p", False, 125, 126),
        ("yuv420p", True, 127, 128),
        ("yuv420p10le", False, 501, 502),
        ("yuv420p10le", True, 511, 512),
        ("rgb24", False, 127, 128),
    ],
)
def test_fill_begins_half_way_from_black_to_white(
    tmp_path, write_video, mkv, moments, pix_fmt, full_range, keep, fill
):
    luma = np.full((48, 64), keep, np.uint16 if fill > 255 else np.uint8)
    luma[:, 32:] = fill
    codec = "libx264rgb" if pix_fmt == "rgb24" else "ffv1"
    path = write_video(tmp_path / "masks.mkv", [luma], codec=codec, pix_fmt=pix_fmt, full_range=full_range)
    with open_mask_video(path, info=mkv) as masks:
        mask = masks.mask_at(moments[0])
    assert not mask[:, :32].any()
    assert (mask[:, 32:] == 255).all()


def test_frames_that_share_a_mask_share_the_array(tmp_path, write_video, mp4, squares, moments):
    path = write_video(tmp_path / "masks.mkv", squares)
    with open_mask_video(path, info=mp4) as masks:
        given = [masks.mask_at(moment) for moment in moments]
    assert all(given[index] is given[index + 1] for index in range(0, 10, 2))


def test_a_slower_video_of_masks_holds_each_on_display(tmp_path, write_video, mkv, square):
    path = write_video(tmp_path / "masks.mkv", [square(index) for index in range(5)], rate=25)
    info = replace(mkv, video=replace(mkv.video, rate=Fraction(50)))
    with open_mask_video(path, info=info) as masks:
        columns = [column(masks.mask_at(Moment(index, Fraction(index, 50)))) for index in range(10)]
    assert columns == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_a_faster_video_of_masks_gives_every_other(tmp_path, write_video, mkv, square):
    path = write_video(tmp_path / "masks.mkv", [square(index) for index in range(10)], rate=50)
    with open_mask_video(path, info=mkv) as masks:
        assert [column(masks.mask_at(Moment(index, Fraction(index, 25)))) for index in range(5)] == [
            0,
            2,
            4,
            6,
            8,
        ]
        masks.finish(5)


def test_rounded_and_shifted_times_find_the_same_masks(tmp_path, write_video, mkv, square):
    times = [5000 + round(index * 1001 / 24) for index in range(10)]
    path = write_video(tmp_path / "masks.mkv", [square(index) for index in range(10)], rate=24, times=times)
    info = replace(mkv, video=replace(mkv.video, rate=Fraction(24000, 1001)))
    with open_mask_video(path, info=info) as masks:
        columns = [column(masks.mask_at(Moment(k, Fraction(1001 * k, 24000)))) for k in range(10)]
    assert columns == list(range(10))


def test_variable_frame_rates_match_by_time(tmp_path, write_video, mkv, square):
    times = [0, 40, 200, 240, 360]
    path = write_video(tmp_path / "masks.mkv", [square(index) for index in range(5)], times=times)
    with open_mask_video(path, info=mkv) as masks:
        columns = [column(masks.mask_at(Moment(index, Fraction(index, 25)))) for index in range(10)]
    assert columns == [0, 1, 1, 1, 1, 2, 3, 3, 3, 4]


def test_frames_may_be_left_out(tmp_path, write_video, mp4, squares, moments):
    with open_mask_video(write_video(tmp_path / "masks.mkv", squares), info=mp4) as masks:
        assert [column(masks.mask_at(moments[index])) for index in (1, 6)] == [0, 3]
        masks.finish(10)  # the end of the video was never asked for


@pytest.mark.parametrize("count", [7, 13])
def test_another_length_in_the_headers_is_an_error_before_work_starts(
    tmp_path, write_video, mp4, square, count
):
    path = write_video(tmp_path / "masks.mp4", [square()] * count, codec="libx264", pix_fmt="yuv420p")
    complaint = rf"masks\.mp4 is {count / 25:.3f} s long, the video 0\.400 s; give a mask video of the same"
    with pytest.raises(MaskError, match=complaint), open_mask_video(path, info=mp4):
        pass


def test_masks_that_end_early_are_an_error_when_the_frame_comes(tmp_path, write_video, mkv, square, moments):
    with open_mask_video(write_video(tmp_path / "masks.mkv", [square()] * 7), info=mkv) as masks:
        for moment in moments[:8]:  # a frame more than masks is within the tolerance
            masks.mask_at(moment)
        with pytest.raises(MaskError, match=r"masks\.mkv is 0\.280 s long, the video at least 0\.360 s"):
            masks.mask_at(moments[8])


def test_masks_left_over_are_an_error_at_the_end(tmp_path, write_video, mkv, square, moments):
    with open_mask_video(write_video(tmp_path / "masks.mkv", [square()] * 13), info=mkv) as masks:
        for moment in moments:
            masks.mask_at(moment)
        with pytest.raises(MaskError, match=r"masks\.mkv is 0\.520 s long, the video 0\.400 s"):
            masks.finish(10)


def test_one_frame_of_difference_is_no_error(tmp_path, write_video, mkv, mp4, square, moments):
    for count, suffix, info in ((9, "mkv", mkv), (11, "mkv", mkv), (9, "mp4", mp4), (11, "mp4", mp4)):
        path = tmp_path / f"{count}.{suffix}"
        write_video(path, [square()] * count, codec="libx264", pix_fmt="yuv420p")
        with open_mask_video(path, info=info) as masks:
            for moment in moments:
                masks.mask_at(moment)
            masks.finish(10)


def test_another_size_is_an_error_that_names_both(tmp_path, write_video, mp4, square):
    path = write_video(tmp_path / "masks.mkv", [square(width=80)])
    with (
        pytest.raises(MaskError, match=r"masks\.mkv is 80×48, the picture is 64×48"),
        open_mask_video(path, info=mp4),
    ):
        pass


def test_a_truncated_video_of_masks_is_an_error(tmp_path, write_video, mkv, square):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (48, 64), np.uint8) for _ in range(10)]
    path = write_video(tmp_path / "masks.mov", noise, codec="png")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(MaskError, match=r"mask video .*masks\.mov"), open_mask_video(path, info=mkv):
        pass


def test_damaged_packets_are_an_error(tmp_path, write_video, mp4, moments):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (48, 64), np.uint8) for _ in range(10)]
    path = write_video(tmp_path / "masks.mov", noise, codec="png")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 900] = bytes(900)
    path.write_bytes(data)
    with (
        open_mask_video(path, info=mp4) as masks,
        pytest.raises(MaskError, match=r"masks\.mov is damaged \("),
    ):
        [masks.mask_at(moment) for moment in moments]


def test_a_file_that_is_no_video_is_an_error(tmp_path, mp4):
    path = tmp_path / "masks.mkv"
    path.write_text("no video at all")
    with pytest.raises(MaskError, match=r"mask video .*masks\.mkv"), open_mask_video(path, info=mp4):
        pass


def test_errors_of_the_repaired_video_pass_unchanged(tmp_path, write_video, mp4, square):
    path = write_video(tmp_path / "masks.mkv", [square()] * 10)
    with pytest.raises(InputError, match="the source"), open_mask_video(path, info=mp4):
        raise InputError("the source")
