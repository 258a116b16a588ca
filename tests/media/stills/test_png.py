"""PNG: every colour type and depth, and the chunks around the picture."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from stills_factory import palette_png, pillow, png, png_chunk, png_chunks, scene

from rfr_video.errors import InputError
from rfr_video.media.stills.files import open_still


@pytest.fixture
def opened(tmp_path):
    def write_and_open(data: bytes):
        path = tmp_path / "still.png"
        path.write_bytes(data)
        return open_still(path)

    return write_and_open


def raw_png(rows, *, width, depth, color_type, key=b"", height=None):
    """A PNG of these rows; of those of Adam7's passes where a height is given."""
    header = struct.pack(">IIBBBBB", width, height or len(rows), depth, color_type, 0, 0, height is not None)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [png_chunk(b"IHDR", header), *([png_chunk(b"tRNS", key)] if key else [])]
    return b"".join([b"\x89PNG\r\n\x1a\n", *chunks, png_chunk(b"IDAT", data), png_chunk(b"IEND", b"")])


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


@pytest.mark.parametrize("key", [False, True])
def test_a_palette_becomes_full_colour_and_nothing_is_lost(opened, key):
    data = palette_png(key=key)
    file = opened(data)
    assert np.array_equal(rgba(file.encoded()), rgba(data))
    assert file.notes == ("the palette became full colour",)
    assert {b"PLTE", b"tRNS"}.isdisjoint(name for name, _ in png_chunks(file.encoded()))


@pytest.mark.parametrize(("depth", "row"), [(1, b"\xa0"), (2, b"\x1b"), (4, b"\x0f")])
def test_less_than_eight_bits_become_eight(opened, depth, row):
    data = raw_png([row], width=8 // depth, depth=depth, color_type=0)
    file = opened(data)
    assert np.array_equal(rgba(file.encoded()), rgba(data))
    assert file.notes == (f"{depth} bits per sample became 8",)


def test_a_transparent_colour_becomes_alpha(opened):
    data = raw_png([b"\1\2\3\4\5\6"], width=2, depth=8, color_type=2, key=struct.pack(">3H", 4, 5, 6))
    file = opened(data)
    assert rgba(file.encoded()).tolist() == [[[1, 2, 3, 255], [4, 5, 6, 0]]]
    assert file.notes == ("the transparent colour became an alpha channel",)


def test_an_interlaced_picture_keeps_its_samples(opened, caplog):
    samples = scene(3, 8)
    passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]
    rows = [row.tobytes() for x, y, dx, dy in passes for row in samples[y::dy, x::dx]]
    file = opened(raw_png(rows, width=93, height=67, depth=8, color_type=2))
    assert file.notes == ("interlacing was given up",)
    assert np.array_equal(rgba(file.encoded())[..., :3], samples)
    assert not caplog.records


def test_chunks_stay_in_their_places_byte_for_byte(opened):
    kept = [png_chunk(b"pHYs", struct.pack(">IIB", 1, 2, 0)), png_chunk(b"gAMA", struct.pack(">I", 45455))]
    data = png(scene(3, 16), *kept, png_chunk(b"prVt", b"a safe private chunk"))
    before, after = png_chunks(data), png_chunks(opened(data).encoded())
    assert [chunk for chunk in after if chunk[0] != b"IDAT"] == [c for c in before if c[0] != b"IDAT"]
    assert after[-2][0] == b"tEXt"


def test_an_unknown_chunk_about_the_samples_is_left_out_and_named(opened):
    file = opened(png(scene(3, 8), png_chunk(b"caBX", b"a signature of all bytes")))
    assert file.notes == ("left out as unsafe to copy: caBX",)
    assert b"caBX" not in file.encoded()


def test_a_wrong_profile_disturbs_nobody(opened):
    data = png(scene(1, 8), png_chunk(b"iCCP", b"nonsense\0\0nothing compressed"))
    file = opened(data)
    assert np.array_equal(file.still.planes[0], scene(1, 8))
    assert png_chunks(data)[1] in png_chunks(file.encoded())


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (png(scene(3, 8))[:200], "damaged or cut off"),
        (png(scene(3, 8))[:-12], "damaged or cut off"),
        (png(scene(3, 8))[:8], "damaged or cut off"),
        (png(scene(3, 8)).replace(b"IDAT", b"IDAU"), "damaged or cut off"),
        (raw_png([b"\1\2"], width=3, depth=8, color_type=0), "damaged PNG"),
        (png(scene(3, 8), png_chunk(b"acTL", bytes(8))), "animated PNG"),
    ],
)
def test_what_cannot_be_repaired_is_an_error_of_one_line(opened, data, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        opened(data)
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_is_found(opened):
    data = bytearray(pillow(Image.fromarray(scene(3, 8)), "PNG"))
    data[300] ^= 0x10
    with pytest.raises(InputError, match="damaged PNG"):
        opened(bytes(data))
