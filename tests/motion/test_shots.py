"""Cuts are found; what only looks like one is not."""

import cv2
import numpy as np
import pytest
from flow_contract import texture

from rfr_video.errors import UsageError
from rfr_video.motion.shots import ShotDetector, shots

HEIGHT, WIDTH = 54, 96


def scene(seed, *, frames=16, speed=1.0):
    """A pan over a picture of its own, in thumbnails."""
    wide = texture(HEIGHT, WIDTH + round(frames * abs(speed)) + 2, seed=seed)
    return [
        cv2.getRectSubPix(wide, (WIDTH, HEIGHT), (WIDTH / 2 + index * speed, HEIGHT / 2 - 0.5))
        for index in range(frames)
    ]


def verdicts(frames, holes=None):
    seen = list(zip(frames, holes or [None] * len(frames), strict=True))
    passed = list(shots(seen, seen=lambda frame: frame, detector=ShotDetector()))
    assert all(frame is before for (frame, _), before in zip(passed, seen, strict=True))
    result = [verdict for _, verdict in passed]
    assert [verdict.frame for verdict in result] == list(range(len(frames)))
    return result


def starts(result):
    return [verdict.frame for verdict in result if verdict.starts_shot]


def events(result):
    found = [verdict.event for verdict in result if verdict.event]
    return [(event.kind, event.start_frame, event.stop_frame) for event in found]


@pytest.mark.parametrize("speed", [0, 0.4, 3])
def test_every_cut_begins_a_shot(speed):
    frames = [frame for seed in range(1, 6) for frame in scene(seed, frames=12, speed=speed)]
    result = verdicts(frames)
    assert starts(result) == [0, 12, 24, 36, 48]
    assert events(result) == [("cut", start, start + 1) for start in (12, 24, 36, 48)]
    assert all(verdict.event.unmatched > 0.4 for verdict in result if verdict.event)


def test_a_cut_is_found_in_gray():
    gray = [frame[:, :, 1] for seed in (1, 2) for frame in scene(seed)]
    assert starts(verdicts(gray)) == [0, 16]


def test_shots_of_one_and_two_frames_are_told_apart():
    frames = scene(1) + scene(2, frames=1) + scene(3, frames=2) + scene(4)
    assert starts(verdicts(frames)) == [0, 16, 17, 19]


@pytest.mark.parametrize("speed", [8, 20])
def test_a_fast_pan_is_no_cut(speed):
    assert events(verdicts(scene(1, frames=12, speed=speed))) == []


def test_a_shaking_hand_is_no_cut():
    wide = texture(HEIGHT + 20, WIDTH + 20)
    random = np.random.default_rng(3)
    frames = [
        wide[down : down + HEIGHT, right : right + WIDTH].copy()
        for right, down in random.integers(4, 17, (40, 2))
    ]
    assert events(verdicts(frames)) == []


def test_a_big_thing_that_passes_is_no_cut():
    thing = texture(40, 44, seed=9)
    frames = scene(1, frames=30, speed=0.2)
    for index, frame in enumerate(frames):
        left = index * 9 - 60
        start, stop = max(left, 0), min(left + 44, WIDTH)
        if start < stop:
            frame[7:47, start:stop] = thing[:, start - left : stop - left]
    assert events(verdicts(frames)) == []


def test_falling_snow_and_grain_are_no_cuts():
    random = np.random.default_rng(4)
    frames = scene(1, frames=30)
    for frame in frames:
        for right, down in random.integers(0, (WIDTH - 2, HEIGHT - 2), (25, 2)):
            frame[down : down + 2, right : right + 2] = 255
        frame[:] = np.clip(frame + random.normal(0, 3, frame.shape), 0, 255)
    assert events(verdicts(frames)) == []


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("level", [1.7, 4, 0])
def test_a_flash_is_reported_and_breaks_nothing(length, level):
    frames = scene(1, frames=30)
    for index in range(12, 12 + length):
        frames[index] = np.clip(frames[index].astype(float) * level + 40 * (level > 0), 0, 255).astype(
            np.uint8
        )
    result = verdicts(frames)
    assert starts(result) == [0]
    assert events(result) == [("flash", 12, 12 + length)]


def test_a_flash_upon_a_cut_does_not_hide_it():
    white = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    result = verdicts([*scene(1), white, white, *scene(2)])
    assert starts(result)[-1] == 18


