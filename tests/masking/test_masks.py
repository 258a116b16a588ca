"""From what a user gave to one source of masks."""

from dataclasses import replace

import numpy as np
import pytest

from rfr_video.config import MaskConfig
from rfr_video.errors import InputError, MaskError, UsageError
from rfr_video.geometry import Box
from rfr_video.masking.masks import open_masks
from rfr_video.masking.shape import HoleShaper
from rfr_video.media.colour import Subsampling
from rfr_video.timecode import Instant, Span


def given_masks(config, info, moments, span=None):
    """Return the mask of every frame."""
    with open_masks(config, info, span=span or Span()) as masks:
        given = [masks.mask_at(moment) for moment in moments]
        masks.finish(len(moments))
    return given


def test_nothing_given_is_a_usage_error(mp4):
    with (
        pytest.raises(
            UsageError, match=r"nothing says what to repair; give --mask, --mask-at, --box, --timeline or"
        ),
        open_masks(MaskConfig(), mp4, span=Span()),
    ):
        pass


def test_everything_given_adds_up(tmp_path, write_mask, square, mp4, moments):
    (tmp_path / "cut.json").write_text('{"hole": [{"box": [60, 0, 4, 4], "start": "5f"}]}')
    config = MaskConfig(
        mask=write_mask(tmp_path / "mask.png", square(8)),
        box=(Box(0, 0, 4, 4), Box(-4, -4, 4, 4)),
        timeline=tmp_path / "cut.json",
    )
    given = given_masks(config, mp4, moments)
    expected = square(8)
    expected[:4, :4] = expected[-4:, -4:] = 255
    assert np.array_equal(given[0], expected)
    assert given[0] is given[4]
    expected[:4, -4:] = 255
    assert np.array_equal(given[5], expected)
    assert given[5] is given[9]


def test_a_still_a_folder_and_a_video_are_told_apart_by_their_content(
    tmp_path, write_mask, write_video, square, mp4, moments
):
    still = write_mask(tmp_path / "still.png", square()).rename(tmp_path / "still.mkv")
    video = write_video(tmp_path / "video.mkv", [square()] * 10).rename(tmp_path / "video.png")
    folder = tmp_path / "folder.mkv"
    for index in range(10):
        write_mask(folder / f"{index}.png", square())
    for path in (still, video, folder):
        given = given_masks(MaskConfig(mask=path), mp4, moments)
        assert all(mask is given[0] for mask in given)
        assert np.array_equal(given[0], square())


def test_only_the_span_is_filled(square, mp4, moments):
    span = Span(Instant.parse("00:00:00:02"), Instant.parse("4f"))
    given = given_masks(MaskConfig(box=(Box(0, 0, 4, 4),)), mp4, moments, span)
    assert [mask is not None for mask in given] == [index in (2, 3) for index in range(10)]


def test_a_still_is_shaped_once(mp4, moments, picture):
    given = given_masks(MaskConfig(box=(Box(0, 0, 4, 4),)), mp4, moments, Span(stop=Instant(frame=7)))
    shaper = HoleShaper(picture, subsampling=Subsampling(2, 2), grow_px=2, feather_px=2, merge_px=8)
    holes = [shaper.shape(mask) for mask in given]
    assert all(hole is holes[0] for hole in holes[:7])
    assert holes[7:] == [None] * 3


def test_empty_masks_are_known_to_be_empty(tmp_path, write_mask, write_video, nothing, square, mp4):
    still = write_mask(tmp_path / "still.png", nothing)
    video = write_video(tmp_path / "video.mkv", [nothing] * 10)
    for index in range(10):
        write_mask(tmp_path / "folder" / f"{index}.png", nothing)
    for path in (still, video, tmp_path / "folder"):
        with open_masks(MaskConfig(mask=path), mp4, span=Span()) as masks:
            assert masks.is_empty()
        with open_masks(MaskConfig(mask=path, box=(Box(0, 0, 1, 1),)), mp4, span=Span()) as masks:
            assert not masks.is_empty()


def test_one_mask_at_the_end_is_found(tmp_path, write_mask, write_video, nothing, square, mp4):
    pictures = [nothing] * 9 + [square()]
    for index, mask in enumerate(pictures):
        write_mask(tmp_path / "folder" / f"{index}.png", mask)
    for path in (write_video(tmp_path / "video.mkv", pictures), tmp_path / "folder"):
        with open_masks(MaskConfig(mask=path), mp4, span=Span()) as masks:
            assert not masks.is_empty()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, r"mask .*given cannot be read: No such file or directory; check the name"),
        (b"", r"mask .*given is empty; give a PNG, .* file, a folder of them, or a video"),
        (b"neither an image nor a video", r"mask video .*given is not a readable media file"),
    ],
)
def test_a_mask_that_is_nothing_of_the_kind_is_an_error_of_one_line(tmp_path, mp4, content, complaint):
    if content is not None:
        (tmp_path / "given").write_bytes(content)
    with (
        pytest.raises(MaskError, match=complaint) as caught,
        open_masks(MaskConfig(mask=tmp_path / "given"), mp4, span=Span()),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_a_mask_of_another_length_is_an_error_through_every_door(
    tmp_path, write_mask, write_video, square, mp4, moments
):
    folder = write_mask(tmp_path / "folder" / "1.png", square()).parent
    video = write_video(tmp_path / "video.mkv", [square()] * 4)
    for path in (folder, video):
        info = replace(mp4, video=replace(mp4.video, frame_count=None))
        with pytest.raises(MaskError, match=r"give (one image per frame|a mask video of the same length)"):
            given_masks(MaskConfig(mask=path), info, moments)


def test_errors_of_the_repaired_video_pass_unchanged(tmp_path, write_video, square, mp4):
    path = write_video(tmp_path / "video.mkv", [square()] * 10)
    with (
        pytest.raises(InputError, match="the source"),
        open_masks(MaskConfig(mask=path), mp4, span=Span()),
    ):
        raise InputError("the source")
