"""config + source → a frozen :class:`Plan`: every automatic choice, made once, with its reason."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

from rfr_video.config import TAPE_KINDS, RestoreConfig
from rfr_video.errors import EncodeError, InputError, UsageError
from rfr_video.masking.carry.spool import SPOOLED_KB
from rfr_video.masking.masks import NOTHING_GIVEN, may_follow, nothing_to_fill
from rfr_video.media.colour import ColorSpec
from rfr_video.media.containers import MATROSKA_FAMILY, NO_PRESENTATION_TIMES
from rfr_video.media.encoders import find_encoders
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.orientation import UPRIGHT, Orientation
from rfr_video.media.probe import VideoInfo, VideoStreamInfo, probe
from rfr_video.media.remux import plan_copy
from rfr_video.media.scan import WHOLE_PICTURES, Scan
from rfr_video.media.streams import Fate, Passenger
from rfr_video.media.target import check_extra, check_target, container_of, unverified_name
from rfr_video.media.writer import plan_encode
from rfr_video.pipeline.deblending import deblending_choice
from rfr_video.pipeline.encoder_choice import Choice, choose_encoder
from rfr_video.pipeline.fill_choice import FillSettings, choose_video_fill
from rfr_video.pipeline.flow_choice import check_flow
from rfr_video.pipeline.losses import LOST, losses, losses_of_copy
from rfr_video.pipeline.scan_choice import choose_scan, written_video
from rfr_video.pipeline.side_outputs import SideOutput, plan_side_outputs
from rfr_video.pipeline.source_adaptation import MOST_FRAMES, MOST_MEGABYTES
from rfr_video.rfrnet.manifest import find_weights
from rfr_video.timecode import Span


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        info: The source.
        target: The final name of the result.
        container: FFmpeg's name of the target's container.
        config: What the user asked for, presets expanded.
        span: The part that is repaired.
        spec: How the source's samples become RGB inside a hole.
        layout: How the source's samples lie in their planes.
        scan: How its pictures are taken: whole, as two fields, or deinterlaced.
        video: What the repaired stream is like: the source's, but for what the scan changes.
        settings: The encoder; ``None`` when all streams are copied.
        fill: What holes are filled with; ``None`` when all streams are copied.
        needs_findings: Whether there is nothing to repair if nothing is found.
        passengers: The fate of every other stream.
        side_outputs: The videos to write beside the target.
        choices: What was chosen, and why.
    """

    info: VideoInfo
    target: Path
    container: str
    config: RestoreConfig
    span: Span
    spec: ColorSpec
    layout: PlaneLayout
    scan: Scan
    video: VideoStreamInfo
    settings: EncoderSettings | None
    fill: FillSettings | None
    needs_findings: bool
    passengers: tuple[Passenger, ...]
    side_outputs: tuple[SideOutput, ...]
    choices: tuple[Choice, ...]

    @property
    def reencodes(self) -> bool:
        """Whether the video is encoded anew; otherwise every stream is copied."""
        return self.settings is not None

    def to_dict(self) -> dict[str, object]:
        """Return the plan as plain data."""
        return {
            "source": asdict(self.info),
            "target": str(self.target),
            "config": asdict(self.config),
            "container": self.container,
            "reencodes": self.reencodes,
            "choices": [asdict(choice) for choice in self.choices],
            "scan": asdict(self.scan),
            "fill": asdict(self.fill) if self.fill else None,
            "streams": [asdict(passenger) for passenger in self.passengers],
        }