@pytest.mark.parametrize("length", [6, 12, 30])
@pytest.mark.parametrize("black", [1, 5, 100])
def test_a_fade_through_black_begins_one_shot(length, black):
    before, after = scene(1, frames=20 + length, speed=0.3), scene(2, frames=20 + length, speed=0.3)
    for step in range(length):
        before[20 + step] = (before[20 + step] * (1 - (step + 1) / length)).astype(np.uint8)
        after[step] = (after[step] * ((step + 1) / length)).astype(np.uint8)
    result = verdicts(before + [np.zeros_like(before[0])] * black + after)
    ((kind, start, stop),) = events(result)
    assert kind == "fade"
    assert abs(start - 20) <= 3
    assert starts(result) == [0, stop]
    assert 0 <= stop - (20 + length + black) < length / 2


def test_a_fade_at_the_end_is_told_with_the_last_frame():
    frames = scene(1, frames=32, speed=0.3)
    for step in range(12):
        frames[20 + step] = (frames[20 + step] * (1 - (step + 1) / 12)).astype(np.uint8)
    result = verdicts([*frames, frames[-1], frames[-1]])
    ((kind, start, stop),) = events(result)
    assert (kind, stop) == ("fade", 34)
    assert abs(start - 20) <= 3
    assert starts(result) == [0]


def test_hard_cuts_to_black_and_back_are_cuts():
    result = verdicts(scene(1) + [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 8 + scene(2))
    assert events(result) == [("cut", 16, 17), ("cut", 24, 25)]


@pytest.mark.parametrize("length", [6, 12, 24, 48])
def test_a_dissolve_is_reported_and_begins_one_shot(length):
    before, after = scene(1, frames=20 + length, speed=0.1), scene(2, frames=20 + length, speed=0.1)
    mixed = [
        cv2.addWeighted(a, 1 - share, b, share, 0)
        for a, b, share in zip(before[20:], after, np.arange(1, length + 1) / (length + 1), strict=False)
    ]
    result = verdicts(before[:20] + mixed + after[length:])
    ((kind, start, stop),) = events(result)
    assert kind == "dissolve"
    assert abs(start - 20) <= 2 + length // 8
    assert abs(stop - 20 - length) <= 2 + length // 8
    assert starts(result) == [0, stop]


def test_brightness_that_follows_the_light_is_nothing():
    frames = scene(1, frames=40)
    dimmed = [cv2.convertScaleAbs(frame, alpha=0.6 + 0.4 * np.cos(i / 6)) for i, frame in enumerate(frames)]
    assert "cut" not in [kind for kind, _, _ in events(verdicts(dimmed))]


def test_what_happens_in_the_hole_is_not_seen():
    hole = np.zeros((HEIGHT, WIDTH), np.uint8)
    hole[4:50, 30:70] = 255
    frames = scene(1, frames=24, speed=0.2)
    for index in range(12, 24):
        frames[index][4:50, 30:70] = texture(46, 40, seed=index)
    assert len(events(verdicts(frames))) > 0
    assert events(verdicts(frames, [hole] * 24)) == []


def test_a_logo_that_stays_does_not_hide_a_cut():
    hole = np.zeros((HEIGHT, WIDTH), np.uint8)
    hole[4:50, 10:60] = 255
    frames = scene(1) + scene(2)
    for frame in frames:
        frame[4:50, 10:60] = texture(46, 50, seed=7)
    assert starts(verdicts(frames, [hole] * 32)) == [0, 16]


def test_a_hole_over_everything_decides_nothing():
    hole = np.full((HEIGHT, WIDTH), 255, np.uint8)
    assert events(verdicts(scene(1) + scene(2), [hole] * 32)) == []


def test_verdicts_come_three_frames_later_and_all_of_them():
    detector = ShotDetector()
    frames = scene(1, frames=7)
    assert [detector.push(frame) is None for frame in frames] == [True] * 3 + [False] * 4
    assert [verdict.frame for verdict in detector.finish()] == [4, 5, 6]
    for length in (0, 1, 2):
        assert starts(verdicts(frames[:length])) == [0][:length]


def test_other_thumbnails_are_refused():
    detector = ShotDetector()
    detector.push(np.zeros((54, 96, 3), np.uint8))
    with pytest.raises(UsageError, match="one size"):
        detector.push(np.zeros((54, 90, 3), np.uint8))
    with pytest.raises(UsageError, match=r"as thumbnail\(\) makes it"):
        detector.push(np.zeros((54, 96, 3), np.float32))
    with pytest.raises(UsageError, match="hole_thumbnail"):
        detector.push(np.zeros((54, 96, 3), np.uint8), np.zeros((54, 95), np.uint8))
    with pytest.raises(UsageError, match="more than 0 and less than 1"):
        ShotDetector(least_unmatched=1.0)
