"""What lies outside the span that is repaired is no background where the logo is."""

from fractions import Fraction

import numpy as np
import pytest
from media_factory import decode
from scene_factory import OVERLAY_RGB, Waves

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.media.rgb_video import rgb_writer
from rfr_video.timecode import Instant

HEIGHT, WIDTH, FRAMES = 72, 112, 16
LOGO = Box(48, 30, 16, 12)


@pytest.mark.parametrize("speed_px", [0, 4])
def test_the_logo_is_not_borrowed_from_frames_that_are_not_to_be_repaired(tmp_path, speed_px):
    waves = Waves()
    with rgb_writer(tmp_path / "source.mkv", width=WIDTH, height=HEIGHT, rate=Fraction(25)) as write:
        for number in range(FRAMES):
            picture = waves.view(HEIGHT, WIDTH, x=speed_px * number)
            picture[LOGO.y : LOGO.y + LOGO.height, LOGO.x : LOGO.x + LOGO.width] = OVERLAY_RGB
            write(picture)
    config = RestoreConfig(
        mask=MaskConfig(box=(LOGO,), grow_px=1),
        fill=FillConfig(fill="temporal"),
        encode=EncodeConfig(codec="ffv1"),
        start=Instant(frame=5),
        end=Instant(frame=9),
    )
    report = restore(tmp_path / "source.mkv", tmp_path / "result.mkv", config)
    assert report.frames_repaired == 4
    after = decode(tmp_path / "result.mkv")
    for number in range(5, 9):
        picture = after[number][0].reshape(HEIGHT, WIDTH, 4)[..., 2::-1].astype(int)
        inside = picture[LOGO.y : LOGO.y + LOGO.height, LOGO.x : LOGO.x + LOGO.width]
        looks_like_logo = np.abs(inside - OVERLAY_RGB).max(axis=2) < 40
        assert looks_like_logo.mean() < 0.02
