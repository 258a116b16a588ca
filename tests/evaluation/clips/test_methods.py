"""Methods on clips: one contract for all, and what each adds."""

from typing import get_args

import numpy as np
import pytest
from clips_factory import panning, write_clip, write_masks

from rfr_video.config import ClipMethod, ClipsConfig, FillMethod
from rfr_video.errors import UsageError
from rfr_video.evaluation.clips.case import burn_in
from rfr_video.evaluation.clips.mask_folder import MaskFolderOverlay
from rfr_video.evaluation.clips.material import read_clip, scene_of
from rfr_video.evaluation.clips.methods import clip_method
from rfr_video.evaluation.clips.overlays import drawn_overlay
from rfr_video.evaluation.methods import classical_method
from rfr_video.media.rgb_video import rgb_pictures

NAMES = get_args(ClipMethod)


@pytest.fixture
def make_case(tmp_path):
    """Burns an overlay into the first frames of a pan."""
    path = write_clip(tmp_path / "pan.mkv", panning(3))
    for name in ("clip", "case"):
        (tmp_path / name).mkdir()
    clip = read_clip(scene_of(path, protocol=False), tmp_path / "clip", frames=3)
    return lambda overlay: burn_in(clip, overlay, tmp_path / "case")


@pytest.fixture
def moving(make_case, tmp_path):
    write_masks(tmp_path / "masks" / "pan", frames=3)
    return make_case(MaskFolderOverlay(tmp_path / "masks"))


def method(name):
    return clip_method(name, ClipsConfig(device="cpu"))


def restored(name, case, folder):
    outcome = method(name).restore(case, folder / "restored.mkv")
    return outcome, list(rgb_pictures(folder / "restored.mkv"))


def test_every_mode_of_restore_is_a_method_and_so_are_the_yardsticks():
    assert set(NAMES) == {*get_args(FillMethod), "telea", "navier-stokes", "removelogo"}
    assert set(ClipsConfig().methods) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_method_fills_the_hole_and_changes_nothing_else(make_case, tmp_path, tiny_installed, name):
    case = make_case(drawn_overlay("box"))
    outcome, pictures = restored(name, case, tmp_path)
    assert len(pictures) == 3
    for index, picture in enumerate(pictures):
        hole = case.holes[index]
        assert np.array_equal(picture[~hole], case.clip.pictures[index][~hole])
        assert picture[hole].mean() > 5  # the box was black
    assert outcome.frames_per_second > 0
    assert 0 <= outcome.share_borrowed <= 1
    assert outcome.facts


@pytest.mark.parametrize("name", [name for name in NAMES if name != "removelogo"])
def test_masks_may_move(moving, tmp_path, tiny_installed, name):
    assert method(name).obstacle(moving) is None
    _, pictures = restored(name, moving, tmp_path)
    for index, picture in enumerate(pictures):
        hole = moving.holes[index]
        assert np.array_equal(picture[~hole], moving.clip.pictures[index][~hole])
        assert picture[hole].any(axis=1).mean() > 0.5


def test_removelogo_takes_a_mask_that_stays_where_it_is_only(moving):
    assert method("removelogo").obstacle(moving) == "removelogo takes one mask for all frames"


def test_yardsticks_are_opencvs_own_on_whole_frames(make_case, tmp_path):
    case = make_case(drawn_overlay("logo"))
    for name in ("telea", "navier-stokes"):
        _, pictures = restored(name, case, tmp_path)
        (tmp_path / "restored.mkv").unlink()
        for index, burned in enumerate(rgb_pictures(case.burned)):
            (expected,) = classical_method(name).fill(burned, [case.holes[index]])
            assert np.array_equal(pictures[index], expected)


def test_the_shares_are_those_of_the_report(make_case, tmp_path, monkeypatch):
    class Report:
        frames_per_second = 7.0
        plan = type("Plan", (), {"choices": ()})

        def to_dict(self):
            return {"filled_from": {"deblended": 10, "borrowed": 60, "carried": 10, "synthesised": 20}}

    monkeypatch.setattr("rfr_video.evaluation.clips.methods.restore", lambda *arguments: Report())
    outcome = method("classical").restore(make_case(drawn_overlay("box")), tmp_path / "restored.mkv")
    assert (outcome.share_deblended, outcome.share_borrowed) == (0.1, 0.6)
    assert outcome.frames_per_second == 7.0


def test_modes_say_which_weights_they_used(make_case, tmp_path, tiny_installed):
    outcome, _ = restored("rfr", make_case(drawn_overlay("box")), tmp_path)
    assert outcome.facts == {"fill": "rfr", "weights": "tiny", "device": "cpu"}


def test_modes_that_borrow_are_given_their_settings(make_case, tmp_path, tiny_installed):
    case = make_case(drawn_overlay("box"))
    config = ClipsConfig(quality="fast", look_ahead=0.4, flow="dis", weights="other", device="cpu")
    facts = {}
    for name in ("auto", "temporal", "rfr", "classical"):
        facts[name] = clip_method(name, config).restore(case, tmp_path / f"{name}.mkv").facts
    borrowing = {"fill": "borrowed", "fill quality": "fast", "look-ahead": "10 frames", "motion": "DIS"}
    assert facts == {
        "auto": borrowing | {"weights": "other", "device": "cpu"},
        "temporal": borrowing,
        "rfr": {"fill": "rfr", "weights": "other", "device": "cpu"},
        "classical": {"fill": "classical"},
    }


@pytest.mark.parametrize("name", ["auto", "temporal"])
def test_what_a_pan_uncovers_is_borrowed(tmp_path, tiny_installed, name):
    path = write_clip(tmp_path / "pan.mkv", panning(12, height=240, width=320, step_px=8))
    (tmp_path / "case").mkdir()
    clip = read_clip(scene_of(path, protocol=False), tmp_path, frames=12)
    outcome, _ = restored(name, burn_in(clip, drawn_overlay("box"), tmp_path / "case"), tmp_path)
    assert outcome.share_borrowed > 0.5


def test_a_build_without_the_filter_says_so(monkeypatch):
    monkeypatch.setattr("av.filter.filters_available", set())
    with pytest.raises(UsageError, match="leave out --method removelogo"):
        method("removelogo")
