"""What other frames show is borrowed, and equals the truth; what they do not show is not."""

from functools import cache

import numpy as np
import pytest
from scene_factory import Waves, borrowing, hole_psnr_db, of_hole, origin_shares, temporal_filler, video

from rfr_video.fill.filler import Origin, fill_frames
from rfr_video.geometry import Rect

HEIGHT, WIDTH, FRAMES = 72, 112, 14
LOGO = Rect(48, 30, 16, 12)


@cache
def view(x, y, seed):
    return Waves(seed).view(HEIGHT, WIDTH, x=x, y=y)


def pan(right, down, *, frames=FRAMES, seed=1):
    return [view(right * index, down * index, seed).copy() for index in range(frames)]


def restored(clip, **settings):
    return list(fill_frames(temporal_filler(clip.spec, **settings), iter(clip.masked)))


def check_believed(filled):
    """What is plain to see is borrowed with some trust, and the confidence is that trust."""
    shares = [origin_shares(item)[Origin.BORROWED] for item in filled if item.hole is not None]
    assert min(shares) > 0.3
    assert np.mean(shares) > 0.5
    for item in filled:
        if item.hole is not None:
            borrowed = of_hole(item, lambda fill: fill.origin_hw4)[:, Origin.BORROWED]
            assert np.allclose(of_hole(item, lambda fill: fill.confidence_hw), borrowed)


@pytest.mark.parametrize(
    ("right", "down", "least_db"), [(4, 0, 42), (-3, 2, 42), (3.37, 0.6, 40)], ids=["4,0", "-3,2", "3.4,0.6"]
)
def test_a_pan_shows_what_a_logo_hides(right, down, least_db):
    clip = video(pan(right, down), [(LOGO,)] * FRAMES, pix_fmt="yuv444p")
    assert min(clip.borrowed_psnrs_db(borrowing(clip, quality="balanced"))) > least_db
    filled = restored(clip, quality="balanced")
    check_believed(filled)
    psnrs_db = clip.hole_psnrs_db(filled)
    assert np.mean(psnrs_db) > 37
    assert min(psnrs_db) > 30


def test_a_fade_is_followed():
    gains = np.linspace(1, 0.65, FRAMES)
    pictures = [
        np.rint(picture * gain).astype(np.uint8) for picture, gain in zip(pan(4, 0), gains, strict=True)
    ]
    clip = video(pictures, [(LOGO,)] * FRAMES, pix_fmt="yuv444p")
    psnrs_db = clip.borrowed_psnrs_db(borrowing(clip))
    assert min(psnrs_db) > 31
    assert np.mean(psnrs_db) > 37
    filled = restored(clip)
    check_believed(filled)
    levels = []
    for item, clean in zip(filled, clip.clean, strict=True):
        frame = item.composited(clip.spec)
        seen, wanted = (one.planes()[0][item.hole.mask > 0].astype(float) for one in (frame, clean))
        levels.append(seen.mean() - wanted.mean())
    assert np.abs(levels).max() < 6
    assert np.abs(levels).mean() < 2.5


def test_what_passes_over_the_background_is_not_borrowed():
    """What the logo of frame 5 hides, later frames show; but in frame 9 a thing passes over it."""
    pictures = pan(4, 0)
    thing = Rect(LOGO.x - 16 - 4, LOGO.y - 6, LOGO.width + 8, LOGO.height + 12)
    pictures[9][thing.slices] = (255, 255, 0)
    clip = video(pictures, [(LOGO,)] * FRAMES, pix_fmt="yuv444p")
    others = [number for number in range(FRAMES) if number != 9]
    borrowed_db = clip.borrowed_psnrs_db(borrowing(clip))
    assert min(borrowed_db[number] for number in others) > 38
    final_db = clip.hole_psnrs_db(restored(clip))
    assert min(final_db[number] for number in others) > 30


def test_nothing_is_borrowed_across_a_cut():
    """What a cut follows, or goes before, comes out as if the other shot were not there."""
    shots = [pan(4, 0, frames=12), pan(3, 0, frames=12, seed=2)]
    alone = [video(shot, [(LOGO,)] * 12) for shot in shots]
    expected = [item for clip in alone for item in restored(clip)]
    joined = video([*shots[0], *shots[1]], [(LOGO,)] * 24)
    filler = temporal_filler(joined.spec)
    seen = list(fill_frames(filler, iter(joined.masked)))
    assert filler.notes == ("shots: 1 × cut; nothing is carried across",)
    for number, (one, other) in enumerate(zip(seen, expected, strict=True)):
        assert np.array_equal(one.fills[0].rgb_hw3, other.fills[0].rgb_hw3), f"frame {number}"
        assert np.array_equal(one.fills[0].origin_hw4, other.fills[0].origin_hw4), f"frame {number}"


def test_an_object_that_moves_before_a_still_background_is_removed():
    holes = [(Rect(4 + 6 * index, 22, 18, 26),) for index in range(FRAMES)]
    clip = video(pan(0, 0), holes, pix_fmt="yuv444p")
    assert min(clip.borrowed_psnrs_db(borrowing(clip))) > 50
    filled = restored(clip)
    check_believed(filled)
    psnrs_db = clip.hole_psnrs_db(filled)
    assert np.mean(psnrs_db) > 40
    assert min(psnrs_db) > 33


