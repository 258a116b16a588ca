"""Captions in generated scenes: when they come and go, what they cover, and that texture is none."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from caption_scene import HEIGHT, RATE, WIDTH, CaptionScene, Line

from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.cues import captions, cue
from rfr_video.masking.detect.text.finder import TextFinder
from rfr_video.masking.detect.text.scan import needed_confidence
from rfr_video.masking.detect.text.track import GrayFrame
from rfr_video.masking.detect.text.working import WorkingPlane
from rfr_video.timecode import Moment

PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LUMA = WorkingPlane(PICTURE, PICTURE, 0, Fraction(1))
FIRST = Line("Where were you last night?", 11, 40)
BELOW = Line("The river knows", 11, 40, at=(140, 262))


def found_in(scene, *, sensitivity=0.5):
    finder = TextFinder((WIDTH, HEIGHT), rate=Fraction(RATE), height=HEIGHT)
    lines = []
    for index in range(scene.frames):
        moment = Moment(index, Fraction(index, RATE))
        lines += finder.push(GrayFrame(moment, scene.gray(index)))
    lines += finder.finish()
    cues = [one for line in lines if (one := cue(line, LUMA, rate=RATE)) is not None]
    return captions(cues, needed=needed_confidence(sensitivity), rate=RATE, picture=PICTURE)


def spans(cues):
    return [(one.first, one.end) for one in cues]


def mask_of(one):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[one.rect.slices] = one.cutout.mask > 0
    return mask


def test_texture_is_no_text():
    assert found_in(CaptionScene()) == []
    assert found_in(CaptionScene(step=(0, 0))) == []
    assert found_in(CaptionScene(cuts=(20, 41))) == []


@pytest.mark.parametrize("step", [(3, 1), (0, 0)], ids=["moving", "still"])
@pytest.mark.parametrize("tone", [245, 5], ids=["bright", "dark"])
def test_a_caption_comes_and_goes_to_the_frame(step, tone):
    line = Line(FIRST.text, 11, 40, tone=tone, outline=255 - tone)
    (one,) = found_in(CaptionScene([line], step=step))
    assert (one.first, one.end) == (11, 40)
    assert one.start == Moment(11, Fraction(11, RATE))
    assert one.stop == Moment(40, Fraction(40, RATE))
    assert (one.fade_in, one.fade_out) == (0, 0)


def test_one_that_is_there_from_the_first_frame_to_the_last():
    (one,) = found_in(CaptionScene([Line(FIRST.text, 0, 60)]))
    assert (one.first, one.end) == (0, 60)
    assert one.stop is None


def test_one_caption_after_the_other_in_the_same_place():
    lines = [Line(FIRST.text, 5, 25), Line("Nobody knew her name", 25, 50)]
    assert spans(found_in(CaptionScene(lines))) == [(5, 25), (25, 50)]
    assert spans(found_in(CaptionScene(lines, cuts=(25,)))) == [(5, 25), (25, 50)]


def test_a_caption_outlives_a_cut():
    assert spans(found_in(CaptionScene([Line(FIRST.text, 5, 55)], cuts=(30,)))) == [(5, 55)]


def test_a_fade_belongs_to_its_caption():
    (one,) = found_in(CaptionScene([Line(FIRST.text, 10, 50, fade=6)]))
    assert abs(one.first - 10) <= 1
    assert abs(one.end - 50) <= 1
    assert min(one.fade_in, one.fade_out) >= 2


def test_two_lines_are_one_caption_and_all_they_draw_is_covered():
    (one,) = found_in(CaptionScene([FIRST, BELOW]))
    drawn = FIRST.drawn | BELOW.drawn
    mask = mask_of(one)
    assert (mask & drawn).sum() >= 0.97 * drawn.sum()
    assert mask.sum() <= 1.9 * drawn.sum()


def test_letters_without_outline_before_a_still_ground():
    (one,) = found_in(CaptionScene([Line(FIRST.text, 11, 40, outline=None)], step=(0, 0)))
    drawn, mask = Line(FIRST.text, 11, 40, outline=None).drawn, mask_of(one)
    assert (one.first, one.end) == (11, 40)
    assert (mask & drawn).sum() >= 0.97 * drawn.sum()


def test_what_is_not_sure_is_left_out_unless_more_is_wanted_or_others_vouch_for_it():
    (sure,) = found_in(CaptionScene([FIRST]))
    unsure = replace(sure, confidence=0.5)
    later = replace(unsure, start=Moment(80, Fraction(80, RATE)), stop=Moment(109, Fraction(109, RATE)))
    elsewhere = replace(later, row=later.row - 100)
    counts = [
        len(captions(cues, needed=needed_confidence(sensitivity), rate=RATE, picture=PICTURE))
        for cues, sensitivity in (
            ([unsure], 0.5),
            ([unsure], 0.9),
            ([sure, later], 0.5),
            ([sure, elsewhere], 0.5),
        )
    ]
    assert counts == [0, 1, 2, 1]


def test_memory_is_bounded():
    finder = TextFinder((WIDTH, HEIGHT), rate=Fraction(RATE), height=HEIGHT)
    scene = CaptionScene([Line(FIRST.text, 0, 10_000)], frames=100)
    for index in range(scene.frames):
        list(finder.push(GrayFrame(Moment(index, Fraction(index, RATE)), scene.gray(index))))
    assert finder.kept_frames <= 1.2 * RATE
