"""Where other frames lie, they are not believed: better made up than wrong."""

import numpy as np
from scene_factory import Waves, origin_shares, temporal_filler, video

from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.filler import Origin, fill_frames
from rfr_video.geometry import Rect

HEIGHT, WIDTH, FRAMES = 72, 112, 10
LOGO = Rect(48, 30, 16, 12)


def unlike():
    """Pictures that have nothing in common: so many changes that none is a cut."""
    return [Waves(seed).view(HEIGHT, WIDTH) for seed in range(1, FRAMES + 1)]


def screen(*, is_on):
    """A still scene with a screen in it, which shows something else in every frame if it is on."""
    pictures = [Waves().view(HEIGHT, WIDTH) for _ in range(FRAMES)]
    for number, picture in enumerate(pictures):
        if is_on:
            picture[LOGO.slices] = Waves(100 + number).view(LOGO.height, LOGO.width)
    return pictures


def passing(frames):
    """A still, bright scene, in front of which something dark and round goes by, from left to right."""
    still = 215 + (Waves(3, shortest_px=25).view(96, 160).astype(float) - 127) / 4
    rows, columns = np.mgrid[:96, :160]
    pictures = []
    for number in range(frames):
        inside = (columns - 20 - 6 * number) ** 2 + (rows - 40) ** 2 < 26**2
        dark = 0.45 * Waves(9).view(96, 160, x=-6 * number)
        pictures.append(np.where(inside[:, :, np.newaxis], dark, still).astype(np.uint8))
    return pictures


def shares_borrowed(pictures, holes):
    clip = video(pictures, holes)
    filled = fill_frames(temporal_filler(clip.spec), iter(clip.masked))
    return [origin_shares(item)[Origin.BORROWED] for item in filled if item.hole is not None]


def test_frames_that_have_nothing_in_common_are_hardly_believed():
    assert max(shares_borrowed(unlike(), [(LOGO,)] * FRAMES)) < 0.3


def test_frames_that_contradict_each_other_are_believed_less():
    holes = [(LOGO,) if number == 5 else () for number in range(FRAMES)]
    (off,), (on,) = (shares_borrowed(screen(is_on=is_on), holes) for is_on in (False, True))
    assert off > 0.5
    assert on < off - 0.2


def test_what_lies_costs_hardly_more_than_no_other_frames():
    gains = []
    for filler in (ClassicalFiller, temporal_filler):
        clip = video(unlike(), [(LOGO,)] * FRAMES)
        gains.append(np.mean(clip.hole_psnrs_db(list(fill_frames(filler(clip.spec), iter(clip.masked))))))
    assert gains[1] > gains[0] - 0.5


def test_what_went_by_behind_letters_is_not_left_there():
    """Between strokes it was seen to move; that is no reason to believe that it is still below them."""
    letters = [Rect(60 + 14 * number, 22, 8, 28) for number in range(4)] + [Rect(60, 44, 50, 6)]
    clip = video(passing(32), [letters] * 32, pix_fmt="yuv444p")
    filler = temporal_filler(clip.spec, reach=30, quality="balanced", anchors=8)
    assert min(clip.hole_psnrs_db(list(fill_frames(filler, iter(clip.masked))))[24:]) > 30
