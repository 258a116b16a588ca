"""Small videos and masks, written as a test needs them."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.media.hole import Mask
from rfr_video.media.probe import VideoInfo, probe
from rfr_video.timecode import Moment

WIDTH, HEIGHT, RATE, FRAMES = 64, 48, 25, 10
PICTURE = Rect(0, 0, WIDTH, HEIGHT)

WriteVideo = Callable[..., Path]


@pytest.fixture(scope="session")
def picture() -> Rect:
    """The whole picture of all small videos."""
    return PICTURE


@pytest.fixture(scope="session")
def write_mask() -> Callable[[Path, Mask], Path]:
    """Write an image file, of the kind that its suffix says."""

    def write(path: Path, image: Mask) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
        return path

    return write


@pytest.fixture(scope="session")
def square() -> Callable[..., Mask]:
    """Make a mask with a filled square at a column."""

    def make(x: int = 8, *, width: int = WIDTH, height: int = HEIGHT) -> Mask:
        mask = np.zeros((height, width), np.uint8)
        mask[8:24, x : x + 16] = 255
        return mask

    return make


@pytest.fixture(scope="session")
def nothing() -> Mask:
    """A mask with nothing to fill."""
    return np.zeros((HEIGHT, WIDTH), np.uint8)


@pytest.fixture(scope="session")
def write_video() -> WriteVideo:
    """Write luma pictures as a video; ``times`` are in milliseconds."""

    def write(
        path: Path,
        lumas: Sequence[np.ndarray],
        *,
        codec: str = "ffv1",
        pix_fmt: str = "gray",
        rate: int = RATE,
        times: Sequence[int] | None = None,
        full_range: bool = False,
    ) -> Path:
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=rate)
            stream.height, stream.width = lumas[0].shape
            stream.pix_fmt = pix_fmt
            stream.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
            stream.codec_context.color_range = 2 if full_range else 0
            stream.options = {"qp": "0"} if codec.startswith("libx264") else {}
            for index, luma in enumerate(lumas):
                frame = av.VideoFrame(luma.shape[1], luma.shape[0], pix_fmt)
                fill(frame, luma)
                frame.pts = times[index] if times else index
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


def fill(frame: av.VideoFrame, luma: np.ndarray) -> None:
    """Set luma (all channels of rgb24) and make chroma neutral."""
    if frame.format.name == "rgb24":
        luma = np.repeat(luma, 3, axis=1)
    for index, plane in enumerate(frame.planes):
        samples = np.frombuffer(memoryview(plane), luma.dtype).reshape(plane.height, -1)
        if index == 0:
            samples[:, : luma.shape[1]] = luma
        else:
            samples[:] = 1 << (frame.format.components[0].bits - 1)


@pytest.fixture(scope="session")
def mp4(tmp_path_factory: pytest.TempPathFactory, write_video: WriteVideo) -> VideoInfo:
    """A video to repair whose headers tell its length: 10 frames at 25 frames per second."""
    path = tmp_path_factory.mktemp("source") / "source.mp4"
    lumas = [np.full((HEIGHT, WIDTH), 16 + 20 * index, np.uint8) for index in range(FRAMES)]
    info = probe(write_video(path, lumas, codec="libx264", pix_fmt="yuv420p"))
    assert (info.video.frame_count, info.video.duration_seconds) == (FRAMES, Fraction(FRAMES, RATE))
    return info


@pytest.fixture(scope="session")
def mkv(tmp_path_factory: pytest.TempPathFactory, write_video: WriteVideo) -> VideoInfo:
    """A video to repair whose headers do not tell its length; otherwise like ``mp4``."""
    path = tmp_path_factory.mktemp("source") / "source.mkv"
    info = probe(write_video(path, [np.zeros((HEIGHT, WIDTH), np.uint8)] * FRAMES))
    assert info.video.frame_count is None
    assert info.video.duration_seconds is None
    return info


@pytest.fixture(scope="session")
def moments() -> list[Moment]:
    """The moments of the frames of ``mp4`` and ``mkv``."""
    return [Moment(index, Fraction(index, RATE)) for index in range(FRAMES)]
