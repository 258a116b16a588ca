"""What every filler keeps to."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from frame_factory import PICTURE, SPEC, masked_frame
from rfrnet_factory import random_network

from rfr_video.errors import MaskError
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.deblend.field_matte import field_matte
from rfr_video.fill.deblend.filler import DeblendFiller
from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.noise import Noise
from rfr_video.fill.fields import FieldFiller
from rfr_video.fill.filler import Fill, Filler, Origin, fill_frames
from rfr_video.fill.synthesis import SynthesisFiller
from rfr_video.fill.temporal.filler import TemporalFiller, classically
from rfr_video.fill.temporal.quality import QUALITIES
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec
from rfr_video.media.fields import Parity
from rfr_video.rfrnet.runtime import Runtime, RuntimeConfig

MIDDLE, CORNER, OTHER_CORNER = Rect(61, 50, 23, 11), Rect(0, 0, 9, 8), Rect(150, 100, 11, 19)
HOLES = [(), (MIDDLE,), (CORNER, OTHER_CORNER), (), (MIDDLE,), (MIDDLE,), (MIDDLE, OTHER_CORNER), ()]
LAST = 4
"""The frame that ends a segment: no anchor by itself."""

MOST_LOOKED_AHEAD = 16
REACH_FRAMES = 6

MakeFiller = Callable[[ColorSpec], Filler]


network = cache(random_network)


def synthesis(spec: ColorSpec) -> Filler:
    return SynthesisFiller(Runtime(network(), config=RuntimeConfig(device="cpu")), spec)


def temporal(spec: ColorSpec) -> Filler:
    quality = replace(QUALITIES["fast"], anchor_frames=4)
    synthesise = classically(deep=False)
    return TemporalFiller(spec, look_ahead_frames=REACH_FRAMES, quality=quality, synthesise=synthesise)


def classical_fields(spec: ColorSpec) -> Filler:
    return FieldFiller(ClassicalFiller(spec), ClassicalFiller(spec), spec)


def temporal_fields(spec: ColorSpec) -> Filler:
    return FieldFiller(temporal(spec), temporal(spec), spec)


def deblend(spec: ColorSpec) -> Filler:
    alpha = np.full((MIDDLE.height, MIDDLE.width), 0.4, np.float32)
    colour = np.ones((*alpha.shape, 3), np.float32)
    error = np.where(np.arange(MIDDLE.width) % 8 < 4, np.float32(1), np.float32(40)) * np.ones_like(alpha)
    matte = Matte(PICTURE, MIDDLE, alpha, colour, error)
    return DeblendFiller(ClassicalFiller(spec), matte, Noise.white(1.0, 1.0), spec)


def deblend_fields(spec: ColorSpec) -> Filler:
    alpha = np.full((40, 40), 0.4, np.float32)
    colour = np.ones((*alpha.shape, 3), np.float32)
    matte = Matte(PICTURE, Rect(50, 39, 40, 40), alpha, colour, np.full_like(alpha, 2000))
    noise = Noise.white(1.0, 1.0)
    fields = (field_matte(matte, parity) for parity in Parity)
    return FieldFiller(*(DeblendFiller(ClassicalFiller(spec), one, noise, spec) for one in fields), spec)


FILLERS = (
    ClassicalFiller,
    synthesis,
    temporal,
    classical_fields,
    temporal_fields,
    deblend,
    deblend_fields,
)


@pytest.fixture(params=FILLERS, ids=lambda make: make.__name__)
def make_filler(request) -> MakeFiller:
    return request.param


@pytest.fixture
def masked(make_filler):
    """Makes frames with holes, of the kind that the filler takes."""
    return partial(masked_frame, is_interlaced="fields" in make_filler.__name__)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "gray"])
def test_every_frame_comes_out_once_in_order_with_a_fill_for_every_region(make_filler, masked, pix_fmt):
    filler = make_filler(SPEC)
    given = [
        masked(index, rects, merge_px=filler.margin_px, pix_fmt=pix_fmt) for index, rects in enumerate(HOLES)
    ]
    before = [[plane.copy() for plane in item.frame.planes()] for item in given]
    filled = list(fill_frames(filler, iter(given)))
    assert [item.frame for item in filled] == [item.frame for item in given]
    assert [item.hole for item in filled] == [item.hole for item in given]
    for item, planes in zip(filled, before, strict=True):
        regions = item.hole.regions if item.hole else ()
        assert len(item.fills) == len(regions)
        for region, fill in zip(regions, item.fills, strict=True):
            assert fill.rgb_hw3.shape == (region.rect.height, region.rect.width, 3)
            assert fill.rgb_hw3.dtype == fill.origin_hw4.dtype == fill.confidence_hw.dtype == np.float32
            assert np.isfinite(fill.rgb_hw3).all()
            assert fill.rgb_hw3.std() > 0
            inside = item.hole.mask[region.rect.slices] > 0
            assert np.allclose(fill.origin_hw4[inside].sum(axis=1), 1, atol=1e-5)
            assert ((fill.origin_hw4[inside] >= 0) & (fill.origin_hw4[inside] <= 1)).all()
            assert ((fill.confidence_hw[inside] >= 0) & (fill.confidence_hw[inside] <= 1)).all()
            made_up = inside & (fill.origin_hw4[:, :, Origin.SYNTHESISED] == 1)
            assert (fill.confidence_hw[made_up] == 0).all()
        for was, now in zip(planes, item.frame.planes(), strict=True):
            assert np.array_equal(was, now)


@pytest.mark.parametrize("rects", [(), (MIDDLE,), (CORNER, OTHER_CORNER)], ids=["no hole", "one", "two"])
def test_frames_do_not_pile_up(make_filler, masked, rects):
    filler = make_filler(SPEC)
    taken = []

    def frames():
        for index in range(200):
            taken.append(index)
            yield masked(index, rects, merge_px=filler.margin_px)

    filled = fill_frames(filler, frames())
    for _ in range(3):
        next(filled)
    assert len(taken) <= 3 + MOST_LOOKED_AHEAD


def test_a_hole_over_the_whole_picture_is_an_error_that_names_the_time(make_filler, masked):
    filler = make_filler(SPEC)
    frames = [masked(24 + number, (rect,), merge_px=8) for number, rect in enumerate([MIDDLE, PICTURE])]
    with pytest.raises(MaskError, match=r"covers the whole (picture|top field) at frame 25 \(1\.000 s\)"):
        list(fill_frames(filler, iter(frames)))


def test_one_known_row_of_each_picture_is_enough(make_filler, masked):
    filler = make_filler(SPEC)
    item = masked(0, (), merge_px=8)
    known_rows = 2 if item.frame.is_interlaced else 1
    all_but_the_last = Rect(0, 0, PICTURE.width, PICTURE.height - known_rows)
    (filled,) = fill_frames(filler, iter([masked(0, (all_but_the_last,), merge_px=8)]))
    assert np.isfinite(filled.fills[0].rgb_hw3).all()


def test_it_goes_on_behind_a_segment_as_if_it_had_filled_that_itself(make_filler, masked):
    def frames(filler, **changes):
        items = [masked(index, rects, merge_px=filler.margin_px) for index, rects in enumerate(HOLES)]
        return [
            replace(one, ends_segment=index == LAST, **changes.get(str(index), {}))
            for index, one in enumerate(items)
        ]

    first = make_filler(SPEC)
    whole = list(fill_frames(first, iter(frames(first))))
    assert all(not item.state for index, item in enumerate(whole) if index != LAST)
    second = make_filler(SPEC)
    done = {str(index): {"is_done": True} for index in range(LAST)}
    done[str(LAST)] = {"is_done": True, "state": whole[LAST].state}
    rest = list(fill_frames(second, iter(frames(second, **done))))
    assert [(item.hole, item.fills) for item in rest[: LAST + 1]] == [(None, ())] * (LAST + 1)
    for item, again in zip(whole[LAST + 1 :], rest[LAST + 1 :], strict=True):
        for fill, other in zip(item.fills, again.fills, strict=True):
            assert np.array_equal(fill.rgb_hw3, other.rgb_hw3)
            assert np.array_equal(fill.origin_hw4, other.origin_hw4)
            assert np.array_equal(fill.confidence_hw, other.confidence_hw)


def test_a_fill_of_one_origin_has_maps_that_take_no_memory():
    fill = Fill.of_one(np.ones((400, 300, 3), np.float32), Origin.BORROWED, confidence=0.25)
    assert fill.origin_hw4.shape == (400, 300, 4)
    assert (fill.origin_hw4 == [0, 1, 0, 0]).all()
    assert fill.confidence_hw.shape == (400, 300)
    assert (fill.confidence_hw == 0.25).all()
    assert not any(fill.origin_hw4.strides[:2] + fill.confidence_hw.strides)
