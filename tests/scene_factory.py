"""Scenes whose every sample is known, also between the pixels, with something drawn over them to remove."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import numpy as np

from rfr_video.fill.filler import Fill, FilledFrame, MaskedFrame, Origin
from rfr_video.fill.temporal.borrow import Found
from rfr_video.fill.temporal.filler import TemporalFiller, classically
from rfr_video.fill.temporal.quality import QUALITIES
from rfr_video.geometry import Rect
from rfr_video.masking.shape import HoleShaper
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Moment

MERGE_PX = TemporalFiller.margin_px
OVERLAY_RGB = np.array([255, 0, 220], np.uint8)


class Waves:
    """A texture without end: many waves of all directions, and of lengths that a picture can show.

    Args:
        seed: Another seed is another scene.
        shortest_px: The length of the shortest wave.
    """

    def __init__(self, seed: int = 1, *, shortest_px: float = 7.0) -> None:
        random = np.random.default_rng(seed)
        length = np.exp(random.uniform(np.log(shortest_px), np.log(60), 48))
        angle = random.uniform(0, np.pi, 48)
        self._frequency = 2 * np.pi / length * np.stack([np.cos(angle), np.sin(angle)])
        self._phase = random.uniform(0, 2 * np.pi, (48, 3))
        self._strength = (length / length.max()) ** 0.4

    def view(self, height: int, width: int, *, x: float = 0.0, y: float = 0.0) -> np.ndarray:
        """What is seen from a place, uint8 RGB."""
        across_kw = np.exp(1j * np.outer(self._frequency[0], np.arange(width) + x))
        down_hk = np.exp(1j * np.outer(np.arange(height) + y, self._frequency[1])) * self._strength
        turns_3k = np.exp(1j * self._phase.T)
        waves_hw3 = np.stack([((down_hk * turn_k) @ across_kw).imag for turn_k in turns_3k], axis=2)
        values = waves_hw3 / (2.6 * np.sqrt((self._strength**2).sum() / 2))
        return np.clip(np.rint(127 + 110 * values), 0, 255).astype(np.uint8)


@dataclass
class Video:
    """A clean video, and the same with something drawn into its holes."""

    clean: list[Frame]
    masked: list[MaskedFrame]
    spec: ColorSpec

    def borrowed_psnrs_db(self, found: Sequence[Found]) -> list[float]:
        """Measure what was borrowed for every frame, before it is mixed with anything, in dB."""
        values = []
        for item, clean in zip(found, self.clean, strict=True):
            truth = clean.crop(clean.rect, self.spec)
            errors = [
                (region.borrowed.rgb_hw3 - truth[region.place.rect.slices])[region.hole_hw]
                for region in item.regions
            ]
            values.append(float(-10 * np.log10(max((np.concatenate(errors) ** 2).mean(), 1e-9))))
        return values

    def hole_psnrs_db(self, filled: Sequence[FilledFrame]) -> list[float]:
        """Composite every frame, and measure the first plane in its hole against the clean one, in dB."""
        return [
            hole_psnr_db(item.composited(self.spec), clean, item.hole.mask)
            for item, clean in zip(filled, self.clean, strict=True)
            if item.hole is not None
        ]


def video(
    pictures: Sequence[np.ndarray],
    holes: Sequence[Sequence[Rect]],
    *,
    pix_fmt: str = "yuv420p",
    merge_px: int = MERGE_PX,
) -> Video:
    """Make a video at 25 frames/s of pictures, uint8 RGB, with rectangles to fill."""
    height, width = pictures[0].shape[:2]
    layout = PlaneLayout.of(pix_fmt)
    spec = ColorSpec.from_tags(ColorTags(), height=height, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    shaper = HoleShaper(
        Rect(0, 0, width, height), subsampling=layout.subsampling, grow_px=0, feather_px=0, merge_px=merge_px
    )
    masks: dict[tuple[Rect, ...], np.ndarray] = {}
    clean, masked = [], []
    for index, (picture, rects) in enumerate(zip(pictures, holes, strict=True)):
        mask = masks.setdefault(tuple(rects), _mask(height, width, rects))
        spoilt = picture.copy()
        spoilt[mask > 0] = OVERLAY_RGB
        clean.append(_frame(picture, index, layout))
        masked.append(MaskedFrame(_frame(spoilt, index, layout), shaper.shape(mask)))
    return Video(clean, masked, spec)


def hole_psnr_db(frame: Frame, clean: Frame, mask: np.ndarray) -> float:
    """Compare the first plane of two frames where a mask is, in dB."""
    peak = float((1 << frame.layout.bits) - 1)
    first, second = (one.planes()[0][mask > 0].astype(float) for one in (frame, clean))
    return float(10 * np.log10(peak**2 / max(((first - second) ** 2).mean(), 1e-9)))


def of_hole(item: FilledFrame, values: Callable[[Fill], np.ndarray]) -> np.ndarray:
    """Gather values of a frame's fills, (N, …) for the N samples of its hole."""
    assert item.hole is not None
    return np.concatenate(
        [
            values(fill)[item.hole.mask[region.rect.slices] > 0]
            for region, fill in zip(item.hole.regions, item.fills, strict=True)
        ]
    )


def origin_shares(item: FilledFrame) -> dict[Origin, float]:
    """Return from where a frame's hole was filled, in shares that add up to 1."""
    means = of_hole(item, lambda fill: fill.origin_hw4).mean(axis=0)
    return {origin: float(means[origin]) for origin in Origin}


class CountedSynthesis:
    """Telea's inpainting, which remembers what it was asked for."""

    def __init__(self) -> None:
        self.crops = []

    def __call__(self, crops: Iterator) -> Iterator[np.ndarray]:
        def noted():
            for crop in crops:
                self.crops.append(crop)
                yield crop

        return classically(deep=False)(noted())


def temporal_filler(
    spec: ColorSpec, *, reach: int = 10, anchors: int = 5, quality="fast", synthesise=None
) -> TemporalFiller:
    """Make a filler that looks ahead by few frames."""
    return TemporalFiller(
        spec,
        look_ahead_frames=reach,
        quality=replace(QUALITIES[quality], anchor_frames=anchors),
        synthesise=synthesise or classically(deep=False),
    )


def borrowing(clip: Video, **settings) -> list[Found]:
    """Let a filler go as far as borrowing."""
    motion, borrow, _ = temporal_filler(clip.spec, **settings).steps
    return list(borrow.transform(motion.transform(iter(clip.masked))))


def _mask(height: int, width: int, rects: Sequence[Rect]) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    for rect in rects:
        mask[rect.slices] = 255
    return mask


def _frame(picture: np.ndarray, index: int, layout: PlaneLayout) -> Frame:
    image = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=layout.name)
    image.pts, image.time_base = index, Fraction(1, 25)
    return Frame(image, moment=Moment(index, Fraction(index, 25)), layout=layout)
