"""TIFF: strips and tiles of every sort, each coded anew only where it changed."""

import io
from itertools import product

import numpy as np
import pytest
import tifffile
from PIL import Image
from stills_factory import pillow, scene, tiff

from rfr_video.errors import InputError
from rfr_video.geometry import Rect
from rfr_video.media.stills.files import open_still

PATCH = Rect(20, 20, 20, 11)
RGB = scene(3, 8)


@pytest.fixture
def opened(tmp_path):
    def write_and_open(data: bytes):
        path = tmp_path / "still.tif"
        path.write_bytes(data)
        return open_still(path)

    return write_and_open


def patched(file) -> bytes:
    """The file with noise in a patch, which compresses worse than what was there."""
    frame = file.still.cut(PATCH)
    for plane in frame.planes():
        noise = np.random.default_rng(1).integers(0, np.iinfo(plane.dtype).max, plane.shape)
        plane[:] = noise
    file.still.paste(PATCH, frame)
    return file.encoded()


LAYOUTS = {
    "strips": {"rowsperstrip": 16},
    "one strip": {},
    "tiles": {"tile": (32, 32)},
    "planes": {"rowsperstrip": 16, "planarconfig": "separate"},
    "planes of tiles": {"tile": (32, 32), "planarconfig": "separate"},
    "big-endian": {"rowsperstrip": 16, "byteorder": ">"},
    "BigTIFF": {"rowsperstrip": 16, "bigtiff": True},
}
CODINGS = [(None, False), ("lzw", False), ("lzw", True), ("zlib", True), ("packbits", False), ("zstd", True)]


@pytest.mark.parametrize(("layout", "coding", "bits"), [*product(LAYOUTS, CODINGS, (8, 16))])
def test_every_layout_and_lossless_compression(opened, layout, coding, bits):
    compression, predictor = coding
    samples = scene(4, bits)
    separate = LAYOUTS[layout].get("planarconfig") == "separate"
    stored = np.moveaxis(samples, 2, 0).copy() if separate else samples
    data = tiff(stored, compression=compression, predictor=predictor, **LAYOUTS[layout])
    file = opened(data)
    assert file.encoded() == data
    written = tifffile.imread(io.BytesIO(patched(file)))
    written = np.moveaxis(written, 0, 2) if separate else written
    outside = np.ones(samples.shape, bool)
    outside[PATCH.slices][..., :3] = False
    assert np.array_equal(written[outside], samples[outside])
    for channel in range(3):
        assert np.array_equal(written[PATCH.slices][..., channel], file.still.planes[channel][PATCH.slices])


def test_strips_that_did_not_change_keep_their_bytes(opened):
    data = tiff(RGB, compression="lzw", rowsperstrip=10)
    written = patched(opened(data))
    with tifffile.TiffFile(io.BytesIO(data)) as before, tifffile.TiffFile(io.BytesIO(written)) as after:
        pages = before.pages.first, after.pages.first
        strips = [
            [data[at : at + size] for at, size in zip(page.dataoffsets, page.databytecounts, strict=True)]
            for page, data in zip(pages, (data, written), strict=True)
        ]
    assert [was == now for was, now in zip(*strips, strict=True)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        True,
    ]


def test_an_uncompressed_file_changes_nowhere_else(opened):
    data = tiff(RGB)
    before, after = np.frombuffer(data, np.uint8), np.frombuffer(patched(opened(data)), np.uint8)
    assert len(after) == len(before)
    assert np.count_nonzero(before != after) <= PATCH.width * PATCH.height * 3


def test_short_tables_of_strips_grow_where_they_must(opened):
    """A classic file may hold the sizes of its strips in 16 bits."""
    flat = np.zeros((300, 300, 3), np.uint8)
    data = pillow(Image.fromarray(flat), "TIFF", compression="tiff_lzw")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tag = file.pages.first.tags["StripByteCounts"]
        assert len(file.pages.first.dataoffsets) > 1 or tag.count == 1
    file = opened(data)
    rect = Rect(0, 0, 300, 300)
    frame = file.still.cut(rect)
    for plane in frame.planes():
        plane[:] = np.random.default_rng(2).integers(0, 255, plane.shape)
    file.still.paste(rect, frame)
    written = np.asarray(Image.open(io.BytesIO(file.encoded())))
    for channel in range(3):
        assert np.array_equal(written[..., channel], file.still.planes[channel])


def test_channels_beyond_alpha_are_kept(opened):
    samples = np.dstack([scene(3, 8), scene(1, 8), 255 - scene(1, 8)])
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, photometric="rgb", extrasamples=["unassalpha", "unspecified"])
    written = tifffile.imread(io.BytesIO(patched(opened(buffer.getvalue()))))
    assert np.array_equal(written[..., 3:], samples[..., 3:])


def written_by(image: Image.Image, **options: object) -> bytes:
    return pillow(image, "TIFF", **options)


def of_pages() -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.stack([RGB] * 3), photometric="rgb", metadata=None)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (of_pages, "of 3 pages; give one file per picture"),
        (lambda: written_by(Image.fromarray(RGB).convert("CMYK")), "with SEPARATED samples"),
        (lambda: written_by(Image.fromarray(RGB).quantize(16)), "with PALETTE samples"),
        (lambda: written_by(Image.fromarray(RGB).convert("1")), "with samples of 1 bits"),
        (lambda: written_by(Image.fromarray(RGB), compression="jpeg"), "with JPEG compression"),
        (lambda: tiff(RGB, compression="jpeg"), "with YCBCR samples"),
        (lambda: tiff(RGB.astype(np.float32)), r"with samples of 32 bits \(IEEEFP\)"),
        (lambda: tiff(RGB.astype(np.int16)), r"with samples of 16 bits \(INT\)"),
        (lambda: tiff(RGB)[:2000], "damaged TIFF"),
        (lambda: tiff(RGB, compression="lzw")[:2500], "damaged TIFF"),
        (lambda: b"II*\0\x08\0\0\0", "damaged TIFF"),
        (lambda: b"II*\0", "damaged TIFF"),
        (lambda: b"MM\0*\0\0\0\x08\0\1junk and nothing but junk", "TIFF"),
    ],
)
def test_what_cannot_be_repaired_is_an_error_of_one_line(opened, caplog, make, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        opened(make())
    assert "\n" not in str(caught.value)
    assert not caplog.records
