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
