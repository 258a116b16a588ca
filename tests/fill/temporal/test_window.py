"""Looking ahead is bounded, and what is kept is bounded, whatever the length."""

from weakref import WeakSet

import pytest
from scene_factory import Waves, temporal_filler, video

from rfr_video.fill.filler import fill_frames
from rfr_video.fill.temporal.look import Looker
from rfr_video.geometry import Rect
from rfr_video.motion.shots import LOOK_AHEAD_FRAMES

REACH, ANCHORS, FRAMES = 5, 3, 40
HOLE = Rect(20, 14, 8, 6)


@pytest.fixture
def looks(monkeypatch):
    """All looks that are still alive."""
    alive = WeakSet()
    original = Looker.look

    def look(self, masked):
        result = original(self, masked)
        alive.add(result)
        return result

    monkeypatch.setattr(Looker, "look", look)
    return alive


def scene(holes):
    waves = Waves()
    pictures = [waves.view(36, 48, x=1.5 * number) for number in range(FRAMES)]
    return video(pictures, [(HOLE,) if has_hole else () for has_hole in holes], pix_fmt="gray")


@pytest.mark.parametrize("holes", [[True] * FRAMES, [False] * FRAMES, [n % 9 == 0 for n in range(FRAMES)]])
def test_frames_and_looks_do_not_pile_up(looks, holes):
    clip = scene(holes)
    taken = 0

    def frames():
        nonlocal taken
        for item in clip.masked:
            taken += 1
            yield item

    ahead, kept = [], []
    filler = temporal_filler(clip.spec, reach=REACH, anchors=ANCHORS)
    for given, _ in enumerate(fill_frames(filler, frames())):
        ahead.append(taken - given - 1)
        kept.append(len(looks))
    assert len(ahead) == FRAMES
    assert max(ahead) <= REACH + LOOK_AHEAD_FRAMES + ANCHORS
    assert max(kept) <= 2 * REACH + LOOK_AHEAD_FRAMES + ANCHORS + 3
    assert max(kept[FRAMES // 2 :]) <= max(kept[: FRAMES // 2])


def test_nothing_is_kept_afterwards(looks):
    clip = scene([True] * FRAMES)
    filler = temporal_filler(clip.spec, reach=REACH, anchors=ANCHORS)
    for _ in fill_frames(filler, iter(clip.masked)):
        pass
    assert len(looks) <= 1
