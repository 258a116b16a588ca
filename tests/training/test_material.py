import logging
from dataclasses import replace

import cv2
import numpy as np
import pytest
from media_factory import Clip, make_video
from training_factory import TINY_RECIPE, image_folder, picture

from rfr_video.config import TrainConfig
from rfr_video.errors import InputError, UsageError
from rfr_video.training.material import read_material


def with_data(**changes):
    return replace(TINY_RECIPE, data=replace(TINY_RECIPE.data, **changes))


def test_every_so_many_images_are_held_out(images):
    material = read_material(TrainConfig(images=(images,)), recipe=TINY_RECIPE)
    assert len(material.training) == 4
    for held_out, number in zip(material.validation, (0, 3, 6), strict=True):
        np.testing.assert_array_equal(held_out, picture(number))


def test_without_holding_out_the_same_pictures_are_validated_on(images):
    material = read_material(TrainConfig(images=(images,)), recipe=with_data(validation_every=0))
    assert len(material.training) == len(material.validation) == 7


def test_a_shot_is_held_out_as_a_whole(images, tmp_path):
    """Behind seven images one shot is the unit number 7, held out, and another number 8."""
    first = make_video(tmp_path / "a.mkv", Clip(frames=30))
    second = make_video(tmp_path / "b.mkv", Clip(frames=40, width=80))
    config = TrainConfig(images=(images,), videos=(first, second))
    recipe = with_data(validation_every=7, video_interval_seconds=0.4)
    material = read_material(config, recipe=recipe)
    assert [image.shape[1] for image in material.training] == [64] * 6 + [80] * 4
    assert [image.shape[1] for image in material.validation] == [64, 96]


def test_the_digest_tells_material_apart(images, tmp_path):
    def digest(**more):
        return read_material(TrainConfig(images=(images,), **more), recipe=TINY_RECIPE).digest

    before = digest()
    assert digest() == before
    masks = tmp_path / "masks"
    masks.mkdir()
    cv2.imwrite(str(masks / "a.png"), np.eye(40, dtype=np.uint8) * 255)
    assert digest(hole_masks=masks) != before
    cv2.imwrite(str(images / "03.png"), picture(99))
    assert digest() != before


def test_skipped_files_are_told(images, caplog):
    (images / "broken.png").write_bytes(b"no image")
    with caplog.at_level(logging.INFO):
        read_material(TrainConfig(images=(images,)), recipe=TINY_RECIPE)
    assert "skipped: 1 unreadable, 0 smaller than 32 pixels" in caplog.text


def test_nothing_usable_is_said(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(InputError, match="nothing to learn from \\(skipped: 1 unreadable"):
        read_material(TrainConfig(images=(tmp_path,)), recipe=TINY_RECIPE)


def test_too_few_images_to_hold_any_out_is_said(tmp_path):
    folder = image_folder(tmp_path / "one", count=1)
    with pytest.raises(InputError, match="too few: all are held out"):
        read_material(TrainConfig(images=(folder,)), recipe=TINY_RECIPE)


def test_a_loss_that_needs_features_says_so(images):
    recipe = replace(TINY_RECIPE, losses=replace(TINY_RECIPE.losses, perceptual=0.1))
    with pytest.raises(UsageError, match="give --features"):
        read_material(TrainConfig(images=(images,)), recipe=recipe)
