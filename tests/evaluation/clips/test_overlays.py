"""What is burned in: one contract for all overlays, and the geometry of each."""

from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips_factory import panning, write_clip, write_logo, write_masks, write_noise

from rfr_video.errors import InputError, MaskError
from rfr_video.evaluation.clips.logo_file import Placement, logo_overlay
from rfr_video.evaluation.clips.mask_folder import MaskFolderOverlay
from rfr_video.evaluation.clips.material import scene_of
from rfr_video.evaluation.clips.overlays import Scene, draw_box, draw_text, drawn_overlay
from rfr_video.evaluation.clips.tape import TapeOverlay
from rfr_video.media.probe import probe
from rfr_video.media.rgb_video import read_rgb

SOLID = Placement(opacity=1, corner="top-right", width_share=0.2)


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "pan.mkv", panning())


def every_overlay(folder: Path):
    write_masks(folder / "masks" / "pan", frames=6)
    write_logo(folder / "logo.png")
    return [
        drawn_overlay("logo"),
        drawn_overlay("box"),
        logo_overlay(folder / "logo.png", SOLID),
        logo_overlay(folder / "logo.png", Placement(opacity=0.5, corner="bottom-left", width_share=0.3)),
        MaskFolderOverlay(folder / "masks"),
        TapeOverlay(write_noise(folder / "noise.mkv")),
        drawn_overlay("logo", opacity=0.5),
    ]


def burn(overlay, clip, *, scene=None):
    scene = scene or scene_of(clip, protocol=False)
    with overlay.open(scene) as burner:
        for moment, clean in read_rgb(clip):
            if clean.shape[:2] != (scene.height, scene.width):
                clean = cv2.resize(clean, (scene.width, scene.height))
            yield clean, burner.burn(moment, clean)


def test_every_overlay_changes_the_hole_and_nothing_else(tmp_path, clip):
    for overlay in every_overlay(tmp_path):
        results = list(burn(overlay, clip))
        assert len(results) == 6
        for clean, burned in results:
            assert (burned.picture_hw3.dtype, burned.picture_hw3.shape) == (np.uint8, clean.shape)
            assert (burned.hole_hw.dtype, burned.hole_hw.shape) == (np.bool_, clean.shape[:2])
            known = ~burned.hole_hw
            assert np.array_equal(burned.picture_hw3[known], clean[known])
            assert not np.array_equal(burned.picture_hw3, clean)


def test_names_tell_the_overlays_apart(tmp_path):
    names = [overlay.name for overlay in every_overlay(tmp_path)]
    assert names == ["logo", "box", "logo.png", "logo.png 50 %", "masks", "noise.mkv", "logo 50 %"]


def test_the_box_covers_the_recipes_part():
    stamp = draw_box(480, 854)
    rows, columns = np.nonzero(stamp.hole_hw)
    assert (rows.min(), rows.max() + 1) == (24, 96)  # 5 and 20 % of 480
    assert (columns.min(), columns.max() + 1) == (598, 811)  # 70 and 95 % of 854
    assert stamp.hole_hw.sum() == 72 * 213


@pytest.mark.parametrize(("height", "width", "thickness", "grown"), [(480, 854, 9, 2), (720, 1280, 14, 3)])
def test_the_logo_is_the_recipes_text_dilated(height, width, thickness, grown):
    stamp = draw_text(height, width)
    ink = np.zeros((height, width), np.uint8)
    at = (round(0.68 * width), round(0.16 * height))
    cv2.putText(ink, "LOGO tv", at, cv2.FONT_HERSHEY_SIMPLEX, height / 240, 255, thickness)
    assert np.array_equal(stamp.alpha_hw, ink.astype(np.float32) / np.float32(255))
    away = cv2.distanceTransform((ink == 0).astype(np.uint8), cv2.DIST_C, 3)  # counts like a square
    assert np.array_equal(stamp.hole_hw, away <= grown)
    rows, columns = np.nonzero(stamp.hole_hw)
    assert rows.max() == pytest.approx(0.16 * height, abs=grown + 2)
    assert columns.min() == pytest.approx(0.68 * width, abs=0.02 * width)


def test_a_logo_sits_in_its_corner_with_its_width_and_opacity(tmp_path, clip):
    path = write_logo(tmp_path / "logo.png")
    for corner in ("top-left", "top-right", "bottom-left", "bottom-right"):
        overlay = logo_overlay(path, Placement(opacity=0.25, corner=corner, width_share=0.5))
        clean, burned = next(burn(overlay, clip))
        rows, columns = np.nonzero(burned.hole_hw)
        assert columns.max() + 1 - columns.min() == 80
        assert rows.max() + 1 - rows.min() == 40
        assert (rows.min() if corner.startswith("top") else 119 - rows.max()) == 6  # 5 % of 120
        assert (columns.min() if corner.endswith("left") else 159 - columns.max()) == 6
        expected = np.rint(0.75 * clean.astype(float) + 0.25 * np.array([200, 0, 0]))
        assert np.array_equal(burned.picture_hw3[burned.hole_hw], expected[burned.hole_hw])


