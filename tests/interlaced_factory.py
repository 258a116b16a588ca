"""Interlaced videos whose every field is known: lines of a scene at 50 or 60 moments per second."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from scene_factory import OVERLAY_RGB, Waves

from rfr_video.geometry import Rect

SWAY_FIELDS = 21


@dataclass(frozen=True)
class FieldClip:
    """What a made video is like.

    Attributes:
        height: Lines of a frame, a multiple of 4.
        top_first: Whether the top field is the earlier one.
        sway_px: How far the camera goes to and fro: the fields of no two frames differ by the same motion.
        hole: A rectangle that is painted over; ``None`` for nothing.
        opacity: Of that paint, 0 to 1.
    """

    height: int = 144
    width: int = 112
    rate: Fraction = Fraction(25)
    frames: int = 14
    top_first: bool = True
    sway_px: float = 16.0
    hole: Rect | None = None
    opacity: float = 1.0

    @property
    def order(self) -> str:
        """FFmpeg's short name of the order of fields."""
        return "tff" if self.top_first else "bff"

    def moment(self, index: int, parity: int) -> int:
        """The number of a frame's field among all fields, in the order of time."""
        return 2 * index + (parity == (1 if self.top_first else 0))

    @cached_property
    def _scene(self) -> np.ndarray:
        """All that ever comes by."""
        return Waves(4, shortest_px=9.0).view(self.height, self.width + round(2 * self.sway_px))

    def field(self, moment: int, parity: int) -> list[np.ndarray]:
        """The planes of a field, 4:2:0, as the scene is at a moment."""
        left = round(self.sway_px * (1 - np.cos(2 * np.pi * moment / SWAY_FIELDS)))
        lines = self._scene[parity::2, left : left + self.width]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(lines), format="rgb24")
        return _planes(frame.reformat(format="yuv420p"))

    def frame(self, index: int) -> list[np.ndarray]:
        """The planes of a clean frame: two fields, woven; chroma lines alternate as those of luma do."""
        fields = [self.field(self.moment(index, parity), parity) for parity in (0, 1)]
        planes = []
        for top, bottom in zip(*fields, strict=True):
            plane = np.empty((2 * top.shape[0], top.shape[1]), np.uint8)
            plane[0::2], plane[1::2] = top, bottom
            planes.append(plane)
        return planes


def make_interlaced(
    path: Path,
    clip: FieldClip,
    *,
    codec: str = "ffv1",
    options: dict[str, str] | None = None,
    streaks: dict[int, int] | None = None,
    torn_lines: int = 0,
    stated: bool = True,
    flagged: bool = True,
) -> Path:
    """Write the video, its hole painted over.

    Args:
        path: Where to.
        clip: What it is like.
        codec: FFmpeg's name of the encoder.
        options: Of the encoder.
        streaks: White lines to draw: a row by number of frame.
        torn_lines: So many lines at the bottom of every frame are noise.
        stated: Whether the stream says how the fields follow each other.
        flagged: Whether every frame is flagged so.
    """
    flags: Graph | None = None
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=clip.rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
        if stated:
            stream.codec_context.field_order = 2 if clip.top_first else 3
        for index in range(clip.frames):
            frame = _video_frame(clip, index)
            luma = frame.planes[0]
            rows = np.frombuffer(memoryview(luma), np.uint8).reshape(luma.height, luma.line_size)
            if streaks and index in streaks:
                rows[streaks[index], 20:70] = 235
            torn = rows[clip.height - torn_lines :]
            torn[:] = np.random.default_rng(index).integers(16, 236, torn.shape)
            if flagged:
                flags = flags or _flagging(clip)
                flags.push(frame)
                frame = flags.pull()
            frame.pict_type = 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def overlay_planes() -> tuple[int, int, int]:
    """The colour that hides the hole, as samples."""
    frame = av.VideoFrame.from_ndarray(np.tile(OVERLAY_RGB, (16, 16, 1)), format="rgb24")
    y, u, v = (int(plane[0, 0]) for plane in _planes(frame.reformat(format="yuv420p")))
    return y, u, v


def _video_frame(clip: FieldClip, index: int) -> av.VideoFrame:
    planes = clip.frame(index)
    if clip.hole is not None:
        rows, columns = clip.hole.slices
        halves = tuple(slice(part.start // 2, -(-part.stop // 2)) for part in (rows, columns))
        for plane, where, value in zip(
            planes, [(rows, columns), halves, halves], overlay_planes(), strict=True
        ):
            plane[where] = np.rint(plane[where] + clip.opacity * (value - plane[where].astype(float)))
    frame = av.VideoFrame(clip.width, clip.height, "yuv420p")
    for plane, samples in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        rows[:, : plane.width] = samples
    frame.pts, frame.time_base = index, 1 / clip.rate
    return frame


def _flagging(clip: FieldClip) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=clip.width, height=clip.height, format=av.VideoFormat("yuv420p"), time_base=1 / clip.rate
    )
    graph.link_nodes(source, graph.add("setfield", mode=clip.order), graph.add("buffersink")).configure()
    return graph


def _planes(frame: av.VideoFrame) -> list[np.ndarray]:
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    ]
