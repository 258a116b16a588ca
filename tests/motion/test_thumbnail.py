"""Thumbnails: one size for one shape of picture, whatever its depth."""

import numpy as np
import pytest
from flow_contract import texture

from rfr_video.errors import UsageError
from rfr_video.motion.thumbnail import hole_thumbnail, thumbnail


@pytest.mark.parametrize(
    ("shape", "small"),
    [((1080, 1920, 3), (54, 96, 3)), ((480, 854), (54, 96)), ((1920, 1080), (96, 54)), ((40, 60), (40, 60))],
)
def test_all_thumbnails_have_about_the_same_area(shape, small):
    assert thumbnail(np.zeros(shape, np.uint8)).shape == small
    assert hole_thumbnail(np.zeros(shape[:2], np.uint8)).shape == small[:2]


def test_depths_look_the_same():
    picture = texture(270, 480)
    small = thumbnail(picture)
    others = [
        thumbnail(picture.astype(np.float32) / 255),
        thumbnail(picture.astype(np.uint16) * 257),
        thumbnail(picture.astype(np.uint16) * 4, peak=1020),
    ]
    for other in others:
        assert other.dtype == np.uint8
        assert np.abs(other.astype(int) - small).max() <= 1
    wild = thumbnail(np.float32([[-0.5, 1.5]]).repeat(40, 0).repeat(40, 1))
    assert (wild.min(), wild.max()) == (0, 255)


def test_a_thumbnail_shows_means_over_areas():
    picture = np.zeros((540, 960), np.uint8)
    picture[:, ::2] = 200
    assert np.abs(thumbnail(picture[:, :96].repeat(1, 1)).mean() - 100) < 2
    picture = np.zeros((540, 960), np.uint8)
    picture[:270] = 200
    small = thumbnail(picture)
    assert small[:26].min() == 200
    assert small[28:].max() == 0


def test_a_hole_of_one_sample_is_seen():
    mask = np.zeros((1080, 1920), np.uint8)
    mask[501, 1203] = 1
    small = hole_thumbnail(mask)
    assert np.argwhere(small).tolist() == [[25, 60]]
    assert small.max() == 255


def test_other_pictures_are_refused():
    for picture in (np.zeros((4, 4, 4), np.uint8), np.zeros(9, np.uint8), np.zeros((0, 4), np.uint8)):
        with pytest.raises(UsageError, match="give"):
            thumbnail(picture)
    with pytest.raises(UsageError, match="float64"):
        thumbnail(np.zeros((40, 40)))
    with pytest.raises(UsageError, match="peak above 0"):
        thumbnail(np.zeros((40, 40), np.uint16), peak=0)
    with pytest.raises(UsageError, match=r"give \(H, W\)"):
        hole_thumbnail(np.zeros((4, 4, 3), np.uint8))