def make_plan(source: Path, target: Path, config: RestoreConfig) -> Plan:
    """Look at the source, the masks and the target, and decide everything.

    Raises:
        RfrVideoError: Something given does not fit; nothing has been written.
    """
    if not config.says_what:
        raise UsageError(NOTHING_GIVEN)
    config = config.expanded
    info = probe(source, limits=config.limits)
    if info.missing_bytes and not config.allow_truncated:
        raise InputError(
            f"{source} is truncated: {info.missing_bytes:,} bytes are missing at its end; get a whole copy, "
            "or pass --allow-truncated to repair what is there"
        )
    check_target(target, source, overwrite=config.overwrite)
    container = container_of(target)
    span = Span(config.start, config.end).at_rate(info.video.rate)
    _check_span(span, info)
    config.find.area(info.video.shown_picture)  # raises where there is none
    mask_is_empty = nothing_to_fill(config.mask, info, span=span)
    nothing_to_do = mask_is_empty and not config.find.kinds and not config.scan.deinterlace
    layout = PlaneLayout.of(info.video.pix_fmt)
    spec = ColorSpec.from_tags(
        info.video.color, height=info.video.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb
    )
    copied = plan_copy(source, container=container, limits=config.limits) if nothing_to_do else None
    if copied is not None:
        if config.encode.codec != "auto":
            find_encoders(config.encode.codec)  # a typing error shows also when the encoder is not needed
        if config.fill.weights is not None:
            find_weights(config.fill.weights)
        check_flow(config.fill.flow)
        settings, fill, passengers, scan = None, None, copied, WHOLE_PICTURES
        video = info.video
        choices = (
            Choice("video", "copied", "the mask is empty throughout, so nothing is encoded anew"),
            *losses_of_copy(source, video, container=container, limits=config.limits),
            *_program_notes(info),
        )
    else:
        scan, scan_choices = choose_scan(config.scan, info, doubts=config.tape)
        video = written_video(info.video, scan)
        settings, encoder_choices = choose_encoder(config.encode, video, container=container)
        passengers = plan_encode(
            source, container=container, info=video, settings=settings, limits=config.limits
        )
        fill, fill_choices = choose_video_fill(config.fill, info)
        deblend = deblending_choice(config)
        if config.adapt is not None and fill.network is None:
            raise UsageError(
                "--adapt needs RFR-Net, and no weights are installed; leave it out or give --weights"
            )
        choices = (
            *_detection_notes(config),
            *_carry_notes(config),
            *_growth_notes(config),
            *scan_choices,
            *fill_choices,
            *((deblend,) if deblend else ()),
            *_adaptation_notes(config),
            *encoder_choices,
            *(Choice("colour in holes", value, reason) for value, reason in spec.assumed),
            *_source_notes(info),
            *_container_notes(info, container),
            *losses(source, video, settings, container=container, scan=scan, limits=config.limits),
        )
    _check_passengers(passengers, container, drop=config.drop_unsupported)
    used = {"input": source, "output": target, **config.mask.files}
    if config.save_matte is not None:
        check_extra(config.save_matte, name="matte", used=used, overwrite=config.overwrite)
        used["matte"] = config.save_matte
    if config.self_check.verify:
        aside = unverified_name(target)
        check_extra(aside, name="unverified result", used=used, overwrite=config.overwrite)
        used["unverified result"] = aside
    side_outputs = plan_side_outputs(config, video, spec=spec, used=used)
    return Plan(
        info=info,
        target=target,
        container=container,
        config=config,
        span=span,
        spec=spec,
        layout=layout,
        scan=scan,
        video=video,
        settings=settings,
        fill=fill,
        needs_findings=mask_is_empty and not nothing_to_do and not scan.deinterlaces,
        passengers=passengers,
        side_outputs=side_outputs,
        choices=(
            *choices,
            *(output.choice for output in side_outputs),
            *_verification_notes(config, settings),
        ),
    )


def copying(plan: Plan) -> Plan | None:
    """Return the plan that copies all streams of another one; ``None`` where the container cannot carry them.

    Raises:
        RfrVideoError: The source cannot be read any more.
    """
    copied = plan_copy(plan.info.path, container=plan.container, limits=plan.info.limits)
    if copied is None or any(one.fate is Fate.DROPPED for one in copied):
        return None
    choice = Choice("video", "copied", "nothing was found, so nothing is encoded anew")
    lost = losses_of_copy(plan.info.path, plan.info.video, container=plan.container, limits=plan.info.limits)
    return replace(
        plan, settings=None, fill=None, passengers=copied, choices=(choice, *lost, *_program_notes(plan.info))
    )


def _check_span(span: Span, info: VideoInfo) -> None:
    if span.is_void:
        raise UsageError(
            f"--start ({span.start}) is not before --end ({span.stop}); exchange or correct them"
        )
    start, duration, count = span.start, info.duration_seconds, info.video.frame_count
    if start is None:
        return
    late_time = start.seconds is not None and duration is not None and start.seconds >= duration
    late_frame = start.frame is not None and count is not None and start.frame >= count
    if late_time or late_frame:
        length = f"{float(duration):.3f} s" if late_time and duration is not None else f"{count} frames"
        raise UsageError(f"--start ({start}) lies behind the end of the video, which has {length}")


