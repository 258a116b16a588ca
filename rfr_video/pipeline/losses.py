"""What the encoder and the container do not keep of a source, told before work starts."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from rfr_video.config import LimitsConfig
from rfr_video.media.colour import ChromaLocation, ColorRange, ColorTags, Matrix
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.layout import PlaneLayout, has_alpha
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.rehearsal import rehearse, rehearse_copy
from rfr_video.media.scan import Scan
from rfr_video.pipeline.encoder_choice import Choice

LOST = "lost"
"""Value of a choice that gives something up; it is shown in the summary too."""

_UNSPECIFIED = 2
_NEAR = Fraction(1, 100)  # is the shape of samples where it is kept: WebM counts whole pixels


def losses(
    source: Path,
    video: VideoStreamInfo,
    settings: EncoderSettings,
    *,
    container: str,
    scan: Scan,
    limits: LimitsConfig,
) -> tuple[Choice, ...]:
    """Say what of a stream does not come through.

    Args:
        source: The source.
        video: What the repaired stream is to be like.
        settings: The encoder.
        container: FFmpeg's name of the target's container.
        scan: How the source's pictures are taken.
        limits: Within which the source is opened.

    Raises:
        InputError: The source cannot be read.
    """
    kept = rehearse(source, container=container, info=video, settings=settings, scan=scan, limits=limits)
    if kept is None:
        return ()
    reason = f"{settings.encoder.name} in {container} does not keep it"
    hint = {"mastering display and content light": "; --codec hevc, h264 or av1 keeps it"}
    return tuple(Choice(name, LOST, reason + hint.get(name, "")) for name in _lost(video, kept))


def losses_of_copy(
    source: Path, video: VideoStreamInfo, *, container: str, limits: LimitsConfig
) -> tuple[Choice, ...]:
    """Say what of a stream does not come through when its packets are copied; see :func:`losses`."""
    kept = rehearse_copy(source, container=container, limits=limits)
    if kept is None:
        return ()
    return tuple(Choice(name, LOST, f"{container} does not keep it") for name in _lost(video, kept))


def _lost(video: VideoStreamInfo, kept: VideoStreamInfo) -> Iterator[str]:
    """Yield the names of what one stream has and the other has not."""
    if abs((kept.sample_aspect_ratio or 1) / (video.sample_aspect_ratio or 1) - 1) > _NEAR:
        yield f"sample aspect ratio {video.sample_aspect_ratio or 1}"
    if video.display_matrix and video.display_matrix != kept.display_matrix:
        yield f"orientation: {video.orientation}"
    yield from _lost_tags(video, kept.color)
    if video.field_order.is_interlaced and not _same_fields(video, kept):
        yield f"field order: {video.field_order.words}"
    if (video.mastering_display and not kept.mastering_display) or (
        video.content_light and not kept.content_light
    ):
        yield "mastering display and content light"
    if has_alpha(video.pix_fmt) and not has_alpha(kept.pix_fmt):
        yield "alpha channel"
    yield from (name for name in video.extras if name not in kept.extras)


def _lost_tags(video: VideoStreamInfo, kept: ColorTags) -> Iterator[str]:
    color, layout = video.color, PlaneLayout.of(video.pix_fmt)
    if color.matrix not in (Matrix.UNSPECIFIED, kept.matrix):
        yield f"colour matrix {color.matrix}"
    if color.primaries not in (_UNSPECIFIED, kept.primaries):
        yield f"colour primaries {color.primaries}"
    if color.transfer not in (_UNSPECIFIED, kept.transfer):
        yield f"colour transfer {color.transfer}"
    if color.color_range not in (ColorRange.UNSPECIFIED, kept.color_range):
        yield f"{color.color_range.name.lower()} colour range"
    is_sited = layout.subsampling.x * layout.subsampling.y > 1
    if is_sited and (color.chroma_location or _usual(layout)) != (kept.chroma_location or _usual(layout)):
        yield f"chroma location {color.chroma_location.option}"


def _usual(layout: PlaneLayout) -> ChromaLocation:
    """Return what is assumed of chroma whose place is not said."""
    return ChromaLocation.CENTER if layout.is_jpeg else ChromaLocation.LEFT


def _same_fields(video: VideoStreamInfo, kept: VideoStreamInfo) -> bool:
    orders = video.field_order, kept.field_order
    return orders[1].is_interlaced and orders[0].top_field_first == orders[1].top_field_first
