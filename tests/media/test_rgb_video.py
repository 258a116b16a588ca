"""RGB videos for measuring: exact both ways; and FFmpeg's filter removelogo."""

from contextlib import closing

import cv2
import numpy as np
import pytest
from clips_factory import panning, write_clip
from media_factory import Clip, make_video

from rfr_video.errors import InputError, MaskError, OutputError
from rfr_video.media.removelogo import LogoFilter
from rfr_video.media.rgb_video import read_rgb, rgb_pictures
from rfr_video.media.target import open_partials, partial_file, remove_partials, temporary_folder


@pytest.mark.parametrize("size", [(48, 64), (47, 65)])
def test_what_is_written_is_read_again_sample_by_sample(tmp_path, size):
    pictures = [np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8) for seed in range(3)]
    path = write_clip(tmp_path / "a.mkv", pictures)
    read = list(read_rgb(path))
    assert [moment.index for moment, _ in read] == [0, 1, 2]
    assert all(np.array_equal(one, other) for (_, one), other in zip(read, pictures, strict=True))


def test_other_videos_are_converted_by_their_tags(tmp_path):
    path = make_video(tmp_path / "a.mkv", Clip(codec="ffv1", frames=2, tags={"colorspace": 1}))
    first, _ = rgb_pictures(path)
    assert (first.shape, first.dtype) == ((64, 96, 3), np.uint8)
    frame = next(iter(read_luma(path)))
    luma = 16 + 219 / 255 * (first @ np.array([0.2126, 0.7152, 0.0722]))
    assert np.median(np.abs(luma - frame)) < 2


def read_luma(path):
    import av

    with av.open(str(path)) as container:
        yield next(container.decode(video=0)).to_ndarray()[:64]


def test_reading_stops_where_it_is_told(tmp_path):
    with closing(read_rgb(write_clip(tmp_path / "a.mkv", panning(4)))) as pictures:
        assert next(pictures)[0].index == 0


def test_errors_are_the_programs_own(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        next(read_rgb(tmp_path / "none.mkv"))
    with pytest.raises(OutputError, match="cannot be written"):
        write_clip(tmp_path / "none" / "a.mkv", panning(1))


def test_removelogo_changes_what_its_bitmap_covers_and_little_else(tmp_path):
    picture = np.repeat(panning(1)[0][..., :1], 3, axis=2)  # grey: coarse chroma changes colours
    burned = picture.copy()
    mask = np.zeros((120, 160), np.uint8)
    mask[40:52, 60:100] = 255
    burned[mask > 0] = 255
    path = tmp_path / "it's a mask: [1].png"
    cv2.imwrite(str(path), mask)
    logo = LogoFilter(path, width=160, height=120)
    for _ in range(2):
        difference = np.abs(logo.apply(burned).astype(int) - picture)
        assert np.median(difference[mask == 0]) <= 3
        assert difference[mask > 0].mean() < 0.5 * np.abs(burned.astype(int) - picture)[mask > 0].mean()


def test_removelogo_refuses_a_bitmap_of_another_size(tmp_path):
    cv2.imwrite(str(tmp_path / "mask.png"), np.full((10, 10), 255, np.uint8))
    with pytest.raises(MaskError, match="removelogo refuses the mask"):
        LogoFilter(tmp_path / "mask.png", width=160, height=120)


def test_a_temporary_folder_goes_with_all_that_is_in_it():
    with temporary_folder() as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
        assert folder in open_partials
    assert not folder.exists()
    assert folder not in open_partials


def test_whoever_ends_the_process_at_once_removes_temporary_folders_and_half_written_files(tmp_path):
    with temporary_folder() as folder, partial_file(tmp_path / "a.txt", overwrite=False) as partial:
        (folder / "file").write_text("x")
        partial.write_text("half")
        remove_partials()
        assert not folder.exists()
        assert not partial.exists()
        partial.write_text("whole")
