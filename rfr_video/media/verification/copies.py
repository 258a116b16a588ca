"""A file all of whose streams were copied, beside its source: nothing needs decoding."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from rfr_video.config.limits import LimitsConfig
from rfr_video.media.packets import PacketWatch
from rfr_video.media.source import open_source, video_stream
from rfr_video.media.streams import Passenger
from rfr_video.media.verification.check import Check
from rfr_video.media.verification.labels import label_checks
from rfr_video.media.verification.packets import PacketComparison, StreamPair
from rfr_video.media.verification.pairs import paired


def compare_copies(
    source: Path, result: Path, *, passengers: tuple[Passenger, ...], limits: LimitsConfig
) -> tuple[Check, ...]:
    """Compare all packets of two files, those of the video too, and what is written about them.

    Args:
        source: The file that was copied.
        result: The copy.
        passengers: What was to become of the streams beside the video.
        limits: What the files may ask for.

    Raises:
        InputError: A file cannot be read.
    """
    with open_source(source, limits=limits) as opened, open_source(result, limits=limits) as copy:
        videos = StreamPair(video_stream(opened, source), video_stream(copy, result))
        pairing = paired(opened, copy, passengers=passengers, result_video=videos.result)
        pairs = (videos, *pairing.pairs)
        packets = PacketComparison(pairs)
        sides = (
            _packets(opened, source, {pair.source.index for pair in pairs}),
            _packets(copy, result, {pair.result.index for pair in pairs}),
        )
        for was, now in zip_longest(*sides):
            if was is not None:
                packets.add_source(was)
            if now is not None:
                packets.add_result(now)
        return (*packets.checks(None), *pairing.checks, *label_checks(opened, copy, pairs))


def _packets(container: InputContainer, path: Path, indices: set[int]) -> "Iterator[Packet[Stream]]":
    watch = PacketWatch(container, path)
    return (packet for packet in watch.packets() if packet.size and packet.stream_index in indices)
