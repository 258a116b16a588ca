"""Copying a whole file packet by packet: what happens when there is nothing to repair."""

from pathlib import Path

import av
from av.container import OutputContainer
from av.error import FFmpegError

from rfr_video.config.limits import LimitsConfig
from rfr_video.errors import EncodeError
from rfr_video.media.matroska_shape import close_target
from rfr_video.media.packets import PacketWatch
from rfr_video.media.reader import Damage
from rfr_video.media.source import open_source, video_stream
from rfr_video.media.streams import Fate, Passenger, add_copy, is_gap, plan_passengers, write_error
from rfr_video.media.tags import container_options, copy_tags


def plan_copy(source: Path, *, container: str, limits: LimitsConfig) -> tuple[Passenger, ...] | None:
    """Decide the fate of the streams when the video is copied too.

    Returns:
        One passenger per stream but the video; ``None`` when the container cannot carry the video as it is.
    """
    with open_source(source, limits=limits) as opened:
        stream = video_stream(opened, source)

        def add_video(target: OutputContainer) -> object:
            return add_copy(target, stream)

        try:
            return plan_passengers(opened, video_index=stream.index, container=container, add_video=add_video)
        except EncodeError:
            return None


def copy_file(
    source: Path,
    partial: Path,
    *,
    name: Path,
    container: str,
    passengers: tuple[Passenger, ...],
    limits: LimitsConfig,
) -> tuple[int, Damage]:
    """Copy every stream that is carried.

    Args:
        source: The file to copy.
        partial: Where to write.
        name: The final name, for messages.
        container: FFmpeg's name of the container.
        passengers: The fates of the streams beside the video.
        limits: What the source may ask for.

    Returns:
        The number of video packets, and what was wrong with the source.

    Raises:
        InputError: The source breaks off.
        OutputError: The file cannot be written.
        EncodeError: The container refuses.
    """
    left_out = {passenger.index for passenger in passengers if passenger.fate is not Fate.COPIED}
    frames, damage = 0, Damage()
    with open_source(source, limits=limits) as opened:
        video = video_stream(opened, source)
        watch = PacketWatch(opened, source)
        options = container_options(opened, container)
        try:
            with av.open(f"file:{partial}", "w", format=container, container_options=options) as target:
                copies = {
                    stream.index: add_copy(target, stream)
                    for stream in opened.streams
                    if stream.index not in left_out
                }
                copy_tags(opened, target)
                for packet in watch.packets():
                    copy = copies.get(packet.stream_index)
                    if copy is None or not packet.size or copy.type == "attachment" or is_gap(packet, copy):
                        continue
                    damage.skipped_packets += packet.is_corrupt and packet.stream_index == video.index
                    frames += packet.stream_index == video.index
                    packet.stream = copy
                    target.mux_one(packet)
                close_target(target, partial)
        except (FFmpegError, OSError, ValueError) as error:
            raise write_error(error, name) from error
        damage.missing_frames = watch.missing_packets(video)
        damage.missing_seconds = watch.missing_seconds()
    return frames, damage
