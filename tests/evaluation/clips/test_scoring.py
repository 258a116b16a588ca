"""Figures of a restored clip: known answers."""

import cv2
import numpy as np
import pytest
from clips_factory import panning, write_clip

from rfr_video.config import ClipsConfig
from rfr_video.errors import InputError, MaskError
from rfr_video.evaluation.clips.case import burn_in
from rfr_video.evaluation.clips.material import PROTOCOL_SIZE, list_clips, read_clip, scene_of
from rfr_video.evaluation.clips.overlays import Burned, drawn_overlay
from rfr_video.evaluation.clips.scoring import clean_warping_error, score
from rfr_video.evaluation.metrics import PSNR_CEILING_DB, psnr_db, ssim, ssim_uniform
from rfr_video.media.images import numbered_images, read_mask
from rfr_video.media.rgb_video import rgb_pictures


class Blinking:
    """A box that is there in the frames of some numbers only."""

    name = "blinking"

    def __init__(self, *numbers):
        self._numbers = numbers

    def open(self, scene):
        self._shape = (scene.height, scene.width)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def burn(self, moment, clean_hw3):
        hole_hw = np.zeros(self._shape, np.bool_)
        if moment.index in self._numbers:
            hole_hw[40:60, 50 : 90 + moment.index] = True
        return Burned(np.where(hole_hw[..., None], np.uint8(0), clean_hw3), hole_hw)


@pytest.fixture
def clip(tmp_path):
    return read(tmp_path)


def read(folder, *, protocol=False, frames=60):
    path = write_clip(folder / "pan.mkv", panning())
    (folder / "clip").mkdir()
    return read_clip(scene_of(path, protocol=protocol), folder / "clip", frames=frames)


def case_of(clip, overlay, folder):
    (folder / "case").mkdir()
    return burn_in(clip, overlay, folder / "case")


def test_a_clip_is_read_as_it_is_up_to_so_many_frames(tmp_path):
    clip = read(tmp_path, frames=4)
    assert (len(clip.pictures), len(clip.flows)) == (4, 3)
    assert all(np.array_equal(clip.pictures[index], one) for index, one in enumerate(panning(4)))
    assert [moment.index for moment in clip.moments] == [0, 1, 2, 3]
    with pytest.raises(IndexError):
        clip.pictures[4]


def test_a_static_case_has_one_mask_and_the_clip_as_it_would_be_found(tmp_path, clip):
    case = case_of(clip, drawn_overlay("box"), tmp_path)
    assert case.is_static
    assert np.array_equal(read_mask(case.mask) > 0, case.holes[0])
    assert case.hole_share == pytest.approx(40 * 18 / (160 * 120))
    for index, burned in enumerate(rgb_pictures(case.burned)):
        assert not burned[case.holes[index]].any()
        assert np.array_equal(burned[~case.holes[index]], clip.pictures[index][~case.holes[index]])


def test_a_moving_case_has_a_mask_per_frame_and_shows_the_frame_nearest_to_the_middle(tmp_path, clip):
    case = case_of(clip, Blinking(1, 5), tmp_path)
    assert not case.is_static
    masks = [read_mask(path) > 0 for path in numbered_images(case.mask)]
    assert len(masks) == 6
    assert all(np.array_equal(mask, case.holes[index]) for index, mask in enumerate(masks))
    assert case.shown == 1
    assert case.hole_share == pytest.approx((41 + 45) * 20 / (6 * 160 * 120))


def test_what_covers_nothing_is_an_error(tmp_path, clip):
    with pytest.raises(MaskError, match="blinking covers nothing of the first 6 frames"):
        case_of(clip, Blinking(), tmp_path)


def test_a_perfect_result_gets_the_best_of_all_figures(tmp_path, clip):
    case = case_of(clip, drawn_overlay("box"), tmp_path)
    figures = score(case, panning(), protocol=False)
    assert (figures.hole_psnr_db, figures.hole_ssim) == (PSNR_CEILING_DB, pytest.approx(1))
    assert figures.warping_error == clean_warping_error(case)
    assert figures.warping_error is not None
    assert (figures.psnr_db, figures.ssim_65) == (None, None)


def test_hole_psnr_is_over_all_samples_of_all_holes_together(tmp_path, clip):
    case = case_of(clip, Blinking(0, 3), tmp_path)
    seen = panning()
    seen[3] = np.where(seen[3] > 127, seen[3] - 10, seen[3] + 10)
    seen[4] = np.zeros_like(seen[4])  # no hole: does not count
    error = 100 * 43 / (40 + 43)
    assert score(case, seen, protocol=False).hole_psnr_db == pytest.approx(10 * np.log10(255**2 / error))


def test_hole_ssim_is_that_of_whole_frames_weighed_by_their_holes(tmp_path, clip):
    case = case_of(clip, Blinking(0, 3), tmp_path)
    seen = [cv2.GaussianBlur(picture, (0, 0), 1 + index) for index, picture in enumerate(panning())]
    values = {index: ssim(panning()[index], seen[index], hole_hw=case.holes[index]) for index in (0, 3)}
    expected = (40 * values[0] + 43 * values[3]) / 83
    assert score(case, seen, protocol=False).hole_ssim == pytest.approx(expected)


def test_noise_in_the_hole_flickers_and_a_frozen_fill_of_a_pan_does_too(tmp_path, clip):
    case = case_of(clip, drawn_overlay("box"), tmp_path)
    clean = clean_warping_error(case)
    noisy = [np.random.default_rng(seed).integers(0, 256, (120, 160, 3), np.uint8) for seed in range(6)]
    assert score(case, noisy, protocol=False).warping_error > 10 * clean
    assert score(case, [panning(1)[0]] * 6, protocol=False).warping_error > 2 * clean


def test_the_protocol_measures_whole_frames_at_its_own_size(tmp_path):
    clip = read(tmp_path, protocol=True, frames=2)
    assert clip.pictures[0].shape[1::-1] == PROTOCOL_SIZE
    case = case_of(clip, drawn_overlay("box"), tmp_path)
    seen = list(rgb_pictures(case.burned))
    figures = score(case, seen, protocol=True)
    pairs = [(clip.pictures[index], seen[index]) for index in range(2)]
    assert figures.psnr_db == pytest.approx(np.mean([psnr_db(*pair) for pair in pairs]))
    assert figures.ssim_65 == pytest.approx(np.mean([ssim_uniform(*pair, window_px=65) for pair in pairs]))


def test_a_result_of_another_length_is_refused(tmp_path, clip):
    case = case_of(clip, drawn_overlay("box"), tmp_path)
    with pytest.raises(ValueError, match="shorter"):
        score(case, panning(5), protocol=False)


def test_clips_are_found_in_folders(tmp_path):
    (tmp_path / "clips").mkdir()
    for name in ("b.mkv", "a.mkv"):
        write_clip(tmp_path / "clips" / name, panning(1))
    (tmp_path / "clips" / "notes.txt").write_text("no video")
    assert [path.name for path in list_clips([tmp_path / "clips"])] == ["a.mkv", "b.mkv"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no videos"):
        list_clips([tmp_path / "empty"])
    small = write_clip(tmp_path / "small.mkv", panning(1, height=20, width=40))
    with pytest.raises(InputError, match="is 40×20; at least 32×32"):
        scene_of(small, protocol=False)


def test_settings_have_defaults_that_fit_what_is_given():
    assert ClipsConfig().overlays == ("logo", "box")
    assert ClipsConfig(overlay=("box",)).overlays == ("box",)
    assert ClipsConfig(tape=("noise.mkv",)).overlays == ()
    assert ClipsConfig().methods[0] == "auto"
