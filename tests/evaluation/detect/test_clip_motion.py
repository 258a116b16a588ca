"""Measuring what ever changes in a clip."""

import pytest
from logo_scene import HEIGHT, WIDTH, LogoScene, write_logo_scene

from rfr_video.evaluation.detect.clip_motion import ClipMotion
from rfr_video.evaluation.detect.logo_score import LogoScore
from rfr_video.geometry import Rect
from rfr_video.media.probe import probe


class HalfStill(LogoScene):
    """Drifts in its left half, and stands still in its right one."""

    def clean(self, index):
        picture = super().clean(0).copy()
        picture[:, : WIDTH // 2] = super().clean(index)[:, : WIDTH // 2]
        return picture


def test_places_are_told_by_what_ever_changes_there(tmp_path):
    scene = HalfStill(frames=12, shown=lambda index: 0.0)
    motion = ClipMotion.of(probe(write_logo_scene(tmp_path / "a.mp4", scene)))
    assert 0.4 < motion.share < 0.6
    assert motion.share_around(Rect(20, 20, 40, 30)) > 0.9
    assert motion.share_around(Rect(WIDTH - 60, HEIGHT - 50, 40, 30)) < 0.01


@pytest.mark.parametrize(
    ("changes", "there", "motion"),
    [(0.4, 0.5, "there"), (0.4, 0.001, "elsewhere"), (0.002, 0.001, "nowhere"), (0.4, None, "there")],
)
def test_searches_are_counted_by_where_the_clip_moves(changes, there, motion):
    assert LogoScore(clip="a", changes=changes, changes_there=there).motion == motion
