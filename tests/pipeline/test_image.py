"""Stills repaired: what changes, what does not, and how much of a picture takes part."""

import io

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from stills_factory import KINDS, Kind, png, scene

from rfr_video import Box, FillConfig, ImageConfig, StillMaskConfig, restore_image
from rfr_video.errors import EncodeError, MaskError, OutputError, UsageError
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.pipeline import image as pipeline_image
from rfr_video.pipeline.steps_picture import STEPS_GAP_PX
from rfr_video.rfrnet import weights

BOX = (Box(20, 24, 30, 17),)
HOLE = slice(24, 41), slice(20, 50)
CLASSICAL = FillConfig(fill="classical")


def config_of(**mask) -> ImageConfig:
    return ImageConfig(mask=StillMaskConfig(**{"box": BOX, **mask}), fill=CLASSICAL)


def decoded(data: bytes) -> np.ndarray:
    if data.startswith(b"\x89PNG"):
        return imagecodecs.png_decode(data)
    if data.startswith(b"II"):
        return tifffile.imread(io.BytesIO(data))
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize(("grow_px", "feather_px"), [(0, 0), (2, 3)])
def test_only_the_hole_changes(kind, tmp_path, grow_px, feather_px):
    source = kind.write(tmp_path / "source")
    target = tmp_path / f"target{kind.suffix}"
    report = restore_image(source, target, config_of(grow_px=grow_px, feather_px=feather_px))
    before, after = decoded(source.read_bytes()), decoded(target.read_bytes())
    assert (after.dtype, after.shape) == (before.dtype, before.shape)
    reach = grow_px + feather_px
    outside = np.ones(before.shape, bool)
    outside[HOLE[0].start - reach : HOLE[0].stop + reach, HOLE[1].start - reach : HOLE[1].stop + reach] = (
        False
    )
    if kind.channels in (2, 4):
        outside[..., -1] = True
    if kind.lossless:
        assert np.array_equal(after[outside], before[outside])
    else:
        assert np.abs(after[outside].astype(int) - before[outside]).mean() < 1
    color = slice(None) if kind.channels in (1, 3) else slice(-1)
    inside = after[HOLE].reshape(17, 30, -1)[..., color].astype(int)
    assert np.abs(inside - before[HOLE].reshape(17, 30, -1)[..., color]).mean() > (20 << (kind.bits - 8)) / 4
    assert (report.kind, report.width, report.height) == (open_kind(kind), 93, 67)
    assert report.choices[0].value == "classical"
    if not reach:
        assert report.samples_synthesised == 30 * 17
        assert report.hole_share == 30 * 17 / (93 * 67)


def open_kind(kind: Kind) -> str:
    return {".png": "PNG", ".jpg": "JPEG", ".webp": "WebP", ".tiff": "TIFF"}[kind.suffix]


def test_sixteen_bits_are_filled_with_sixteen(tmp_path):
    source = Kind("deep", ".png", 3, 16).write(tmp_path / "source")
    restore_image(source, tmp_path / "target.png", config_of())
    inside = decoded((tmp_path / "target.png").read_bytes())[HOLE]
    assert len(np.unique(inside % 257)) > 100


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_black_mask_copies_the_file_byte_for_byte(kind, tmp_path):
    source = kind.write(tmp_path / "source")
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((67, 93), np.uint8))
    target = tmp_path / f"target{kind.suffix}"
    report = restore_image(source, target, config_of(box=(), mask=tmp_path / "black.png"))
    assert target.read_bytes() == source.read_bytes()
    assert (report.samples_synthesised, report.choices, report.notes) == (0, (), ())


@pytest.mark.parametrize("mask", [{"box": (Box(0, 0, 93, 67),)}, {"box": (Box(3, 0, 90, 67),), "grow_px": 3}])
def test_a_mask_over_everything_is_an_error(mask, tmp_path):
    source = KINDS[0].write(tmp_path / "source")
    with pytest.raises(MaskError, match=r"covers all of .*source\.png: nothing is known"):
        restore_image(source, tmp_path / "target.png", config_of(**mask))
    assert [path.name for path in tmp_path.iterdir()] == ["source.png"]


def test_one_pixel_can_only_be_kept(tmp_path):
    source = tmp_path / "source.png"
    source.write_bytes(png(np.full((1, 1, 3), 7, np.uint8)))
    with pytest.raises(MaskError, match="nothing is known"):
        restore_image(source, tmp_path / "target.png", config_of(box=(Box(0, 0, 1, 1),)))
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((1, 1), np.uint8))
    restore_image(source, tmp_path / "target.png", config_of(box=(), mask=tmp_path / "black.png"))
    assert (tmp_path / "target.png").read_bytes() == source.read_bytes()


def test_of_two_pixels_one_fills_the_other(tmp_path):
    source = tmp_path / "source.png"
    source.write_bytes(png(np.array([[[7, 8, 9], [200, 0, 0]]], np.uint8)))
    restore_image(source, tmp_path / "target.png", config_of(box=(Box(1, 0, 1, 1),)))
    known, filled = decoded((tmp_path / "target.png").read_bytes())[0].astype(int)
    assert known.tolist() == [7, 8, 9]
    assert np.abs(filled - known).max() <= 1


@pytest.fixture
def large(tmp_path):
    """A picture in which a hole's surroundings are a small part."""
    path = tmp_path / "large.png"
    path.write_bytes(png(scene(3, 8, width=1500, height=1200)))
    return path


def test_only_the_hole_and_its_surroundings_take_part(large, tmp_path, monkeypatch):
    seen = []

    class Spy(ClassicalFiller):
        def fill(self, frames):
            masked = list(frames)
            seen.extend(one.frame.rect for one in masked)
            yield from super().fill(iter(masked))

    monkeypatch.setattr("rfr_video.pipeline.fill_choice.ClassicalFiller", Spy)
    restore_image(large, tmp_path / "target.png", config_of(box=(Box(700, 600, 40, 20),), grow_px=2))
    (rect,) = seen
    assert rect.width <= 40 + 2 * (2 + pipeline_image.CONTEXT_PX)
    assert rect.height <= 20 + 2 * (2 + pipeline_image.CONTEXT_PX)


@pytest.mark.parametrize("fill", ["classical", "rfr"])
@pytest.mark.parametrize("box", [Box(700, 600, 90, 70), Box(1200, 3, 299, 120)])
def test_the_rest_of_the_picture_would_not_change_the_fill(
    large, tmp_path, monkeypatch, tiny_installed, fill, box
):
    config = ImageConfig(mask=StillMaskConfig(box=(box,)), fill=FillConfig(fill=fill))
    restore_image(large, tmp_path / "part.png", config)
    monkeypatch.setattr(pipeline_image, "CONTEXT_PX", 5000)
    restore_image(large, tmp_path / "whole.png", config)
    assert (tmp_path / "part.png").read_bytes() == (tmp_path / "whole.png").read_bytes()


def test_a_network_is_loaded_when_a_hole_needs_it_and_only_once(tmp_path, tiny_installed, monkeypatch):
    loaded = []
    load = weights.load_network
    monkeypatch.setattr(weights, "load_network", lambda found: (loaded.append(found), load(found))[1])
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((67, 93), np.uint8))
    source = KINDS[0].write(tmp_path / "source")
    black = ImageConfig(mask=StillMaskConfig(mask=tmp_path / "black.png"), fill=FillConfig(fill="rfr"))
    pipeline_image.ImageRestorer(black).restore(source, tmp_path / "copied.png")
    assert not loaded
    restorer = pipeline_image.ImageRestorer(ImageConfig(mask=StillMaskConfig(box=BOX)))
    for number, kind in enumerate(KINDS[:4]):
        target = tmp_path / f"target{number}{kind.suffix}"
        report = restorer.restore(kind.write(tmp_path / f"s{number}"), target)
        assert [choice.value for choice in report.choices] == ["rfr", "tiny", "cpu"]
        assert report.fill_notes == ("network runs on cpu in float32",)
    assert len(loaded) == 1


def test_the_kind_of_file_stays(tmp_path):
    source = KINDS[0].write(tmp_path / "source")
    with pytest.raises(EncodeError, match=r"is PNG and stays PNG, .* name it target\.png"):
        restore_image(source, tmp_path / "target.jpg", config_of())
    misnamed = source.rename(tmp_path / "source.jpg")
    restore_image(misnamed, tmp_path / "target.jpg", config_of())
    assert (tmp_path / "target.jpg").read_bytes().startswith(b"\x89PNG")


def test_a_mask_is_never_overwritten(tmp_path):
    source = KINDS[0].write(tmp_path / "source")
    mask = tmp_path / "mask.png"
    cv2.imwrite(str(mask), np.zeros((67, 93), np.uint8))
    config = ImageConfig(mask=StillMaskConfig(mask=mask), fill=CLASSICAL, overwrite=True)
    with pytest.raises(OutputError, match="is the mask itself"):
        restore_image(source, mask, config)


def test_the_steps_picture_shows_every_recurrence_side_by_side(tmp_path, tiny_installed):
    source = Kind("rgb", ".png").write(tmp_path / "source")
    steps = tmp_path / "steps.png"
    config = ImageConfig(mask=StillMaskConfig(box=BOX))
    restore_image(source, tmp_path / "target.png", config, steps_picture=steps)
    picture = decoded(steps.read_bytes())
    height, width = picture.shape[:2]
    assert height == 67
    assert width == 2 * 93 + STEPS_GAP_PX  # before and after the tiny network's only recurrence
    before = decoded(source.read_bytes())
    outside = np.ones((67, 93), bool)
    outside[HOLE] = False
    for panel in (picture[:, :93], picture[:, -93:]):
        assert np.array_equal(panel[outside], before[outside])
    assert (picture[:, :93][HOLE] == 128).all()


def test_steps_need_a_network_and_a_hole(tmp_path, nothing_installed):
    source = KINDS[0].write(tmp_path / "source")
    steps = tmp_path / "steps.png"
    with pytest.raises(UsageError, match="filled classically"):
        restore_image(source, tmp_path / "t.png", config_of(), steps_picture=steps)
    with pytest.raises(UsageError, match="give --mask or --box"):
        restore_image(source, tmp_path / "t.png", ImageConfig())


@pytest.mark.parametrize(
    ("name", "kind", "complaint"),
    [
        ("steps.gif", UsageError, "has no suffix of PNG"),
        ("source.png", OutputError, "is the input itself"),
        ("target.png", OutputError, "is the output itself"),
        ("nowhere/steps.png", OutputError, "does not exist"),
    ],
)
def test_a_steps_picture_that_cannot_be_written(tmp_path, tiny_installed, name, kind, complaint):
    source = KINDS[0].write(tmp_path / "source")
    config = ImageConfig(mask=StillMaskConfig(box=BOX))
    with pytest.raises(kind, match=complaint):
        restore_image(source, tmp_path / "target.png", config, steps_picture=tmp_path / name)
    assert not (tmp_path / "target.png").exists()
