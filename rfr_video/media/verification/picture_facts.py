"""What is said about the pictures of a video: size, format, colour, shape, fields, HDR."""

from collections.abc import Iterator, Mapping

from rfr_video.media.hdr import ContentLight, MasteringDisplay
from rfr_video.media.layout import same_samples
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.verification.check import Check, Outcome

_UNSAID = {
    ("colour range", "unspecified"): ("limited",),
    ("chroma location", "unspecified"): ("left", "center"),
    ("fields", "unknown"): ("progressive",),
}
"""What a codec may say where the source says nothing, for everybody takes it so."""


def picture_checks(
    expected: VideoStreamInfo, seen: VideoStreamInfo, *, excuses: Mapping[str, str]
) -> Iterator[Check]:
    """Compare what is said about the pictures.

    Args:
        expected: How the stream should be.
        seen: How it is.
        excuses: What may be otherwise, by the name of the check, and why.
    """
    for name, was, now in _facts(expected, seen):
        if was == now:
            yield Check(name, Outcome.SAME, was)
        elif (name, was) in _UNSAID and now in _UNSAID[name, was]:
            yield Check(name, Outcome.EXPLAINED, f"{now}; the source does not say")
        elif name in excuses:
            yield Check(name, Outcome.EXPLAINED, f"{now} instead of {was}: {excuses[name]}")
        else:
            yield Check(name, Outcome.DIFFERS, f"{now} instead of {was}")


def _facts(expected: VideoStreamInfo, seen: VideoStreamInfo) -> Iterator[tuple[str, str, str]]:
    """Yield what a fact is called, and its two values in words."""
    pair = expected, seen
    was, now = (one.pix_fmt for one in pair)
    yield "pixel format", was, was if same_samples(was, now) else now
    values = (
        ("size", [f"{one.width}×{one.height}" for one in pair]),
        ("colour matrix", [str(one.color.matrix) for one in pair]),
        ("colour range", [one.color.color_range.name.lower() for one in pair]),
        ("colour primaries", [str(one.color.primaries) for one in pair]),
        ("colour transfer", [str(one.color.transfer) for one in pair]),
        ("chroma location", [one.color.chroma_location.option for one in pair]),
        ("sample aspect ratio", [str(one.sample_aspect_ratio or 1) for one in pair]),
        ("fields", [one.field_order.words for one in pair]),
        ("rotation", [_rotation(one) for one in pair]),
        ("mastering display", [_hdr(one.mastering_display) for one in pair]),
        ("content light", [_hdr(one.content_light) for one in pair]),
    )
    for name, (before, after) in values:
        yield name, before, after


def _rotation(video: VideoStreamInfo) -> str:
    matrix = video.display_matrix
    return "none" if matrix is None else f"{video.orientation} ({' '.join(map(str, matrix))})"


def _hdr(value: MasteringDisplay | ContentLight | None) -> str:
    if value is None:
        return "none"
    return value.as_integers() if isinstance(value, MasteringDisplay) else str(value)
