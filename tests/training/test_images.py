import cv2
import numpy as np
import pytest
from training_factory import picture

from rfr_video.errors import InputError
from rfr_video.training.images import ImageFiles


def test_images_come_in_the_order_of_their_paths_as_rgb(tmp_path):
    (tmp_path / "inner").mkdir()
    for number, name in enumerate(("b.png", "inner/c.png", "a.PNG", ".hidden.png", "notes.txt")):
        data = cv2.imencode(".png", picture(number)[..., ::-1])[1].tobytes()
        (tmp_path / name).write_bytes(data)
    seen = list(ImageFiles([tmp_path], least_px=16))
    for image, number in zip(seen, (2, 0, 1), strict=True):
        np.testing.assert_array_equal(image, picture(number))


def test_unreadable_and_small_images_are_skipped_and_counted(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), picture(0))
    cv2.imwrite(str(tmp_path / "small.png"), picture(0, height=31))
    (tmp_path / "broken.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    (tmp_path / "empty.jpg").touch()
    files = ImageFiles([tmp_path], least_px=32)
    assert len(list(files)) == 1
    assert [path.name for path in files.unreadable] == ["broken.png", "empty.jpg"]
    assert [path.name for path in files.too_small] == ["small.png"]


def test_gray_and_transparent_images_become_rgb(tmp_path):
    cv2.imwrite(str(tmp_path / "gray.png"), picture(0)[..., 0])
    cv2.imwrite(str(tmp_path / "alpha.png"), np.dstack([picture(0), picture(1)[..., :1]]))
    assert [image.shape for image in ImageFiles([tmp_path], least_px=16)] == [(48, 64, 3)] * 2


def test_a_folder_that_is_none_is_said(tmp_path):
    with pytest.raises(InputError, match="is no folder"):
        list(ImageFiles([tmp_path / "none"], least_px=16))
