"""``rfr-video probe``."""

from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rfr_video.cli import console
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.media.probe import VideoInfo


@click.command("probe", short_help="Show what is in a video file.")
@click.argument("source", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def probe_command(source: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Show what is in FILE: streams, sizes, rates, colour, timestamps."""
    from rfr_video.media.probe import probe

    info = probe(source)
    if as_json:
        console.say(json_text(asdict(info)))
    else:
        console.table(_rows(info))


def _rows(info: "VideoInfo") -> Iterator[tuple[str, str]]:
    video = info.video
    yield "file", str(info.path)
    yield "container", f"{info.container}, {info.size_bytes:,} bytes, {_seconds(info.duration_seconds)}"
    yield f"stream {video.index}: video", f"{video.codec} {video.profile or ''}".strip()
    yield (
        "picture",
        f"{video.width}×{video.height} {video.pix_fmt}, sample aspect {_ratio(video.sample_aspect_ratio)}",
    )
    yield "rate", f"{float(video.rate):g} frames/s ({video.rate}), time base {video.time_base}"
    yield "frames", f"{video.frame_count or 'not stated'}, first at pts {video.start_pts}"
    color = video.color
    yield (
        "colour",
        f"matrix {color.matrix}, {color.color_range.name.lower()} range, primaries {color.primaries}, "
        f"transfer {color.transfer}, chroma location {color.chroma_location.option}",
    )
    yield "scan", video.field_order.name.lower()
    yield from _optional_rows(info)
    for other in info.others:
        words = [other.codec, other.language or "", other.title or "", *other.disposition]
        yield f"stream {other.index}: {other.kind}", ", ".join(word for word in words if word)


def _optional_rows(info: "VideoInfo") -> Iterator[tuple[str, str]]:
    video = info.video
    if video.display_matrix:
        shown = video.shown_picture
        yield "shown", f"{video.orientation}, {shown.width}×{shown.height}"
    if video.mastering_display:
        yield "mastering display", video.mastering_display.as_decimals()
    if video.content_light:
        yield "content light", f"{video.content_light} cd/m²"
    for program in info.programs:
        yield "program", ", ".join((str(program.number), *program.tags.values()))
    if info.chapter_count:
        yield "chapters", str(info.chapter_count)


def _seconds(duration: Fraction | None) -> str:
    return "duration not stated" if duration is None else f"{float(duration):.3f} s"


def _ratio(ratio: Fraction | None) -> str:
    return "not stated" if ratio is None else f"{ratio.numerator}:{ratio.denominator}"
