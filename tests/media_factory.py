"""Media made for the tests: small videos with everything around them that must survive."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from rfr_video.media.encoding import start_encoding

LOSSLESS = {
    "ffv1": {},
    "libx264": {"crf": "0", "preset": "ultrafast"},
    "libx264rgb": {"crf": "0", "preset": "ultrafast"},
    "libx265": {"x265-params": "lossless=1:log-level=none", "preset": "ultrafast"},
    "utvideo": {},
}


@dataclass(frozen=True)
class Clip:
    """What a made video is like; ``pts`` and ``last_duration`` are in units of ``time_base``."""

    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    width: int = 96
    height: int = 64
    rate: Fraction = Fraction(25)
    frames: int = 12
    time_base: Fraction | None = None
    pts: tuple[int, ...] | None = None
    last_duration: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    display_matrix: tuple[int, ...] | None = None
    interlaced: bool = False
    audio_tracks: int = 0
    audio_codec: str = "aac"
    subtitles: str | None = None
    chapters: bool = False
    attachment: bool = False
    cover: bool = False
    metadata: dict[str, str] = field(default_factory=dict)


def picture(clip: Clip, index: int) -> av.VideoFrame:
    """A frame of a textured scene that moves, filled plane by plane with seeded samples."""
    frame = av.VideoFrame(clip.width, clip.height, clip.pix_fmt)
    for number, plane in enumerate(frame.planes):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        bits = frame.format.components[0].bits
        samples = rows if bits == 8 else rows.view(np.uint16)
        y, x = np.ogrid[: samples.shape[0], : samples.shape[1]]
        wave = np.sin((x + 2 * index) / 5 + number) + np.cos((y - index) / 7)
        noise = np.random.default_rng(1000 * index + number).integers(0, 8, samples.shape)
        samples[:] = (((wave + 2) / 4 * 180 + 30 + noise) * (1 << (bits - 8))).astype(samples.dtype)
    return frame


def make_video(path: Path, clip: Clip = Clip(), *, container_options: dict[str, str] | None = None) -> Path:
    """Write a video file and return its path."""
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        container.metadata.update(clip.metadata)
        video = _video_stream(container, clip)
        audio = [_audio_stream(container, clip, number) for number in range(clip.audio_tracks)]
        subtitle = _subtitle_stream(container, clip) if clip.subtitles else None
        if clip.attachment:
            container.add_attachment("note.txt", "text/plain", b"a text that rides along")
        cover = _cover_stream(container) if clip.cover else None
        if clip.chapters:
            container.set_chapters(_chapters())
        start_encoding(container)
        if cover is not None:
            _mux_cover(container, cover)
        if subtitle is not None:
            _mux_subtitles(container, subtitle, clip)
        for number, stream in enumerate(audio):
            _mux_audio(container, stream, clip, number)
        _mux_video(container, video, clip)
    return path


def _video_stream(container, clip):
    options = {**LOSSLESS.get(clip.codec, {}), **clip.options}
    stream = container.add_stream(clip.codec, rate=clip.rate, options=options)
    context = stream.codec_context
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, clip.pix_fmt
    context.time_base = stream.time_base = clip.time_base or 1 / clip.rate
    for name, value in clip.tags.items():
        setattr(context, name, value)
    if clip.display_matrix:
        stream.set_display_matrix(clip.display_matrix)
    stream.metadata["language"] = "fra"
    return stream


def _mux_video(container, stream, clip):
    pts = clip.pts or tuple(range(clip.frames))
    durations = [after - before for before, after in pairwise(pts)]
    durations.append(clip.last_duration or (durations[-1] if durations else 1))
    by_pts = dict(zip(pts, durations, strict=True))
    for index, time in enumerate(pts):
        frame = picture(clip, index)
        frame.pts, frame.time_base = time, clip.time_base or 1 / clip.rate
        for packet in stream.encode(frame):
            packet.duration = by_pts[packet.pts]
            container.mux(packet)
    for packet in stream.encode(None):
        packet.duration = by_pts[packet.pts]
        container.mux(packet)


def _audio_stream(container, clip, number):
    stream = container.add_stream(clip.audio_codec, rate=48000, layout="stereo")
    stream.metadata["language"] = ("eng", "deu", "spa")[number % 3]
    stream.metadata["title"] = f"track {number}"
    stream.disposition = 1 if number == 0 else 8  # default, comment
    return stream


def _mux_audio(container, stream, clip, number):
    samples = round(float(clip.frames / clip.rate) * 48000)
    tone = np.sin(np.arange(samples) * (440 + 110 * number) * 2 * np.pi / 48000).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    resampler = av.AudioResampler(
        format=stream.codec_context.format.name, layout="stereo", rate=48000, frame_size=1024
    )
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def _subtitle_stream(container, clip):
    stream = container.add_mux_stream(clip.subtitles)
    stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = "ita"
    return stream


def _mux_subtitles(container, stream, clip):
    for start, text in ((0, "first line"), (200, "second line")):
        data = text.encode()
        if clip.subtitles == "mov_text":
            data = len(data).to_bytes(2, "big") + data
        packet = av.Packet(data)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = start
        packet.duration = 150
        container.mux(packet)


def _cover_stream(container):
    stream = container.add_mux_stream("mjpeg", width=32, height=32)
    stream.disposition = 1 << 10  # attached picture
    return stream


def _mux_cover(container, stream):
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = 32, 32, "yuvj420p", Fraction(1, 25)
    (packet,) = codec.encode(av.VideoFrame(32, 32, "yuvj420p"))
    packet.stream, packet.pts, packet.dts = stream, 0, 0
    container.mux(packet)


def _chapters():
    base = Fraction(1, 1000)
    return [
        {"id": 1, "start": 0, "end": 240, "time_base": base, "metadata": {"title": "opening"}},
        {"id": 2, "start": 240, "end": 480, "time_base": base, "metadata": {"title": "the rest"}},
    ]


def decode(path: Path) -> list[list[np.ndarray]]:
    """Decode a video: per frame its planes as arrays without padding."""
    with av.open(str(path)) as container:
        return [_planes(frame) for frame in container.decode(container.streams.video[0])]


def _planes(frame: av.VideoFrame) -> list[np.ndarray]:
    deep = frame.format.components[0].bits > 8
    packed = 1 if frame.format.is_planar or len(frame.format.components) == 1 else 4
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        samples = rows.view(np.uint16) if deep else rows
        planes.append(samples[:, : plane.width * packed].copy())
    return planes


def presentation(path: Path) -> list[tuple[Fraction, Fraction]]:
    """Start and display time of every frame in seconds; the last frame's time is its own duration."""
    with av.open(str(path)) as container:
        frames = [
            (frame.pts * frame.time_base, frame.duration * frame.time_base)
            for frame in container.decode(container.streams.video[0])
        ]
    starts = [start for start, _ in frames]
    times = [after - before for before, after in pairwise(starts)]
    return list(zip(starts, [*times, frames[-1][1]], strict=True))


def packets(path: Path, *, skip_video: bool = True) -> dict[int, list[tuple]]:
    """Per stream: presentation and decoding time, duration in seconds, and bytes of every packet."""
    found: dict[int, list[tuple]] = {}
    with av.open(str(path)) as container:
        video = container.streams.video[0].index
        for packet in container.demux():
            if packet.size and not (skip_video and packet.stream_index == video):
                base = packet.time_base
                times = [
                    None if time is None else time * base
                    for time in (packet.pts, packet.dts, packet.duration)
                ]
                found.setdefault(packet.stream_index, []).append((*times, bytes(packet)))
    return found
