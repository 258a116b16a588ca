"""The choice of how pictures are taken: whole, field by field, or deinterlaced."""

from dataclasses import replace

from rfr_video.config import ScanConfig
from rfr_video.media.fields import FieldOrder
from rfr_video.media.idet import measure_combing
from rfr_video.media.probe import VideoInfo, VideoStreamInfo
from rfr_video.media.scan import WHOLE_PICTURES, Scan
from rfr_video.pipeline.encoder_choice import Choice

LEAST_LINES = 16
"""Pictures of fewer lines are not taken apart."""

_MOST_LINES, _FASTEST = 1088, 31  # no interlaced format goes beyond: 1080 lines, 30 frames/s
_NEVER_INTERLACED = ("vp8", "vp9", "av1", "gif", "apng", "webp")
_ASKED = {"tff": FieldOrder.TT, "bff": FieldOrder.BB}
_SAID = {FieldOrder.UNKNOWN: "the stream does not say", FieldOrder.PROGRESSIVE: "the stream denies it"}


def choose_scan(
    config: ScanConfig, info: VideoInfo, *, doubts: bool = False
) -> tuple[Scan, tuple[Choice, ...]]:
    """Choose how the pictures of a source are taken.

    Args:
        config: What the user asked for.
        info: The source; some of it is decoded where neither it nor the user says whether it is interlaced.
        doubts: Whether it is also looked at where it says that it is progressive.
    """
    order, reason = _order(config, info, doubts=doubts)
    if order.is_interlaced and info.video.height < LEAST_LINES:
        reason = f"{reason}, but a picture of {info.video.height} lines is not taken apart"
        order = FieldOrder.PROGRESSIVE
    if not order.is_interlaced:
        fields = (Choice("fields", "none", f"{reason}; frames are taken whole"),) if reason else ()
        idle = (Choice("deinterlacing", "none", "there are no fields"),) if config.deinterlace else ()
        return WHOLE_PICTURES, (*fields, *idle)
    if config.deinterlace:
        what = (
            "as asked: by bwdif, one frame per frame; every sample may change, and the result is progressive"
        )
        choices = (Choice("fields", order.words, reason), Choice("deinterlacing", "first", what))
        return Scan(order, deinterlaces=True), choices
    marks = order != info.video.field_order or not info.video.fields_flagged
    what = "each field is worked on by itself, and nothing is deinterlaced"
    return Scan(order, marks=marks), (Choice("fields", order.words, f"{reason}; {what}"),)


def written_video(video: VideoStreamInfo, scan: Scan) -> VideoStreamInfo:
    """Return what the repaired stream is to be like: the source's, but for what a scan changes."""
    if scan.deinterlaces:
        return replace(video, field_order=FieldOrder.PROGRESSIVE, fields_flagged=False)
    return replace(video, field_order=scan.order, fields_flagged=True) if scan.marks else video


def _order(config: ScanConfig, info: VideoInfo, *, doubts: bool) -> tuple[FieldOrder, str]:
    """Return the order of fields, and why; no reason where nobody doubts that there are none."""
    video = info.video
    if config.field_order in _ASKED:
        return _ASKED[config.field_order], "as asked"
    if config.field_order == "progressive":
        is_news = video.field_order != FieldOrder.PROGRESSIVE
        return FieldOrder.PROGRESSIVE, "as asked" if is_news else ""
    if video.field_order.is_interlaced:
        return video.field_order, "the stream says so"
    is_denied = video.field_order == FieldOrder.PROGRESSIVE
    if (is_denied and not doubts) or not _may_be_interlaced(video):
        return FieldOrder.PROGRESSIVE, ""
    combing = measure_combing(info.path, limits=info.limits)
    return combing.order, f"{_SAID[video.field_order]}; {combing}"


def _may_be_interlaced(video: VideoStreamInfo) -> bool:
    """Whether it is worth looking."""
    is_common = video.height <= _MOST_LINES and video.rate <= _FASTEST
    return is_common and video.codec not in _NEVER_INTERLACED
