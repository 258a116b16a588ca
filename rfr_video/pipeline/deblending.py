"""Looking for a translucent overlay in the holes, in a pass of its own before the repair."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from rfr_video.config import RestoreConfig
from rfr_video.fill.deblend.change import obstacle
from rfr_video.fill.deblend.estimate import Estimate, estimate_matte, nothing_found
from rfr_video.fill.deblend.field_matte import field_matte, woven_matte
from rfr_video.fill.deblend.matte_file import load_matte, saved_matte
from rfr_video.fill.deblend.measured import noise_under
from rfr_video.fill.deblend.observations import Observer
from rfr_video.fill.deblend.region import LEAST_FRAMES
from rfr_video.fill.fields import fields_of
from rfr_video.fill.filler import MaskedFrame
from rfr_video.geometry import Rect
from rfr_video.masking.masks import PreparedMasks, open_masks
from rfr_video.media.fields import Parity, field_rect, joined_notes
from rfr_video.media.images import is_image
from rfr_video.media.reader import open_reader
from rfr_video.media.target import write_extra
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.pipeline.masked_frames import masked_frames

if TYPE_CHECKING:
    from rfr_video.pipeline.plan import Plan

_LEFT_OUT = "left out"
STRETCHES = 3
"""Parts of the video that are looked at, spread over it: other shots, other backgrounds."""

STRETCH_FRAMES = 30
_ENOUGH = 0.9
MOST_READ_SECONDS = 600
"""How much of the video is read for that."""

Report = Callable[[int, int | None], None]
"""Told how many frames are looked at, and of how many."""


@dataclass(frozen=True)
class Deblending:
    """What came of looking for a translucent overlay.

    Attributes:
        estimates: The matte, where there is one, and what was measured: of the frames, or of the top and of
            the bottom fields, of which both have a matte or none.
        note: What the report says.
    """

    estimates: tuple[Estimate, ...]
    note: str

    def estimate_of(self, parity: Parity) -> Estimate:
        """Return that of a field; whatever the field, that of the frames where these are repaired whole."""
        return self.estimates[parity if len(self.estimates) > 1 else 0]


def deblending_choice(config: RestoreConfig) -> Choice | None:
    """Decide whether a translucent overlay is looked for; ``None`` where the fill would not use it."""
    name = "de-blending"
    if config.fill.fill != "auto":
        return None
    if config.mask.matte is not None:
        return Choice(
            name, config.mask.matte.name, "as asked; the matte is taken off, the noise is measured first"
        )
    if not _stands_still(config):
        return Choice(name, _LEFT_OUT, "masks that move or change cover no overlay that stands still")
    return Choice(
        name,
        "tried",
        f"the default; {STRETCH_FRAMES} to {STRETCHES * STRETCH_FRAMES} frames tell first whether an overlay "
        "is translucent, and how far",
    )


def deblending(plan: "Plan", prepared: Sequence[PreparedMasks], *, report: Report) -> Deblending | None:
    """Look for a translucent overlay in the holes of a plan; ``None`` where the plan does not want that.

    Raises:
        MaskError: A matte that was given cannot be used.
        RfrVideoError: The source or the masks cannot be read, or the matte cannot be written.
    """
    choice = deblending_choice(plan.config)
    if choice is None or choice.value == _LEFT_OUT:
        return None
    if plan.config.mask.matte is not None:
        return _given(plan, plan.config.mask.matte, prepared)
    estimates = tuple(_estimated(plan, prepared, report, parity) for parity in _parities(plan))
    mattes = [one.matte for one in estimates if one.matte is not None]
    found = [_found(one) for one in estimates]
    said = "; ".join(joined_notes(found[:1], found[1:]) if len(found) > 1 else found)
    if len(mattes) < len(estimates):
        nothing = tuple(nothing_found(one.frames, one.verdict) for one in estimates)
        return Deblending(nothing, f"{said}{_not_saved(plan.config)}")
    if plan.config.save_matte is not None:
        matte = woven_matte(*mattes, picture=plan.info.video.picture) if len(mattes) > 1 else mattes[0]
        write_extra(plan.config.save_matte, saved_matte(matte, plan.info.video.orientation))
        said += f"; matte saved as {plan.config.save_matte}"
    return Deblending(estimates, said)


def _found(estimate: Estimate) -> str:
    if estimate.matte is None:
        return f"no translucent overlay: {estimate.verdict}"
    return f"translucent overlay found in {estimate.frames} frames: {estimate.verdict}"


def _estimated(
    plan: "Plan", prepared: Sequence[PreparedMasks], report: Report, parity: Parity | None
) -> Estimate:
    """Look for an overlay in the fields of a parity, or in whole frames."""
    why_not = _obstacle(plan, prepared, parity)
    return nothing_found(0, why_not) if why_not else _looked(plan, prepared, report, parity)


def _obstacle(plan: "Plan", prepared: Sequence[PreparedMasks], parity: Parity | None) -> str | None:
    """Look at the first stretch: is there anything to be learnt?"""
    expected = plan.info.video.expected_frames
    if expected is not None and expected < LEAST_FRAMES:
        return f"{expected} frames are too few to tell"
    stretches = _stretches(plan, prepared, parity)
    with closing(stretches):
        return obstacle(next(stretches, iter(())))


def _looked(
    plan: "Plan", prepared: Sequence[PreparedMasks], report: Report, parity: Parity | None
) -> Estimate:
    """Borrow in all stretches; an overlay may prove to be opaque before.

    Stretches that cover all of a short video cost as much as its repair, so there the first decides whether
    there is anything at all, and is enough if it shows most of the overlay well.
    """
    assert plan.fill is not None
    assert plan.fill.temporal is not None
    from rfr_video.fill.temporal.filler import TemporalFiller, classically

    picture = _picture(plan, parity)
    observer = Observer(plan.layout, plan.spec)
    estimate: Estimate | None = None
    frames = 0
    length, gap = _spread(plan)
    for number, stretch in enumerate(_stretches(plan, prepared, parity), start=1):
        filler = TemporalFiller(
            plan.spec,
            look_ahead_frames=max(
                plan.fill.temporal.look_ahead_frames, plan.fill.temporal.quality.anchor_frames
            ),
            quality=plan.fill.temporal.quality,
            synthesise=classically(deep=plan.layout.bits > 8),
        )
        for found in filler.borrowed(stretch):
            observer.observe([found])
            frames += 1
            report(frames, None)
        is_short = gap < length
        estimate = estimate_matte(
            observer.observed(),
            picture=picture,
            layout=plan.layout,
            spec=plan.spec,
            is_rough=number < STRETCHES and not is_short,
        )
        if estimate.is_opaque or (is_short and (estimate.is_bare or estimate.confidence > _ENOUGH)):
            break
    return estimate or estimate_matte((), picture=picture, layout=plan.layout, spec=plan.spec)


def _given(plan: "Plan", path: Path, prepared: Sequence[PreparedMasks]) -> Deblending:
    whole = load_matte(path, picture=plan.info.video.picture, orientation=plan.info.video.orientation)
    estimates: list[Estimate] = []
    for parity in _parities(plan):
        matte = whole if parity is None else field_matte(whole, parity)
        frames = chain.from_iterable(_stretches(plan, prepared, parity))
        estimates.append(Estimate(matte, noise_under(frames, matte, plan.spec), 0, 1.0, "as given"))
    noise = max(one.noise.luma for one in estimates)
    return Deblending(tuple(estimates), f"matte {path} taken off; noise of {noise**0.5:.1f} codes")


def _stretches(
    plan: "Plan", prepared: Sequence[PreparedMasks], parity: Parity | None
) -> Generator[Iterator[MaskedFrame]]:
    """Yield stretches of frames with holes, each to be read before the next.

    Of interlaced videos, the fields of a parity instead of frames.
    """
    from rfr_video.fill.temporal.filler import TemporalFiller

    length, gap = _spread(plan)
    with (
        open_reader(plan.info.path, scan=plan.scan, limits=plan.info.limits) as reader,
        open_masks(plan.config.mask, plan.info, span=plan.span, prepared=prepared) as masks,
    ):
        frames = masked_frames(
            reader.frames(),
            masks,
            config=plan.config.mask,
            span=plan.span,
            merge_px=TemporalFiller.margin_px,
        )
        inside = _inside(frames if parity is None else (fields_of(one)[parity] for one in frames), plan)
        for _ in range(STRETCHES):
            for _ in range(gap):
                if next(inside, None) is None:
                    return
            first = next(inside, None)
            if first is None:
                return
            yield islice(chain((first,), inside), length)


def _spread(plan: "Plan") -> tuple[int, int]:
    """Return how many frames a stretch has, and how many are left out before each."""
    expected, rate = plan.info.video.expected_frames, plan.info.video.rate
    most = int(MOST_READ_SECONDS * rate)
    count = min(expected or most, most)
    if count < STRETCHES * STRETCH_FRAMES:
        return -(-count // max(count // STRETCH_FRAMES, 1)), 0
    return STRETCH_FRAMES, count // STRETCHES - STRETCH_FRAMES


def _inside(frames: Iterator[MaskedFrame], plan: "Plan") -> Iterator[MaskedFrame]:
    """Yield the frames that are to be repaired, from the first that has a hole on."""
    has_begun = False
    for masked in frames:
        if plan.span.stop is not None and plan.span.stop.reached(masked.frame.moment):
            return
        has_begun = has_begun or masked.hole is not None
        if has_begun and masked.lends:
            yield masked


def _stands_still(config: RestoreConfig) -> bool:
    mask = config.mask
    is_still = mask.mask is None or (mask.mask.is_file() and is_image(mask.mask))
    return is_still and not mask.mask_at and {*config.find.kinds} <= {"logo"}


def _parities(plan: "Plan") -> tuple[Parity | None, ...]:
    """Return the fields that are looked at apart; one ``None`` for whole frames."""
    return tuple(Parity) if plan.scan.holds_fields else (None,)


def _picture(plan: "Plan", parity: Parity | None) -> Rect:
    whole = plan.info.video.picture
    picture = whole if parity is None else field_rect(whole, parity)
    assert picture is not None, "an interlaced picture has lines of both fields"
    return picture


def _not_saved(config: RestoreConfig) -> str:
    return f"; {config.save_matte} is not written" if config.save_matte is not None else ""
