"""Neighbouring frames take noise away, and the fields of a matte are those of the frame."""

from fractions import Fraction

import av
import numpy as np
from translucent import HEIGHT, WIDTH, logo, pan, psnr_db

from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.deblend.field_matte import field_matte, woven_matte
from rfr_video.fill.deblend.filler import DeblendFiller
from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.noise import Noise
from rfr_video.fill.filler import MaskedFrame, fill_frames
from rfr_video.geometry import Rect
from rfr_video.masking.shape import HoleShaper
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.fields import Parity
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Moment

PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LAYOUT = PlaneLayout.of("gbrp")
SPEC = ColorSpec.from_tags(ColorTags(), height=HEIGHT, jpeg=False, rgb=True)
NOISE_CODES = 3.0
LOGO = logo(0.7)
ALPHA = LOGO.alpha_hw.astype(np.float32)
COLOUR = (LOGO.colour_hw3 / 255).astype(np.float32)


def masked(pictures):
    """Frames with the logo and noise, and its hole."""
    random = np.random.default_rng(1)
    shaper = HoleShaper(PICTURE, subsampling=LAYOUT.subsampling, grow_px=0, feather_px=0, merge_px=8)
    for index, picture in enumerate(pictures):
        alpha = ALPHA[..., np.newaxis]
        mixed = (1 - alpha) * picture + alpha * LOGO.colour_hw3
        noise = NOISE_CODES * random.standard_normal((HEIGHT, WIDTH, 1))
        samples = np.clip(np.rint(mixed + noise), 0, 255).astype(np.uint8)
        image = av.VideoFrame.from_ndarray(samples, format="rgb24").reformat(format="gbrp")
        image.pts, image.time_base = index, Fraction(1, 25)
        frame = Frame(image, moment=Moment(index, Fraction(index, 25)), layout=LAYOUT)
        yield MaskedFrame(frame, shaper.shape(LOGO.mask))


def restored_db(pictures, variance, error_hw=None, where=LOGO.mask):
    matte = Matte(PICTURE, PICTURE, ALPHA, COLOUR, np.zeros_like(ALPHA) if error_hw is None else error_hw)
    filler = DeblendFiller(ClassicalFiller(SPEC), matte, Noise.white(variance, 0.0), SPEC)
    frames = fill_frames(filler, masked(pictures))
    return psnr_db([255 * one.composited(SPEC).crop(PICTURE, SPEC) for one in frames], pictures, where)


def test_noise_under_an_overlay_is_taken_away_by_what_neighbours_show():
    pictures = pan(frames=9)
    assert restored_db(pictures, NOISE_CODES**2) > restored_db(pictures, 0.0) + 4


def test_frames_whose_neighbours_show_something_else_take_nothing_from_them():
    pictures = [picture for seed in range(20, 26) for picture in pan(seed, 1)]
    assert restored_db(pictures, NOISE_CODES**2) > restored_db(pictures, 0.0) - 0.5


def test_what_a_matte_says_nothing_of_does_not_spoil_what_is_beside_it():
    pictures = [picture for seed in range(20, 26) for picture in pan(seed, 1)]
    unknown_hw = np.where(ALPHA > 0, np.float32(0), np.float32(np.inf))
    letters = np.where(ALPHA > 0, 255, 0).astype(np.uint8)
    known_db = restored_db(pictures, NOISE_CODES**2, where=letters)
    assert restored_db(pictures, NOISE_CODES**2, unknown_hw, letters) > known_db - 1.5


def test_the_lines_of_a_matte_are_those_of_its_fields():
    rect = Rect(20, 11, 40, 31)
    random = np.random.default_rng(3)
    alpha_hw, error_hw = random.random((2, 31, 40), np.float32)
    matte = Matte(PICTURE, rect, alpha_hw, random.random((31, 40, 3), np.float32), error_hw)
    top, bottom = (field_matte(matte, parity) for parity in Parity)
    whole = matte.alpha_over(PICTURE)
    for parity, one in zip(Parity, (top, bottom), strict=True):
        assert np.array_equal(one.alpha_over(one.picture), whole[parity.lines])
    woven = woven_matte(top, bottom, picture=PICTURE)
    assert np.array_equal(woven.alpha_over(PICTURE), whole)
    there = rect.relative_to(woven.rect).slices
    assert np.array_equal(woven.colour_hw3[there], matte.colour_hw3)
    assert np.array_equal(woven.error_hw[there], error_hw)
    assert np.isinf(woven.error_hw).sum() == woven.error_hw.size - error_hw.size
