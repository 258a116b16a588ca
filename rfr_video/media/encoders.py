"""What each video encoder of this FFmpeg build needs: quality scales, presets, time bases, field coding.

Facts only; what is chosen for a source, and why, is the plan's business.
"""

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import Enum
from fractions import Fraction

import av

from rfr_video.errors import EncodeError
from rfr_video.media.layout import twins

# ISO/IEC 13818-2 table 6-4: what a sequence header can say.
_MPEG_RATES = tuple(
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
_MPEG4_CLOCK = 65535  # ticks per second that MPEG-4 part 2 can count
_QP_TO_LAMBDA = 118  # FF_QP2LAMBDA: FFmpeg's old encoders take quality in these units


class QualityScale(Enum):
    """How an encoder takes constant quality."""

    CRF = "crf"
    QSCALE = "qscale"
    CQ = "cq"
    NONE = "none"


@dataclass(frozen=True)
class Encoder:
    """Facts about one encoder.

    Attributes:
        name: FFmpeg's name of the encoder.
        scale: How it takes constant quality.
        quality: The value at which it is visually lossless.
        worst_quality: The largest value of the scale.
        preset: Its default preset, ``None`` if it has none.
        preset_option: The option that takes the preset.
        lossless: Whether it always returns the very samples that went in.
        rates: The only frame rates that it takes; empty when it takes any.
        needs_bit_rate: Whether its formats are fixed bit rates, so that only the source's fits.
        reorders: Whether it uses B-frames, and so stores frames in another order, unless told not to.
        field_flags: Flags for interlaced pictures.
        options: Options that it always gets.
    """

    name: str
    scale: QualityScale = QualityScale.NONE
    quality: float | None = None
    worst_quality: float = 51
    preset: str | None = None
    preset_option: str = "preset"
    lossless: bool = False
    rates: tuple[Fraction, ...] = ()
    needs_bit_rate: bool = False
    reorders: bool = False
    field_flags: str = ""
    options: dict[str, str] = field(default_factory=dict[str, str])

    def nominal_rate(self, rate: Fraction) -> Fraction:
        """Return the frame rate to tell the encoder: the nearest that it knows.

        Frames keep their own times whatever it is told.
        """
        if self.rates:
            return min(self.rates, key=lambda known: abs(known - rate))
        if rate.numerator > _MPEG4_CLOCK:
            return Fraction(max(1, round(rate * 1000)), 1000)
        return rate

    @property
    def pixel_formats(self) -> tuple[str, ...]:
        """The pixel formats that it takes; empty when it takes any."""
        return tuple(entry.name for entry in av.Codec(self.name, "w").video_formats or ())

    def accepts(self, pix_fmt: str) -> bool:
        """Whether it takes a pixel format."""
        return not self.pixel_formats or pix_fmt in self.pixel_formats

    def exact_format(self, pix_fmt: str) -> str | None:
        """Return the pixel format that it takes and that holds the same samples, or ``None``."""
        return next((twin for twin in twins(pix_fmt) if self.accepts(twin)), None)

    def quality_options(self, value: float) -> dict[str, str]:
        """Return the options for constant quality at ``value`` on the encoder's own scale."""
        if self.scale is QualityScale.CRF:
            return {"crf": f"{value:g}"}
        if self.scale is QualityScale.CQ:
            return {"rc": "vbr", "cq": f"{value:g}", "b": "0"}
        if self.scale is QualityScale.QSCALE:
            return {"flags": "+qscale", "global_quality": str(round(value * _QP_TO_LAMBDA))}
        return {}


def _x264(name: str) -> Encoder:
    return Encoder(
        name, scale=QualityScale.CRF, quality=16, preset="medium", reorders=True, field_flags="+ildct"
    )


def _mpeg(name: str, *, fields: bool = False, rates: tuple[Fraction, ...] = ()) -> Encoder:
    flags = "+ildct+ilme" if fields else ""
    return Encoder(
        name, scale=QualityScale.QSCALE, quality=2, worst_quality=31, rates=rates, field_flags=flags
    )


def _lossless(name: str, **options: str) -> Encoder:
    return Encoder(name, lossless=True, options=options)


def _nvenc(name: str) -> Encoder:
    return Encoder(name, scale=QualityScale.CQ, quality=17, preset="p5", reorders=True)


_ENCODERS = {
    encoder.name: encoder
    for encoder in (
        _x264("libx264"),
        _x264("libx264rgb"),
        Encoder("libx265", scale=QualityScale.CRF, quality=18, preset="medium", reorders=True),
        Encoder("libsvtav1", scale=QualityScale.CRF, quality=18, worst_quality=63, preset="6"),
        Encoder(
            "libvpx-vp9",
            scale=QualityScale.CRF,
            quality=18,
            worst_quality=63,
            preset="2",
            preset_option="cpu-used",
            options={"b": "0", "row-mt": "1"},
        ),
        Encoder(
            "libvpx",
            scale=QualityScale.CRF,
            quality=6,
            worst_quality=63,
            preset="2",
            preset_option="cpu-used",
            options={"b": "60M"},  # its constant quality is a ceiling below this rate
        ),
        _nvenc("h264_nvenc"),
        _nvenc("hevc_nvenc"),
        _nvenc("av1_nvenc"),
        _mpeg("mpeg1video", rates=_MPEG_RATES),
        _mpeg("mpeg2video", fields=True, rates=_MPEG_RATES),
        _mpeg("mpeg4", fields=True),
        _mpeg("msmpeg4"),
        _mpeg("wmv2"),
        _mpeg("flv"),
        _mpeg("h263"),
        Encoder("mjpeg", scale=QualityScale.QSCALE, quality=2, worst_quality=31),
        Encoder("prores_ks", field_flags="+ildct", options={"vendor": "apl0"}),
        Encoder("dnxhd", needs_bit_rate=True, field_flags="+ildct"),
        Encoder("dvvideo", rates=(Fraction(25), Fraction(30000, 1001))),
        Encoder("cfhd"),
        _lossless("ffv1", level="3", slicecrc="1"),
        _lossless("huffyuv"),
        _lossless("ffvhuff"),
        _lossless("utvideo"),
        _lossless("magicyuv"),
        _lossless("rawvideo"),
        _lossless("v210"),
        _lossless("qtrle"),
        _lossless("png"),
    )
}

# The encoder that stays in the family of a source's codec, first choice first.
_FAMILIES = {
    "h264": ("libx264", "libx264rgb"),
    "hevc": ("libx265",),
    "av1": ("libsvtav1",),
    "vp9": ("libvpx-vp9",),
    "vp8": ("libvpx",),
    "prores": ("prores_ks",),
    "msmpeg4v3": ("msmpeg4",),
    "flv1": ("flv",),
}

_OTHER_NAMES = {"h265": "hevc", "avc": "h264", "x264": "libx264", "x265": "libx265", "mpeg2": "mpeg2video"}

_PRORES_PROFILES = {
    "Proxy": "proxy",
    "LT": "lt",
    "Standard": "standard",
    "HQ": "hq",
    "4444": "4444",
    "XQ": "4444xq",
}


def find_encoders(name: str) -> tuple[Encoder, ...]:
    """Return the encoders that a name stands for: one encoder, or those of a codec family.

    Raises:
        EncodeError: This build of FFmpeg knows no such encoder.
    """
    name = _OTHER_NAMES.get(name, name)
    if name in _FAMILIES:
        return tuple(_ENCODERS[encoder] for encoder in _FAMILIES[name])
    if name in _ENCODERS:
        return (_ENCODERS[name],)
    try:
        codec = av.Codec(name, "w")
    except ValueError:
        known = sorted({*_FAMILIES, *_ENCODERS})
        close = get_close_matches(name, known, n=3) or ["h264", "hevc", "av1", "ffv1"]
        raise EncodeError(f"codec {name!r} is not known; did you mean {', '.join(close)}?") from None
    if codec.type != "video":
        raise EncodeError(f"codec {name!r} is for {codec.type}; a video codec is wanted")
    return (_ENCODERS.get(codec.name, Encoder(codec.name)),)


def known_encoders() -> tuple[str, ...]:
    """Return the names of all encoders whose quality is under control, whether this build has them or not."""
    return tuple(_ENCODERS)


def has_encoder(codec: str) -> bool:
    """Whether this build can encode a codec, by FFmpeg's canonical name, with quality under control."""
    return codec in _FAMILIES or codec in _ENCODERS


def is_lossless(codec: str) -> bool:
    """Whether a codec, by FFmpeg's canonical name, always gives back the very samples that went in."""
    return codec in _ENCODERS and _ENCODERS[codec].lossless


def with_source_profile(encoder: Encoder, profile: str | None) -> Encoder:
    """Stay in the source's profile for the codecs whose profile is their quality (ProRes, DNxHR)."""
    if encoder.name == "prores_ks" and profile in _PRORES_PROFILES:
        return replace(encoder, options={**encoder.options, "profile": _PRORES_PROFILES[profile]})
    if encoder.name == "dnxhd" and profile and profile.startswith("DNXHR"):
        return replace(encoder, needs_bit_rate=False, options={"profile": profile.lower().replace(" ", "_")})
    return encoder
