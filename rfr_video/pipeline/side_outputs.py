"""The videos beside the target: planned, checked, and written while the target is."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rfr_video.config import RestoreConfig
from rfr_video.errors import EncodeError, Interrupted
from rfr_video.fill.filler import FilledFrame
from rfr_video.media.colour import ColorRange, ColorSpec, ColorTags, Matrix
from rfr_video.media.containers import MATROSKA_FAMILY
from rfr_video.media.encoders import QualityScale, find_encoders
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.segmented_video import SegmentFiles, StoredSegment
from rfr_video.media.side_video import SideVideo, check_side_video, side_stream
from rfr_video.media.target import check_extra, container_of, partial_file
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.pipeline.side_pictures import (
    ORIGINS_FORMAT,
    PRORES_FORMAT,
    OriginPainter,
    PatchPainter,
    SidePainter,
)

PROVENANCE = "provenance"
PATCH = "patch"
SIDE_STAGE = "side videos"
"""What writing them is called in timings."""

_RGBA_BITS = (8, 10, 12, 14, 16)  # for which FFV1 has RGB with alpha
_PRORES_BITS = 10
_PRORES_QUANTISER = 1  # the finest; given one, the encoder is spared a search that takes six times as long


@dataclass(frozen=True)
class SideOutput:
    """A video to write beside the target.

    Attributes:
        name: What it is called: ``provenance`` or ``patch``.
        path: Its final name.
        container: FFmpeg's name of its container.
        video: Its stream.
        settings: Its encoder.
        painter: What paints its pictures.
        shows: What is to be seen, in words.
    """

    name: str
    path: Path
    container: str
    video: VideoStreamInfo
    settings: EncoderSettings
    painter: SidePainter
    shows: str

    @property
    def choice(self) -> Choice:
        """How it is written, for the plan."""
        settings, base = self.settings, self.video.time_base
        rounded = self.container in MATROSKA_FAMILY and 1000 % base.denominator
        times = f"; times rounded to 1 ms, the source counts {base} s" if rounded else ""
        value = f"{self.path.name}, {settings.encoder.name} {settings.pix_fmt}"
        return Choice(self.name, value, f"{self.shows}{times}")


def plan_side_outputs(
    config: RestoreConfig, video: VideoStreamInfo, *, spec: ColorSpec, used: Mapping[str, Path | None]
) -> tuple[SideOutput, ...]:
    """Decide how the videos beside the target are written.

    Args:
        config: Says which are wanted.
        video: The source's stream.
        spec: The colour of its samples.
        used: The other files of the run, by what they are called.

    Raises:
        EncodeError: A suffix stands for nothing that can hold one, or the encoder refuses to start.
        OutputError: One may not be written where it is to go.
    """
    outputs: list[SideOutput] = []
    if config.provenance is not None:
        outputs.append(_provenance(config.provenance, video))
    if config.patch is not None:
        outputs.append(_patch(config.patch, video, spec=spec))
    used = dict(used)
    for output in outputs:
        check_extra(output.path, name=output.name, used=used, overwrite=config.overwrite)
        check_side_video(output.container, info=output.video, settings=output.settings, name=output.path)
        used[output.name] = output.path
    return tuple(outputs)


class SideVideos:
    """The open videos beside the target, by name; none costs nothing."""

    def __init__(self, videos: Mapping[str, tuple[SidePainter, SideVideo]]) -> None:
        self._videos = videos

    def write(self, filled: FilledFrame) -> None:
        """Paint and encode one composited frame, with its own time still, into each of them."""
        for painter, video in self._videos.values():
            if video.next_is_stored:
                video.skip(like=filled.frame)
            else:
                video.write(painter.paint(filled), like=filled.frame)

    def end_segment(self) -> dict[str, StoredSegment]:
        """End a segment behind the last frame; returns what was stored of each."""
        ended = {name: video.end_segment() for name, (_, video) in self._videos.items()}
        return {name: stored for name, stored in ended.items() if stored is not None}


@contextmanager
def open_side_videos(
    outputs: Sequence[SideOutput],
    *,
    overwrite: bool,
    folder: Path | None = None,
    files: Callable[[str], SegmentFiles] | None = None,
) -> Generator[SideVideos]:
    """Open them all; they get their names when the block ends well, and leave nothing behind otherwise.

    Args:
        outputs: What they are.
        overwrite: Whether they may replace files.
        folder: Where they are written until then, where that is on the same file system.
        files: Where segments of them are stored, by name; ``None`` stores nothing.

    Raises:
        EncodeError: An encoder or a container refuses.
        OutputError: A file cannot be written.
    """
    with ExitStack() as stack:
        videos: dict[str, tuple[SidePainter, SideVideo]] = {}
        try:
            for output in outputs:
                path = stack.enter_context(partial_file(output.path, overwrite=overwrite, folder=folder))
                video = SideVideo(
                    path,
                    output.container,
                    name=output.path,
                    info=output.video,
                    settings=output.settings,
                    files=files(output.name) if files else None,
                )
                videos[output.name] = (output.painter, video)
            yield SideVideos(videos)
            for _, video in videos.values():
                video.finish()
        except Interrupted:
            raise  # the process is about to end: closing an encoder could take it seconds
        except BaseException:
            for _, video in videos.values():
                video.abandon()
            raise


def _provenance(path: Path, video: VideoStreamInfo) -> SideOutput:
    if path.suffix.lower() != ".mkv":
        raise EncodeError(f"provenance {path} is written as lossless FFV1; name it {path.stem}.mkv")
    return SideOutput(
        name=PROVENANCE,
        path=path,
        container=container_of(path),
        video=_rgb_stream(video),
        settings=_ffv1(ORIGINS_FORMAT),
        painter=OriginPainter(),
        shows="lossless; shows where every pixel in a hole came from",
    )


def _patch(path: Path, video: VideoStreamInfo, *, spec: ColorSpec) -> SideOutput:
    suffix = path.suffix.lower()
    if suffix not in (".mov", ".mkv"):
        raise EncodeError(
            f"patch {path} needs a channel for alpha; name it {path.stem}.mov for ProRes 4444, or "
            f"{path.stem}.mkv for lossless FFV1"
        )
    layout = PlaneLayout.of(video.pix_fmt)
    if suffix == ".mkv":
        bits = next(bits for bits in _RGBA_BITS if bits >= layout.bits)
        pix_fmt = "bgra" if bits == 8 else f"gbrap{bits}le"
        stream, settings = _rgb_stream(video), _ffv1(pix_fmt)
        painter = PatchPainter(spec, pix_fmt=pix_fmt, bits=bits, coded=None)
    else:
        stream, coded = _yuv_stream(video, spec, is_rgb=layout.is_rgb)
        settings = _prores_4444()
        painter = PatchPainter(spec, pix_fmt=PRORES_FORMAT, bits=_PRORES_BITS, coded=coded)
    return SideOutput(
        name=PATCH,
        path=path,
        container=container_of(path),
        video=stream,
        settings=settings,
        painter=painter,
        shows="the repaired region alone, with straight alpha",
    )


def _ffv1(pix_fmt: str) -> EncoderSettings:
    return EncoderSettings(find_encoders("ffv1")[0], pix_fmt, {"g": "1"})  # every frame can be jumped to


def _prores_4444() -> EncoderSettings:
    encoder = replace(find_encoders("prores_ks")[0], scale=QualityScale.QSCALE)
    options = {"profile": "4444", "alpha_bits": "16", **encoder.quality_options(_PRORES_QUANTISER)}
    return EncoderSettings(encoder, PRORES_FORMAT, options)


def _rgb_stream(video: VideoStreamInfo) -> VideoStreamInfo:
    """Return the stream of RGB made from the source's samples, which keep primaries and transfer."""
    source = video.color
    return side_stream(
        video, ColorTags(Matrix.RGB, ColorRange.FULL, primaries=source.primaries, transfer=source.transfer)
    )


def _yuv_stream(
    video: VideoStreamInfo, spec: ColorSpec, *, is_rgb: bool
) -> tuple[VideoStreamInfo, ColorSpec]:
    """Return the stream of Y, Cb, Cr in video range, which is all that ProRes knows, and its colour.

    The matrix is the source's, and as little said about as there, so that an editor takes both alike;
    that of Rec. ITU-R BT.709 where the source is RGB.
    """
    source = video.color
    tags = ColorTags(
        Matrix.BT709 if is_rgb else source.matrix,
        ColorRange.LIMITED,
        primaries=source.primaries,
        transfer=source.transfer,
    )
    if is_rgb:
        spec = ColorSpec.from_tags(tags, height=video.height, jpeg=False, rgb=False)
    return side_stream(video, tags), replace(spec, full_range=False)