def _adaptation_notes(config: RestoreConfig) -> tuple[Choice, ...]:
    if config.adapt is None:
        return ()
    reason = (
        f"as asked, at most; learns from up to {MOST_FRAMES} frames and {MOST_MEGABYTES} MB of pictures, "
        "and is kept if it fills known pixels better"
    )
    return (Choice("adaptation", f"{config.adapt:g} s", reason),)


def _detection_notes(config: RestoreConfig) -> tuple[Choice, ...]:
    if not config.find.kinds:
        return ()
    usual = config.tape and config.find.kinds == TAPE_KINDS
    why = "as is usual for a tape" if usual else "as asked"
    reason = f"{why}, in a pass of its own before the repair"
    return (Choice("found by itself", ", ".join(config.find.kinds), reason),)


def _carry_notes(config: RestoreConfig) -> tuple[Choice, ...]:
    count = len(config.mask.mask_at)
    if not count:
        return ()
    reason = (
        "as asked, along motion, in a pass of its own; frames between two masks take about "
        f"{SPOOLED_KB} kB of temporary disk each"
    )
    return (Choice("carried masks", f"{count} given", reason),)


def _verification_notes(config: RestoreConfig, settings: EncoderSettings | None) -> tuple[Choice, ...]:
    if not config.self_check.verify:
        return ()
    allowed = f"{config.self_check.least_psnr_db:g} dB outside the hole"
    if settings is None or settings.encoder.lossless:
        allowed = "no difference outside the hole"
    reason = f"as asked: {allowed}, and everything else as it is in the source"
    return (Choice("verification", "before the result gets its name", reason),)


def _growth_notes(config: RestoreConfig) -> tuple[Choice, ...]:
    """Say what tight masks of something that moves leave behind: a ghost in outline."""
    if config.mask.grow_px or not may_follow(config.mask):
        return ()
    reason = "soft edges of what moves stay in sight around tight masks; --grow 6 takes them along"
    return (Choice("growth of masks", "none", reason),)


def _check_passengers(passengers: tuple[Passenger, ...], container: str, *, drop: bool) -> None:
    refused = [passenger for passenger in passengers if passenger.fate is Fate.DROPPED]
    if refused and not drop:
        raise EncodeError(
            f"container {container} cannot carry {', '.join(str(passenger) for passenger in refused)}; "
            "choose another container, or pass --drop-unsupported to go on without"
        )


def _program_notes(info: VideoInfo) -> Iterator[Choice]:
    """Say that several programs become one."""
    if len(info.programs) > 1:
        reason = "all streams are written, with the identifiers that they have, into one program"
        yield Choice(f"division into {len(info.programs)} programs", LOST, reason)


def _orientation_notes(video: VideoStreamInfo) -> Iterator[Choice]:
    """Say what is meant by a place in the picture, where that could be taken in two ways."""
    if Orientation.of(video.display_matrix) is None:
        yield Choice("places", "as stored", "the display matrix turns the picture by no right angle")
    elif video.orientation != UPRIGHT:
        reason = f"boxes and masks mean the picture as shown, which is stored and then {video.orientation}"
        yield Choice("places", "as shown", reason)


def _source_notes(info: VideoInfo) -> tuple[Choice, ...]:
    """Say what had to be assumed about the source, and what of it cannot be read."""
    notes = [*_orientation_notes(info.video)]
    notes += _program_notes(info)
    if not info.video.rate_stated:
        notes.append(Choice("frame rate", "25", "not stated by the source; frames keep their own times"))
    if info.video.alpha_lost:
        notes.append(Choice("alpha channel", LOST, f"this decoder of {info.video.codec} does not read it"))
    return tuple(notes)


def _container_notes(info: VideoInfo, container: str) -> tuple[Choice, ...]:
    """What the container does to timestamps, where it cannot keep them exactly."""
    if container in MATROSKA_FAMILY and 1000 % info.video.time_base.denominator:
        source_unit = info.video.time_base
        return (
            Choice(
                "timestamps",
                "rounded to 1 ms",
                f"{container} counts milliseconds, the source {source_unit} s",
            ),
        )
    if container in NO_PRESENTATION_TIMES and info.container != container:
        rate = Fraction(info.video.rate).limit_denominator(100_000)
        return (Choice("timestamps", f"one frame each 1/{float(rate):g} s", "avi stores no timestamps"),)
    return ()
