"""Clips of a wanted length, made of one clip's packets: nothing is encoded anew."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream


def write_frames(source: Path, target: Path, *, frames: int) -> int:
    """Write the first ``frames`` video frames of the endlessly repeated clip, and return how many they are.

    A few more are written where the last ones would otherwise leave gaps: frames that are decoded later and
    shown earlier.
    """
    written, latest_pts = 0, 0
    with av.open(str(source)) as clip, av.open(str(target), "w") as output:
        stream = output.add_stream_from_template(clip.streams.video[0], opaque=True)
        for packet, pts in _endless(source):
            if written >= frames and pts > latest_pts:
                break
            latest_pts = max(latest_pts, pts)
            packet.stream = stream
            output.mux(packet)
            written += 1
    return written


def _endless(source: Path) -> "Iterator[tuple[Packet[VideoStream], int]]":
    """Yield the clip's packets and their timestamps, over and over again."""
    for lap in count():
        with av.open(str(source)) as clip:
            video = clip.streams.video[0]
            length = video.duration or 0
            for packet in clip.demux(video):
                if packet.pts is None or packet.dts is None:
                    continue
                packet.pts += lap * length
                packet.dts += lap * length
                yield packet, packet.pts
