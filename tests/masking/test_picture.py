"""The mask of a still."""

from pathlib import Path

import numpy as np
import pytest

from rfr_video.config import StillMaskConfig
from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Box
from rfr_video.masking.picture import mask_of_picture

SOURCE = Path("pictures/beach.jpg")


def test_boxes_and_mask_add_up(picture, square, write_mask, tmp_path):
    config = StillMaskConfig(
        mask=write_mask(tmp_path / "mask.png", square()), box=(Box(-4, -2, 4, 2), Box(0, 0, 3, 1))
    )
    wanted = square()
    wanted[-2:, -4:] = wanted[:1, :3] = 255
    assert np.array_equal(mask_of_picture(config, SOURCE, picture=picture), wanted)


def test_a_black_mask_is_nothing_to_fill(picture, nothing, write_mask, tmp_path):
    config = StillMaskConfig(mask=write_mask(tmp_path / "mask.png", nothing))
    assert mask_of_picture(config, SOURCE, picture=picture) is None


def test_a_folder_gives_the_mask_of_the_same_name(picture, square, write_mask, tmp_path):
    write_mask(tmp_path / "beach.png", square(8))
    write_mask(tmp_path / "forest.png", square(40))
    config = StillMaskConfig(mask=tmp_path)
    assert np.array_equal(mask_of_picture(config, SOURCE, picture=picture), square(8))
    write_mask(tmp_path / "beach.jpg", square(20))  # the very name comes first
    mask = mask_of_picture(config, SOURCE, picture=picture)
    assert mask is not None
    assert mask[10, 30] == 255


def test_a_folder_without_a_clear_mask_is_an_error(picture, square, write_mask, tmp_path):
    config = StillMaskConfig(mask=tmp_path)
    with pytest.raises(MaskError, match=r"has none for beach\.jpg; put one image beach\.png there"):
        mask_of_picture(config, SOURCE, picture=picture)
    write_mask(tmp_path / "beach.png", square())
    write_mask(tmp_path / "beach.webp", square())
    with pytest.raises(MaskError, match=r"has beach\.png, beach\.webp for beach\.jpg"):
        mask_of_picture(config, SOURCE, picture=picture)


def test_a_mask_of_another_size_names_both_sizes(picture, write_mask, tmp_path):
    lying = StillMaskConfig(mask=write_mask(tmp_path / "mask.png", np.zeros((64, 48), np.uint8)))
    with pytest.raises(MaskError, match=r"48×64, the picture is 64×48; .* turned by a right angle"):
        mask_of_picture(lying, SOURCE, picture=picture)


def test_no_mask_at_all_is_an_error(picture):
    with pytest.raises(UsageError, match="give --mask or --box"):
        mask_of_picture(StillMaskConfig(grow_px=4), SOURCE, picture=picture)
