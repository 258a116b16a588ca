"""Times across an encoder: it counts frames, and its packets get back the times of the frames they hold.

No frame may come before the one ahead of it, and in most containers not even at the same time. Sources that
break this are damaged; such a frame is moved to the next time that the container can tell from the last.
"""

from collections import deque
from collections.abc import Sequence
from fractions import Fraction

from av.container import OutputContainer
from av.format import Flags
from av.packet import Packet
from av.stream import Stream

from rfr_video.media.containers import NO_PRESENTATION_TIMES
from rfr_video.media.probe import VideoStreamInfo


class FrameTimes:
    """The times of the frames that are in an encoder.

    Args:
        time_base: Seconds per unit of the frames' times.
        counts: Seconds per unit that the container counts, where it is a coarser one.
        shares: Whether the container takes frames of one time.

    Attributes:
        moved: How many frames the source has at the time of the one before, or earlier.
    """

    def __init__(self, time_base: Fraction, *, counts: Fraction | None = None, shares: bool = True) -> None:
        self.moved = 0
        self._source_base = time_base
        self._time_base = time_base if counts is None else counts
        self._least_step = 0 if shares else 1
        self._last: int | None = None
        self._last_source: int | None = None
        self._times: dict[int, tuple[int, int]] = {}
        self._decoding_times: deque[int] = deque()
        self._frames = 0
        self._packets = 0

    @property
    def decoding_times(self) -> tuple[int, ...]:
        """The times that packets of frames to come will be decoded at, as far as they are known."""
        return tuple(self._decoding_times)

    @property
    def time_base(self) -> Fraction:
        """Seconds per unit of the packets' times."""
        return self._time_base

    def go_on(self, decoding_times: Sequence[int]) -> None:
        """Take over the decoding times that others have left: those whose frames are to be skipped."""
        self._decoding_times.extend(decoding_times)

    def skip(self, *, pts: int, duration: int) -> None:
        """Note a frame whose packet has its times already."""
        del self._times[self.count(pts=pts, duration=duration)]
        self._decoding_times.pop()
        self._packets += 1

    def count(self, *, pts: int, duration: int) -> int:
        """Note a frame's times, 0 for an unknown duration; return the number to encode it under."""
        number = self._frames
        scale = self._source_base / self._time_base
        pts, duration = self._possible(pts, scale), round(duration * scale)
        self._times[number] = (pts, duration)
        self._decoding_times.append(pts)
        self._frames += 1
        return number

    def _possible(self, pts: int, scale: Fraction) -> int:
        """Return the time nearest to a source's that the container takes after the last one."""
        self.moved += self._last_source is not None and pts < self._last_source + self._least_step
        self._last_source = pts
        pts = round(pts * scale)
        if self._last is not None:
            pts = max(pts, self._last + self._least_step)
        self._last = pts
        return pts

    def restore(self, packet: "Packet[Stream]") -> None:
        """Give a packet, which counts frames, the times and the duration of the frame that it holds.

        Decoding times are the presentation times in rising order, as far ahead as the encoder decodes.
        """
        assert packet.pts is not None
        pts, duration = self._times.pop(packet.pts)
        if not self._packets and packet.dts is not None:
            for _ in range(-packet.dts):
                self._decoding_times.appendleft(self._decoding_times[0] - max(duration, 1))
        self._packets += 1
        packet.time_base = self._time_base
        packet.pts, packet.dts = pts, self._decoding_times.popleft()
        if duration:
            packet.duration = duration


def frame_times(target: OutputContainer, info: VideoStreamInfo) -> FrameTimes:
    """Return the times of the frames of a stream that are written into a container."""
    return FrameTimes(
        info.time_base,
        counts=1 / info.rate if target.format.name in NO_PRESENTATION_TIMES else None,
        shares=bool(target.format.flags & Flags.ts_nonstrict.value),
    )
