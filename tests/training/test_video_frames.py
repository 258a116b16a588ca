from fractions import Fraction

import av
import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.errors import InputError
from rfr_video.training.recipe import DataRecipe
from rfr_video.training.video_frames import VideoFrames

RECIPE = DataRecipe(video_interval_seconds=0.4, video_side_px=100)


def shots_of(*paths, recipe=RECIPE, least_px=32):
    return list(VideoFrames(paths, least_px=least_px, recipe=recipe))


@pytest.fixture
def three_shots(tmp_path):
    """Shots of 20, 30 and 3 frames, gray of 40, 120 and 200 with a little texture, at 25 frames/s."""
    path = tmp_path / "shots.mkv"
    noise = np.random.default_rng(1).integers(0, 8, (64, 96), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 96, 64, "gray"
        for level, count in ((40, 20), (120, 30), (200, 3)):
            for _ in range(count):
                frame = av.VideoFrame.from_ndarray(noise + np.uint8(level), format="gray")
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_every_shot_is_sampled_by_its_length(three_shots):
    """Shots of 0.8, 1.2 and 0.12 s: after 0.2 and 0.6 s; 0.2, 0.6 and 1 s; before the end."""
    assert [len(shot) for shot in shots_of(three_shots)] == [2, 3, 1]


def test_frames_are_rgb_of_their_own_shot(three_shots):
    for shot, level in zip(shots_of(three_shots), (40, 120, 200), strict=True):
        for frame in shot:
            assert frame.shape == (64, 96, 3)
            assert frame.dtype == np.uint8
            full_range = 255 / 219 * (level + 3.5 - 16)
            assert abs(float(frame.mean()) - full_range) < 3


def test_large_frames_are_shrunk(tmp_path):
    video = make_video(tmp_path / "large.mkv", Clip(width=360, height=200, frames=10))
    ((frame,),) = shots_of(video)
    assert frame.shape == (100, 180, 3)


def test_folders_are_searched_and_what_cannot_be_used_is_counted(tmp_path):
    (tmp_path / "inner").mkdir()
    make_video(tmp_path / "inner" / "good.mp4", Clip())
    make_video(tmp_path / "small.mp4", Clip(width=64, height=16))
    (tmp_path / "broken.mkv").write_bytes(b"no video")
    videos = VideoFrames([tmp_path], least_px=32, recipe=RECIPE)
    assert len(list(videos)) == 1
    assert [path.name for path in videos.unreadable] == ["broken.mkv"]
    assert [path.name for path in videos.too_small] == ["small.mp4"]


def test_a_path_that_does_not_exist_is_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        shots_of(tmp_path / "none.mp4")
