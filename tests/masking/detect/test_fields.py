"""Detectors that work on fields: what they see, and what becomes of what they find."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from detector_factory import LateDetector
from media_factory import Clip, make_video, picture

from rfr_video.config import DetectConfig
from rfr_video.config.detect import Region
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import FrameMask
from rfr_video.masking.detect.fields import FieldDetector
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import probe
from rfr_video.timecode import Moment

HEIGHT, WIDTH = 63, 96


class White(LateDetector):
    """Finds samples that are white, after a look at so many pictures ahead."""

    def __init__(self, info, config, *, ahead=0):
        super().__init__(ahead=ahead)
        self.info, self.config = info, config

    def notes(self):
        return ("looked", f"at {self.info.video.height} lines")

    def found(self, frame):
        luma = frame.planes()[0]
        assert luma.shape == (self.info.video.height, self.info.video.width)
        white = luma == 255
        return FrameMask(frame.moment, white.astype(np.uint8) * 255 if white.any() else None)


def frames(spoilt):
    """Frames of a scene in which some rows of samples are white, by number."""
    for index in range(6):
        image = picture(Clip(width=WIDTH, height=HEIGHT), index)
        image.pts, image.time_base = index, Fraction(1, 25)
        frame = Frame(
            image,
            moment=Moment(index, Fraction(index, 25)),
            layout=PlaneLayout.of("yuv420p"),
            is_interlaced=True,
        )
        for row in spoilt.get(index, ()):
            frame.planes()[0][row, 20:60] = 255
        yield frame


@pytest.fixture
def info(tmp_path):
    known = probe(make_video(tmp_path / "source.mkv", Clip(frames=1)))
    return replace(known, video=replace(known.video, width=WIDTH, height=HEIGHT))


def test_fields_are_looked_at_by_themselves_and_what_is_found_is_woven(info):
    ahead = iter((0, 4))  # the one looks farther than the other
    detector = FieldDetector(lambda *given: White(*given, ahead=next(ahead)), info, DetectConfig())
    found = list(detector.masks(frames({1: (10,), 3: (11, 40, 62), 4: (33,)})))
    assert [one.moment.index for one in found] == list(range(6))
    rows = [() if one.mask is None else tuple(np.unique(np.nonzero(one.mask)[0])) for one in found]
    assert rows == [(), (10,), (), (11, 40, 62), (33,), ()]
    assert found[3].mask.shape == (HEIGHT, WIDTH)
    assert np.count_nonzero(found[3].mask) == 3 * 40
    assert detector.notes() == ("looked", "top fields: at 32 lines", "bottom fields: at 31 lines")


@pytest.mark.parametrize(
    ("region", "areas"),
    [
        ("bottom", (Rect(0, 16, 96, 16), Rect(0, 15, 96, 16))),
        ("8,10,20,7", (Rect(8, 5, 20, 4), Rect(8, 5, 20, 3))),
        ("8,-2,20,1", (Rect(8, 31, 20, 1), Rect(8, 30, 20, 1))),
    ],
)
def test_a_region_is_placed_in_the_fields(info, region, areas):
    made = []
    FieldDetector(lambda *given: made.append(given), info, DetectConfig(region=Region.parse(region)))
    pictures = [Rect(0, 0, known.video.width, known.video.height) for known, _ in made]
    for (_, config), area, whole in zip(made, areas, pictures, strict=True):
        placed = config.area(whole)
        assert (placed.x, placed.width) == (area.x, area.width)
        assert abs(placed.y - area.y) <= 1
        assert abs(placed.bottom - area.bottom) <= 1
