"""What belongs to the file as a whole: tags, chapters, and the muxer options that keep times exact."""

import math
import re

from av.container import InputContainer, OutputContainer
from av.stream import Stream

from rfr_video.media.containers import ISO_FAMILY, MATROSKA_FAMILY, PROGRAM_STREAMS
from rfr_video.media.programs import programs

# Statistics that describe the old encoding and would be wrong for the new one.
_STALE_TAGS = re.compile(
    r"((BPS|NUMBER_OF_FRAMES|NUMBER_OF_BYTES|DURATION)(-\w+)?|_STATISTICS_.*|ENCODER|ALPHA_MODE)",
    re.IGNORECASE,
)
_MAX_TIMESCALE = 1 << 31


def copy_tags(source: InputContainer, target: OutputContainer) -> None:
    """Copy the metadata and the chapters of the file."""
    target.metadata.update(kept_tags(source.metadata))
    if target.format.name == "mpegts" and (services := programs(source)):
        target.metadata.update(services[0].tags)
    if chapters := source.chapters():
        target.set_chapters(chapters)


def container_options(source: InputContainer, container: str) -> dict[str, str]:
    """Return muxer options that keep timestamps and tags as they are."""
    if container == "mpegts":
        services = programs(source)
        return {"mpegts_copyts": "1"} | ({"mpegts_service_id": str(services[0].number)} if services else {})
    if container in PROGRAM_STREAMS:
        return {"preload": "0"}
    if container in MATROSKA_FAMILY:
        return {"fflags": "+bitexact"}  # no random identifier, so that the same run gives the same file
    if container not in ISO_FAMILY:
        return {}
    bases = [stream.time_base.denominator for stream in source.streams if stream.time_base]
    ticks = math.lcm(*bases)
    options = {"movie_timescale": str(ticks if ticks < _MAX_TIMESCALE else max(bases))}  # of the edit lists
    if any(key.startswith("com.") for key in source.metadata):
        options["movflags"] = "use_metadata_tags"
    return options


def stream_tags(stream: Stream, target: OutputContainer) -> dict[str, str]:
    """Return a stream's tags under the names that the target's muxer reads them by."""
    tags = dict(stream.metadata)
    if target.format.name in ISO_FAMILY and "name" in tags:
        tags.setdefault("title", tags.pop("name"))  # written as the track's name, which is read as "name"
    return tags


def kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags that are true of a new encoding too."""
    return {key: value for key, value in tags.items() if not _STALE_TAGS.fullmatch(key)}
