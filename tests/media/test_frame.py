"""Crops out of native planes and pastes back into them."""

from fractions import Fraction

import numpy as np
import pytest
from media_factory import Clip, decode, make_video, picture

from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, ColorTags, Subsampling
from rfr_video.media.frame import Frame
from rfr_video.media.hole import BlendWeights
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.reader import open_reader
from rfr_video.timecode import Moment

FORMATS = [
    "yuv420p",
    "yuv422p",
    "yuv444p",
    "yuv420p10le",
    "yuv422p10le",
    "yuv444p10le",
    "gray",
    "gbrp",
    "nv12",
    "bgr0",
]


def frame_of(pix_fmt, width=63, height=47):
    image = picture(Clip(pix_fmt=pix_fmt, width=width, height=height), 0)
    image.pts, image.time_base = 0, Fraction(1, 25)
    layout = PlaneLayout.of(pix_fmt)
    spec = ColorSpec.from_tags(ColorTags(), height=height, jpeg=False, rgb=layout.is_rgb)
    return Frame(image, moment=Moment(0, Fraction(0)), layout=layout), spec


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_paste_changes_only_samples_with_weight(pix_fmt):
    frame, spec = frame_of(pix_fmt)
    before = [plane.copy() for plane in frame.planes()]
    step = frame.layout.subsampling
    rect = Rect(21, 13, 42, 34).aligned(step.x, step.y, within=frame.rect)  # reaches the odd corner
    weight = np.zeros((rect.height, rect.width), np.float32)
    weight[3:9, 5:12] = 1
    weights = BlendWeights.of(weight, step)
    frame.paste(rect, 1 - frame.crop(rect, spec), weights, spec=spec)
    changed = [after != was for after, was in zip(frame.planes(), before, strict=True)]
    for number, plane in enumerate(frame.layout.color_planes):
        expected = weights.luma if number == 0 else weights.chroma
        place = np.zeros(changed[plane].shape, bool)
        top, left = (rect.y, rect.x) if number == 0 else (rect.y // step.y, rect.x // step.x)
        place[top : top + expected.shape[0], left : left + expected.shape[1]] = expected > 0
        assert not changed[plane][~place].any()
        assert changed[plane][place].mean() > 0.8


def test_a_chroma_sample_is_in_the_hole_when_any_luma_sample_it_serves_is():
    luma = np.zeros((5, 7), np.float32)
    luma[1, 3] = 0.25
    luma[4, 6] = 1
    chroma = BlendWeights.of(luma, Subsampling(2, 2)).chroma
    assert chroma.shape == (3, 4)
    assert chroma[0, 1] == 0.25
    assert chroma[2, 3] == 1
    assert np.count_nonzero(chroma) == 2


def test_half_weight_mixes_halfway():
    frame, spec = frame_of("gray")
    rect = Rect(8, 8, 8, 8)
    before = frame.planes()[0][rect.slices].astype(int)
    white = np.ones((8, 8, 3), np.float32)
    weights = BlendWeights.of(np.full((8, 8), 0.5, np.float32), Subsampling(1, 1))
    frame.paste(rect, white, weights, spec=spec)
    after = frame.planes()[0][rect.slices].astype(int)
    assert np.abs(after - (before + 235) / 2).max() <= 0.5


def test_pasting_does_not_reach_the_pictures_that_the_decoder_predicts_from(tmp_path):
    path = make_video(tmp_path / "clip.mkv", Clip(codec="libx264", frames=16, options={"bf": "3"}))
    plain = decode(path)
    with open_reader(path) as reader:
        for frame, expected in zip(reader.frames(), plain, strict=True):
            for plane, was in zip(frame.planes(), expected, strict=True):
                assert np.array_equal(plane, was)
            spec = ColorSpec.from_tags(ColorTags(), height=64, jpeg=False, rgb=False)
            weights = BlendWeights.of(np.ones((64, 96), np.float32), Subsampling(2, 2))
            frame.paste(frame.rect, np.zeros((64, 96, 3), np.float32), weights, spec=spec)
            assert frame.planes()[0].max() == 16
