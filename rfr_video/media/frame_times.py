"""Times across an encoder: it counts frames, and its packets get back the times of the frames they hold."""

from collections import deque
from fractions import Fraction

from av.packet import Packet
from av.stream import Stream


class FrameTimes:
    """The times of the frames that are in an encoder.

    Args:
        time_base: Seconds per unit of the frames' times.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._times: dict[int, tuple[int, int]] = {}
        self._decoding_times: deque[int] = deque()
        self._frames = 0
        self._packets = 0

    def count(self, *, pts: int, duration: int) -> int:
        """Note a frame's times, 0 for an unknown duration; return the number to encode it under."""
        number = self._frames
        self._times[number] = (pts, duration)
        self._decoding_times.append(pts)
        self._frames += 1
        return number

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
