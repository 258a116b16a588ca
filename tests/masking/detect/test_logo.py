"""Finding logos in generated scenes: shape, presence, and what looks like one."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from logo_scene import HEIGHT, WIDTH, LogoScene, write_logo_scene
from moving_shapes import likeness

from rfr_video.config import DetectConfig, Region
from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.candidates import Candidate
from rfr_video.masking.detect.logo.finder import find_logos
from rfr_video.media.probe import probe
from rfr_video.timecode import Instant, Span


def scan(path, *, span=Span(), **config):  # noqa: B008 - is never changed
    return find_logos(probe(path), DetectConfig(**config), span=span, report=lambda done, expected: None)


def search(path, **given):
    return scan(path, **given).overlays


def shape(overlay):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[overlay.rect.slices] = overlay.mask > 0
    return mask


def union(overlays):
    return np.any([shape(one) for one in overlays], axis=0)


def fading(index):
    """Comes at frame 40 within 6 frames, and goes by frame 100 at once."""
    return float(np.clip((index - 39) / 7, 0, 1)) if index < 100 else 0.0


def test_a_translucent_logo_is_found_with_its_shape(tmp_path):
    scene = LogoScene(alpha=0.5)
    found = search(write_logo_scene(tmp_path / "a.mp4", scene))
    assert likeness(union(found), scene.ink) > 0.75


def test_a_logo_is_there_from_when_it_fades_in_until_it_goes(tmp_path):
    found = search(write_logo_scene(tmp_path / "a.mp4", LogoScene(frames=140, shown=fading)))
    (presence,) = found[0].presence
    assert abs(presence.start - Fraction(40, 25)) <= Fraction(2, 25)
    assert abs(presence.stop - Fraction(100, 25)) <= Fraction(1, 25)
    assert 3 <= presence.fade_in_frames <= 8
    assert presence.fade_out_frames <= 1


def test_what_lies_outside_the_span_is_not_looked_at(tmp_path):
    path = write_logo_scene(tmp_path / "a.mp4", LogoScene(frames=90, shown=lambda index: float(index >= 45)))
    assert search(path, span=Span(Instant(frame=0), Instant(frame=44))) == ()
    assert search(path, span=Span(Instant(frame=46), Instant(frame=90)))


def test_what_is_found_in_a_moment_comes_with_a_warning(tmp_path):
    path = write_logo_scene(tmp_path / "a.mp4", LogoScene(frames=50))
    assert scan(path).notes == ()
    moment = scan(path, span=Span(Instant(frame=0), Instant(frame=25)))
    assert moment.overlays
    assert "only 1.0 seconds" in moment.notes[0]


@pytest.mark.parametrize(
    ("region", "finds"), [("top-right", True), ("bottom", False), ("200,0,120,80", True)]
)
def test_a_region_narrows_the_search(tmp_path, region, finds):
    path = write_logo_scene(tmp_path / "a.mp4", LogoScene())
    assert bool(search(path, region=Region.parse(region))) == finds


def test_before_a_still_camera_only_what_looks_drawn_is_found(tmp_path):
    class Still(LogoScene):
        def clean(self, index):
            return super().clean(0)

    class Lettered(Still):
        @property
        def ink(self):
            ink = np.zeros((HEIGHT, WIDTH), np.uint8)
            for place in range(8):
                cv2.rectangle(ink, (16 + 11 * place, 14), (22 + 11 * place, 25), 255, cv2.FILLED)
            return ink > 0

    assert search(write_logo_scene(tmp_path / "clean.mp4", Still(shown=lambda index: 0.0))) == ()
    scene = Lettered()
    found = search(write_logo_scene(tmp_path / "letters.mp4", scene))
    assert likeness(union(found), scene.ink) > 0.6


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_before_a_scene_that_moves_by_a_few_pixels_edges_and_looks_tell_together(tmp_path, alpha):
    class Swaying(LogoScene):
        def clean(self, index):
            shift = (round(3 * np.sin(index / 5)), round(4 * np.cos(index / 7)))
            return np.roll(super().clean(0), shift, axis=(0, 1))

    scene = Swaying(at=(240, 20), alpha=alpha)
    found = search(write_logo_scene(tmp_path / "logo.mp4", scene))
    assert likeness(union(found), scene.ink) > 0.6
    assert search(write_logo_scene(tmp_path / "clean.mp4", Swaying(alpha=0.0))) == ()


def test_a_cluster_is_found_again_among_others_of_equal_size():
    seeds = np.ones((4, 4), bool)
    first, second = (Candidate(seeds.copy(), Rect(0, 0, 4, 4), 16, 0.0) for _ in range(2))
    waiting = [first, second]
    waiting.remove(second)
    assert waiting == [first]


def test_parts_that_lie_side_by_side_are_one_logo_and_others_are_others(tmp_path):
    class Parts(LogoScene):
        @property
        def ink(self):
            ink = super().ink.view(np.uint8) * np.uint8(255)
            for place in range(4):
                cv2.circle(ink, (30 + 28 * place, 150 - 6 * place), 5 + 2 * place, 255, 4)
            return ink > 0

    scene = Parts()
    found = search(write_logo_scene(tmp_path / "a.mp4", scene))
    assert len(found) == 2
    assert likeness(union(found), scene.ink) > 0.7


def test_the_border_of_a_smaller_picture_is_no_logo(tmp_path):
    class Framed(LogoScene):
        def clean(self, index):
            picture = super().clean(index).copy()
            picture[:, :5], picture[:, -5:] = 16, 16
            return picture

    assert search(write_logo_scene(tmp_path / "a.mp4", Framed(shown=lambda index: 0.0))) == ()
