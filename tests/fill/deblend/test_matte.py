"""Mixing and unmixing in the samples as they are stored."""

import numpy as np
import pytest
from frame_factory import masked_frame

from rfr_video.fill.deblend.matte import Matte
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.frame import codes_from_rgb, rgb_from_codes
from rfr_video.media.layout import PlaneLayout

RECT = Rect(40, 30, 48, 32)
CROP = Rect(44, 34, 36, 20)


@pytest.fixture
def matte():
    rows, columns = np.mgrid[0:32, 0:48]
    alpha = np.clip(0.7 - np.hypot(rows - 16, columns - 24) / 30, 0, 1).astype(np.float32)
    colour = np.stack([columns / 48, rows / 32, np.full((32, 48), 0.8)], axis=2).astype(np.float32)
    return Matte(Rect(0, 0, 161, 119), RECT, alpha, colour, np.zeros_like(alpha))


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "yuv444p", "gbrp", "gray", "yuvj420p"])
@pytest.mark.parametrize("gain", [1.0, 0.4])
def test_what_was_mixed_is_recovered_plane_by_plane(matte, pix_fmt, gain):
    layout = PlaneLayout.of(pix_fmt)
    spec = ColorSpec.from_tags(ColorTags(), height=119, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    frame = masked_frame(3, (), merge_px=1, pix_fmt=pix_fmt).frame
    planes = frame.color_crops(CROP)
    native = matte.over(CROP, layout, spec)
    pairs = zip(planes, native.alphas, native.parts, strict=True)
    mixed = [(1 - gain * alpha) * plane + gain * part for plane, alpha, part in pairs]
    assert [plane.shape for plane in mixed] == [plane.shape for plane in planes]
    for plane, behind in zip(planes, native.removed(mixed, gain=gain), strict=True):
        assert np.abs(behind - plane).max() < 0.01 * (1 << (layout.bits - 8)) * 4


def test_the_mixture_is_that_of_rgb_as_far_as_chroma_allows(matte):
    layout = PlaneLayout.of("yuv444p")
    spec = ColorSpec.from_tags(ColorTags(), height=119, jpeg=False, rgb=False)
    frame = masked_frame(3, (), merge_px=1, pix_fmt="yuv444p").frame
    clean = frame.crop(CROP, spec)
    native = matte.over(CROP, layout, spec)
    inner = CROP.relative_to(RECT).slices
    alpha = matte.alpha_hw[inner][..., np.newaxis]
    mixed = (1 - alpha) * clean + alpha * matte.colour_hw3[inner]
    behind = rgb_from_codes(native.removed(codes_from_rgb(mixed, layout, spec)), layout, spec)
    assert np.abs(behind - clean).max() < 1e-3


def test_outside_its_rectangle_a_matte_says_nothing(matte):
    layout = PlaneLayout.of("yuv420p")
    spec = ColorSpec.from_tags(ColorTags(), height=119, jpeg=False, rgb=False)
    native = matte.over(Rect(80, 50, 20, 20), layout, spec)
    assert np.isinf(native.error_hw[:, 8:]).all()
    assert not native.alphas[0][:, 8:].any()


def test_a_moved_matte_is_the_same_matte_elsewhere(matte):
    moved = matte.moved(2.0, 1.0)
    assert np.allclose(moved.alpha_hw[1:, 2:], matte.alpha_hw[:-1, :-2], atol=1e-3)
    parts = [one.alpha_hw[..., np.newaxis] * one.colour_hw3 for one in (moved, matte)]
    assert np.allclose(parts[0][1:, 2:], parts[1][:-1, :-2], atol=1e-3)
