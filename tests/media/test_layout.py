"""Pixel formats and their planar twins."""

from fractions import Fraction

import av
import numpy as np
import pytest

from rfr_video.errors import InputError
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PLANAR_TWINS, PlaneLayout, same_samples, twins
from rfr_video.timecode import Moment


def samples(frame):
    return [bytes(plane) for plane in frame.planes]


@pytest.mark.parametrize("name", sorted(PLANAR_TWINS))
@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
def test_going_to_the_planar_twin_and_back_moves_every_sample_unchanged(name, size):
    twin = PLANAR_TWINS[name]
    planar = av.VideoFrame(*size, twin)
    rng = np.random.default_rng(5)
    bits = planar.format.components[0].bits
    for plane in planar.planes:
        raw = np.frombuffer(plane, np.uint8 if bits == 8 else np.uint16)
        raw[:] = rng.integers(0, 1 << bits, raw.size)
    packed = planar.reformat(format=name, src_color_range="JPEG", dst_color_range="JPEG")
    packed.pts, packed.time_base = 0, Fraction(1, 25)
    frame = Frame(packed, moment=Moment(0, Fraction(0)), layout=PlaneLayout.of(name))
    width = [plane.width for plane in planar.planes]
    dtype = np.uint8 if bits == 8 else np.uint16
    for index, view in enumerate(frame.planes()):
        raw = np.frombuffer(planar.planes[index], np.uint8)
        rows = raw.reshape(planar.planes[index].height, planar.planes[index].line_size).view(dtype)
        assert np.array_equal(view, rows[:, : width[index]])


@pytest.mark.parametrize(
    ("name", "bits", "subsampling", "is_rgb"),
    [
        ("yuv420p", 8, (2, 2), False),
        ("yuv422p10le", 10, (2, 1), False),
        ("yuv444p", 8, (1, 1), False),
        ("yuv411p", 8, (4, 1), False),
        ("yuva420p", 8, (2, 2), False),
        ("gray", 8, (1, 1), False),
        ("gray10le", 10, (1, 1), False),
        ("gbrp", 8, (1, 1), True),
        ("gbrap", 8, (1, 1), True),
    ],
)
def test_layout_of_planar_formats(name, bits, subsampling, is_rgb):
    layout = PlaneLayout.of(name)
    assert (layout.name, layout.bits, layout.is_rgb) == (name, bits, is_rgb)
    assert (layout.subsampling.x, layout.subsampling.y) == subsampling


@pytest.mark.parametrize(
    "name", ["pal8", "monow", "gbrpf32le", "bayer_rggb8", "gray10be", "p010le", "ya8", "rgb565le"]
)
def test_formats_that_cannot_be_worked_on_exactly_are_refused_by_name(name):
    with pytest.raises(InputError, match=name):
        PlaneLayout.of(name)


def test_twins_hold_the_same_samples():
    assert same_samples("yuvj420p", "nv12")
    assert not same_samples("yuv420p", "yuv422p")
    assert twins("gbrp")[0] == "gbrp"
    assert {"bgr0", "rgb24"} <= set(twins("gbrp"))
