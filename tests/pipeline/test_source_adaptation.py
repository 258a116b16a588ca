"""The first pass over a video: what is collected, and how the network and the report hear of it."""

from dataclasses import replace

import numpy as np
import pytest
from counted_time import count_time
from media_factory import Clip, make_video
from rfrnet_factory import TINY_RESIDUAL, install_weights

from rfr_video.config import FillConfig, MaskConfig, RestoreConfig
from rfr_video.errors import UsageError
from rfr_video.geometry import Box
from rfr_video.pipeline import source_adaptation
from rfr_video.pipeline.plan import make_plan
from rfr_video.pipeline.restore import Activity, run_plan
from rfr_video.rfrnet import adaptation
from rfr_video.timecode import Instant

CLIP = Clip(width=192, height=128, frames=20, audio_tracks=0)
CONFIG = RestoreConfig(
    mask=MaskConfig(box=(Box(80, 50, 24, 16), Box(4, 4, 8, 8))),
    fill=FillConfig(fill="rfr", device="cpu"),
    adapt=2.0,
)


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv(
        "RFR_VIDEO_WEIGHTS", str(install_weights(tmp_path / "w", "tiny", config=TINY_RESIDUAL))
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return make_video(tmp_path / "source.mp4", CLIP)


@pytest.fixture(autouse=True)
def ten_steps(monkeypatch):
    """What is learnt in CONFIG's two seconds; there is time to look at every frame before."""
    count_time(monkeypatch, adaptation, step_seconds=0.1)
    count_time(monkeypatch, source_adaptation, step_seconds=0.001)


def run(source, target, config=CONFIG, progress=None):
    return run_plan(make_plan(source, target, config), progress=progress)


def test_a_run_adapts_says_so_and_remembers(source, tmp_path):
    seen = []
    report = run(source, tmp_path / "a.mp4", progress=seen.append)
    figures = report.to_dict()["adaptation"]
    assert (figures["views"], figures["frames_seen"]) == (2 * CLIP.frames, CLIP.frames)
    assert figures["saw_all"]
    assert figures["result"]["steps"] > 0
    assert not figures["result"]["from_cache"]
    assert (tmp_path / "cache" / "rfr-video" / "adapted").is_dir()
    activities = [progress.activity for progress in seen]
    assert activities[0] is Activity.ADAPT
    assert activities[-1] is Activity.RESTORE
    assert activities == sorted(activities)
    again = run(source, tmp_path / "b.mp4").to_dict()["adaptation"]
    assert again["result"] == figures["result"] | {"from_cache": True}


def test_without_it_the_report_says_nothing(source, tmp_path):
    assert run(source, tmp_path / "a.mp4", replace(CONFIG, adapt=None)).to_dict()["adaptation"] is None


def test_a_source_without_holes_teaches_nothing(source, tmp_path):
    (tmp_path / "late.toml").write_text("[[hole]]\nbox = [10, 10, 20, 20]\nstart = 5\nend = 6\n")
    config = replace(CONFIG, mask=MaskConfig(timeline=tmp_path / "late.toml"))
    report = run(source, tmp_path / "a.mp4", config)
    assert report.to_dict()["adaptation"] == {
        "views": 0,
        "frames_seen": 0,
        "saw_all": True,
        "result": None,
    }


def test_only_what_is_repaired_is_looked_at(source, tmp_path):
    config = replace(CONFIG, start=Instant.parse("3f"), end=Instant.parse("9f"))
    figures = run(source, tmp_path / "a.mp4", config).to_dict()["adaptation"]
    assert (figures["views"], figures["frames_seen"], figures["saw_all"]) == (2 * 6, 6, True)


def test_looking_ends_when_its_time_is_over_and_says_so(source, tmp_path, monkeypatch):
    monkeypatch.setattr(source_adaptation, "LOOKING_SHARE", 0.0)
    figures = run(source, tmp_path / "a.mp4").to_dict()["adaptation"]
    assert (figures["views"], figures["frames_seen"], figures["saw_all"]) == (2, 1, False)


def test_of_very_many_holes_some_are_learnt_from(source, tmp_path, monkeypatch):
    monkeypatch.setattr(source_adaptation, "MOST_PIXELS", 1_000)
    figures = run(source, tmp_path / "a.mp4").to_dict()["adaptation"]
    assert figures["views"] == 1


def test_adapting_needs_a_network(source, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no network to adapt"):
        replace(CONFIG, fill=FillConfig(fill="classical"))
    with pytest.raises(UsageError, match="--adapt is 0"):
        replace(CONFIG, adapt=0.0)
    monkeypatch.setattr("rfr_video.pipeline.fill_choice.installed_weights", lambda: ())
    with pytest.raises(UsageError, match="--adapt needs RFR-Net"):
        make_plan(source, tmp_path / "a.mp4", replace(CONFIG, fill=FillConfig()))


@pytest.mark.parametrize("frames", [1, 5, 24, 25, 100, 1000])
def test_the_frames_looked_at_are_few_and_evenly_spaced(frames):
    sampling = source_adaptation._EvenSampling()
    for number in range(frames):
        if sampling.wants_next():
            sampling.add([number_view(number)])
    numbers = [view.x for view in sampling.views]
    assert min(frames, source_adaptation.MOST_FRAMES // 2) <= len(numbers) <= source_adaptation.MOST_FRAMES
    assert len(set(np.diff(numbers))) <= 1
    assert numbers[0] == 0
    assert frames - 1 - numbers[-1] <= (numbers[1] if len(numbers) > 1 else 0)


def test_large_views_are_fewer():
    sampling = source_adaptation._EvenSampling()
    for number in range(40):
        if sampling.wants_next():
            sampling.add([number_view(number, side=1000)])
    assert 1 < len(sampling.views) <= source_adaptation.MOST_PIXELS // 1_000_000


def number_view(number, *, side=4):
    from rfr_video.rfrnet.known_windows import View

    return View(np.zeros((1, 1, 3), np.float32), np.zeros((side, side), np.bool_), x=number)
