"""A video beside the target: of the source's size and times, with samples of its own, and nothing more."""

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from rfr_video.errors import EncodeError
from rfr_video.media.colour import ColorTags, Plane
from rfr_video.media.containers import MATROSKA_FAMILY
from rfr_video.media.encoding import EncoderSettings, add_video, start_encoding
from rfr_video.media.frame import Frame
from rfr_video.media.frame_times import frame_times
from rfr_video.media.matroska_shape import close_target
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.segmented_video import SegmentedVideo, SegmentFiles, StoredSegment
from rfr_video.media.streams import refusal_reason, write_error

_MAX_TIMESCALE = 1 << 31


def side_stream(source: VideoStreamInfo, color: ColorTags) -> VideoStreamInfo:
    """Return what a stream beside the source's is like: the same but for its colour."""
    return replace(source, color=color, mastering_display=None, content_light=None)


class SideVideo:
    """An open file. Give it pictures in order, then call :meth:`finish` once.

    Args:
        path: Where to write; the partial file, not the final name.
        container: FFmpeg's name of the container.
        name: The final name, for messages.
        info: The stream to write.
        settings: The encoder, one that keeps the order of frames.
        files: Where segments are stored; ``None`` stores nothing.

    Raises:
        EncodeError: The encoder or the container refuses.
        OutputError: The file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        container: str,
        *,
        name: Path,
        info: VideoStreamInfo,
        settings: EncoderSettings,
        files: SegmentFiles | None = None,
    ) -> None:
        self._name = name
        self._path = path
        self._color = info.color
        self._pix_fmt = settings.pix_fmt
        try:
            self._target = av.open(
                f"file:{path}", "w", format=container, container_options=_container_options(container, info)
            )
        except (FFmpegError, OSError) as error:
            raise write_error(error, name) from error
        self._segments = SegmentedVideo(
            container,
            info=info,
            settings=settings,
            name=name,
            times=frame_times(self._target, info),
            mux=self._mux,
            files=files,
        )
        try:
            self._stream = add_video(self._target, info=info, settings=settings)
            start_encoding(self._target)
        except (FFmpegError, ValueError, TypeError) as error:
            self.abandon()
            raise write_error(error, name) from error

    def write(self, planes: Sequence[Plane], *, like: Frame) -> None:
        """Encode one picture.

        Args:
            planes: The samples as the pixel format lays them out, (H, W) each, or (H, W, channels) where it
                mixes channels in a plane; uint8, or uint16 for more than 8 bits.
            like: The frame whose time, and order of fields, the picture gets.
        """
        picture = like.blank(self._pix_fmt)
        for plane, samples in zip(picture.planes, planes, strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            flat = samples.reshape(plane.height, -1)
            rows.view(samples.dtype)[:, : flat.shape[1]] = flat
        color = self._color
        picture.colorspace, picture.color_range = color.matrix, color.color_range
        picture.color_primaries, picture.color_trc = color.primaries, color.transfer
        try:
            self._segments.encode(picture, pts=like.pts, duration=like.duration)
        except (FFmpegError, OSError) as error:
            raise write_error(error, self._name) from error

    @property
    def next_is_stored(self) -> bool:
        """Whether the next picture is stored already."""
        return self._segments.next_is_stored

    def skip(self, *, like: Frame) -> None:
        """Write what is stored of the next picture, which is that of a frame."""
        try:
            self._segments.skip(pts=like.pts, duration=like.duration)
        except (FFmpegError, OSError) as error:
            raise write_error(error, self._name) from error

    def end_segment(self) -> StoredSegment | None:
        """End a segment behind the last picture; returns what was stored, if anything is."""
        try:
            return self._segments.end_segment()
        except (FFmpegError, OSError) as error:
            raise write_error(error, self._name) from error

    def finish(self) -> None:
        """Flush the encoder and complete the file."""
        self.end_segment()
        try:
            close_target(self._target, self._path)
        except (FFmpegError, OSError) as error:
            raise write_error(error, self._name) from error

    def abandon(self) -> None:
        """Close the file as it is, without complaint; the caller removes it."""
        self._segments.abandon()
        with suppress(OSError):
            self._target.close()

    def _mux(self, packet: "Packet[Stream]") -> None:
        packet.stream = self._stream
        self._target.mux_one(packet)


def check_side_video(container: str, *, info: VideoStreamInfo, settings: EncoderSettings, name: Path) -> None:
    """Open the encoder and write a header to memory; raises :class:`EncodeError` if that is refused."""
    trial = av.open(io.BytesIO(), "w", format=container)
    try:
        add_video(trial, info=info, settings=settings)
        start_encoding(trial)
    except (FFmpegError, ValueError, TypeError) as error:
        raise EncodeError(
            f"{name} cannot be written: {refusal_reason(error)}; leave it out, or choose another container"
        ) from error
    finally:
        with suppress(FFmpegError):
            trial.close()


def _container_options(container: str, info: VideoStreamInfo) -> dict[str, str]:
    """Return muxer options that keep times exact, and the same run the same file."""
    if container in MATROSKA_FAMILY:
        return {"fflags": "+bitexact"}
    ticks = info.time_base.denominator
    return {"movie_timescale": str(ticks)} if ticks < _MAX_TIMESCALE else {}
