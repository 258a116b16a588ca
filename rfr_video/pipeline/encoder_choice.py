"""The choice of the encoder: what the user asked for, else what stays with the source."""

from dataclasses import dataclass

from rfr_video.config import EncodeConfig
from rfr_video.errors import EncodeError
from rfr_video.media.containers import ISO_FAMILY, NO_NEGATIVE_TIMES
from rfr_video.media.encoders import (
    Encoder,
    QualityScale,
    find_encoders,
    has_encoder,
    with_source_profile,
)
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.probe import VideoStreamInfo

FALLBACK_CODEC = "h264"
DNXHD_RATES = (36, 45, 60, 75, 80, 90, 100, 110, 115, 120, 145, 175, 180, 185, 220, 240, 290, 365, 440)
REORDERED_FRAMES = 4  # no encoder decodes further ahead than that


@dataclass(frozen=True)
class Choice:
    """One automatic or requested choice, and why it fell so."""

    name: str
    value: str
    reason: str


def choose_encoder(
    config: EncodeConfig, video: VideoStreamInfo, *, container: str
) -> tuple[EncoderSettings, tuple[Choice, ...]]:
    """Choose encoder, pixel format, quality, preset and B-frames.

    Raises:
        EncodeError: The codec is unknown, or cannot do the pixel format or an option asked for.
    """
    encoder, codec_choice = _encoder(config, video)
    pix_fmt, format_choice = _pixel_format(config, video, encoder)
    quality, quality_choice = _quality(config, video, encoder)
    preset, preset_choice = _preset(config, encoder)
    order, order_choice = _reordering(encoder, video, container)
    settings = EncoderSettings(encoder, pix_fmt, {**quality, **preset, **order})
    choices = (codec_choice, format_choice, quality_choice, preset_choice, order_choice)
    return settings, tuple(choice for choice in choices if choice)


def _encoder(config: EncodeConfig, video: VideoStreamInfo) -> tuple[Encoder, Choice]:
    wanted_format = video.pix_fmt if config.pix_fmt == "auto" else config.pix_fmt
    if config.codec != "auto":
        candidates, reason = find_encoders(config.codec), "asked for"
    elif has_encoder(video.codec):
        candidates, reason = find_encoders(video.codec), f"the source is {video.codec}"
    else:
        candidates = find_encoders(FALLBACK_CODEC)
        reason = f"there is no encoder for the source's codec {video.codec}"
    fitting = [encoder for encoder in candidates if encoder.exact_format(wanted_format)]
    encoder = with_source_profile((fitting or candidates)[0], video.profile)
    return encoder, Choice("encoder", encoder.name, reason)


def _pixel_format(config: EncodeConfig, video: VideoStreamInfo, encoder: Encoder) -> tuple[str, Choice]:
    if config.pix_fmt == "auto":
        exact = encoder.exact_format(video.pix_fmt)
        if exact is None:
            raise EncodeError(
                f"encoder {encoder.name} cannot keep pixel format {video.pix_fmt}; it takes "
                f"{', '.join(encoder.pixel_formats)}: choose another --codec, or one of these with --pix-fmt"
            )
        same = (
            "the source's" if exact == video.pix_fmt else f"the same samples as the source's {video.pix_fmt}"
        )
        return exact, Choice("pixel format", exact, same)
    if not encoder.accepts(config.pix_fmt):
        raise EncodeError(
            f"encoder {encoder.name} does not take pixel format {config.pix_fmt}; "
            f"it takes {', '.join(encoder.pixel_formats)}"
        )
    exact = encoder.exact_format(video.pix_fmt) == config.pix_fmt or config.pix_fmt == video.pix_fmt
    note = "" if exact else f"; every sample of the {video.pix_fmt} source is converted"
    return config.pix_fmt, Choice("pixel format", config.pix_fmt, f"asked for{note}")


def _quality(
    config: EncodeConfig, video: VideoStreamInfo, encoder: Encoder
) -> tuple[dict[str, str], Choice | None]:
    if encoder.lossless:
        if config.crf is not None or config.bitrate is not None:
            raise EncodeError(f"encoder {encoder.name} is lossless; leave --crf and --bitrate out")
        return {}, Choice("quality", "lossless", f"{encoder.name} is always lossless")
    if config.bitrate is not None:
        return {"b": config.bitrate}, Choice("quality", f"{config.bitrate}bit/s on average", "asked for")
    if config.crf is not None:
        if encoder.scale is QualityScale.NONE:
            raise EncodeError(
                f"encoder {encoder.name} has no constant quality; use --bitrate or leave --crf out"
            )
        if config.crf > encoder.worst_quality:
            raise EncodeError(
                f"--crf is {config.crf:g}; {encoder.name} takes numbers from 0 to {encoder.worst_quality:g}"
            )
        words = f"{encoder.scale.value} {config.crf:g}"
        return encoder.quality_options(config.crf), Choice("quality", words, "asked for")
    if encoder.needs_bit_rate and video.bit_rate:
        rate = min(DNXHD_RATES, key=lambda known: abs(known - (video.bit_rate or 0) / 1e6))
        return {"b": f"{rate}M"}, Choice("quality", f"{rate} Mbit/s", "the format's nearest to the source's")
    if encoder.quality is None:
        return {}, None
    words = f"{encoder.scale.value} {encoder.quality:g}"
    return encoder.quality_options(encoder.quality), Choice("quality", words, "visually lossless")


def _preset(config: EncodeConfig, encoder: Encoder) -> tuple[dict[str, str], Choice | None]:
    if config.preset != "auto":
        if encoder.preset is None:
            raise EncodeError(f"encoder {encoder.name} has no presets; leave --preset out")
        return {encoder.preset_option: config.preset}, Choice("preset", config.preset, "asked for")
    if encoder.preset is None:
        return {}, None
    return {encoder.preset_option: encoder.preset}, Choice("preset", encoder.preset, "the default")


def _reordering(
    encoder: Encoder, video: VideoStreamInfo, container: str
) -> tuple[dict[str, str], Choice | None]:
    """Leave B-frames out where the container could not keep the frames' times with them."""
    if container == "avi":
        return _avi_reordering(encoder, video.reorder_depth), None
    if not encoder.reorders:
        return {}, None
    if container in ISO_FAMILY and video.variable_rate is not False:
        may = "differ" if video.variable_rate else "may differ"
        reason = f"{container} stores durations in coding order, and this video's {may}"
    elif container in NO_NEGATIVE_TIMES and video.start_pts * video.time_base * video.rate < REORDERED_FRAMES:
        reason = f"the video starts at 0, and {container} has no times below 0 to decode ahead"
    else:
        return {}, None
    return {"bf": "0"}, Choice("B-frames", "none", reason)


def _avi_reordering(encoder: Encoder, depth: int) -> dict[str, str]:
    """Reorder as deep as the source did.

    AVI stores no presentation times: readers derive them from the order of decoding and the depth, so a
    different depth would shift the picture against the sound.
    """
    if depth == 0 or not encoder.name.startswith(("libx264", "mpeg4")):
        return {"bf": "0"}
    if encoder.name == "mpeg4":
        return {"bf": "1"}
    return {"bf": "2", "b-pyramid": "none"} if depth == 1 else {"bf": "3", "b-pyramid": "normal"}
