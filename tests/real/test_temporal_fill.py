"""A real pan: what other frames show beats what can be made up."""

from fractions import Fraction
from itertools import islice

import cv2
import numpy as np
import pytest

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.fill.filler import Origin
from rfr_video.media.rgb_video import read_rgb, rgb_writer

FRAMES, SIZE = 24, (480, 270)
HIDDEN = Box(384, 14, 56, 32)


@pytest.fixture(scope="module")
def clip(shared_data, tmp_path_factory):
    """The pictures, and the clip with a box burned into them."""
    folder = tmp_path_factory.mktemp("pan")
    pictures = [
        cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
        for _, picture in islice(read_rgb(shared_data / "clips" / "davis_camel.mp4"), FRAMES)
    ]
    with rgb_writer(folder / "burned.mkv", width=SIZE[0], height=SIZE[1], rate=Fraction(25)) as write:
        for picture in pictures:
            burned = picture.copy()
            burned[hidden()] = (255, 200, 0)
            write(burned)
    return pictures, folder / "burned.mkv"


def hidden():
    return slice(HIDDEN.y, HIDDEN.y + HIDDEN.height), slice(HIDDEN.x, HIDDEN.x + HIDDEN.width)


def restored(clip, target, fill):
    """Return the PSNR in the hole over all frames, in dB, and the report."""
    pictures, burned = clip
    config = RestoreConfig(
        mask=MaskConfig(box=(HIDDEN,)), fill=FillConfig(fill=fill), encode=EncodeConfig(codec="ffv1")
    )
    report = restore(burned, target, config)
    results = [picture for _, picture in read_rgb(target)]
    errors = [
        np.square(result[hidden()].astype(float) - picture[hidden()]).mean()
        for result, picture in zip(results, pictures, strict=True)
    ]
    return 10 * np.log10(255**2 / np.mean(errors)), report


def test_other_frames_beat_inpainting_on_a_real_pan(clip, tmp_path):
    classical_db, _ = restored(clip, tmp_path / "classical.mkv", "classical")
    auto_db, report = restored(clip, tmp_path / "auto.mkv", "auto")
    assert report.origin_shares[Origin.BORROWED] > 0.5
    assert auto_db > classical_db + 3
