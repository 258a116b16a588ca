"""What a user gave as masks → one source of masks."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from rfr_video.config import MaskConfig
from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Rect
from rfr_video.masking.carry.carrying import MaskCarrier
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.masking.carry.spool import MaskSpool
from rfr_video.masking.carry.summary import CarrySummary
from rfr_video.masking.combine import SpannedMask, StoredMask, UnionMask
from rfr_video.masking.dropout_list import DropoutList
from rfr_video.masking.sequence import MaskSequence
from rfr_video.masking.source import MaskSource
from rfr_video.masking.still import StillMask
from rfr_video.masking.timeline import Timeline
from rfr_video.masking.video import open_mask_video
from rfr_video.media.images import FORMATS, is_image, mask_where
from rfr_video.media.matte_picture import MATTE_LEAST_ALPHA, read_matte
from rfr_video.media.probe import VideoInfo
from rfr_video.timecode import Span

_SMEARED_PX = 2
NOTHING_GIVEN = "nothing says what to repair; give --mask, --mask-at, --box, --timeline or --detect"


def nothing_to_fill(config: MaskConfig, info: VideoInfo, *, span: Span) -> bool:
    """Tell whether what is given leaves all frames without a hole, and check it; carries no masks.

    Raises:
        MaskError: A mask, box or timeline cannot be used with this video.
    """
    carries_nothing = span.is_void or Keyframes.read(config.mask_at, info=info).is_empty
    others = replace(config, mask_at=())
    if not others.given:
        return carries_nothing
    with open_masks(others, info, span=span) as masks:
        return masks.is_empty() and carries_nothing


def may_follow(config: MaskConfig) -> bool:
    """Tell whether masks may follow something that moves: carried along, a folder of images, or a video."""
    mask = config.mask
    if mask is None or mask.is_dir():
        return mask is not None or bool(config.mask_at)
    return bool(config.mask_at) or not (is_image(mask) or _is_dropout_list(mask))


@contextmanager
def carried_masks(
    config: MaskConfig, info: VideoInfo, *, span: Span, report: Callable[[], None]
) -> Generator["CarriedMasks | None"]:
    """Carry the hand-made masks to all frames, in a pass of its own; ``None`` where there are none.

    The masks lie on disk, in a file without a name, as long as the block lasts.

    Args:
        config: What the user gave.
        info: What is in the video to repair.
        span: Masks are carried up to its end only.
        report: Told of progress, twice per frame.

    Raises:
        RfrVideoError: The video or a mask cannot be read, or there is no room on disk.
    """
    if not config.mask_at:
        yield None
        return
    keyframes = Keyframes.read(config.mask_at, info=info)
    carrier = MaskCarrier(info, keyframes, stop=span.at_rate(info.video.rate).stop, report=report)
    with MaskSpool() as spool:
        for carried in carrier:
            spool.append(carried.frame.moment, carried.mask)
        yield CarriedMasks(spool, carrier.summary())


@dataclass(frozen=True)
class CarriedMasks:
    """Masks that were carried to all frames.

    Attributes:
        spool: Holds them.
        summary: How far they can be trusted.
    """

    spool: MaskSpool
    summary: CarrySummary

    def masks(self, picture: Rect) -> MaskSource:
        """Return them as a source."""
        return self.spool.masks(height=picture.height, width=picture.width)


class PreparedMasks(Protocol):
    """Masks that were made in an earlier pass over the video: carried, or found."""

    def masks(self, picture: Rect) -> MaskSource:
        """Return them as a source of masks of the picture's size; one at a time may be in use."""
        ...


@contextmanager
def open_masks(
    config: MaskConfig, info: VideoInfo, *, span: Span, prepared: Sequence[PreparedMasks] = ()
) -> Generator[MaskSource]:
    """Open everything that says what to replace, as one source of masks. Everything given adds up.

    Args:
        config: What the user gave, of the picture as it is shown; growing and feathering is left to
            :class:`HoleShaper`.
        info: What is in the video to repair.
        span: Outside of it nothing is filled.
        prepared: What :func:`carried_masks` made of the hand-made masks, and what was found in the video.

    Raises:
        UsageError: Nothing is given.
        MaskError: A mask, box or timeline cannot be used with this video.
    """
    if not (config.given or prepared):
        raise UsageError(NOTHING_GIVEN)
    shown, orientation = info.video.shown_picture, info.video.orientation
    given: list[MaskSource] = []
    with ExitStack() as stack:
        if config.box:
            given.append(StillMask.of_boxes(config.box, picture=shown))
        if config.timeline:
            given.append(Timeline.read(config.timeline, picture=shown, rate=info.video.rate))
        if config.mask:
            given.append(stack.enter_context(_open_mask(config.mask, info)))
        if config.matte and not (given or prepared):
            given.append(_under_matte(config.matte, picture=shown))
        sources: list[MaskSource] = [StoredMask(one, orientation) for one in given]
        sources += [one.masks(info.video.picture) for one in prepared]
        source = sources[0] if len(sources) == 1 else UnionMask(sources)
        yield source if span == Span() else SpannedMask(source, span.at_rate(info.video.rate))


def _under_matte(path: Path, *, picture: Rect) -> StillMask:
    """Return all that an overlay covers, and what its edges have smeared around it."""
    _, alpha_hw = read_matte(path, picture=picture)
    mask = mask_where(alpha_hw > MATTE_LEAST_ALPHA)
    size = 2 * _SMEARED_PX + 1
    grown = np.asarray(cv2.dilate(mask, np.ones((size, size), np.uint8)), np.uint8)
    return StillMask(grown)


@contextmanager
def _open_mask(path: Path, info: VideoInfo) -> Generator[MaskSource]:
    """Open a still, a folder or a video: which of them it is, its content says; or a list of dropouts."""
    if path.is_dir():
        yield MaskSequence.open(path, info=info)
    elif is_image(path):
        yield StillMask.read(path, picture=info.video.shown_picture)
    elif _is_dropout_list(path):
        yield DropoutList.read(path, info=info)
    elif path.stat().st_size == 0:
        raise MaskError(f"mask {path} is empty; give a {FORMATS} file, a folder of them, or a video")
    else:
        with open_mask_video(path, info=info) as masks:
            yield masks


def _is_dropout_list(path: Path) -> bool:
    return path.suffix.lower() == ".json"
