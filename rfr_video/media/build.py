"""What this build of PyAV and FFmpeg can do of what the program knows how to ask for."""

from dataclasses import dataclass
from fractions import Fraction

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from rfr_video.media.encoders import known_encoders

_HARDWARE = "_nvenc"
_PROBE_PX = 256  # the smallest round size that all hardware encoders take


@dataclass(frozen=True)
class EncoderState:
    """An encoder that the program knows.

    Attributes:
        name: FFmpeg's name.
        problem: Why it cannot be used here; ``None`` where it can.
        hardware: Whether it runs on a graphics card, so that most machines do without.
    """

    name: str
    problem: str | None
    hardware: bool


def ffmpeg_version() -> str:
    """Return the version of the FFmpeg libraries that PyAV carries."""
    return av.ffmpeg_version_info


def encoder_states() -> tuple[EncoderState, ...]:
    """Look for every encoder that the program knows; those of graphics cards are opened, too."""
    return tuple(_state(name) for name in known_encoders())


def _state(name: str) -> EncoderState:
    hardware = name.endswith(_HARDWARE)
    try:
        av.Codec(name, "w")
    except ValueError:
        return EncoderState(name, "not in this build of FFmpeg", hardware)
    return EncoderState(name, _hardware_problem(name) if hardware else None, hardware)


def _hardware_problem(name: str) -> str | None:
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext), "all encoders that the program knows are for pictures"
    context.width = context.height = _PROBE_PX
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(25)
    context.time_base = Fraction(1, 25)
    try:
        context.open()
    except (FFmpegError, OSError) as error:
        return f"in this build, but it cannot be opened here ({error.strerror})"
    return None
