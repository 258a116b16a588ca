"""Crops around holes, filled by a network."""

import numpy as np
import pytest
import torch
from frame_factory import PICTURE, SPEC, masked_frame
from rfrnet_factory import random_network

from rfr_video.fill.chroma import complete_chroma
from rfr_video.fill.synthesis import SynthesisFiller
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, ColorTags, Subsampling
from rfr_video.rfrnet.lane import Lane, Pending
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig
from rfr_video.rfrnet.workload import crop_around


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime(random_network(), config=RuntimeConfig(device="cpu"))


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p10le", "gray"])
@pytest.mark.parametrize(
    "rect",
    [Rect(21, 33, 24, 10), Rect(0, 0, 7, 9), Rect(150, 101, 11, 18), Rect(99, 0, 62, 5)],
    ids=["inside", "first corner", "last corner", "edge"],
)
def test_a_fill_is_what_the_network_makes_of_the_crop_around_the_hole(runtime, rect, pix_fmt):
    masked = masked_frame(3, [rect], merge_px=48, pix_fmt=pix_fmt)
    samples = masked.frame.samples()
    complete_chroma(samples, masked.hole)
    whole_hw3 = samples.crop(PICTURE, SPEC).clip(0, 1)
    (filled,) = SynthesisFiller(runtime, SPEC).fill(iter([masked]))
    assert filled.hole is not None
    (region,) = filled.hole.regions
    place = crop_around(region.rect, within=PICTURE)
    assert place != PICTURE
    crop = Crop(np.ascontiguousarray(whole_hw3[place.slices]), filled.hole.mask[place.slices])
    (wanted_hw3,) = runtime.fill([crop])
    seen_hw3 = np.zeros_like(whole_hw3)
    seen_hw3[region.rect.slices] = filled.fills[0].rgb_hw3
    inside = (slice(rect.y - place.y, rect.bottom - place.y), slice(rect.x - place.x, rect.right - place.x))
    assert np.allclose(seen_hw3[rect.slices], wanted_hw3[inside], atol=1e-5)


class Mirror(Lane):
    """A network that gives back what it is given, the hole included."""

    def submit(self, images_hw3, known_hw, *, recurrences, frequent=False):
        return Pending(torch.from_numpy(np.stack(images_hw3)), done=None, kept=[])


class MirroringRuntime(Runtime):
    """A runtime on such a network."""

    lane_type = Mirror


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p10le", "yuv411p", "gray", "gbrp"])
def test_a_fill_goes_back_to_where_its_crop_came_from(pix_fmt):
    mirror = MirroringRuntime(random_network(), config=RuntimeConfig(device="cpu"))
    rects = [Rect(0, 0, 9, 11), Rect(77, 3, 20, 13), Rect(142, 90, 19, 29), Rect(20, 85, 30, 15)]
    masked = masked_frame(1, rects, merge_px=8, pix_fmt=pix_fmt)
    layout = masked.frame.layout
    spec = ColorSpec.from_tags(ColorTags(), height=PICTURE.height, jpeg=False, rgb=layout.is_rgb)
    middle = 1 << (layout.bits - 1)
    for plane in () if layout.is_rgb else masked.frame.planes()[1:]:
        plane[:] = middle + (plane.astype(np.int32) - middle) // 16  # pale colours, which RGB can show
    before = [plane.copy() for plane in masked.frame.planes()]
    (filled,) = SynthesisFiller(mirror, spec).fill(iter([masked]))
    assert filled.hole is not None
    assert len(filled.hole.regions) == len(rects)
    for region, fill in zip(filled.hole.regions, filled.fills, strict=True):
        masked.frame.paste(region.rect, fill.rgb_hw3, region.weights, spec=spec)
    for number, (was, now) in enumerate(zip(before, masked.frame.planes(), strict=True)):
        if number == 0 or layout.subsampling == Subsampling(1, 1):  # else the hole's chroma is not shown
            assert np.abs(was.astype(np.int32) - now).max() <= 1


def test_what_is_made_up_does_not_take_the_colour_of_the_hole():
    masked = masked_frame(1, [Rect(20, 41, 60, 3)], merge_px=8, pix_fmt="yuv420p")
    luma, *chroma = masked.frame.planes()
    luma[:] = 120
    for plane in chroma:
        plane[:] = 128
        plane[20:22, 10:40] = 230
    mirror = MirroringRuntime(random_network(), config=RuntimeConfig(device="cpu"))
    (filled,) = SynthesisFiller(mirror, SPEC).fill(iter([masked]))
    assert np.ptp(filled.fills[0].rgb_hw3, axis=2).max() < 1e-3


def test_near_holes_share_a_crop_and_far_ones_do_not():
    near, far = [Rect(20, 20, 9, 9), Rect(60, 20, 9, 9)], [Rect(20, 20, 9, 9), Rect(110, 90, 9, 9)]
    counts = [
        len(masked_frame(0, rects, merge_px=SynthesisFiller.margin_px).hole.regions) for rects in (near, far)
    ]
    assert counts == [1, 2]


def test_notes_are_the_runtimes(runtime):
    assert SynthesisFiller(runtime, SPEC).notes == ("network runs on cpu in float32",)