def test_a_logo_too_large_is_shrunk_to_fit(tmp_path, clip):
    path = write_logo(tmp_path / "logo.png")
    _, burned = next(burn(logo_overlay(path, Placement(opacity=1, corner="top-left", width_share=1)), clip))
    rows, columns = np.nonzero(burned.hole_hw)
    assert (columns.min(), columns.max() + 1) == (6, 154)
    assert rows.max() + 1 - rows.min() == 74


def test_masks_are_found_by_the_clips_name_whatever_they_are(tmp_path, clip):
    still = np.zeros((120, 160), np.uint8)
    still[40:70, 30:60] = 255
    moving = [burned.hole_hw for _, burned in burn(every_overlay(tmp_path)[4], clip)]
    assert [int(np.nonzero(hole)[1].min()) for hole in moving] == [30, 34, 38, 42, 46, 50]
    (tmp_path / "stills").mkdir()
    cv2.imwrite(str(tmp_path / "stills" / "pan.png"), still)
    (tmp_path / "videos").mkdir()
    write_clip(tmp_path / "videos" / "pan.mkv", [np.repeat(still[..., None], 3, axis=2)] * 6)
    for folder in ("stills", "videos"):
        for clean, burned in burn(MaskFolderOverlay(tmp_path / folder), clip):
            assert np.array_equal(burned.hole_hw, still > 0)
            assert not burned.picture_hw3[still > 0].any()
            assert np.array_equal(burned.picture_hw3[still == 0], clean[still == 0])


def test_masks_are_scaled_to_smaller_pictures(tmp_path, clip):
    small = Scene(probe(clip), 80, 60)
    _, burned = next(burn(every_overlay(tmp_path)[4], clip, scene=small))
    rows, columns = np.nonzero(burned.hole_hw)
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (20, 35, 15, 30)


def test_noise_is_laid_over_by_its_brightness_and_begins_again_when_it_ends(tmp_path, clip):
    results = list(burn(TapeOverlay(write_noise(tmp_path / "noise.mkv")), clip))
    first, second, third = (burned.hole_hw for _, burned in results[:3])
    assert np.array_equal(first, third)
    assert not (first & second).any()
    clean, burned = results[0]
    assert (burned.picture_hw3[22:26] == 230).all()  # the middle of the line, twice as large
    assert not first[:18].any()
    assert not first[31:].any()
    assert np.array_equal(burned.picture_hw3[~first], clean[~first])  # dark grain leaves no trace


def test_what_cannot_be_burned_in_is_said(tmp_path, clip):
    scene = scene_of(clip, protocol=False)
    (tmp_path / "notes.txt").write_text("no picture")
    cv2.imwrite(str(tmp_path / "opaque.png"), np.full((9, 9, 3), 9, np.uint8))
    cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((9, 9, 4), np.uint8))
    for name, message in (
        ("none.png", r"none\.png cannot be read"),
        ("notes.txt", "damaged or not a picture"),
        ("opaque.png", "no alpha channel"),
        ("clear.png", "transparent throughout"),
    ):
        with pytest.raises(InputError, match=message):
            logo_overlay(tmp_path / name, SOLID)
    with pytest.raises(MaskError, match="is no folder"):
        MaskFolderOverlay(clip)
    (tmp_path / "masks").mkdir()
    with (
        pytest.raises(MaskError, match=r"has none for pan\.mkv"),
        MaskFolderOverlay(tmp_path / "masks").open(scene),
    ):
        pass
    write_masks(tmp_path / "masks" / "pan", frames=3)
    with pytest.raises(MaskError, match="holds 3 images"):
        list(burn(MaskFolderOverlay(tmp_path / "masks"), clip))
    cv2.imwrite(str(tmp_path / "masks" / "pan.png"), np.zeros((120, 160), np.uint8))
    with ExitStack() as stack, pytest.raises(MaskError, match=r"has pan, pan\.png for pan\.mkv"):
        stack.enter_context(MaskFolderOverlay(tmp_path / "masks").open(scene))
    with ExitStack() as stack, pytest.raises(InputError, match="does not exist"):
        stack.enter_context(TapeOverlay(tmp_path / "none.mkv").open(scene))
