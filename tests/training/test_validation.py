import cv2
import numpy as np
import pytest
import torch
from training_factory import BOXES, SIDE_PX, picture

from rfr_video.masking.random_holes import HoleMix, RandomHoles
from rfr_video.training.validation import ValidationSet

MIXED = HoleMix(weights={"box": 1, "strokes": 1}, share=(0.05, 0.2))


@pytest.fixture
def crops():
    return ValidationSet([picture(number) for number in range(20)], RandomHoles(MIXED), crop_px=SIDE_PX)


def test_psnr_is_that_of_the_hole_alone(crops):
    def off_by_a_tenth(image_n3hw, known_n1hw):
        assert float((image_n3hw * (1 - known_n1hw)).abs().max()) == 0  # the network does not see the hole
        start = int((crops.truth_n3hw * crops.known_n1hw == image_n3hw[:1]).all(dim=(1, 2, 3)).nonzero()[0])
        truth = crops.truth_n3hw[start : start + len(image_n3hw)]
        return torch.where(truth > 0.5, truth - 0.1, truth + 0.1) * (1 - known_n1hw)

    result = crops.measure(off_by_a_tenth)
    assert result.psnr_db == pytest.approx(20, abs=1e-3)
    assert set(result.by_kind) == {"box", "strokes"}
    known = crops.known_n1hw.expand_as(result.composite_n3hw) == 1
    assert torch.equal(result.composite_n3hw[known], crops.truth_n3hw[known])


def test_perfect_fills_do_not_become_infinite(crops):
    outputs = iter(crops.truth_n3hw.split(16))
    assert crops.measure(lambda image, known: next(outputs)).psnr_db == pytest.approx(100)


def test_classical_inpainting_is_measured_on_the_same_holes(crops):
    telea, navier_stokes = (crops.measure_classical(how) for how in (cv2.INPAINT_TELEA, cv2.INPAINT_NS))
    black = crops.measure(lambda image, known: image).psnr_db
    assert telea.psnr_db > black + 10
    assert telea.psnr_db != navier_stokes.psnr_db


def test_the_sheet_shows_what_was_masked_made_composed_and_true(tmp_path):
    crops = ValidationSet([picture(0), picture(1)], RandomHoles(BOXES), crop_px=SIDE_PX)
    crops.write_sheet(crops.measure(lambda image, known: 1 - image), tmp_path / "sheet.png", rows=5)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1]
    assert sheet.shape == (2 * SIDE_PX, 4 * SIDE_PX, 3)
    masked, output, composite, truth = np.split(sheet, 4, axis=1)
    hole = np.concatenate([known[0].numpy() == 0 for known in crops.known_n1hw])
    assert (masked[hole] == 128).all()
    assert (masked[~hole] == truth[~hole]).all()
    assert (composite[hole] == output[hole]).all()
    assert (composite[~hole] == truth[~hole]).all()
