"""What becomes of a stream's properties: its first picture is written into the container and looked at.

Nobody has a table of which codec has a place for what in which container; a file of one frame tells.
"""

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import cast

import av
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from rfr_video.config import LimitsConfig
from rfr_video.media.encoding import EncoderSettings, add_video, start_encoding
from rfr_video.media.matroska_shape import close_target
from rfr_video.media.probe import VideoStreamInfo, stream_info
from rfr_video.media.reader import open_reader
from rfr_video.media.scan import Scan
from rfr_video.media.source import open_source, video_stream
from rfr_video.media.streams import add_copy
from rfr_video.media.tags import container_options

_FIRST = 16  # the number that the picture is encoded under: not all containers have times below 0
_PACKETS = 32


def rehearse(
    source: Path,
    *,
    container: str,
    info: VideoStreamInfo,
    settings: EncoderSettings,
    scan: Scan,
    limits: LimitsConfig,
) -> VideoStreamInfo | None:
    """Encode the first picture of a source as the run will, and return what a reader finds.

    Args:
        source: The video.
        container: FFmpeg's name of the target's container.
        info: What the repaired stream is to be like.
        settings: The encoder.
        scan: How the source's pictures are taken.
        limits: Within which the source is opened.

    Returns:
        ``None`` where a file of one frame cannot be read.

    Raises:
        InputError: The source cannot be read.
    """
    file = io.BytesIO()
    with open_reader(source, scan=scan, limits=limits) as reader:
        picture = next(reader.frames()).picture_for_encoder()
        options = container_options(reader.container, container)
        try:
            with av.open(file, "w", format=container, container_options=options) as target:
                stream = add_video(target, info=info, settings=settings)
                start_encoding(target)
                picture.pts, picture.time_base = _FIRST, 1 / settings.encoder.nominal_rate(info.rate)
                target.mux([*stream.encode(picture), *stream.encode(None)])
                close_target(target, file)
            return _found(file, source)
        except FFmpegError:
            return None


def rehearse_copy(source: Path, *, container: str, limits: LimitsConfig) -> VideoStreamInfo | None:
    """Copy the first packets of a source's video as the run will; see :func:`rehearse`."""
    file = io.BytesIO()
    with open_source(source, limits=limits) as opened:
        stream, options = video_stream(opened, source), container_options(opened, container)
        try:
            with av.open(file, "w", format=container, container_options=options) as target:
                copy = add_copy(target, stream)
                packets = cast("Iterator[Packet[Stream]]", opened.demux(stream))
                for packet in islice(packets, _PACKETS):
                    if packet.size:
                        packet.stream = copy
                        target.mux_one(packet)
                close_target(target, file)
            return _found(file, source)
        except FFmpegError:
            return None


def _found(file: io.BytesIO, source: Path) -> VideoStreamInfo:
    """Return what a reader finds in a file in memory."""
    file.seek(0)
    with av.open(file, "r") as result:
        return stream_info(result, result.streams.video[0], source)