def test_holes_come_and_go_and_frames_without_are_not_touched():
    holes = [(LOGO,) if index % 5 in (1, 2) else () for index in range(FRAMES)]
    clip = video(pan(0.5, 0), holes)
    filled = restored(clip)
    check_believed(filled)
    for item, given, clean in zip(filled, clip.masked, clip.clean, strict=True):
        assert item.frame is given.frame
        if given.hole is None:
            assert (item.hole, item.fills) == (None, ())
            after = item.composited(clip.spec).planes()
            assert all(np.array_equal(a, b) for a, b in zip(after, clean.planes(), strict=True))
    assert min(clip.hole_psnrs_db(filled)) > 30


def test_a_hole_in_one_frame_of_a_still_shot_is_borrowed_from_the_others():
    clip = video(pan(0, 0, frames=5), [(), (), (LOGO,), (), ()])
    filled = restored(clip)
    check_believed(filled)
    assert clip.hole_psnrs_db(filled)[0] > 34


def test_several_regions_are_filled_each_from_its_own_place():
    holes = (Rect(10, 8, 12, 8), Rect(86, 50, 14, 10))
    clip = video(pan(3, 0), [holes] * FRAMES, merge_px=8, pix_fmt="yuv444p")
    assert min(clip.borrowed_psnrs_db(borrowing(clip))) > 36
    filled = restored(clip)
    check_believed(filled)
    for item, clean in zip(filled, clip.clean, strict=True):
        assert len(item.fills) == 2
        frame = item.composited(clip.spec)
        for rect in holes:
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            mask[rect.slices] = 255
            assert hole_psnr_db(frame, clean, mask) > 26


@pytest.mark.parametrize(
    "rect",
    [Rect(0, 28, 12, 14), Rect(WIDTH - 12, 28, 12, 14), Rect(50, 0, 14, 8), Rect(0, 0, 10, 8)],
    ids=["left", "right", "top", "corner"],
)
def test_holes_at_the_edges_are_filled_from_where_they_were_seen(rect):
    """What moves to the left is seen before the left edge hides it, and after the right one did."""
    clip = video(pan(4, 0), [(rect,)] * FRAMES)
    filled = restored(clip)
    middle = slice(5, 9)
    assert min(origin_shares(item)[Origin.BORROWED] for item in filled[middle]) > 0.3
    assert min(clip.hole_psnrs_db(filled)[middle]) > 28


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "yuv422p", "gray", "gray10le", "gbrp", "yuv411p"])
def test_every_kind_of_samples(pix_fmt):
    clip = video(pan(4, 0, frames=9), [(LOGO,)] * 9, pix_fmt=pix_fmt)
    psnrs_db = clip.hole_psnrs_db(restored(clip))
    assert min(psnrs_db[2:-2]) > 32


def test_odd_sizes_with_shared_chroma():
    waves = Waves()
    pictures = [waves.view(61, 95, x=3 * index) for index in range(9)]
    for rect in (Rect(41, 23, 13, 11), Rect(84, 50, 11, 11), Rect(31, 0, 9, 7)):
        clip = video(pictures, [(rect,)] * 9)
        assert clip.hole_psnrs_db(restored(clip))[4] > 29


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (33, 17), (17, 33), (9, 40)])
def test_tiny_pictures_and_short_videos(frames, height, width):
    waves = Waves()
    pictures = [waves.view(height, width, x=3 * index) for index in range(frames)]
    clip = video(pictures, [(Rect(width // 2 - 2, height // 2 - 2, 4, 3),)] * frames)
    filled = restored(clip)
    assert len(filled) == frames
    for item in filled:
        assert np.isfinite(of_hole(item, lambda fill: fill.rgb_hw3)).all()
        shares = origin_shares(item)
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
        if frames == 1:
            assert shares[Origin.SYNTHESISED] == 1
    assert min(clip.hole_psnrs_db(filled)) > 15


def test_no_frames_give_none():
    clip = video([Waves().view(16, 16)], [()])
    assert list(fill_frames(temporal_filler(clip.spec), iter([]))) == []


def test_the_same_twice_gives_the_same_bits():
    first, second = (
        [fill for item in restored(clip) for fill in item.fills]
        for clip in (video(pan(2.3, 0.4, frames=9), [(LOGO,)] * 9) for _ in range(2))
    )
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.rgb_hw3, other.rgb_hw3)
        assert np.array_equal(one.origin_hw4, other.origin_hw4)


def test_filling_writes_to_no_frame_and_to_no_hole():
    clip = video(pan(4, 0, frames=9), [(LOGO,)] * 9)
    before = [([plane.copy() for plane in one.frame.planes()], one.hole.mask.copy()) for one in clip.masked]
    restored(clip)
    for (samples, mask), one in zip(before, clip.masked, strict=True):
        assert np.array_equal(mask, one.hole.mask)
        assert all(np.array_equal(a, b) for a, b in zip(samples, one.frame.planes(), strict=True))
