"""Samples to RGB and back."""

import numpy as np
import pytest

from rfr_video.media.colour import (
    ChromaLocation,
    ColorRange,
    ColorSpec,
    ColorTags,
    Matrix,
    Subsampling,
    rgb_from_yuv,
    yuv_from_rgb,
)

FULL_RESOLUTION = Subsampling(1, 1)
SUBSAMPLINGS = [Subsampling(2, 2), Subsampling(2, 1), Subsampling(4, 1), Subsampling(1, 2)]
MATRICES = [Matrix.BT709, Matrix.SMPTE170M, Matrix.BT2020_NCL, Matrix.SMPTE240M, Matrix.FCC]
SITED = [location for location in ChromaLocation if location != ChromaLocation.UNSPECIFIED]


def spec(matrix=Matrix.BT709, color_range=ColorRange.LIMITED, location=ChromaLocation.LEFT):
    tags = ColorTags(matrix=matrix, color_range=color_range, chroma_location=location)
    return ColorSpec.from_tags(tags, height=1080, jpeg=False, rgb=False)


@pytest.mark.parametrize(
    ("matrix", "color_range", "bits", "yuv", "rgb"),
    [
        # White, black and the primaries as code values, from the equations of H.273.
        (Matrix.BT709, ColorRange.LIMITED, 8, (235, 128, 128), (1, 1, 1)),
        (Matrix.BT709, ColorRange.LIMITED, 8, (16, 128, 128), (0, 0, 0)),
        (Matrix.BT709, ColorRange.LIMITED, 8, (63, 102, 240), (1, 0, 0)),
        (Matrix.SMPTE170M, ColorRange.LIMITED, 8, (145, 54, 34), (0, 1, 0)),
        (Matrix.SMPTE170M, ColorRange.FULL, 8, (29, 255, 107), (0, 0, 1)),
        (Matrix.BT2020_NCL, ColorRange.LIMITED, 10, (940, 512, 512), (1, 1, 1)),
    ],
)
def test_known_colours(matrix, color_range, bits, yuv, rgb):
    dtype = np.uint8 if bits == 8 else np.uint16
    planes = [np.full((1, 1), code, dtype) for code in yuv]
    converted = rgb_from_yuv(planes, spec(matrix, color_range), bits=bits, subsampling=FULL_RESOLUTION)
    assert np.abs(converted[0, 0] - rgb).max() < 0.012  # one 8-bit code


@pytest.mark.parametrize(
    "matrix", [Matrix.BT709, Matrix.SMPTE170M, Matrix.BT2020_NCL, Matrix.SMPTE240M, Matrix.FCC]
)
@pytest.mark.parametrize("color_range", [ColorRange.LIMITED, ColorRange.FULL])
def test_every_code_survives_the_way_to_rgb_and_back(matrix, color_range):
    rng = np.random.default_rng(3)
    planes = [rng.integers(0, 256, (64, 64)).astype(np.uint8) for _ in range(3)]
    way = spec(matrix, color_range)
    rgb = rgb_from_yuv(planes, way, bits=8, subsampling=FULL_RESOLUTION)
    back = yuv_from_rgb(rgb, way, bits=8, subsampling=FULL_RESOLUTION)
    for plane, returned in zip(planes, back, strict=True):
        assert np.array_equal(np.rint(returned), plane)


@pytest.mark.parametrize("location", SITED)
@pytest.mark.parametrize(
    "subsampling", [Subsampling(2, 2), Subsampling(2, 1), Subsampling(4, 1), Subsampling(1, 2)]
)
def test_a_linear_ramp_of_chroma_is_read_and_written_where_it_sits(location, subsampling):
    """On a ramp, linear interpolation is exact, so a chroma sample off its place would show."""
    height, width = 24, 32
    site = {
        "x": 0 if "LEFT" in location.name else (subsampling.x - 1) / 2,
        "y": 0
        if location.name.startswith("TOP")
        else subsampling.y - 1
        if location.name.startswith("BOTTOM")
        else (subsampling.y - 1) / 2,
    }
    y, x = np.mgrid[:height, :width].astype(np.float64)
    full = 100 + 1.5 * x + 0.5 * y
    chroma_y, chroma_x = np.mgrid[: height // subsampling.y, : width // subsampling.x]
    chroma = 100 + 1.5 * (chroma_x * subsampling.x + site["x"]) + 0.5 * (chroma_y * subsampling.y + site["y"])
    codes = np.rint(chroma * 64).astype(np.uint16)  # 14 bits, so that rounding stays out of the comparison
    way = spec(color_range=ColorRange.FULL, location=location)
    flat = np.full((height, width), 8192, np.uint16)
    rgb = rgb_from_yuv([flat, codes, codes], way, bits=14, subsampling=subsampling)
    blue_difference = (rgb[:, :, 2] - 8192 / 16383) / (2 * (1 - way.kb)) * 16383 + 8192
    inner = np.s_[4:-4, 4:-4]  # borders are replicated, not extrapolated
    assert np.abs(blue_difference - full * 64)[inner].max() < 2
    back = yuv_from_rgb(rgb, way, bits=14, subsampling=subsampling)[1]
    assert np.abs(back - codes)[2:-2, 2:-2].max() < 2


def test_gray_has_no_chroma():
    plane = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb = rgb_from_yuv([plane], spec(), bits=8, subsampling=FULL_RESOLUTION)
    assert np.array_equal(rgb[:, :, 0], rgb[:, :, 2])
    (back,) = yuv_from_rgb(rgb, spec(), bits=8, subsampling=FULL_RESOLUTION, gray=True)
    assert np.array_equal(np.rint(back), plane)


@pytest.mark.parametrize(("height", "matrix"), [(576, "SMPTE170M"), (720, "BT709")])
def test_what_is_not_said_is_assumed_by_size_and_noted(height, matrix):
    spec = ColorSpec.from_tags(ColorTags(), height=height, jpeg=False, rgb=False)
    assert [assumption for assumption, _ in spec.assumed] == [
        f"matrix {matrix}",
        "limited range",
        "chroma location left",
    ]


def test_nothing_is_assumed_for_tagged_video_or_rgb():
    assert spec().assumed == ()
    assert ColorSpec.from_tags(ColorTags(matrix=0), height=64, jpeg=False, rgb=True).assumed == ()
