"""The noise of a video under an overlay whose matte is known."""

from collections.abc import Iterable

from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.noise import MOST_PAIRS, Noise, measure_noise
from rfr_video.fill.filler import MaskedFrame
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import rgb_from_codes


def noise_under(frames: Iterable[MaskedFrame], matte: Matte, spec: ColorSpec) -> Noise:
    """Measure the noise of what is recovered from under a matte.

    Args:
        frames: Consecutive ones; of these, the first that have a hole are looked at.
        matte: Of the overlay.
        spec: The colour of the samples.
    """
    recovered: list[FloatImage] = []
    alpha_hw = matte.alpha_hw
    for masked in frames:
        if masked.hole is None:
            continue
        frame = masked.frame
        step = frame.layout.subsampling
        rect = matte.rect.aligned(step.x, step.y, within=frame.rect)
        alpha_hw = matte.alpha_over(rect)
        planes = matte.over(rect, frame.layout, spec).removed(frame.color_crops(rect))
        recovered.append(rgb_from_codes(planes, frame.layout, spec) * 255)
        if len(recovered) > MOST_PAIRS:
            break
    return measure_noise(recovered, alpha_hw)
