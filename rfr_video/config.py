"""What a user can set: one frozen dataclass per owner.

The command line derives its options from these fields, so the two cannot drift: a field's metadata
holds the option's name, its help and the function that reads its text.
"""

import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from rfr_video.errors import UsageError
from rfr_video.geometry import Box
from rfr_video.timecode import Instant

FillMethod = Literal["auto", "temporal", "rfr", "classical"]
StillFillMethod = Literal["auto", "rfr", "classical"]
FillQuality = Literal["fast", "balanced", "best"]
HoleKind = Literal["strokes", "box", "text", "shape", "dropout", "scratch", "mask"]
Yardstick = Literal["telea", "navier-stokes", "fsr"]
BurnIn = Literal["logo", "box"]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
ClipMethod = Literal[FillMethod, "telea", "navier-stokes", "removelogo"]

MAX_GROW_PX = 512
LEAST_CROP_PX = 32
MAX_LOOK_AHEAD_SECONDS = 10.0
MAX_CRF = 63  # the end of the longest scale
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?")
_BITRATE = re.compile(r"[1-9]\d{0,11}(\.\d{1,6})?[kKMG]?")
_SHARE_RANGE = re.compile(r"(\d{1,2}(?:\.\d+)?)-(\d{1,2}(?:\.\d+)?)")


def option(
    text: str,
    *,
    default: object = None,
    flag: str | None = None,
    metavar: str | None = None,
    parse: Callable[[str], object] | None = None,
    bare: object = None,
) -> Any:
    """Declare a field that is an option.

    Like :func:`dataclasses.field`, the result stands for a value of the field's own type.

    Args:
        text: The help text.
        default: The field's default.
        flag: The option's name where it is not the field's.
        metavar: What the help shows for the value.
        parse: Reads the value from text; raises :class:`UsageError`.
        bare: The value where the option is given without one; ``None`` demands one.
    """
    metadata = {"help": text, "flag": flag, "metavar": metavar, "parse": parse, "bare": bare}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class MaskAt:
    """A hand-made mask and the frame that it was made for."""

    at: Instant
    path: Path

    def __str__(self) -> str:
        return f"{self.path} at {self.at}"

    @classmethod
    def parse(cls, text: str) -> "MaskAt":
        """Read ``TIME_OR_FRAME:FILE``; the time is as long as it can be. Raises :class:`UsageError`."""
        colons = [match.start() for match in re.finditer(":", text)]
        for colon in reversed(colons):
            try:
                at = Instant.parse(text[:colon])
            except UsageError:
                continue
            if text[colon + 1 :]:
                return cls(at, Path(text[colon + 1 :]))
        raise UsageError(
            f"mask at {reprlib.repr(text)} is not TIME_OR_FRAME:FILE; write 0:01:02.5:mask.png or "
            "250f:mask.png"
        )


@dataclass(frozen=True, kw_only=True)
class HoleConfig:
    """What to replace, in videos and stills alike. Everything given adds up; lengths are in luma samples."""

    mask: Path | None = option("Mask: an image (white = fill).", metavar="PATH")
    box: tuple[Box, ...] = option(
        "Rectangle to fill; negative X or Y count from the right or bottom edge. Repeatable.",
        default=(),
        metavar="X,Y,W,H",
        parse=Box.parse,
    )
    grow_px: int = option("Grow every hole by so many pixels.", default=0, flag="--grow", metavar="PX")
    feather_px: int = option(
        "Blend the fill into the picture over so many pixels outside the hole.",
        default=0,
        flag="--feather",
        metavar="PX",
    )

    def __post_init__(self) -> None:
        for name, value in (("grow", self.grow_px), ("feather", self.feather_px)):
            if not 0 <= value <= MAX_GROW_PX:
                raise UsageError(f"--{name} is {value}; give a number of pixels from 0 to {MAX_GROW_PX}")

    @property
    def given(self) -> bool:
        """Whether anything says what to replace."""
        return bool(self.mask or self.box)


