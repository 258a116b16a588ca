"""What nobody saw is made up once, and carried from there."""

from itertools import pairwise

import numpy as np
import pytest
from scene_factory import CountedSynthesis, Waves, borrowing, of_hole, origin_shares, temporal_filler, video

from rfr_video.fill.filler import Origin, fill_frames
from rfr_video.geometry import Rect

HEIGHT, WIDTH = 72, 112
LOGO = Rect(48, 30, 16, 12)


def still(frames, *, seed=1):
    return [Waves(seed).view(HEIGHT, WIDTH)] * frames


def restored(clip, synthesis, **settings):
    filler = temporal_filler(clip.spec, synthesise=synthesis, **settings)
    return list(fill_frames(filler, iter(clip.masked)))


def test_a_still_logo_in_a_still_shot_gets_one_synthesis_that_does_not_flicker():
    clip, synthesis = video(still(23), [(LOGO,)] * 23), CountedSynthesis()
    filled = restored(clip, synthesis)
    assert len(synthesis.crops) == 1
    assert origin_shares(filled[0])[Origin.SYNTHESISED] == 1
    for item in filled[1:]:
        shares = origin_shares(item)
        assert shares[Origin.BORROWED] == 0
        assert shares[Origin.CARRIED] > 0.95
        assert (of_hole(item, lambda fill: fill.confidence_hw) == 0).all()
    seen = [item.composited(clip.spec).planes() for item in filled]
    changed = [
        sum(np.count_nonzero(one != other) for one, other in zip(before, after, strict=True))
        for before, after in pairwise(seen)
    ]
    assert sum(changed) <= 5  # samples that lie between two codes
    for one, other in zip(seen[0], seen[-1], strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_a_cut_asks_for_another_synthesis_and_only_one():
    clip, synthesis = video([*still(12), *still(12, seed=2)], [(LOGO,)] * 24), CountedSynthesis()
    filled = restored(clip, synthesis)
    assert len(synthesis.crops) == 2
    made_up = [origin_shares(item)[Origin.SYNTHESISED] == 1 for item in filled]
    assert made_up == [number in (0, 12) for number in range(24)]


def test_a_logo_that_comes_and_goes_is_borrowed_not_made_up():
    holes = [(LOGO,) if number < 4 or number > 8 else () for number in range(14)]
    filled = restored(video(still(14), holes), CountedSynthesis())
    assert min(origin_shares(item)[Origin.BORROWED] for item in filled if item.hole) > 0.4


def test_two_still_logos_get_one_synthesis_each():
    holes = (Rect(8, 8, 18, 12), Rect(82, 48, 18, 12))
    clip, synthesis = video(still(12), [holes] * 12, merge_px=8), CountedSynthesis()
    restored(clip, synthesis)
    assert len(synthesis.crops) == 2


def test_what_is_made_up_is_carried_along_with_the_camera():
    """A thing in the scene that nobody ever sees behind, and a camera that moves: so moves the fill."""
    waves, frames = Waves(), 11
    pictures = [waves.view(HEIGHT, WIDTH, x=2 * number) for number in range(frames)]
    holes = [(Rect(60 - 2 * number, 30, 16, 12),) for number in range(frames)]
    clip, synthesis = video(pictures, holes, pix_fmt="yuv444p"), CountedSynthesis()
    filled = restored(clip, synthesis)
    assert len(synthesis.crops) == 1
    fills = [of_hole(item, lambda fill: fill.rgb_hw3) for item in filled]
    for fill in fills[1:]:
        assert np.abs(fill - fills[0]).max() < 0.03
    assert max(origin_shares(item)[Origin.BORROWED] for item in filled) < 0.05


def test_the_logo_never_shows_through():
    """Not a trace of the colour that is drawn into the holes may come back with what is fetched."""
    clip = video([np.full((HEIGHT, WIDTH, 3), 90, np.uint8)] * 9, [(LOGO,)] * 9, pix_fmt="gbrp")
    for item in restored(clip, CountedSynthesis()):
        assert np.abs(of_hole(item, lambda fill: fill.rgb_hw3) - 90 / 255).max() < 0.01


@pytest.mark.parametrize("frames", [1, 2, 5, 6, 7, 11])
def test_every_length_has_its_last_frame_filled(frames):
    clip, synthesis = video(still(frames), [(LOGO,)] * frames), CountedSynthesis()
    filled = restored(clip, synthesis)
    assert len(filled) == frames
    assert len(synthesis.crops) == 1


@pytest.mark.parametrize("noise_codes", [0, 2])
def test_what_is_carried_for_long_does_not_fade(noise_codes):
    """Twenty times from anchor to anchor: what was made up must not turn into the smooth fill bit by bit."""
    random, scene = np.random.default_rng(1), still(1)[0]
    pictures = [
        np.clip(scene + random.normal(0, noise_codes, scene.shape), 0, 255).astype(np.uint8)
        for _ in range(62)
    ]
    clip, pattern = video(pictures, [(LOGO,)] * 62), np.indices((HEIGHT, WIDTH)).sum(axis=0) // 3 % 2

    def stripes(crops):
        for crop in crops:
            made = pattern[: crop.hole_hw.shape[0], : crop.hole_hw.shape[1], np.newaxis]
            yield np.where(crop.hole_hw[:, :, np.newaxis] > 0, made, crop.image_hw3).astype(np.float32)

    filled = restored(clip, stripes, anchors=3)
    contrasts = [of_hole(item, lambda fill: fill.rgb_hw3).std() for item in filled]
    assert min(contrasts) > 0.97 * contrasts[0]


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv411p", "gray", "gbrp"])
def test_a_still_scene_is_seen_to_be_unchanged(pix_fmt):
    clip = video(still(4, seed=2), [(Rect(49, 31, 15, 11),)] * 4, pix_fmt=pix_fmt)
    ways = [way for item in borrowing(clip) for region in item.regions for way in region.anchorages]
    assert len(ways) >= 3
    assert all(way.is_unchanged for way in ways)
