"""Opening a source: the file must be there, be a video, and be read as a local file only."""

import errno
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.stream import AttachmentStream, Discard, Disposition, Stream
from av.video.stream import VideoStream

from rfr_video.errors import InputError


@contextmanager
def open_source(path: Path) -> Generator[InputContainer]:
    """Open a media file for reading, through the ``file`` protocol only.

    Raises:
        InputError: The path is missing, a directory, empty, unreadable, or not a video file.
    """
    _check_readable(path)
    try:
        container = av.open(
            f"file:{path}", "r", options={"protocol_whitelist": "file"}, metadata_errors="replace"
        )
    except av.error.FFmpegError as error:
        raise InputError(
            f"{path} is not a readable media file ({describe(error)}); it may be truncated or of another kind"
        ) from error
    try:
        if container.format.name.endswith("_pipe") or container.format.name == "image2":
            raise InputError(f"{path} is a still image; a video file is wanted")
        for stream in container.streams:
            if stream.discard == Discard.all and not is_chapter_track(stream, container):
                stream.discard = Discard.default  # telemetry and the like, which the demuxer would skip
        yield container
    finally:
        container.close()


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream to repair: the best moving one, never a cover picture.

    Raises:
        InputError: There is none, or nothing can decode it.
    """
    moving = [
        stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic
    ]
    if not moving:
        kinds = sorted({stream.type for stream in container.streams})
        raise InputError(f"{path} has no video stream (it holds: {', '.join(kinds) or 'nothing'})")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in moving else moving[0]
    if stream.codec_context is None:  # pyright: ignore[reportUnnecessaryComparison] - its stubs leave None out
        raise InputError(f"{path}: this build of FFmpeg has no decoder for its video stream")
    return stream


def is_chapter_track(stream: Stream, container: InputContainer) -> bool:
    """Whether a track of MP4 or MOV only holds the titles of the chapters, which the file has anyway."""
    if stream.type != "data" or stream.time_base is None:
        return False
    starts = [chapter["start"] * (chapter["time_base"] or 0) for chapter in container.chapters()]
    return bool(starts) and [entry.timestamp * stream.time_base for entry in stream.index_entries] == starts


def codec_name(stream: Stream) -> str:
    """Return FFmpeg's name of a stream's codec, the media type of an attachment, or ``unknown``."""
    context = stream.codec_context
    if isinstance(stream, AttachmentStream):
        return stream.mimetype or "unknown"
    if context is None:  # pyright: ignore[reportUnnecessaryComparison] - its stubs leave None out
        return stream.name or "unknown"
    return context.codec.canonical_name


def describe(error: av.error.FFmpegError) -> str:
    """Return FFmpeg's own words for an error, without number and path."""
    return error.strerror or type(error).__name__


def _check_readable(path: Path) -> None:
    try:
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            raise InputError(f"{path} is a directory; a video file is wanted")
        if not stat.S_ISREG(kind.st_mode):
            raise InputError(f"{path} is no regular file; a video file is wanted")
        if kind.st_size == 0:
            raise InputError(f"{path} is empty; a video file is wanted")
        path.open("rb").close()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the name") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {os.strerror(error.errno or errno.EIO)}") from error
