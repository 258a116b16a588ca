"""Real stills with real masks: all that lies outside must come out as it went in."""

import cv2
import numpy as np
import pytest
import real_data

from rfr_video import FillConfig, ImageConfig, StillMaskConfig, restore_image

MASK = "irregular_masks/edgeconnect_places2_places2_06.png"


def still_names() -> list[str]:
    """Names at collection time; without the folder one entry is left, for the fixture to judge."""
    return [path.name for path in sorted((real_data.folder() / "stills").glob("*.png"))] or ["stills"]


@pytest.mark.parametrize("name", still_names())
def test_only_the_hole_of_a_real_still_changes(shared_data, tmp_path, name):
    source = shared_data / "stills" / name
    before = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
    height, width = before.shape[:2]
    mask = cv2.resize(
        cv2.imread(str(shared_data / MASK), cv2.IMREAD_GRAYSCALE),
        (width, height),
        interpolation=cv2.INTER_NEAREST,
    )
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    config = ImageConfig(mask=StillMaskConfig(mask=tmp_path / "mask.png"), fill=FillConfig(fill="classical"))
    report = restore_image(source, tmp_path / name, config)
    after = cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED)
    known = mask < 128
    assert np.array_equal(after[known], before[known])
    assert report.samples_synthesised == np.count_nonzero(~known)
