"""Times that are not as they should be: repeated, missing, guessed, or of streams in an unusual order."""

from dataclasses import replace
from fractions import Fraction

import av
import pytest
from hard_media_factory import PLAIN, passengers_are_the_same, repaired, starts, times_are_the_same
from media_factory import Clip, make_video

from rfr_video import EncodeConfig, probe
from rfr_video.media.frame_times import FrameTimes


def test_the_last_frames_are_kept_where_the_video_is_not_the_first_stream(tmp_path):
    """In program streams, streams are numbered in the order in which their packets come."""
    clip = Clip(codec="mpeg2video", audio_tracks=2, audio_codec="ac3", options={"bf": "2"})
    source = make_video(tmp_path / "source.vob", replace(clip, pts=tuple(range(250, 262))))
    assert probe(source).video.index == 2
    target, report = repaired(source)
    assert (report.frames, report.damage.found) == (12, False)
    times_are_the_same(source, target)
    passengers_are_the_same(source, target)


REPEATED = Clip(codec="ffv1", time_base=Fraction(1, 1000), pts=(0, 40, 80, 80, 120, 160), last_duration=40)


@pytest.mark.parametrize("suffix", [".mp4", ".ts"])
def test_a_frame_at_the_time_of_the_one_before_is_moved_where_it_must_be_and_counted(tmp_path, suffix):
    source = make_video(tmp_path / "source.mkv", REPEATED)
    config = replace(PLAIN, encode=EncodeConfig(codec="h264"))
    target, report = repaired(source, suffix, config)
    assert [1000 * time for time in starts(target)] == [0, 40, 80, 81, 120, 160]
    assert report.damage.moved_frames == 1
    assert "1 frames moved" in str(report.damage)


def test_avi_gives_every_frame_a_place_of_its_own(tmp_path):
    source = make_video(tmp_path / "source.mkv", REPEATED)
    target, report = repaired(source, ".avi")
    assert [25 * time for time in starts(target)] == [0, 1, 2, 3, 4, 5]
    assert report.damage.moved_frames == 1


def test_a_time_that_jumps_back_is_moved_behind_the_last_one():
    times = FrameTimes(Fraction(1, 1000))
    for pts in (0, 40, 20, 60):
        times.count(pts=pts, duration=0)
    packet = av.Packet(b"")
    found = []
    for number in range(4):
        packet.pts = packet.dts = number
        times.restore(packet)
        found.append((packet.pts, packet.dts))
    assert found == [(0, 0), (40, 40), (40, 40), (60, 60)]
    assert times.moved == 1


@pytest.mark.parametrize("frames", [5, 30])
def test_h264_in_avi_does_not_move_against_the_sound(tmp_path, frames):
    """Libavformat makes up a delay for it even where the order of decoding is that of display."""
    clip = Clip(frames=frames, audio_tracks=1, audio_codec="mp2", options={"bf": "0"})
    source = make_video(tmp_path / "source.avi", clip)
    target, _ = repaired(source)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        firsts = [
            next(packet.dts for packet in file.demux(file.streams.video[0])) for file in (before, after)
        ]
    assert firsts == [0, 0]
    times_are_the_same(source, target)
    passengers_are_the_same(source, target)


def test_the_rate_of_a_single_frame_is_what_its_bitstream_says(tmp_path):
    source = make_video(tmp_path / "source.ts", Clip(frames=1))
    target, _ = repaired(source)
    assert probe(source).video.rate == 25
    assert probe(target).video.rate == 25
