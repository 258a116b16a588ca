"""Carrying the masks of a video: read it, see where shots begin, carry, and enlarge to its own size.

The video is read twice at the same time: ahead, small, for carrying; and behind, at its full size, where the
masks' edges are put right and used.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.masking.carry.carrier import expected_likeness
from rfr_video.masking.carry.distance import REACH_PX, Distance, bounds
from rfr_video.masking.carry.guided import guided_filter_gray
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.masking.carry.look import working_size
from rfr_video.masking.carry.stretch import Seen, carry
from rfr_video.masking.carry.summary import CarrySummary, ConfidenceLog
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.images import mask_where
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.preview import luma, preview
from rfr_video.media.probe import VideoInfo
from rfr_video.media.reader import Damage, open_reader
from rfr_video.motion.shots import ShotDetector, ShotVerdict, shots
from rfr_video.motion.thumbnail import thumbnail
from rfr_video.timecode import Instant, Moment

_SNAP_RADIUS_PX = 2  # per pixel of a working picture
_SNAP_SMOOTHNESS = 4e-4


@dataclass(frozen=True)
class CarriedFrame:
    """A frame with the mask that was carried to it.

    Attributes:
        frame: The frame.
        mask: Uint8 (H, W), 255 = fill; where there is a hand-made mask, exactly that.
        confidence: 0 to 1: about the intersection over union with the true mask that is to be expected.
    """

    frame: Frame
    mask: Mask
    confidence: float


class MaskCarrier:
    """Carries masks over a video. Iterate once: it yields every frame with its mask.

    Args:
        info: What is in the video.
        keyframes: The hand-made masks.
        stop: Where to end, timecodes resolved; the end of the video if not given.
        report: Told of progress, twice per frame.

    Attributes:
        damage: What was wrong with the source.
        positions: How many frames the source has had so far, skipped ones included.
    """

    def __init__(
        self,
        info: VideoInfo,
        keyframes: Keyframes,
        *,
        stop: Instant | None = None,
        report: Callable[[], None] | None = None,
    ) -> None:
        self._info = info
        self._keyframes = keyframes
        self._stop = stop
        self._report = report or _nothing
        video = info.video
        layout = PlaneLayout.of(video.pix_fmt)
        self._spec = ColorSpec.from_tags(
            video.color, height=video.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb
        )
        self._size = working_size(video.width, video.height)
        self._log = ConfidenceLog()
        self.damage = Damage()
        self.positions = 0
        self._shots = 0
        self._anew: set[int] = set()
        self._hand_made: dict[int, Mask] = {}

    def __iter__(self) -> Iterator[CarriedFrame]:
        """Yield frames with their masks, in order.

        Raises:
            RfrVideoError: The video or a mask cannot be read, or there is no room for temporary files.
        """
        with ExitStack() as stack:
            ahead = stack.enter_context(open_reader(self._info.path, limits=self._info.limits))
            behind = stack.enter_context(open_reader(self._info.path, limits=self._info.limits))
            carried_masks = carry(
                self._seen(ahead.frames()), keys=len(self._keyframes.masks), report=self._report
            )
            for frame, carried in zip(behind.frames(), carried_masks, strict=True):
                if self._stop is not None and self._stop.reached(frame.moment):
                    break
                index = frame.moment.index
                anew = index in self._anew
                self._anew.discard(index)
                confidence = expected_likeness(carried.confidence)
                self._log.add(frame.moment, confidence, starts_anew=anew)
                mask = self._hand_made.pop(index, None)
                mask = enlarged(carried.distance, frame) if mask is None else mask
                yield CarriedFrame(frame, mask, confidence)
            self.damage, self.positions = behind.damage, behind.positions

    def summary(self) -> CarrySummary:
        """Return what came of it, after the last frame."""
        return self._log.summary(keyframes=len(self._keyframes.masks), shots=self._shots)

    def _seen(self, frames: Iterator[Frame]) -> Iterator[Seen]:
        """Make small pictures of frames; of their masks too."""
        width, height = self._size
        flash_stop = 0
        for (moment, rgb, mask), verdict in self._judged(frames):
            if verdict.event is not None and verdict.event.kind == "flash":
                flash_stop = verdict.event.stop_frame
            key = None
            if mask is not None:
                small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
                key = np.asarray(
                    small >= (128 if small.max(initial=0) >= 128 else 1), np.bool_
                )  # may be thin
                self._hand_made[moment.index] = mask
            if verdict.starts_shot:
                self._shots += 1
            if verdict.starts_shot or key is not None:
                self._anew.add(moment.index)
            yield Seen(rgb, verdict.starts_shot, key, is_flash=verdict.frame < flash_stop)

    def _judged(
        self, frames: Iterator[Frame]
    ) -> Iterator[tuple[tuple[Moment, npt.NDArray[np.uint8], Mask | None], ShotVerdict]]:
        """Look where shots begin; no full frame is kept for that."""
        width, height = self._size
        small = (
            (frame.moment, preview(frame, self._spec, width=width, height=height), mask)
            for frame, mask in self._keyframes.matched(frames)
        )
        return shots(small, seen=lambda item: (thumbnail(item[1]), None), detector=ShotDetector())


def enlarged(distance: Distance, frame: Frame) -> Mask:
    """Bring a mask to a frame's size, and its edge to where the frame has one.

    Args:
        distance: Of the mask, at the working size.
        frame: Gives the size, and luma to follow.

    Returns:
        Uint8 (H, W), 255 = fill.
    """
    height, width = distance.shape
    full = np.zeros((frame.rect.height, frame.rect.width), np.uint8)
    around = bounds(distance > -0.95 * REACH_PX)
    if around is None or not (distance > 0).any():
        return full
    scale_x, scale_y = frame.rect.width / width, frame.rect.height / height
    radius = max(1, round(_SNAP_RADIUS_PX * max(scale_x, scale_y)))
    part = Rect.from_edges(
        int(around.x * scale_x),
        int(around.y * scale_y),
        -int(-around.right * scale_x // 1),
        -int(-around.bottom * scale_y // 1),
    ).grown(2 * radius, within=frame.rect)
    # Pixel centres of the part, in pixels of the small picture.
    matrix = np.array(
        [
            [1 / scale_x, 0, (part.x + 0.5) / scale_x - 0.5],
            [0, 1 / scale_y, (part.y + 0.5) / scale_y - 0.5],
        ],
        np.float64,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (part.width, part.height)
    smooth = np.asarray(
        cv2.warpAffine(distance, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    if max(scale_x, scale_y) > 1:
        guide = luma(frame, part)
        share: FloatImage = np.reciprocal(1 + np.exp(np.float32(-2) * smooth))
        snapped = guided_filter_gray(guide, share, radius_px=radius, smoothness=_SNAP_SMOOTHNESS)
        smooth = np.where(np.abs(smooth) < _SNAP_RADIUS_PX, snapped - np.float32(0.5), smooth)
    full[part.slices] = mask_where(smooth > 0)
    return full


def _nothing() -> None:
    """Report to nobody."""
