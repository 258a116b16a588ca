"""Fields of interlaced frames: their lines, their chroma, and working on them one by one."""

from fractions import Fraction

import av
import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking.field_shape import FieldShaper
from rfr_video.media.colour import ColorSpec, ColorTags, Subsampling
from rfr_video.media.fields import Parity, field_rect, frame_rect, side_by_side, woven
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Moment

SPEC = ColorSpec.from_tags(ColorTags(), height=64, jpeg=False, rgb=False)
SIZES = [(64, 96), (63, 97), (62, 96), (61, 95)]  # 4n + 2 lines: the bottom field lacks a line of chroma


def noise(pix_fmt, height, width):
    image = av.VideoFrame(width, height, pix_fmt)
    layout = PlaneLayout.of(pix_fmt)
    random = np.random.default_rng(height)
    for plane in image.planes:
        samples = np.frombuffer(memoryview(plane), np.uint8)
        codes = random.integers(60, 190, samples.shape if layout.bits == 8 else samples.size // 2)
        (samples if layout.bits == 8 else samples.view(np.uint16))[:] = codes
    image.pts, image.time_base = 0, Fraction(1, 25)
    return Frame(image, moment=Moment(0, Fraction(0)), layout=layout, is_interlaced=True)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} lines")
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "yuv410p", "gray", "gbrp", "nv12"])
def test_an_interlaced_frame_is_cut_out_and_pasted_into_field_by_field(pix_fmt, size):
    frame = noise(pix_fmt, *size)
    layout, before = frame.layout, [plane.copy() for plane in frame.planes()]
    whole = frame.crop(frame.rect, SPEC)
    for parity in Parity:
        field = frame.field(parity)
        assert field.parity == parity
        assert field.rect.height == whole[parity.lines].shape[0]
        assert np.array_equal(whole[parity.lines], field.crop(field.rect, SPEC))
    mask = np.zeros(size, np.uint8)
    mask[11:23, 5:17] = mask[40::2, 60:66] = mask[-1, -4:] = 255
    shaper = FieldShaper(frame.rect, subsampling=layout.subsampling, grow_px=1, feather_px=1, merge_px=3)
    hole = shaper.shape(mask)
    for region in hole.regions:
        fill = np.full((region.rect.height, region.rect.width, 3), 0.9, np.float32)
        frame.paste(region.rect, fill, region.weights, spec=SPEC)
    for number, (was, now) in enumerate(zip(before, frame.planes(), strict=True)):
        inside = touched(hole.mask, was.shape, number, layout)
        assert np.array_equal(was[~inside], now[~inside])
        assert (was != now)[inside].mean() > 0.8


def touched(mask, shape, number, layout):
    """Where a hole reaches in a plane: a chroma line serves lines of its own field only."""
    if number == layout.color_planes[0] or layout.subsampling == Subsampling(1, 1):
        return mask > 0
    inside = np.zeros(shape, np.bool_)
    for parity in Parity:
        rows, columns = np.nonzero(mask[parity.lines])
        rows, columns = rows // layout.subsampling.y, columns // layout.subsampling.x
        there = rows < inside[parity.lines].shape[0]
        inside[parity.lines][rows[there], columns[there]] = True
    return inside


def test_a_field_shares_the_samples_of_its_frame():
    frame = noise("yuv420p", 64, 96)
    for was, field in zip(frame.planes(), frame.field(Parity.BOTTOM).planes(), strict=True):
        assert np.array_equal(was[1::2], field)
        assert np.shares_memory(was, field)
    assert frame.parity is None


@pytest.mark.parametrize("rect", [Rect(3, 4, 5, 6), Rect(0, 7, 2, 1), Rect(1, 8, 4, 1), Rect(0, 3, 9, 4)])
def test_lines_of_a_rectangle_are_those_of_its_fields(rect):
    rows = set(range(rect.y, rect.bottom))
    found = set()
    for parity in Parity:
        lines = field_rect(rect, parity)
        if lines is not None:
            assert (lines.x, lines.width) == (rect.x, rect.width)
            found |= {2 * line + parity for line in range(lines.y, lines.bottom)}
    assert found == rows


def test_a_rectangle_of_a_field_stands_for_lines_of_both():
    picture = Rect(0, 0, 20, 11)
    assert frame_rect(Rect(2, 1, 5, 3), within=picture) == Rect(2, 2, 5, 6)
    assert frame_rect(Rect(2, 5, 5, 1), within=picture) == Rect(2, 10, 5, 1)


def test_weaving_puts_lines_back_where_they_were():
    frame = np.arange(7 * 3).reshape(7, 3)
    assert np.array_equal(woven(frame[0::2], frame[1::2]), frame)


def test_iterators_run_side_by_side_and_hold_back_no_more_than_they_must():
    taken = []

    def pairs():
        for number in range(50):
            taken.append(number)
            yield number, -number

    def looking_ahead(numbers):
        held = []
        for number in numbers:
            held.append(number)
            if len(held) > 3:
                yield held.pop(0)
        yield from held

    together = side_by_side(pairs(), (iter, looking_ahead))
    assert next(together) == (0, 0)
    assert len(taken) == 4
    assert list(together) == [(number, -number) for number in range(1, 50)]
