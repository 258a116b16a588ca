"""Setting an encoder up like the source: size, time base, colour, fields, HDR metadata."""

import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import cv2
from av.container import OutputContainer
from av.video.stream import VideoStream

from rfr_video.media.colour import ChromaLocation
from rfr_video.media.containers import NO_PRESENTATION_TIMES
from rfr_video.media.encoders import Encoder
from rfr_video.media.probe import VideoStreamInfo

_THREADS = Path("/proc/self/task")
_AVX_512F = 13  # CV_CPU_AVX_512F, which OpenCV's Python interface does not name


@dataclass(frozen=True)
class EncoderSettings:
    """Everything the encoder is opened with."""

    encoder: Encoder
    pix_fmt: str
    options: dict[str, str] = field(default_factory=dict[str, str])


def add_video(target: OutputContainer, *, info: VideoStreamInfo, settings: EncoderSettings) -> VideoStream:
    """Add the repaired stream to a container and set its encoder up like the source.

    Raises:
        ValueError: The container does not take the codec.
    """
    encoder = settings.encoder
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 tells its settings to standard error; errors are enough
    rate = encoder.nominal_rate(info.rate)
    stream = target.add_stream(encoder.name, rate=rate)
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = info.width, info.height, settings.pix_fmt
    context.time_base = 1 / rate  # it counts frames; the writer gives packets their frames' own times
    stream.time_base = 1 / info.rate if target.format.name in NO_PRESENTATION_TIMES else info.time_base
    context.color_range = info.color.color_range
    context.color_primaries = info.color.primaries
    context.color_trc = info.color.transfer
    context.colorspace = info.color.matrix
    context.field_order = info.field_order
    if info.sample_aspect_ratio:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    if info.display_matrix:
        stream.set_display_matrix(info.display_matrix)
    options = {**encoder.options, **settings.options}
    if info.color.chroma_location != ChromaLocation.UNSPECIFIED:
        options["chroma_sample_location"] = info.color.chroma_location.option
    if info.field_order.is_interlaced and encoder.field_flags:
        options["flags"] = options.get("flags", "") + encoder.field_flags
    context.options = {**options, **_parameter_list(encoder, info)}
    return stream


def start_encoding(target: OutputContainer) -> None:
    """Open the encoders of a container and write its header, and stay with the priority that the program has.

    SVT-AV1 gives itself, and the thread that opens it, the highest real-time priority where it may, as for
    root in a container; everything else on the machine then waits for it.

    Raises:
        FFmpegError: An encoder refuses its settings.
    """
    if sys.platform != "linux":
        target.start_encoding()
        return
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    others = _threads() - {threading.get_native_id()}
    try:
        target.start_encoding()
    finally:
        for thread in _threads() - others:
            with suppress(ProcessLookupError):  # it has ended
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, parameter)


def _threads() -> set[int]:
    return {int(entry.name) for entry in _THREADS.iterdir()}


def _parameter_list(encoder: Encoder, info: VideoStreamInfo) -> dict[str, str]:
    """Static HDR metadata and field coding, for the encoders that take them in a list of their own."""
    parameters: list[str] = []
    mastering, light = info.mastering_display, info.content_light
    if encoder.name == "libx265":
        parameters = ["log-level=none"]
        if info.field_order.is_interlaced:
            parameters.append("interlace=" + ("tff" if info.field_order.top_field_first else "bff"))
        parameters += [f"master-display={mastering.as_integers()}"] if mastering else []
        parameters += [f"max-cll={light}"] if light else []
        return {"x265-params": ":".join(parameters)}
    if encoder.name in ("libx264", "libx264rgb"):
        if info.field_order.is_interlaced:
            parameters.append("tff=1" if info.field_order.top_field_first else "bff=1")
        parameters += [f"mastering-display={mastering.as_integers()}"] if mastering else []
        parameters += [f"cll={light}"] if light else []
        # Its code for AVX-512 sometimes makes other bytes of the same frames: of 14 encodes of 40 frames of
        # 320×180, 8 were the same; without it, all were.
        parameters += ["asm=AVX2"] if cv2.checkHardwareSupport(_AVX_512F) else []
        return {"x264-params": ":".join(parameters)} if parameters else {}
    if encoder.name == "libsvtav1":
        parameters += [f"mastering-display={mastering.as_decimals()}"] if mastering else []
        parameters += [f"content-light={light}"] if light else []
        return {"svtav1-params": ":".join(parameters)} if parameters else {}
    return {}