@dataclass(frozen=True, kw_only=True)
class MaskConfig(HoleConfig):
    """What to replace in a video."""

    mask: Path | None = option(
        "Mask: a still, a folder of numbered images, or a video (white = fill).", metavar="PATH"
    )
    timeline: Path | None = option(
        "TOML or JSON file of boxes, polygons and masks with start and end times.", metavar="FILE"
    )
    mask_at: tuple[MaskAt, ...] = option(
        "Mask of one frame, an image, that is carried along what moves to all other frames; an all-black one "
        "says that it is gone. The more of them, the better. Repeatable.",
        default=(),
        metavar="TIME_OR_FRAME:FILE",
        parse=MaskAt.parse,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_mask_times(self.mask_at)

    @property
    def given(self) -> bool:
        """Whether anything says what to replace."""
        return bool(self.mask or self.box or self.timeline or self.mask_at)

    @property
    def files(self) -> dict[str, Path | None]:
        """All files that are read, by what they are called in errors."""
        hand_made = {f"mask at {one.at}": one.path for one in self.mask_at}
        return {"mask": self.mask, "timeline": self.timeline, **hand_made}


@dataclass(frozen=True, kw_only=True)
class PropagateConfig:
    """What ``masks propagate`` writes."""

    mask_at: tuple[MaskAt, ...] = option(
        "Mask of one frame, an image; an all-black one says that the object is gone from there on. "
        "Repeatable.",
        default=(),
        metavar="TIME_OR_FRAME:FILE",
        parse=MaskAt.parse,
    )
    overlay: Path | None = option(
        "Also write a video that shows the masks over the picture, green where confidence is high, red where "
        "it is low (.mkv, .mp4 or .mov).",
        metavar="FILE",
    )
    overwrite: bool = option("Replace the targets if they exist.", default=False)

    def __post_init__(self) -> None:
        if not self.mask_at:
            raise UsageError("there is nothing to carry; give at least one --mask-at TIME_OR_FRAME:FILE")
        check_mask_times(self.mask_at)


@dataclass(frozen=True, kw_only=True)
class StillMaskConfig(HoleConfig):
    """What to replace in stills."""

    mask: Path | None = option(
        "Mask: an image (white = fill), or a folder with one of the same name for every input.",
        metavar="PATH",
    )


@dataclass(frozen=True, kw_only=True)
class SynthesisConfig:
    """What was never seen is made up of; ``fill`` is narrowed by those who inherit."""

    fill: str = option("", default="auto")
    weights: str | None = option(
        "Weights of RFR-Net: a name that `rfr-video weights list` shows, or a file.", metavar="NAME|PATH"
    )
    device: str = option(
        "Where RFR-Net runs; cuda:1 is the second GPU.", default="auto", metavar="auto|cpu|cuda|mps"
    )

    def __post_init__(self) -> None:
        methods: tuple[str, ...] = get_args(get_type_hints(type(self))["fill"])
        if self.fill not in methods:
            raise UsageError(f"--fill is {self.fill!r}; give one of: {', '.join(methods)}")
        check_device(self.device)
        device_is_idle = self.device != "auto" and not self.uses_device
        if device_is_idle or (self.weights is not None and not self.uses_network):
            raise UsageError(
                f"--fill {self.fill} needs no network: leave out --weights and --device, or give --fill rfr"
            )

    @property
    def uses_network(self) -> bool:
        """Whether RFR-Net may be used at all."""
        return self.fill in ("auto", "rfr")

    @property
    def uses_device(self) -> bool:
        """Whether anything may run where ``device`` says."""
        return self.uses_network


@dataclass(frozen=True, kw_only=True)
class FillConfig(SynthesisConfig):
    """What holes in videos are filled with."""

    fill: FillMethod = option(
        "How holes are filled. temporal: with what other frames show there, the rest by inpainting. rfr: by "
        "RFR-Net, a network, frame by frame. classical: by OpenCV's Telea inpainting, frame by frame. auto: "
        "with what other frames show there; RFR-Net makes up the rest, once, and it is carried along.",
        default="auto",
    )
    quality: FillQuality = option(
        "Effort of auto and temporal: how finely motion is measured, from how many frames is borrowed.",
        default="balanced",
    )
    look_ahead: float | None = option(
        "How many seconds auto and temporal look to either side for pixels to borrow.  "
        "[default: 2, or 1 with --quality fast]",
        metavar="SECONDS",
    )
    flow: str = option(
        "How auto and temporal measure motion from frame to frame. dis: by OpenCV's DIS, on the CPU. A file: "
        "by RAFT with these weights, on --device; needs torchvision. auto: by RAFT where --device is a CUDA "
        "GPU, and torchvision and weights of RAFT are installed; else by DIS.",
        default="auto",
        metavar="auto|dis|PATH",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_effort(self.quality, self.look_ahead)
        for name, is_given in (("look-ahead", self.look_ahead is not None), ("flow", self.flow != "auto")):
            if is_given and not self.is_temporal:
                raise UsageError(
                    f"--fill {self.fill} works frame by frame: leave out --{name}, or give --fill auto"
                )

    @property
    def is_temporal(self) -> bool:
        """Whether holes are filled from other frames first."""
        return self.fill in ("auto", "temporal")

    @property
    def uses_device(self) -> bool:
        """Whether anything may run where ``device`` says: RFR-Net, or RAFT."""
        return self.uses_network or (self.is_temporal and self.flow != "dis")


@dataclass(frozen=True, kw_only=True)
class StillFillConfig(SynthesisConfig):
    """What holes in stills are filled with."""

    fill: StillFillMethod = option(
        "How holes are filled: rfr is RFR-Net, a network; classical is OpenCV's Telea inpainting, "
        "faster on a CPU; auto is rfr where weights are installed.",
        default="auto",
    )


@dataclass(frozen=True, kw_only=True)
class EncodeConfig:
    """How the repaired video is encoded. ``auto`` stays with the source."""

    codec: str = option(
        "Encoder or codec: h264, hevc, av1, vp9, prores, ffv1, h264_nvenc, …", default="auto", metavar="NAME"
    )
    crf: float | None = option("Constant quality on the encoder's own scale; smaller is better.", metavar="N")
    preset: str = option("Speed preset of the encoder.", default="auto", metavar="NAME")
    pix_fmt: str = option("Pixel format.", default="auto", metavar="NAME")
    bitrate: str | None = option(
        "Average bit rate instead of constant quality, for example 8M.", metavar="RATE"
    )

    def __post_init__(self) -> None:
        if self.crf is not None and self.bitrate is not None:
            raise UsageError("--crf and --bitrate exclude each other; give one of them")
        if self.crf is not None and not 0 <= self.crf <= MAX_CRF:
            raise UsageError(f"--crf is {self.crf:g}; give a number from 0 to {MAX_CRF}")
        if self.bitrate is not None and not _BITRATE.fullmatch(self.bitrate):
            raise UsageError(f"bit rate {self.bitrate!r} is not understood; write 800k or 8M")


@dataclass(frozen=True, kw_only=True)
class RestoreConfig:
    """Everything that decides the result of :func:`rfr_video.restore`."""

    mask: MaskConfig = field(default_factory=MaskConfig)
    fill: FillConfig = field(default_factory=FillConfig)
    encode: EncodeConfig = field(default_factory=EncodeConfig)
    adapt: float | None = option(
        "First let RFR-Net learn from this very video for so many seconds (60 if not said), and keep what it "
        "learnt if that is better. Write --adapt=SECONDS.",
        metavar="[SECONDS]",
        bare=60.0,
    )
    start: Instant | None = option(
        "Repair from here on: seconds, time, timecode, or a frame number such as 250f.",
        metavar="TIME",
        parse=Instant.parse,
    )
    end: Instant | None = option(
        "Repair up to here; the rest stays as it is.", metavar="TIME", parse=Instant.parse
    )
    allow_truncated: bool = option(
        "Repair what is there of a file that breaks off; the exit code still tells.", default=False
    )
    drop_unsupported: bool = option(
        "Go on without the streams that the target container cannot carry.", default=False
    )
    provenance: Path | None = option(
        "Also write a video that shows where each pixel came from: de-blended yellow, borrowed green, "
        "carried blue, synthesised red (.mkv).",
        metavar="FILE",
    )
    patch: Path | None = option(
        "Also write the repaired region alone, with alpha, for editors: ProRes 4444 (.mov) or lossless FFV1 "
        "(.mkv).",
        metavar="FILE",
    )
    overwrite: bool = option("Replace the target, and what goes beside it, if it exists.", default=False)

    def __post_init__(self) -> None:
        if self.adapt is None:
            return
        if not 0 < self.adapt < inf:
            raise UsageError(f"--adapt is {self.adapt:g}; give seconds above 0, such as 60")
        if not self.fill.uses_network:
            raise UsageError(
                f"--fill {self.fill.fill} has no network to adapt; leave out --adapt, or give --fill rfr"
            )


@dataclass(frozen=True, kw_only=True)
class ImageConfig:
    """Everything that decides the result of :func:`rfr_video.restore_image`."""

    mask: StillMaskConfig = field(default_factory=StillMaskConfig)
    fill: StillFillConfig = field(default_factory=StillFillConfig)
    overwrite: bool = option("Replace the target if it exists.", default=False)


def check_mask_times(masks: tuple[MaskAt, ...]) -> None:
    """Check that no two hand-made masks have the same time; raises :class:`UsageError`."""
    times = [one.at for one in masks]
    for one in masks:
        if times.count(one.at) > 1:
            raise UsageError(f"--mask-at gives more than one mask at {one.at}; give one of them")


def check_effort(quality: str, look_ahead: float | None) -> None:
    """Check the settings of the temporal fill; raises :class:`UsageError`."""
    if quality not in get_args(FillQuality):
        raise UsageError(f"--quality is {quality!r}; give one of: {', '.join(get_args(FillQuality))}")
    if look_ahead is not None and not 0 < look_ahead <= MAX_LOOK_AHEAD_SECONDS:
        raise UsageError(
            f"--look-ahead is {look_ahead:g}; give seconds above 0, at most {MAX_LOOK_AHEAD_SECONDS:g}"
        )


def check_device(name: str) -> None:
    """Check how a device is named, not whether there is one; raises :class:`UsageError`."""
    if not _DEVICE.fullmatch(name):
        raise UsageError(f"--device is {name!r}; give auto, cpu, cuda, cuda:N or mps")


@dataclass(frozen=True)
class ShareRange:
    """The least and the largest part of a picture that is hole, in percent."""

    least_percent: float
    largest_percent: float

    def __post_init__(self) -> None:
        if not 0 < self.least_percent <= self.largest_percent < 100:
            raise UsageError(f"hole share is {self}; give a range above 0 and below 100, such as 3-40")

    def __str__(self) -> str:
        return f"{self.least_percent:g}-{self.largest_percent:g}"

    @property
    def parts(self) -> tuple[float, float]:
        """Both as parts of the whole, 0 to 1."""
        return self.least_percent / 100, self.largest_percent / 100

    @classmethod
    def parse(cls, text: str) -> "ShareRange":
        """Read ``LEAST-LARGEST``, in percent; raises :class:`UsageError`."""
        match = _SHARE_RANGE.fullmatch(text.strip())
        if not match:
            raise UsageError(f"hole share {text!r} is not LEAST-LARGEST in percent; write 3-40")
        return cls(float(match[1]), float(match[2]))


def parse_crop(text: str) -> int | None:
    """Read the side of a crop in pixels, or ``full``: ``None``; raises :class:`UsageError`."""
    if text == "full":
        return None
    if not text.isdecimal():
        raise UsageError(f"crop {text!r} is not understood; give a number of pixels, or full")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class StillsConfig:
    """What ``evaluate stills`` measures: methods, on crops of the pictures, with random holes."""

    weights: tuple[str, ...] = option(
        "Weights of RFR-Net to measure: a name or a file. Repeatable.", default=(), metavar="NAME"
    )
    yardstick: tuple[Yardstick, ...] = option(
        "Classical method to measure beside. Repeatable.  [default: telea, navier-stokes, and fsr where "
        "OpenCV has it]",
        default=(),
    )
    features: Path | None = option(
        "SqueezeNet 1.0 as .npz; with it, the feature distance is measured too.", metavar="FILE"
    )
    crop_px: int | None = option(
        "Side of the centre crop in pixels, or full for whole pictures.",
        default=256,
        flag="--crop",
        metavar="PX|full",
        parse=parse_crop,
    )
    holes_per_picture: int = option("Holes per picture.", default=6, flag="--holes", metavar="N")
    hole_kind: tuple[HoleKind, ...] = option(
        "Kind of hole; several take turns. Repeatable.", default=("strokes", "box", "text")
    )
    hole_share: ShareRange = option(
        "Part of the picture that is hole, in percent.",
        default=ShareRange(3, 40),
        metavar="LEAST-LARGEST",
        parse=ShareRange.parse,
    )
    hole_shapes: Path | None = option(
        "Folder of logos with alpha, for holes of the kind shape.", metavar="DIR"
    )
    hole_masks: Path | None = option(
        "Folder of masks (white = fill), for holes of the kind mask.", metavar="DIR"
    )
    seed: int = option("Another seed draws other holes.", default=0, metavar="N")
    device: str = option("Where networks run: auto, cpu, cuda, cuda:1, mps.", default="auto", metavar="NAME")

    def __post_init__(self) -> None:
        if self.crop_px is not None and self.crop_px < LEAST_CROP_PX:
            raise UsageError(f"--crop is {self.crop_px}; give {LEAST_CROP_PX} pixels or more, or full")
        if self.holes_per_picture < 1:
            raise UsageError(f"--holes is {self.holes_per_picture}; give at least 1")
        check_device(self.device)
        if self.seed < 0:
            raise UsageError(f"--seed is {self.seed}; give a number from 0 on")
        for kind, folder, flag in (
            ("shape", self.hole_shapes, "--hole-shapes"),
            ("mask", self.hole_masks, "--hole-masks"),
        ):
            if (kind in self.hole_kind) != (folder is not None):
                raise UsageError(f"--hole-kind {kind} and {flag} belong together; give both or neither")
        for name, values in (("weights", self.weights), ("yardstick", self.yardstick)):
            if repeated := {value for value in values if values.count(value) > 1}:  # pyright: ignore[reportUnknownMemberType]
                raise UsageError(f"--{name} {min(repeated)} is given more than once; give it once")


@dataclass(frozen=True, kw_only=True)
class ClipsConfig:
    """What ``evaluate clips`` measures: what is burned into clean clips, and what takes it out again."""

    frames: int = option("Measure the first N frames of every clip.", default=60, metavar="N")
    method: tuple[ClipMethod, ...] = option(
        "What to measure: a mode of `restore --fill`, or a yardstick beside them. Repeatable.  [default: "
        "auto, telea, navier-stokes, removelogo]",
        default=(),
    )
    overlay: tuple[BurnIn, ...] = option(
        "Burn in the text of a logo, or a box. Repeatable.  [default: both, if nothing else is burned in]",
        default=(),
    )
    logo: tuple[Path, ...] = option("Burn in a picture with alpha. Repeatable.", default=(), metavar="FILE")
    opacity: float = option("Opacity of these pictures, 0 to 1.", default=1.0, metavar="PART")
    corner: Corner = option("Where they sit.", default="top-right")
    logo_width_percent: float = option(
        "Their width, in percent of the clip's.", default=15.0, flag="--logo-width", metavar="PERCENT"
    )
    mask_folder: Path | None = option(
        "Blank what masks cover. In the folder lies, under each clip's name, a folder of numbered images, an "
        "image or a video (white = blank).",
        metavar="DIR",
    )
    tape: tuple[Path, ...] = option(
        "Lay a video of noise on black over the clips. Repeatable.", default=(), metavar="FILE"
    )
    protocol: bool = option(
        "Shrink the clips to 432×240 first, and measure PSNR and SSIM of whole frames too, as papers on "
        "video inpainting do.",
        default=False,
    )
    quality: FillQuality = option("Effort of the modes auto and temporal.", default="balanced")
    look_ahead: float | None = option(
        "How many seconds these look to either side for pixels to borrow.  "
        "[default: 2, or 1 with --quality fast]",
        metavar="SECONDS",
    )
    flow: str = option(
        "How these measure motion from frame to frame; PATH is a file of RAFT's weights.",
        default="auto",
        metavar="auto|dis|PATH",
    )
    weights: str | None = option(
        "Weights of RFR-Net for the modes that use it: a name or a file.", metavar="NAME|PATH"
    )
    device: str = option("Where networks run: auto, cpu, cuda, cuda:1, mps.", default="auto", metavar="NAME")

    def __post_init__(self) -> None:
        check_device(self.device)
        check_effort(self.quality, self.look_ahead)
        for name, is_given in (("look-ahead", self.look_ahead is not None), ("flow", self.flow != "auto")):
            if is_given and not {"auto", "temporal"} & {*self.methods}:
                raise UsageError(
                    f"--{name} is for auto and temporal, and what is measured is {', '.join(self.methods)}; "
                    "leave it out, or measure one of those"
                )
        if self.frames < 1:
            raise UsageError(f"--frames is {self.frames}; give at least 1, and 2 or more to measure flicker")
        if not 0 < self.opacity <= 1:
            raise UsageError(f"--opacity is {self.opacity:g}; give a number above 0, up to 1")
        if not 0 < self.logo_width_percent <= 100:
            raise UsageError(f"--logo-width is {self.logo_width_percent:g}; give percent above 0, up to 100")
        if self.opacity != 1 and not self.logo:
            raise UsageError("--opacity is that of a --logo, and none is given; give one, or leave it out")
        for name, values in (
            ("method", self.method),
            ("overlay", self.overlay),
            ("logo", self.logo),
            ("tape", self.tape),
        ):
            if repeated := {value for value in values if values.count(value) > 1}:  # pyright: ignore[reportUnknownMemberType]
                raise UsageError(f"--{name} {min(repeated)} is given more than once; give it once")

    @property
    def methods(self) -> tuple[ClipMethod, ...]:
        """What is measured."""
        return self.method or ("auto", "telea", "navier-stokes", "removelogo")

    @property
    def overlays(self) -> tuple[BurnIn, ...]:
        """What is drawn by the program itself."""
        nothing_else = not (self.logo or self.mask_folder or self.tape)
        return self.overlay or (("logo", "box") if nothing_else else ())


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Material and conditions of a training; what it computes is said by its recipe."""

    images: tuple[Path, ...] = option(
        "Folder of images to learn from; repeatable.", default=(), metavar="DIR"
    )
    videos: tuple[Path, ...] = option(
        "Video, or folder of videos, to take frames from. Repeatable.", default=(), metavar="PATH"
    )
    hole_shapes: Path | None = option("Folder of logos: their opaque parts become holes.", metavar="DIR")
    hole_masks: Path | None = option("Folder of masks, white = hole.", metavar="DIR")
    features: Path | None = option(
        "For perceptual and style losses: SqueezeNet's .npz, VGG16's .pth, or the word vgg16 to download it.",
        metavar="FILE",
    )
    overrides: tuple[str, ...] = option(
        "Change the recipe, for example schedule.steps=500. Repeatable.",
        default=(),
        flag="--set",
        metavar="KEY=VALUE",
    )
    steps: int | None = option("Stop after so many steps.", metavar="N")
    minutes: float | None = option("Stop after so many minutes.", metavar="M")
    device: str = option("cpu, cuda, cuda:N or mps.", default="auto", metavar="NAME")
    threads: int | None = option("Threads of the processor.", metavar="N")
    workers: int = option(
        "Processes that prepare batches, for a fast GPU; 0 is a thread.", default=0, metavar="N"
    )
    resume: bool = option("Go on with the run in the folder.", default=False)

    def __post_init__(self) -> None:
        check_device(self.device)
        if not self.images and not self.videos:
            raise UsageError("there is nothing to learn from; give --images or --videos")
        if self.steps is not None and self.minutes is not None:
            raise UsageError("--steps and --minutes exclude each other; give one of them")
        for name, value in (("steps", self.steps), ("threads", self.threads)):
            if value is not None and value < 1:
                raise UsageError(f"--{name} is {value}; give a whole number from 1 on")
        if self.minutes is not None and not 0 < self.minutes < inf:
            raise UsageError(f"--minutes is {self.minutes:g}; give a number above 0")
        if self.workers < 0:
            raise UsageError(f"--workers is {self.workers}; give a whole number from 0 on")
