"""How the pictures of a source are taken: whole, as two fields, or deinterlaced."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av import error
from av.filter import Graph

from rfr_video.errors import InputError
from rfr_video.media.fields import FieldOrder
from rfr_video.media.layout import PlaneLayout


def pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    """Give the pictures that a graph of filters has ready."""
    while True:
        try:
            picture = graph.pull()
        except (error.BlockingIOError, error.EOFError):
            return
        assert isinstance(picture, av.VideoFrame)
        yield picture


@dataclass(frozen=True)
class Scan:
    """How pictures are taken.

    Attributes:
        order: The order of the fields that a picture holds; progressive where it holds none.
        marks: Whether pictures are flagged with that order, since their own flags say something else.
        deinterlaces: Whether they are deinterlaced first.
    """

    order: FieldOrder = FieldOrder.PROGRESSIVE
    marks: bool = False
    deinterlaces: bool = False

    def __post_init__(self) -> None:
        assert self.order.is_interlaced or not (self.marks or self.deinterlaces)

    @property
    def holds_fields(self) -> bool:
        """Whether frames are two fields when they have been read."""
        return self.order.is_interlaced and not self.deinterlaces


WHOLE_PICTURES = Scan()
"""Every picture is one, and is taken as it is."""


class PictureFilter:
    """Prepares decoded pictures as a scan says, one for one, by FFmpeg's filters; most pass as they are.

    Deinterlacing is done by bwdif (after Weston 3-field deinterlacing of BBC R&D and yadif), one frame per
    frame: the field that is displayed first stays, the other one's lines are made anew. It holds back one
    picture. All pictures are of one size and format.

    Args:
        scan: What is to be done.

    Raises:
        InputError: bwdif does not know the pixel format; while pictures are given.
    """

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._graph: Graph | None = None
        self._format: str | None = None
        self._times: deque[tuple[int | None, Fraction | None, int]] = deque()

    def pictures(self, pictures: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Take pictures in, and give those that are ready."""
        for picture in pictures:
            if not (self._scan.marks or self._scan.deinterlaces):
                yield picture
                continue
            self._graph = self._graph or self._opened(picture)
            self._times.append((picture.pts, picture.time_base, picture.duration or 0))
            self._graph.push(picture)
            yield from self._ready(self._graph)

    def rest(self) -> Iterator[av.VideoFrame]:
        """Give the pictures that were held back, after the last one."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready(self._graph)

    def _ready(self, graph: Graph) -> Iterator[av.VideoFrame]:
        for picture in pulled(graph):
            if self._format not in (None, picture.format.name):
                raise InputError(
                    f"pixel format {self._format} cannot be deinterlaced; leave out --deinterlace"
                )
            pts, time_base, duration = self._times.popleft()
            picture.pts, picture.duration = pts, duration
            if time_base is not None:
                picture.time_base = time_base
            yield picture

    def _opened(self, picture: av.VideoFrame) -> Graph:
        graph, order = Graph(), "tff" if self._scan.order.top_field_first else "bff"
        nodes = [
            graph.add_buffer(
                width=picture.width,
                height=picture.height,
                format=picture.format,
                time_base=picture.time_base or Fraction(1, 25),
            ),
            graph.add("setfield", mode=order),
        ]
        if self._scan.deinterlaces:
            planar = PlaneLayout.of(picture.format.name).name
            nodes += [
                graph.add("format", pix_fmts=planar),
                graph.add("bwdif", mode="send_frame", parity=order, deint="all"),
            ]
            self._format = planar
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph
