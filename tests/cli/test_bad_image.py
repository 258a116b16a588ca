"""Bad stills and masks: one clear line, its exit code, nothing left behind, the source as it was."""

import os

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image
from stills_factory import Kind, palette_png, pillow, png, scene, tiff

from rfr_video.cli import main

BOX = ["--box", "20,24,30,17", "--fill", "classical"]
RGB = Image.fromarray(scene(3, 8))


@pytest.fixture
def folder(tmp_path):
    """A folder with a good picture; whatever a run adds to it shows."""
    Kind("rgb", ".png").write(tmp_path / "source")
    return tmp_path


def fails(capsys, folder, *arguments, code, say):
    """Run image and check exit code, message, and that the folder is as it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["image", *map(str, arguments)]) == code
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("rfr-video: ")
    assert say in captured.err
    assert captured.out == ""
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


BAD_FILES = {
    "empty.png": (b"", "is empty"),
    "notes.png": (b"this is no picture", "is not an image of a kind that can be repaired"),
    "clip.gif": (pillow(RGB, "GIF"), "give PNG, JPEG, WebP or TIFF"),
    "cut.png": (png(scene(3, 8))[:-200], "is a PNG that is damaged or cut off"),
    "cut.jpg": (pillow(RGB, "JPEG")[:1500], "is a JPEG that is damaged or cut off"),
    "cut.webp": (pillow(RGB, "WEBP")[:300], "is a WebP that is damaged or cut off"),
    "cut.tif": (tiff(scene(3, 8))[:3000], "is a damaged TIFF"),
    "cmyk.jpg": (pillow(RGB.convert("CMYK"), "JPEG"), "is a CMYK picture; convert it to RGB"),
    "cmyk.tif": (pillow(RGB.convert("CMYK"), "TIFF"), "with SEPARATED samples; convert it to gray or RGB"),
    "palette.tif": (pillow(RGB.quantize(8), "TIFF"), "with PALETTE samples; convert it"),
    "animated.webp": (pillow(RGB, "WEBP", save_all=True, append_images=[RGB.rotate(90)]), "animated WebP"),
    "animated.png": (pillow(RGB, "PNG", save_all=True, append_images=[RGB.rotate(90)]), "animated PNG"),
    "pages.tif": (pillow(RGB, "TIFF", save_all=True, append_images=[RGB]), "of 2 pages; give one file"),
    "deep.jpg": (bytes(imagecodecs.jpeg8_encode(scene(3, 16) >> 4, bitspersample=12)), "of 8 bits"),
    "float.tif": (tiff(scene(3, 8).astype(np.float32)), "with samples of 32 bits (IEEEFP)"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_source_that_cannot_be_repaired(capsys, folder, name):
    data, say = BAD_FILES[name]
    (folder / name).write_bytes(data)
    fails(capsys, folder, folder / name, "-o", folder / f"r_{name}", *BOX, code=3, say=say)


def test_missing_source_and_empty_folder(capsys, folder):
    missing = folder / "missing.png"
    fails(capsys, folder, missing, "-o", folder / "r.png", *BOX, code=3, say="No such file")
    (folder / "none").mkdir()
    fails(capsys, folder, folder / "none", "-o", folder / "out", *BOX, code=3, say="holds no pictures")


def test_a_png_with_a_palette_is_repaired_in_full_colour(capsys, folder):
    (folder / "palette.png").write_bytes(palette_png())
    assert main(["image", str(folder / "palette.png"), "-o", str(folder / "r.png"), *BOX]) == 0
    assert "the palette became full colour" in capsys.readouterr().out


def test_one_pixel(capsys, folder):
    (folder / "dot.png").write_bytes(png(np.full((1, 1), 9, np.uint8)))
    options = ["--box", "0,0,1,1", "--fill", "classical"]
    fails(
        capsys, folder, folder / "dot.png", "-o", folder / "r.png", *options, code=4, say="nothing is known"
    )


MASKS = {
    "small.png": (np.zeros((50, 50), np.uint8), "is 50×50, the picture is 93×67"),
    "white.png": (np.full((67, 93), 255, np.uint8), "nothing is known to fill from"),
    "lying.png": (np.zeros((93, 67), np.uint8), "turned by a right angle"),
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_that_does_not_fit(capsys, folder, name):
    image, say = MASKS[name]
    cv2.imwrite(str(folder / name), image)
    options = ["--mask", folder / name, "--fill", "classical"]
    fails(capsys, folder, folder / "source.png", "-o", folder / "r.png", *options, code=4, say=say)


@pytest.mark.parametrize(
    ("options", "code", "say"),
    [
        (["--mask", "missing.png"], 4, "missing.png"),
        (["--box", "90,0,20,10"], 4, "outside the 93×67 picture"),
        ([], 2, "give --mask or --box"),
        ([*BOX, "--timeline", "t.toml"], 2, "No such option"),
        ([*BOX, "--fill", "rfr", "--weights", "no-such"], 8, "no weights 'no-such'"),
        ([*BOX, "-q", "-v"], 2, "exclude each other"),
        ([*BOX, "--steps-picture", "steps.png"], 2, "filled classically; give --fill rfr"),
    ],
)
def test_options_that_do_not_fit(capsys, folder, monkeypatch, options, code, say):
    monkeypatch.chdir(folder)
    fails(capsys, folder, "source.png", "-o", "r.png", *options, code=code, say=say)


def test_output_that_is_the_input_also_through_links(capsys, folder):
    source = folder / "source.png"
    (folder / "soft.png").symlink_to(source)
    os.link(source, folder / "hard.png")
    for name in ("source.png", "soft.png", "hard.png"):
        options = ["-o", folder / name, *BOX, "--overwrite"]
        fails(capsys, folder, source, *options, code=5, say="is the input itself")
    fails(capsys, folder, folder, "-o", folder, *BOX, "--overwrite", code=5, say="is the input itself")


def test_output_that_cannot_be_written(capsys, folder):
    source = folder / "source.png"
    (folder / "there.png").write_bytes(b"precious")
    fails(capsys, folder, source, "-o", folder / "there.png", *BOX, code=5, say="pass --overwrite")
    fails(capsys, folder, source, "-o", folder / "no" / "r.png", *BOX, code=5, say="does not exist")
    fails(capsys, folder, source, "-o", folder / "r.jpg", *BOX, code=6, say="is PNG and stays PNG")
    fails(capsys, folder, source, source, "-o", folder / "r.png", *BOX, code=5, say="is one file for 2")


def test_a_full_disk_is_said(capsys, folder, monkeypatch):
    from pathlib import Path

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["image", str(folder / "source.png"), "-o", str(folder / "r.png"), *BOX]) == 5
    assert "the disk is full" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["source.png"]
