"""Files that are not what they should be: a result written anew with one thing changed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np


def _as_it_is(_index, item):
    return item


@dataclass(frozen=True)
class Tampering:
    """What is changed; every function gets a number, from 0, and what is there.

    Attributes:
        picture: Changes the planes of a frame in place.
        frame: Returns a frame, perhaps with another time, or ``None`` to drop it.
        audio: Returns the bytes of a packet of the first audio stream.
        audio_pts: Returns its time.
        colour: Attributes of the video encoder.
        chapters: Whether chapters are kept.
        metadata: Tags of the file.
        attachment: The bytes of the attachment.
        audio_title: Title of the first audio stream.
    """

    picture: Callable | None = None
    frame: Callable = _as_it_is
    audio: Callable = _as_it_is
    audio_pts: Callable = _as_it_is
    colour: dict | None = None
    chapters: bool = True
    metadata: dict | None = None
    attachment: bytes | None = None
    audio_title: str | None = None
    drop_audio: bool = False


def tampered(source: Path, target: Path, change: Tampering) -> Path:
    """Write an FFV1 file anew, decoded and encoded, all else copied, but for what is changed."""
    with av.open(str(source)) as before, av.open(str(target), "w") as after:
        after.metadata.update(before.metadata | (change.metadata or {}))
        video = before.streams.video[0]
        copies = {}
        for stream in before.streams:
            if stream is video:
                copies[stream.index] = _video(after, video, change)
            elif stream.type == "attachment":
                data = stream.data if change.attachment is None else change.attachment
                after.add_attachment(stream.name, stream.mimetype, data)
            elif not (stream.type == "audio" and change.drop_audio):
                copies[stream.index] = after.add_stream_from_template(stream, opaque=True)
                copies[stream.index].metadata.update(stream.metadata)
                copies[stream.index].disposition = stream.disposition
        if change.audio_title is not None:
            copies[before.streams.audio[0].index].metadata["title"] = change.audio_title
        if change.chapters:
            after.set_chapters(before.chapters())
        _copy(before, after, copies, change)
    return target


def _video(after, video, change):
    copy = after.add_stream("ffv1", rate=video.average_rate, options={"level": "3"})
    context = copy.codec_context
    copy.width, copy.height, copy.pix_fmt = video.width, video.height, video.pix_fmt
    context.time_base = copy.time_base = video.time_base
    for name in ("color_range", "color_primaries", "color_trc", "colorspace", "field_order"):
        setattr(context, name, getattr(video.codec_context, name))
    for name, value in (change.colour or {}).items():
        setattr(context, name, value)
    copy.metadata.update(video.metadata)
    copy.disposition = video.disposition
    return copy


def _copy(before, after, copies, change):
    video = before.streams.video[0]
    frames = audio = 0
    for packet in before.demux():
        copy = copies.get(packet.stream_index)
        if packet.stream == video:
            for frame in packet.decode():
                changed = _frame(frames, frame, change)
                frames += 1
                if changed is not None:
                    after.mux(copy.encode(changed))
        elif packet.size and copy is not None:
            if copy.type == "audio":
                packet = _audio(audio, packet, change)
                audio += 1
            packet.stream = copy
            after.mux(packet)
    after.mux(copies[video.index].encode(None))


def _frame(index, frame, change):
    if change.picture is not None:
        frame.make_writable()
        change.picture(index, [_samples(plane) for plane in frame.planes])
    frame.pict_type = 0
    return change.frame(index, frame)


def _samples(plane):
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _audio(index, packet, change):
    new = av.Packet(change.audio(index, bytes(packet)))
    new.time_base, new.dts, new.duration = packet.time_base, packet.dts, packet.duration
    new.pts = change.audio_pts(index, packet.pts)
    new.dts = new.pts
    new.is_keyframe = packet.is_keyframe
    return new
