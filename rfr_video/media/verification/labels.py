"""What is written about a file and its streams: tags, chapters, languages, dispositions."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from av.container import InputContainer
from av.stream import Stream

from rfr_video.media.source import disposition_names
from rfr_video.media.tags import kept_tags
from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.packets import StreamPair
from rfr_video.media.verification.times import is_same_kind

# What containers write by themselves, each in its way.
_OWN_TAGS = frozenset(("major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id"))
_CREATED = "creation_time"  # of a track: libavformat gives all tracks of MP4 the time of the file
_NO_LANGUAGE = ("language", "und")
_OWN_DISPOSITIONS = frozenset(("default",))
_NAMES = {"name": "title"}  # of a track: the same thing in MP4 and elsewhere
_ROUNDING = Fraction(1, 1000)


def label_checks(
    source: InputContainer, result: InputContainer, pairs: Iterable[StreamPair]
) -> Iterator[Check]:
    """Compare what is written about two open files.

    A tag that is lost between containers of different kinds is explained by them; another value never is.

    Args:
        source: The open source.
        result: The open result.
        pairs: Their streams, the repaired ones too.
    """
    same_kind = is_same_kind(source, result) and _is_quicktime(source) == _is_quicktime(result)
    yield _tag_check("tags of the file", source.metadata, result.metadata, same_kind=same_kind)
    yield _chapter_check(source, result, same_kind=same_kind)
    for pair in pairs:
        yield _stream_check(pair, same_kind=same_kind)


def _is_quicktime(container: InputContainer) -> bool:
    """Whether it is MOV, not MP4, which one demuxer reads but two muxers write."""
    return container.metadata.get("major_brand", "").startswith("qt")


def _stream_check(pair: StreamPair, *, same_kind: bool) -> Check:
    name = f"tags of {pair.name}"
    check = _tag_check(name, _stream_tags(pair.source), _stream_tags(pair.result), same_kind=same_kind)
    own = frozenset[str]() if same_kind else _OWN_DISPOSITIONS
    was, now = (set(disposition_names(one.disposition)) - own for one in (pair.source, pair.result))
    if was == now or check.outcome is Outcome.DIFFERS:
        return check
    outcome = Outcome.DIFFERS if same_kind else Outcome.EXPLAINED
    return Check(name, outcome, f"disposition {_listed(now)} instead of {_listed(was)}")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _stream_tags(stream: Stream) -> dict[str, str]:
    return {_NAMES.get(key, key): value for key, value in stream.metadata.items() if key != _CREATED}


def _tag_check(name: str, source: dict[str, str], result: dict[str, str], *, same_kind: bool) -> Check:
    was, now = _comparable(source), _comparable(result)
    changed = [
        f"{key} is {now[key]!r} instead of {value!r}"
        for key, value in was.items()
        if now.get(key, value) != value
    ]
    lost = [key for key in was if key not in now]
    if changed or (lost and same_kind):
        words = changed + ([f"lost: {', '.join(lost)}"] if lost else [])
        return Check(name, Outcome.DIFFERS, "; ".join(words))
    if lost:
        return Check(name, Outcome.EXPLAINED, f"the container has no place for {', '.join(lost)}")
    return Check(name, Outcome.SAME, f"{len(was)} tags")


def _comparable(tags: dict[str, str]) -> dict[str, str]:
    return {
        key.lower(): value
        for key, value in kept_tags(tags).items()
        if key.lower() not in _OWN_TAGS and (key, value) != _NO_LANGUAGE
    }


def _chapter_check(source: InputContainer, result: InputContainer, *, same_kind: bool) -> Check:
    was, now = _chapters(source), _chapters(result)
    name = "chapters"
    if was and not now and not same_kind:
        return Check(name, Outcome.EXPLAINED, f"the container has no place for {len(was)}")
    if len(was) != len(now):
        return Check(name, Outcome.DIFFERS, f"{len(now)} instead of {len(was)}")
    tolerance = Fraction(0) if same_kind else _ROUNDING
    for number, (before, after) in enumerate(zip(was, now, strict=True), start=1):
        if before[1] != after[1]:
            return Check(name, Outcome.DIFFERS, f"chapter {number} is {after[1]!r} instead of {before[1]!r}")
        if any(abs(a - b) > tolerance for a, b in zip(before[0], after[0], strict=True)):
            words = f"chapter {number} starts or ends at another time than {float(before[0][0]):.3f} s on"
            return Check(name, Outcome.DIFFERS, words)
    return Check(name, Outcome.SAME, str(len(was)))


def _chapters(container: InputContainer) -> list[tuple[tuple[Fraction, Fraction], str]]:
    chapters: list[tuple[tuple[Fraction, Fraction], str]] = []
    for one in container.chapters():
        base = one["time_base"] or Fraction(0)
        chapters.append(((one["start"] * base, one["end"] * base), one["metadata"].get("title", "")))
    return chapters
