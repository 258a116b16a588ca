"""What this build of FFmpeg can do."""

import av

from rfr_video.media import build
from rfr_video.media.build import encoder_states, ffmpeg_version


def test_every_known_encoder_is_looked_for():
    states = {one.name: one for one in encoder_states()}
    for name in ("libx264", "libx265", "ffv1", "prores_ks", "mpeg2video"):
        assert states[name].problem is None
    assert {name for name, one in states.items() if one.hardware} == {
        "h264_nvenc",
        "hevc_nvenc",
        "av1_nvenc",
    }


def test_an_encoder_of_another_build_is_missed(monkeypatch):
    monkeypatch.setattr(build, "known_encoders", lambda: ("ffv1", "an_encoder_of_tomorrow"))
    assert [one.problem for one in encoder_states()] == [None, "not in this build of FFmpeg"]


def test_an_encoder_that_cannot_be_opened_says_why(monkeypatch):
    monkeypatch.setattr(build, "_HARDWARE", "dvvideo")  # takes the sizes of DV only
    monkeypatch.setattr(build, "known_encoders", lambda: ("dvvideo", "ffv1"))
    refused, good = encoder_states()
    assert "cannot be opened here" in (refused.problem or "")
    assert good.problem is None


def test_the_version_is_that_of_the_library():
    assert ffmpeg_version() == av.ffmpeg_version_info
