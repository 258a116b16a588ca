"""Opening a source: the file must be there, be a video, keep to limits, and reach no other file.

A few kinds of media file are lists of others: playlists (HLS, DASH, ffconcat, IMF), session descriptions
(SDP), indexes (VobSub), numbered pictures; a QuickTime movie may refer to others. FFmpeg would open what
they name, on this machine or on the network. Here it opens ``file:`` alone, knows only kinds of file that
hold everything themselves, and leaves references in QuickTime movies alone.
"""

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

from rfr_video.config.limits import DEFAULT_LIMITS, LimitsConfig
from rfr_video.errors import InputError
from rfr_video.media.containers import SELF_CONTAINED
from rfr_video.media.images import is_image

_MIB = 1 << 20
_PADDED = 4  # decoders count the padding of their rows, which is much in narrow pictures


@contextmanager
def open_source(path: Path, *, limits: LimitsConfig = DEFAULT_LIMITS) -> Generator[InputContainer]:
    """Open a media file for reading, and no other file with it.

    Raises:
        InputError: The path is missing, a directory, empty, unreadable, not a video file, or asks for more
            than the limits allow.
    """
    _check_readable(path)
    try:
        container = av.open(f"file:{path}", "r", options=source_options(limits), metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise _not_opened(path, error) from error
    try:
        _check_limits(container, path, limits)
        for stream in container.streams:
            if stream.discard == Discard.all and not is_chapter_track(stream, container):
                stream.discard = Discard.default  # telemetry and the like, which the demuxer would skip
        yield container
    finally:
        container.close()


def source_options(limits: LimitsConfig = DEFAULT_LIMITS) -> dict[str, str]:
    """Return what FFmpeg is told when it opens a file: what it may open, and how much of it."""
    return {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(SELF_CONTAINED),
        "enable_drefs": "0",
        "use_absolute_path": "0",
        "max_streams": str(limits.limit_streams + 1),  # one too many, to be refused in our words
        **_decoder_options(limits),
    }


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
        return getattr(stream, "name", None) or "unknown"
    return context.codec.canonical_name


def disposition_names(disposition: Disposition) -> tuple[str, ...]:
    """Return FFmpeg's names of what a stream is there for: default, comment and the like."""
    return tuple(flag.name for flag in Disposition if flag in disposition and flag.name)


def describe(error: av.error.FFmpegError) -> str:
    """Return FFmpeg's own words for an error, without number and path."""
    return error.strerror or type(error).__name__


def _not_opened(path: Path, error: av.error.FFmpegError) -> InputError:
    """Say why FFmpeg did not open a file."""
    if is_image(path):
        return InputError(f"{path} is a still image; a video file is wanted")
    if isinstance(error, av.error.ArgumentError):  # what the list of kinds leaves out
        return InputError(
            f"{path} is a playlist, or of another kind that is not read; give one file that holds the video "
            "itself, such as .mp4, .mkv or .ts"
        )
    return InputError(
        f"{path} is not a readable media file ({describe(error)}); it may be truncated or of another kind"
    )


def _check_limits(container: InputContainer, path: Path, limits: LimitsConfig) -> None:
    """Refuse what asks for too much, and have decoders refuse it later on."""
    count = len(container.streams)
    if count > limits.limit_streams:
        raise InputError(
            f"{path} has more than {limits.limit_streams} streams; if it is to be trusted, raise "
            "--limit-streams"
        )
    extras = sum(_extras_bytes(stream) for stream in container.streams) + _tags_bytes(container.metadata)
    if extras > limits.limit_extras * _MIB:
        raise InputError(
            f"{path} has {extras / _MIB:.1f} MiB of attachments, headers and tags, more than "
            f"{limits.limit_extras}; if it is to be trusted, raise --limit-extras"
        )
    for stream in container.streams.video:
        context = stream.codec_context
        if context is None:  # pyright: ignore[reportUnnecessaryComparison] - its stubs leave None out
            continue
        if context.width * context.height > limits.limit_pixels:
            raise InputError(
                f"{path} has pictures of {context.width}×{context.height}, more than {limits.limit_pixels} "
                "pixels; if it is to be trusted, raise --limit-pixels"
            )
        context.options = _decoder_options(limits)


def _decoder_options(limits: LimitsConfig) -> dict[str, str]:
    """Return what keeps a decoder from making room for too much, where pictures grow behind the header."""
    return {"max_pixels": str(_PADDED * limits.limit_pixels)}


def _extras_bytes(stream: Stream) -> int:
    """Return how much of a stream is in memory as soon as the file is open."""
    if isinstance(stream, AttachmentStream):
        own = len(stream.data)
    else:
        own = len(getattr(stream.codec_context, "extradata", None) or b"")
    return own + _tags_bytes(stream.metadata)


def _tags_bytes(tags: dict[str, str]) -> int:
    return sum(len(key) + len(value) for key, value in tags.items())


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
