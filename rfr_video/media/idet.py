"""Measuring whether a video is interlaced, and the order of its fields, where nothing says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.video.stream import VideoStream

from rfr_video.config.limits import DEFAULT_LIMITS, LimitsConfig
from rfr_video.media.colour import Plane
from rfr_video.media.fields import FieldOrder
from rfr_video.media.scan import pulled
from rfr_video.media.source import open_source, video_stream

SAMPLES, SAMPLE_FRAMES = 5, 24
TOP_FIRST, BOTTOM_FIRST, PROGRESSIVE, UNDECIDED = "tff", "bff", "progressive", "undetermined"
_MOST_PACKETS = 300  # without a picture that can be decoded from there
_VERDICT = "lavfi.idet.multiple.current_frame"
_LEAST_FRAMES = 3
_LEAST_SHARE = Fraction(1, 4)  # of the frames that tell anything
_CLEARLY = 4  # times as many of the one order as of the other
_MOVING_CODES, _LEAST_MOVING = 10, 1e-3
_COMBED = 0.78  # the ratio is 0.5 to 0.74 in progressive clips, 0.8 to 5 when their frames are woven in pairs


@dataclass(frozen=True)
class Combing:
    """How many of the frames that were looked at show what.

    Attributes:
        top_first: Two fields, the top one earlier.
        bottom_first: Two fields, the bottom one earlier.
        progressive: One picture.
        undecided: Nothing that tells, for nothing moves.
    """

    top_first: int = 0
    bottom_first: int = 0
    progressive: int = 0
    undecided: int = 0

    @property
    def order(self) -> FieldOrder:
        """What that means; progressive where nothing speaks against it."""
        more, less = max(self.top_first, self.bottom_first), min(self.top_first, self.bottom_first)
        told = more + less + self.progressive
        if more < _LEAST_FRAMES or more < _LEAST_SHARE * told or more < _CLEARLY * less:
            return FieldOrder.PROGRESSIVE
        return FieldOrder.TT if self.top_first > self.bottom_first else FieldOrder.BB

    def __str__(self) -> str:
        return (
            f"of {self.top_first + self.bottom_first + self.progressive + self.undecided} frames looked at, "
            f"{self.top_first} show the top field first, {self.bottom_first} the bottom field first, "
            f"{self.progressive} none"
        )


def measure_combing(path: Path, *, limits: LimitsConfig = DEFAULT_LIMITS) -> Combing:
    """Look at short samples spread over a file, by FFmpeg's filter ``idet``.

    Raises:
        InputError: The file is no video that can be decoded.
    """
    with open_source(path, limits=limits) as container:
        stream = video_stream(container, path)
        stream.thread_type = "AUTO"
        verdicts = [
            verdict for start in _starts(container) for verdict in _verdicts(container, stream, start)
        ]
    return Combing(
        top_first=verdicts.count(TOP_FIRST),
        bottom_first=verdicts.count(BOTTOM_FIRST),
        progressive=verdicts.count(PROGRESSIVE),
        undecided=verdicts.count(UNDECIDED),
    )


def _starts(container: InputContainer) -> list[int]:
    """Return where samples begin, in microseconds; at the beginning only where nobody knows the length."""
    duration = container.duration
    if not duration:
        return [0]
    return [number * duration // SAMPLES for number in range(SAMPLES)]


def _verdicts(container: InputContainer, stream: VideoStream, start: int) -> Iterator[str]:
    graph: Graph | None = None
    before: Plane | None = None
    for picture in islice(_pictures(container, stream, start), SAMPLE_FRAMES):
        gray = picture.reformat(format="gray")
        graph = graph or _opened(gray)
        graph.push(gray)
        for seen in pulled(graph):
            lines = np.asarray(seen.to_ndarray(), np.uint8)
            if before is not None:
                yield _confirmed(seen.metadata.get(_VERDICT, UNDECIDED), lines, before)
            before = lines


def _opened(gray: av.VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=gray.width, height=gray.height, format=gray.format, time_base=Fraction(1, 25)
    )
    graph.link_nodes(source, graph.add("idet"), graph.add("buffersink")).configure()
    return graph


def _confirmed(verdict: str, lines: Plane, before: Plane) -> str:
    """Return a verdict of two fields if the picture is combed where it moves.

    A picture that was deinterlaced earlier, by making one field's lines of the other's, still looks like
    fields to ``idet``, but its lines resemble their neighbours more than those beyond.
    """
    if verdict not in (TOP_FIRST, BOTTOM_FIRST):
        return verdict
    here = lines[1:-1]
    moving = cv2.absdiff(here, before[1:-1]) > _MOVING_CODES
    if np.count_nonzero(moving) < _LEAST_MOVING * moving.size:
        return UNDECIDED
    near = cv2.absdiff(here, lines[:-2])[moving].mean() + cv2.absdiff(here, lines[2:])[moving].mean()
    far = cv2.absdiff(lines[:-2], lines[2:])[moving].mean()
    return verdict if near > 2 * _COMBED * far else PROGRESSIVE


def _pictures(container: InputContainer, stream: VideoStream, start: int) -> Iterator[av.VideoFrame]:
    """Decode from about a time on; what is damaged is left out."""
    if start:
        try:
            container.seek(start + (container.start_time or 0))
        except FFmpegError:
            return
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        try:
            pictures = packet.decode()
        except FFmpegError:
            continue
        yield from (picture for picture in pictures if not picture.is_corrupt)
