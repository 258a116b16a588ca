"""Adapting the network to the very video that is to be repaired: a first pass collects what to learn from."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rfr_video.errors import MaskError
from rfr_video.fill.cut import cut
from rfr_video.fill.fields import fields_of
from rfr_video.fill.filler import MaskedFrame
from rfr_video.masking.masks import PreparedMasks, open_masks
from rfr_video.media.colour import ColorSpec
from rfr_video.media.reader import open_reader
from rfr_video.media.work_folder import ADAPTED
from rfr_video.pipeline.fill_choice import NetworkSettings
from rfr_video.pipeline.masked_frames import masked_frames

if TYPE_CHECKING:
    from rfr_video.pipeline.plan import Plan
    from rfr_video.rfrnet.adaptation import Adaptation
    from rfr_video.rfrnet.known_windows import View
    from rfr_video.rfrnet.network import Inpainter

MOST_FRAMES = 24
MOST_PIXELS = 8_000_000
"""Of all views together."""
MOST_MEGABYTES = MOST_PIXELS * (3 * 4 + 1) // 1_000_000
"""Of all views together: three float32 channels and the hole."""
LOOKING_SHARE = 0.25
"""Of the time, at most, for the first pass, from the first hole on."""


@dataclass(frozen=True, kw_only=True)
class SourceAdaptation:
    """What came of adapting to a source.

    Attributes:
        views: Crops around holes that were learnt from.
        frames_seen: Frames with holes that these were chosen from.
        saw_all: Whether these are all that are repaired; if not, reading them took too long.
        result: What was learnt; ``None`` where there was no hole to learn from.
    """

    views: int
    frames_seen: int
    saw_all: bool
    result: "Adaptation | None"


def adapt_to_source(
    network: "Inpainter",
    plan: "Plan",
    settings: NetworkSettings,
    *,
    prepared: Sequence[PreparedMasks] = (),
    folder: Path,
    report: Callable[[float], None],
) -> "tuple[Inpainter, SourceAdaptation]":
    """Return a network that is adapted to the plan's source if that is better, and what came of it.

    Args:
        network: Float32, on the CPU, in eval mode; it is left as it is.
        plan: Says how long it may take.
        settings: Of the network.
        prepared: Masks that were made in earlier passes over the source.
        folder: Keeps the network for a run that goes on, which must fill with the same one.
        report: Told the seconds of learning so far.

    Raises:
        RfrVideoError: Source or masks cannot be read.
    """
    from rfr_video.rfrnet.adaptation import AdaptationConfig, adapt
    from rfr_video.rfrnet.adaptation_cache import AdaptationCache, cache_folder, cache_key

    assert plan.config.adapt is not None
    views, source = _collect(plan, prepared, seconds=LOOKING_SHARE * plan.config.adapt)
    if not views:
        return network, source
    config = AdaptationConfig(seconds=plan.config.adapt, device=settings.device)
    shared = cache_folder()
    key = cache_key(settings.sha256, views, config=config)
    caches = [(AdaptationCache(folder), ADAPTED), *([(AdaptationCache(shared), key)] if shared else [])]
    cached = next((found for cache, name in caches if (found := cache.load(name)) is not None), None)
    if cached is None:
        adapted, result = adapt(network, views, config=config, report=report)
        cached = adapted if result.kept else None, result
    better, result = cached
    for cache, name in caches:
        cache.save(name, better, result)
    return better or network, replace(source, result=result)


def _collect(
    plan: "Plan", prepared: Sequence[PreparedMasks], *, seconds: float
) -> "tuple[list[View], SourceAdaptation]":
    """Look at frames that are evenly spaced over the source, or over what can be read in the time."""
    from rfr_video.rfrnet.workload import MARGIN_PX

    sampling = _EvenSampling()
    deadline, saw_all, stop = math.inf, True, plan.span.stop
    with (
        open_reader(plan.info.path, scan=plan.scan, limits=plan.info.limits) as reader,
        open_masks(plan.config.mask, plan.info, span=plan.span, prepared=prepared) as masks,
    ):
        config = plan.config.mask
        for masked in masked_frames(
            reader.frames(), masks, config=config, span=plan.span, merge_px=MARGIN_PX[0]
        ):
            if stop is not None and stop.reached(masked.frame.moment):
                break
            if masked.hole is None:
                continue
            if time.monotonic() > deadline:
                saw_all = False
                break
            if sampling.wants_next():
                parts = fields_of(masked) if plan.scan.holds_fields else (masked,)
                sampling.add([view for part in parts for view in _views(part, spec=plan.spec)])
            if sampling.seen == 1:
                deadline = time.monotonic() + seconds
    views = sampling.views
    return views, SourceAdaptation(views=len(views), frames_seen=sampling.seen, saw_all=saw_all, result=None)


def _views(masked: MaskedFrame, *, spec: ColorSpec) -> "list[View]":
    """Cut the surroundings of a frame's holes out, as the network will see them."""
    from rfr_video.rfrnet.known_windows import View
    from rfr_video.rfrnet.workload import crop_around

    frame, hole = masked.frame, masked.hole
    if hole is None:
        return []  # a field without one, of a frame that has
    views: list[View] = []
    rects = [crop_around(region.rect, within=frame.rect) for region in hole.regions]
    too_many = -(-sum(rect.width * rect.height for rect in rects) // MOST_PIXELS)
    for rect in rects[::too_many]:
        try:
            rgb, mask = cut(frame, hole, rect, spec=spec)
        except MaskError:
            continue  # nothing to learn here; filling will say what is wrong
        hole_hw = mask > 0
        image_hw3 = np.where(hole_hw[:, :, np.newaxis], np.float32(0), np.clip(rgb, 0, 1))
        views.append(View(np.asarray(image_hw3, np.float32), hole_hw, rect.x, rect.y))
    return views


class _EvenSampling:
    """Keeps every so many-th frame; when there are too many, every other one goes and the step doubles.

    Attributes:
        seen: Frames that it has been asked about.
    """

    def __init__(self) -> None:
        self._frames: list[list[View]] = []
        self._step = 1
        self.seen = 0

    @property
    def views(self) -> "list[View]":
        """All that was kept, in order."""
        return [view for views in self._frames for view in views]

    def wants_next(self) -> bool:
        """Tell whether the next frame is wanted; call once per frame."""
        self.seen += 1
        return (self.seen - 1) % self._step == 0

    def add(self, views: "list[View]") -> None:
        """Keep a frame that was wanted."""
        self._frames.append(views)
        while len(self._frames) > 1 and self._is_too_much():
            self._frames = self._frames[::2]
            self._step *= 2

    def _is_too_much(self) -> bool:
        pixels = sum(view.hole_hw.size for view in self.views)
        return len(self._frames) > MOST_FRAMES or pixels > MOST_PIXELS
