"""What takes overlays out: the program itself, end to end, and yardsticks, frame by frame."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from rfr_video.config import ClipsConfig, EncodeConfig, FillConfig, FillMethod, MaskConfig, RestoreConfig
from rfr_video.errors import UsageError
from rfr_video.evaluation.clips.case import Case
from rfr_video.evaluation.methods import classical_method
from rfr_video.evaluation.metrics import Hole, Picture
from rfr_video.media.removelogo import NAME, LogoFilter, ffmpeg_version, has_removelogo
from rfr_video.media.rgb_video import rgb_pictures, rgb_writer
from rfr_video.pipeline.restore import restore

LOSSLESS = EncodeConfig(codec="ffv1")
_FACTS = ("fill", "weights", "device", "fill quality", "look-ahead", "motion")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a method says of its work.

    Attributes:
        frames_per_second: Of a whole run for the program's modes; of the filling alone for yardsticks.
        share_deblended: Part of what was filled that was seen through the overlay, 0 to 1.
        share_borrowed: Likewise, that came from other frames.
        facts: What decides its results: weights, device, version.
    """

    frames_per_second: float
    share_deblended: float
    share_borrowed: float
    facts: Mapping[str, object]


class ClipMethod(Protocol):
    """Restores cases."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def obstacle(self, case: Case) -> str | None:
        """Return why it cannot take a case, or ``None``."""
        ...

    def restore(self, case: Case, target: Path) -> Outcome:
        """Write the restored clip, as lossless RGB, frame by frame that of the case."""
        ...


class RestoreMode:
    """A mode of ``restore --fill``, run as users run it: from a file to a file.

    Args:
        fill: The mode and its settings.
    """

    def __init__(self, fill: FillConfig) -> None:
        self.name = fill.fill
        self._fill = fill

    def obstacle(self, case: Case) -> str | None:  # noqa: ARG002 - takes every case
        """Return ``None``."""
        return None

    def restore(self, case: Case, target: Path) -> Outcome:
        """Run :func:`rfr_video.restore`; see :class:`ClipMethod`."""
        config = RestoreConfig(mask=MaskConfig(mask=case.mask), fill=self._fill, encode=LOSSLESS)
        report = restore(case.burned, target, config)
        filled = cast("Mapping[str, int]", report.to_dict()["filled_from"])
        return Outcome(
            frames_per_second=report.frames_per_second,
            share_deblended=filled.get("deblended", 0) / max(sum(filled.values()), 1),
            share_borrowed=filled.get("borrowed", 0) / max(sum(filled.values()), 1),
            facts={choice.name: choice.value for choice in report.plan.choices if choice.name in _FACTS},
        )


class FrameByFrame:
    """A yardstick that fills every frame on its own.

    Args:
        name: What it is called in tables.
        facts: What decides its results.
        begin: Gets it ready for a case: returns what fills a picture's hole.
        static_only: Whether it takes one hole for all frames only.
    """

    def __init__(
        self,
        name: str,
        *,
        facts: Mapping[str, object],
        begin: Callable[[Case], Callable[[Picture, Hole], Picture]],
        static_only: bool = False,
    ) -> None:
        self.name = name
        self._facts = facts
        self._begin = begin
        self._static_only = static_only

    def obstacle(self, case: Case) -> str | None:
        """Return that the mask moves, where that is one; see :class:`ClipMethod`."""
        return (
            f"{self.name} takes one mask for all frames" if self._static_only and not case.is_static else None
        )

    def restore(self, case: Case, target: Path) -> Outcome:
        """Fill the holes; only that is timed; see :class:`ClipMethod`."""
        scene, seconds = case.clip.scene, 0.0
        fill = self._begin(case)
        size = {"width": scene.width, "height": scene.height}
        with rgb_writer(target, **size, rate=scene.info.video.rate) as write:
            for index, picture_hw3 in enumerate(rgb_pictures(case.burned)):
                hole_hw = case.holes[index]
                if hole_hw.any():
                    started = time.perf_counter()
                    picture_hw3 = fill(picture_hw3, hole_hw)
                    seconds += time.perf_counter() - started
                write(picture_hw3)
        speed = len(case.holes) / seconds if seconds else 0.0
        return Outcome(frames_per_second=speed, share_deblended=0.0, share_borrowed=0.0, facts=self._facts)


def clip_method(name: str, config: ClipsConfig) -> ClipMethod:
    """Return a method.

    Args:
        name: As in :class:`ClipsConfig`.
        config: Holds the settings of modes; each is given to those that have a use for it.

    Raises:
        UsageError: This build of FFmpeg lacks the filter.
    """
    if name == NAME:
        return _removelogo()
    if name in ("telea", "navier-stokes"):
        return _classical(name)
    return RestoreMode(_fill(cast("FillMethod", name), config))


def _fill(mode: FillMethod, config: ClipsConfig) -> FillConfig:
    fill = FillConfig(fill=mode)
    if fill.is_temporal:
        fill = replace(fill, quality=config.quality, look_ahead=config.look_ahead, flow=config.flow)
    if fill.uses_device:
        fill = replace(fill, device=config.device)
    return replace(fill, weights=config.weights) if fill.uses_network else fill


def _classical(name: str) -> FrameByFrame:
    method = classical_method("telea" if name == "telea" else "navier-stokes")

    def fill(picture_hw3: Picture, hole_hw: Hole) -> Picture:
        return next(method.fill(picture_hw3, (hole_hw,)))

    return FrameByFrame(name, facts=method.facts, begin=lambda _case: fill)


def _removelogo() -> FrameByFrame:
    if not has_removelogo():
        raise UsageError(f"this build of FFmpeg has no filter {NAME}; leave out --method {NAME}")

    def begin(case: Case) -> Callable[[Picture, Hole], Picture]:
        scene = case.clip.scene
        logo = LogoFilter(case.mask, width=scene.width, height=scene.height)

        def fill(picture_hw3: Picture, hole_hw: Hole) -> Picture:
            filled_hw3 = picture_hw3.copy()
            filled_hw3[hole_hw] = logo.apply(picture_hw3)[hole_hw]
            return filled_hw3

        return fill

    return FrameByFrame(NAME, facts={"ffmpeg": ffmpeg_version()}, begin=begin, static_only=True)
