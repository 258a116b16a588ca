"""Which stream of a result is the copy of which stream of the source."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer
from av.stream import AttachmentStream, Stream

from rfr_video.errors import EncodeError
from rfr_video.media.source import codec_name
from rfr_video.media.streams import Fate, Passenger, add_copy, is_cover, is_rebuilt, plan_passengers
from rfr_video.media.target import container_of
from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.packets import StreamPair
from rfr_video.media.verification.times import is_same_kind


@dataclass(frozen=True)
class Pairing:
    """The streams of two files.

    Attributes:
        pairs: Copied streams.
        checks: What became of all others, and of attachments.
    """

    pairs: tuple[StreamPair, ...]
    checks: tuple[Check, ...]


def likely_fates(
    source: InputContainer, *, videos: tuple[Stream, Stream], name: Path
) -> tuple[Passenger, ...]:
    """Return what a restoration would have made of the streams beside the video, going by the result's name.

    Args:
        source: The open source.
        videos: The repaired stream, and what it has become.
        name: Of the result.
    """
    expected, seen = videos
    try:
        return plan_passengers(
            source,
            video_index=expected.index,
            container=container_of(name),
            add_video=lambda target: add_copy(target, seen),
        )
    except EncodeError:  # a container that is read only
        others = [stream for stream in source.streams if stream.index != expected.index]
        return tuple(Passenger(one.index, one.type, codec_name(one), Fate.COPIED) for one in others)


def paired(
    source: InputContainer,
    result: InputContainer,
    *,
    passengers: tuple[Passenger, ...],
    result_video: Stream,
) -> Pairing:
    """Find the copy of every stream: the first one of its kind and codec that is not taken yet.

    Between containers of different kinds the codec may go by another name (mp2 is mp3 in MP4).

    Args:
        source: The open source.
        result: The open result.
        passengers: What was to become of the source's streams; those that are not among them are left out.
        result_video: The repaired stream, which is not a copy.
    """
    fates = {one.index: one for one in passengers}
    left = [one for one in result.streams if one.index != result_video.index]
    pairs: list[StreamPair] = []
    checks: list[Check] = []
    for stream in source.streams:
        passenger = fates.get(stream.index)
        if passenger is None:
            continue
        if passenger.fate is not Fate.COPIED:
            words = f"{passenger.fate.value}: {passenger.reason}"
            checks.append(Check(str(passenger), Outcome.EXPLAINED, words))
            continue
        copy = _copy_of(stream, left, any_codec=not is_same_kind(source, result))
        if copy is None:
            checks.append(Check(str(passenger), Outcome.DIFFERS, "missing"))
            continue
        left.remove(copy)
        if isinstance(stream, AttachmentStream) and isinstance(copy, AttachmentStream):
            checks.append(_attachment(stream, copy, name=str(passenger)))
        else:
            pairs.append(StreamPair(stream, copy))
    return Pairing(tuple(pairs), (*checks, *_strangers(left, result)))


def _copy_of(stream: Stream, candidates: list[Stream], *, any_codec: bool) -> Stream | None:
    alike = [one for one in candidates if one.type == stream.type and is_cover(one) == is_cover(stream)]
    same = [one for one in alike if codec_name(one) == codec_name(stream)]
    return next(iter(same or (alike if any_codec else ())), None)


def _attachment(stream: AttachmentStream, copy: AttachmentStream, *, name: str) -> Check:
    if (stream.name, bytes(stream.data or b"")) == (copy.name, bytes(copy.data or b"")):
        return Check(name, Outcome.SAME, f"{stream.name}: the same {len(stream.data or b'')} bytes")
    return Check(name, Outcome.DIFFERS, f"{stream.name}: other bytes or another name ({copy.name})")


def _strangers(streams: list[Stream], result: InputContainer) -> Iterator[Check]:
    """Name the streams that the source has not, but for what muxers write by themselves."""
    for stream in streams:
        if not is_rebuilt(stream, result):
            name = f"stream {stream.index} of the result ({stream.type}, {codec_name(stream)})"
            yield Check(name, Outcome.DIFFERS, "the source has no such stream")
