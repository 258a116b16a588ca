"""What every kind of still promises: samples as read, metadata as it was, holes as filled."""

import io

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from stills_factory import ICC, KINDS, MAKE, ORIENTATION, XMP, Kind

from rfr_video.geometry import Rect
from rfr_video.media.stills.files import open_still

HOLE = Rect(32, 16, 32, 32)  # whole blocks of lossy codecs, with chroma of any subsampling


@pytest.fixture(params=KINDS, ids=str)
def kind(request) -> Kind:
    return request.param


@pytest.fixture
def path(kind, tmp_path):
    return kind.write(tmp_path / "still")


def decoded(data: bytes) -> np.ndarray:
    """All channels, by decoders that the program does not use for this kind where there is a choice."""
    if data.startswith(b"\x89PNG"):
        return imagecodecs.png_decode(data)
    if data.startswith(b"II"):
        return tifffile.imread(io.BytesIO(data))
    return np.asarray(Image.open(io.BytesIO(data)))


def test_the_colour_is_what_other_decoders_see(path, kind):
    still = open_still(path).still
    seen = decoded(path.read_bytes())
    assert (still.rect.height, still.rect.width) == seen.shape[:2]
    if not kind.lossless:
        return
    seen = seen.reshape(*seen.shape[:2], -1)
    for channel, plane in enumerate(still.planes):
        assert np.array_equal(plane, seen[:, :, channel])


def test_a_frame_that_is_cut_out_and_pasted_back_changes_nothing(path):
    file = open_still(path)
    before = [plane.copy() for plane in file.still.planes]
    file.still.paste(HOLE, file.still.cut(HOLE))
    assert all(map(np.array_equal, file.still.planes, before))


def test_written_unchanged_it_holds_the_same_samples(path, kind):
    before, after = decoded(path.read_bytes()), decoded(open_still(path).encoded())
    assert after.dtype == before.dtype
    assert after.shape == before.shape
    if kind.lossless:
        assert np.array_equal(after, before)
    else:
        assert psnr_db(after, before) > 45


def test_only_what_is_pasted_changes(path, kind):
    file = open_still(path)
    before = decoded(path.read_bytes())
    frame = file.still.cut(HOLE)
    for plane in frame.planes():
        plane[:] = 100
    file.still.paste(HOLE, frame)
    after = decoded(file.encoded())
    colors = len(file.still.planes)
    inside = after.reshape(*after.shape[:2], -1)[HOLE.slices][..., :colors]
    outside = np.ones(before.shape, bool)
    if kind.lossless:
        assert (inside == 100).all()
        outside.reshape(*before.shape[:2], -1)[HOLE.slices][..., :colors] = False
        assert np.array_equal(after[outside], before[outside])
    else:
        assert inside[4:-4, 4:-4].std(axis=(0, 1)).max() < 3
        outside[HOLE.grown(16, within=file.still.rect).slices] = False
        assert psnr_db(after[outside], before[outside]) > 45
    if kind.channels == 4:
        assert np.array_equal(after[:, :, 3], before[:, :, 3])


def test_profile_exif_and_text_are_kept_byte_for_byte(path, kind):
    written = open_still(path).encoded()
    if kind.suffix == ".tiff":
        assert tags(written) == tags(path.read_bytes())
        assert tags(written)["InterColorProfile"] == ICC
        return
    before, after = (Image.open(io.BytesIO(data)) for data in (path.read_bytes(), written))
    assert after.info["icc_profile"] == ICC
    assert after.info["exif"] == before.info["exif"]
    assert (after.getexif()[ORIENTATION], after.getexif()[MAKE]) == (6, "Camera")
    assert XMP in written
    assert after.info.get("dpi") == before.info.get("dpi")
    assert after.info.get("comment") == before.info.get("comment")


def tags(data: bytes) -> dict:
    """Every tag of a TIFF that does not say where samples lie."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        found = {tag.name: tag.value for tag in file.pages.first.tags}
    return {name: value for name, value in found.items() if name not in ("StripOffsets", "StripByteCounts")}


def psnr_db(first: np.ndarray, second: np.ndarray) -> float:
    error = np.mean((first.astype(np.float64) - second) ** 2)
    return 10 * np.log10(255**2 / max(error, 1e-9))
