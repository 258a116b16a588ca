"""Frames taken out of a video are those that are there when it is read through."""

from fractions import Fraction

import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.media import sampling
from rfr_video.media.probe import probe
from rfr_video.media.reader import open_reader
from rfr_video.media.sampling import frame_at, frames_between, spread_frames
from rfr_video.timecode import Instant, Span

FRAMES = 60


@pytest.fixture(params=["a.mp4", "a.mkv", "a.ts", "a.avi"])
def info(request, tmp_path, monkeypatch):
    """A video with a frame to jump to every ten frames, and B-frames; it counts as a long one."""
    monkeypatch.setattr(sampling, "_READ_THROUGH_FRAMES", 5)
    options = {"crf": "20", "g": "10", "keyint_min": "10", "bf": "2", "preset": "ultrafast"}
    clip = Clip(frames=FRAMES, options=options)
    return probe(make_video(tmp_path / request.param, clip))


@pytest.fixture
def every(info):
    """All frames by their time, as luma."""
    with open_reader(info.path) as reader:
        return {frame.moment.seconds: frame.planes()[0].copy() for frame in reader.frames()}


def is_as_read(frame, every):
    return np.array_equal(frame.planes()[0], every[frame.moment.seconds])


@pytest.mark.parametrize("count", [4, 12, 30])
def test_samples_are_spread_in_order_and_are_what_is_there(info, every, count):
    frames = list(spread_frames(info, count=count, span=Span()))
    times = [frame.moment.seconds for frame in frames]
    assert times == sorted(set(times))
    assert min(count, 6) <= len(times) <= count
    assert all(is_as_read(frame, every) for frame in frames)
    assert times[-1] - times[0] > Fraction(FRAMES, 25) / 2


def test_samples_keep_to_the_span(info, every):
    span = Span(Instant(frame=15), Instant(seconds=Fraction(40, 25)))
    times = [frame.moment.seconds for frame in spread_frames(info, count=8, span=span)]
    assert times
    assert Fraction(15, 25) <= min(times) <= max(times) < Fraction(40, 25)


def test_all_frames_of_a_stretch_come_in_order(info, every):
    frames = list(frames_between(info, Fraction(23, 25), Fraction(37, 25)))
    assert [frame.moment.seconds for frame in frames] == [Fraction(one, 25) for one in range(23, 37)]
    assert all(is_as_read(frame, every) for frame in frames)


def test_the_frame_at_a_time_is_the_first_from_there_on_or_the_last(info):
    assert frame_at(info, Fraction(31, 25)).moment.seconds == Fraction(31, 25)
    assert frame_at(info, Fraction(99)).moment.seconds == Fraction(FRAMES - 1, 25)
