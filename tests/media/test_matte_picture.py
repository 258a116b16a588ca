"""Mattes as pictures: what is written is read again, and what is none is refused."""

import cv2
import numpy as np
import pytest

from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.media.matte_picture import encode_matte, read_matte


def test_a_matte_is_read_as_it_was_written(tmp_path):
    random = np.random.default_rng(1)
    colour, alpha = random.random((9, 12, 3), np.float32), random.random((9, 12), np.float32)
    (tmp_path / "matte.png").write_bytes(encode_matte(colour, alpha))
    again_hw3, alpha_again_hw = read_matte(tmp_path / "matte.png", picture=Rect(0, 0, 12, 9))
    assert np.abs(again_hw3 - colour).max() < 1 / 65535
    assert np.abs(alpha_again_hw - alpha).max() < 1 / 65535


def test_eight_bits_will_do(tmp_path):
    picture = np.zeros((4, 6, 4), np.uint8)
    picture[1:3] = (10, 20, 255, 128)
    cv2.imwrite(str(tmp_path / "art.png"), picture)
    colour, alpha = read_matte(tmp_path / "art.png", picture=Rect(0, 0, 6, 4))
    assert colour[1, 0].tolist() == pytest.approx([1, 20 / 255, 10 / 255])
    assert alpha[1, 0] == pytest.approx(128 / 255)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "cannot be read"),
        (b"no picture", "is no PNG"),
        (encode_matte(np.zeros((3, 3, 3), np.float32), np.ones((3, 3), np.float32))[:40], "is damaged"),
        (
            encode_matte(np.zeros((3, 3, 3), np.float32), np.zeros((3, 3), np.float32)),
            "transparent throughout",
        ),
        (cv2.imencode(".png", np.zeros((3, 3, 3), np.uint8))[1].tobytes(), "has no alpha channel"),
    ],
)
def test_what_is_no_matte_is_refused_in_one_line(tmp_path, data, message):
    path = tmp_path / "matte.png"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(MaskError, match=message) as caught:
        read_matte(path, picture=Rect(0, 0, 3, 3))
    assert "\n" not in str(caught.value)
