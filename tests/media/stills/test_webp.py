"""WebP: what is lossless stays so, and the chunks around the picture."""

import io

import numpy as np
import pytest
from PIL import Image
from stills_factory import pillow, scene

from rfr_video.errors import InputError
from rfr_video.geometry import Rect
from rfr_video.media.stills.files import open_still

RGBA = Image.fromarray(scene(4, 8))


@pytest.fixture
def opened(tmp_path):
    def write_and_open(data: bytes):
        path = tmp_path / "still.webp"
        path.write_bytes(data)
        return open_still(path)

    return write_and_open


def chunk(data: bytes, name: bytes) -> bytes:
    at = data.index(name)
    return data[at : at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")]


def test_colour_under_full_transparency_is_kept(opened):
    data = pillow(RGBA, "WEBP", lossless=True, exact=True)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(opened(data).encoded()))), scene(4, 8))


def test_the_alpha_of_a_lossy_picture_is_kept_byte_for_byte(opened):
    data = pillow(RGBA, "WEBP", quality=70)
    file = opened(data)
    assert chunk(file.encoded(), b"ALPH") == chunk(data, b"ALPH")
    assert chunk(file.encoded(), b"VP8X") == chunk(data, b"VP8X")
    assert file.notes == ("lossy WebP was coded anew at quality 100",)


def test_luma_and_chroma_reach_the_encoder_without_a_way_through_rgb(opened):
    file = opened(pillow(RGBA.convert("RGB"), "WEBP", quality=70))
    assert [plane.shape for plane in file.still.planes] == [(67, 93), (34, 47), (34, 47)]
    again = opened(file.encoded())
    for before, after in zip(file.still.planes, again.still.planes, strict=True):
        assert np.abs(before.astype(int) - after).mean() < 0.7


@pytest.mark.parametrize("lossless", [False, True])
def test_one_pixel(opened, lossless):
    data = pillow(RGBA.convert("RGB").crop((0, 0, 1, 1)), "WEBP", lossless=lossless)
    file = opened(data)
    assert file.still.rect == Rect(0, 0, 1, 1)
    assert Image.open(io.BytesIO(file.encoded())).size == (1, 1)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (pillow(RGBA, "WEBP", save_all=True, append_images=[RGBA.rotate(180)]), "animated WebP"),
        (pillow(RGBA, "WEBP")[:-40], "damaged or cut off"),
        (pillow(RGBA, "WEBP", lossless=True)[:60], "damaged or cut off"),
        (pillow(RGBA, "WEBP", lossless=True)[:12], "damaged or cut off"),
        (b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0", "damaged or cut off"),
        (b"RIFF\x10\0\0\0WEBPVP8L\4\0\0\0\x2f\0\0\0", "damaged or cut off"),
    ],
)
def test_what_cannot_be_repaired_is_an_error_of_one_line(opened, data, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        opened(data)
    assert "\n" not in str(caught.value)
