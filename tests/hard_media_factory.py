"""Hard media made for the tests, and what a result is compared by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from media_factory import decode, packets, presentation

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.pipeline.report import Report

PLAIN = RestoreConfig(
    mask=MaskConfig(box=(Box(2, 2, 12, 10),)), fill=FillConfig(fill="classical"), overwrite=True
)
LOSSLESS = replace(PLAIN, encode=EncodeConfig(codec="ffv1"))


def repaired(source: Path, suffix: str | None = None, config: RestoreConfig = PLAIN) -> tuple[Path, Report]:
    """Repair a box of 12×10 samples at 2, 2; return the result, beside the source, and the report."""
    target = source.with_name(f"result{suffix or source.suffix}")
    return target, restore(source, target, config)


def passengers_are_the_same(source: Path, target: Path) -> None:
    """Compare bytes and times of all packets but the repaired stream's."""
    assert packets(target) == packets(source)


def times_are_the_same(source: Path, target: Path) -> None:
    """Compare when every frame is shown, and for how long."""
    assert presentation(target) == presentation(source)


def starts(path: Path) -> list:
    """When every frame is shown, in seconds."""
    return [start for start, _ in presentation(path)]


def samples_are_the_same_outside(source: Path, target: Path, *, fields: int = 1) -> None:
    """Compare every sample that does not lie in the box, of frames in native planes.

    Where frames hold two fields, a line of chroma belongs to every other line of luma.
    """
    before, after = decode(source), decode(target)
    assert len(before) == len(after)
    for was, now in zip(before, after, strict=True):
        for mine, theirs in zip(was, now, strict=True):
            outside = np.ones(mine.shape, bool)
            lines, columns = (-(-whole // part) for whole, part in zip(was[0].shape, mine.shape, strict=True))
            group = lines if lines == 1 else lines * fields
            outside[
                2 // group * group // lines : -(-12 // group) * group // lines,
                2 // columns : -(-14 // columns),
            ] = False
            assert np.array_equal(mine[outside], theirs[outside])
    assert any((was[0] != now[0]).any() for was, now in zip(before, after, strict=True))
