"""JPEG: the same tables, the same blocks, and the segments around the picture."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling
from stills_factory import KINDS, pillow, scene

from rfr_video.errors import InputError
from rfr_video.geometry import Rect
from rfr_video.media.stills.files import open_still

PICTURE = Image.fromarray(scene(3, 8))
JPEG_KINDS = [kind for kind in KINDS if kind.suffix == ".jpg"]


@pytest.fixture
def opened(tmp_path):
    def write_and_open(data: bytes):
        path = tmp_path / "still.jpg"
        path.write_bytes(data)
        return open_still(path)

    return write_and_open


def rgb(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


@pytest.mark.parametrize("kind", JPEG_KINDS, ids=str)
def test_tables_subsampling_and_progression_are_the_sources(kind, tmp_path):
    path = kind.write(tmp_path / "still")
    before, after = map(
        JpegImageFile, (io.BytesIO(path.read_bytes()), io.BytesIO(open_still(path).encoded()))
    )
    assert after.quantization == before.quantization
    assert get_sampling(after) == get_sampling(before)
    assert after.info.get("progressive") == before.info.get("progressive")
    assert [name for name, _ in after.applist] == [name for name, _ in before.applist]


@pytest.mark.parametrize("size", [(93, 67), (88, 64), (89, 57), (82, 50)])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_no_pixel_changes_where_nothing_was_done(opened, size, subsampling, progressive):
    picture = PICTURE.crop((0, 0, *size))
    data = pillow(picture, "JPEG", quality=75, subsampling=subsampling, progressive=progressive)
    difference = np.abs(rgb(opened(data).encoded()) - rgb(data)).max(axis=2)
    if progressive and subsampling:  # half a block of chroma at the edge is not in the file
        assert difference.max() < 8
        difference = difference[:-16, :-16]
    assert not difference.any()


def test_a_hole_at_the_edge_is_continued_into_the_rest_of_its_blocks(opened):
    data = pillow(PICTURE, "JPEG", quality=90, subsampling=2)
    file = opened(data)
    rect = Rect(64, 48, 29, 19)
    frame = file.still.cut(rect)
    for plane, value in zip(frame.planes(), (200, 128, 128), strict=True):
        plane[:] = value
    file.still.paste(rect, frame)
    inside = rgb(file.encoded())[rect.slices][
        8:, 8:
    ]  # chroma of the surroundings shines in at the other edges
    assert np.abs(inside - 200).max() <= 1


def test_what_is_written_can_be_read_and_written_again_without_drift(opened):
    data = pillow(PICTURE, "JPEG", quality=60)
    once = opened(data).encoded()
    again = once
    for _ in range(5):
        again = opened(again).encoded()
    assert np.abs(rgb(again) - rgb(once)).mean() < 0.05


@pytest.mark.parametrize("progressive", [False, True])
def test_a_picture_that_hardly_compresses(opened, monkeypatch, progressive):
    noise = Image.fromarray(np.random.default_rng(4).integers(0, 256, (160, 160, 3), np.uint8))
    with monkeypatch.context() as patch:
        patch.setattr(ImageFile, "MAXBLOCK", 1 << 20)
        data = pillow(noise, "JPEG", quality=100, subsampling=0, progressive=progressive)
    assert np.abs(rgb(opened(data).encoded()) - rgb(data)).mean() < 1


@pytest.mark.parametrize("factors", [(4, 1), (1, 2)])
def test_rare_subsampling_becomes_full_chroma(opened, factors):
    data = imagecodecs.jpeg8_encode(scene(3, 8), subsampling=factors, level=90)
    file = opened(bytes(data))
    assert file.notes == ("its rare chroma subsampling became 4:4:4",)
    difference = rgb(file.encoded()) - rgb(data)
    assert 10 * np.log10(255**2 / np.mean(difference**2)) > 33


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (17, 9)])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_tiny_pictures(opened, size, subsampling):
    data = pillow(PICTURE.crop((0, 0, *size)), "JPEG", subsampling=subsampling)
    assert Image.open(io.BytesIO(opened(data).encoded())).size == size


def test_further_pictures_in_the_file_are_left_out_and_that_is_said(opened):
    other = Image.fromarray(255 - scene(3, 8))
    data = pillow(PICTURE, "MPO", save_all=True, append_images=[other])
    assert Image.open(io.BytesIO(data)).n_frames == 2
    file = opened(data)
    assert file.notes == ("further pictures in the file were left out: they show what was repaired",)
    written = file.encoded()
    assert Image.open(io.BytesIO(written)).format == "JPEG"
    assert np.abs(rgb(written) - rgb(data)).mean() < 0.1


def test_bytes_behind_the_picture_are_left_out_and_that_is_said(opened):
    data = pillow(PICTURE, "JPEG")
    file = opened(data + b"x" * 1200)
    assert file.notes == ("1,200 bytes behind the picture were left out",)
    assert file.encoded().endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (pillow(PICTURE, "JPEG")[:1500], "damaged or cut off"),
        (pillow(PICTURE, "JPEG", progressive=True)[:-2], "damaged or cut off"),
        (b"\xff\xd8\xff", "damaged or cut off"),
        (b"\xff\xd8\xff\xd9", "no JPEG of 8 bits"),
        (pillow(PICTURE.convert("CMYK"), "JPEG"), "CMYK picture"),
        (bytes(imagecodecs.jpeg8_encode(scene(3, 8), lossless=True)), "lossless"),
        (bytes(imagecodecs.jpeg8_encode(scene(3, 16) >> 4, bitspersample=12)), "12-bit"),
    ],
)
def test_what_cannot_be_repaired_is_an_error_of_one_line(opened, data, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        opened(data)
    assert "\n" not in str(caught.value)
