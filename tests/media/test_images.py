"""Images as masks."""

import os
import struct
import zlib

import cv2
import numpy as np
import pytest

from rfr_video.errors import MaskError
from rfr_video.media.images import is_image, numbered_images, read_mask

SQUARE = np.zeros((20, 31), np.uint8)
SQUARE[5:12, 8:24] = 255


def write(path, image, *parameters):
    path.write_bytes(cv2.imencode(path.suffix, image, list(parameters))[1].tobytes())
    return path


def write_png(path, rows, *, size, depth, color_type, palette=b""):
    """Write the kinds of PNG that OpenCV cannot write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, depth, color_type, 0, 0, 0)
    chunks = [chunk(b"IHDR", header)]
    chunks += [chunk(b"PLTE", palette)] if palette else []
    chunks += [chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp", ".pgm"])
def test_white_is_fill_in_every_format(tmp_path, suffix):
    mask = read_mask(write(tmp_path / f"mask{suffix}", SQUARE))
    assert mask.dtype == np.uint8
    assert np.array_equal(mask, SQUARE)


def test_color_and_sixteen_bits_read_the_same(tmp_path):
    color = np.dstack([SQUARE] * 3)
    wide = SQUARE.astype(np.uint16) * 257
    for number, image in enumerate(
        [color, wide, np.dstack([wide] * 3), np.dstack([color, 255 - SQUARE // 2])]
    ):
        assert np.array_equal(read_mask(write(tmp_path / f"{number}.png", image)), SQUARE)


@pytest.mark.parametrize(
    ("dtype", "last_kept", "first_filled"), [(np.uint8, 127, 128), (np.uint16, 32767, 32768)]
)
def test_fill_begins_at_half_of_the_full_range(tmp_path, dtype, last_kept, first_filled):
    image = np.array([[0, last_kept, first_filled]], dtype)
    assert read_mask(write(tmp_path / "mask.png", image)).tolist() == [[0, 0, 255]]


def test_color_counts_by_its_luma(tmp_path):
    yellow, red, white = (0, 255, 255), (0, 0, 255), (255, 255, 255)
    image = np.array([[yellow, red, white]], np.uint8)
    assert read_mask(write(tmp_path / "mask.png", image)).tolist() == [[255, 0, 255]]


@pytest.mark.parametrize("channels", [1, 3])
def test_zeros_and_ones_are_a_mask(tmp_path, channels):
    image = np.dstack([SQUARE // 255] * channels)
    assert np.array_equal(read_mask(write(tmp_path / "mask.png", image)), SQUARE)


def test_one_bit_gray_alpha_and_palette_pngs(tmp_path):
    one_bit = write_png(tmp_path / "bits.png", [b"\xf0"], size=(8, 1), depth=1, color_type=0)
    assert read_mask(one_bit).tolist() == [[255] * 4 + [0] * 4]
    palette = write_png(
        tmp_path / "palette.png", [b"\0\1"], size=(2, 1), depth=8, color_type=3, palette=b"\0\0\0\xff\xff\xff"
    )
    assert read_mask(palette).tolist() == [[0, 255]]
    alpha = write_png(tmp_path / "alpha.png", [b"\xff\xff\xff\0"], size=(2, 1), depth=8, color_type=4)
    assert read_mask(alpha).tolist() == [[255, 0]]


@pytest.mark.parametrize("value", [0, 90, 255])
def test_opaque_is_fill_where_all_color_is_the_same(tmp_path, value):
    image = np.dstack([np.full_like(SQUARE, value)] * 3 + [SQUARE])
    assert np.array_equal(read_mask(write(tmp_path / "mask.png", image)), SQUARE)
    image[:, :, 3] = 0
    assert not read_mask(write(tmp_path / "mask.png", image)).any()


@pytest.mark.parametrize("value", [0, 255])
def test_alpha_that_is_opaque_everywhere_says_nothing(tmp_path, value):
    image = np.dstack([np.full_like(SQUARE, value)] * 3 + [np.full_like(SQUARE, 255)])
    assert (read_mask(write(tmp_path / "mask.png", image)) == value).all()


def test_the_content_decides_not_the_name(tmp_path):
    path = write(tmp_path / "mask.png", SQUARE).rename(tmp_path / "mask.mp4")
    assert is_image(path)
    assert np.array_equal(read_mask(path), SQUARE)


def test_names_that_are_no_text_work(tmp_path):
    path = write(tmp_path / "mask.png", SQUARE).rename(tmp_path / os.fsdecode(b"\xff \xe4\n.png"))
    assert np.array_equal(read_mask(path), SQUARE)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"mask .*mask\.png is empty; give a PNG"),
        (b"no picture at all", r"mask .*mask\.png is not an image; give a PNG"),
        (b"\x89PNG\r\n\x1a\nno more", r"mask .*mask\.png is damaged or not an image"),
        (cv2.imencode(".png", SQUARE)[1].tobytes()[:60], r"mask .*mask\.png is damaged"),
        (b"BM" + b"0" * 100, r"mask .*mask\.png is damaged"),
    ],
)
def test_a_file_that_is_no_image_is_an_error_of_one_line(tmp_path, content, complaint):
    path = tmp_path / "mask.png"
    path.write_bytes(content)
    with pytest.raises(MaskError, match=complaint) as caught:
        read_mask(path)
    assert "\n" not in str(caught.value)


def test_a_picture_beyond_all_measure_is_an_error(tmp_path):
    path = write_png(tmp_path / "mask.png", [b"\0"], size=(1 << 30, 1 << 30), depth=8, color_type=0)
    with pytest.raises(MaskError, match=r"cannot be decoded|is damaged"):
        read_mask(path)


def test_missing_file_and_folder_are_errors(tmp_path):
    with pytest.raises(MaskError, match="cannot be read: No such file"):
        read_mask(tmp_path / "missing.png")
    with pytest.raises(MaskError, match="cannot be read: Is a directory"):
        read_mask(tmp_path)
    with pytest.raises(MaskError, match="cannot be read: No such file"):
        is_image(tmp_path / "missing.png")
    with pytest.raises(MaskError, match="cannot be read: No such file"):
        numbered_images(tmp_path / "missing")


def test_float_samples_are_an_error(tmp_path):
    with pytest.raises(MaskError, match="float32 samples; save it with 8 or 16 bits"):
        read_mask(write(tmp_path / "mask.tiff", SQUARE.astype(np.float32)))


def test_numbered_images_come_in_the_order_of_their_last_number(tmp_path):
    for name in ("v2_10.png", "v2_9.JPG", "v3_011.png", "v1_100.tif", ".1.png", "notes 5.txt", "5.png.part"):
        (tmp_path / name).touch()
    (tmp_path / "7.png").mkdir()
    assert [path.name for path in numbered_images(tmp_path)] == [
        "v2_9.JPG",
        "v2_10.png",
        "v3_011.png",
        "v1_100.tif",
    ]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ([], "holds no images"),
        (["readme.txt"], "holds no images"),
        (["1.png", "two.png"], r"two\.png has no number in its name"),
        (["1.png", "2.png", "002.jpg"], r"002\.jpg and 2\.png are both number 2"),
    ],
)
def test_a_folder_without_a_clear_order_is_an_error(tmp_path, names, complaint):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(MaskError, match=complaint):
        numbered_images(tmp_path)
