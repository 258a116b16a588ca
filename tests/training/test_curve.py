import cv2
import pytest

from rfr_video.training.curve import PANEL_HEIGHT_PX, PANEL_WIDTH_PX, ticks, write_curve


def row(step, **values):
    return {"step": str(step), "loss": "", "psnr_db": "", **{name: str(v) for name, v in values.items()}}


def test_a_log_becomes_a_picture_of_two_panels(tmp_path):
    log = [row(1, loss=0.5), row(2, loss="nan"), row(3, loss=0.3, psnr_db=20, telea_psnr_db=19)]
    write_curve(log, tmp_path / "curve.png")
    picture = cv2.imread(str(tmp_path / "curve.png"))
    assert picture.shape == (2 * PANEL_HEIGHT_PX, PANEL_WIDTH_PX, 3)
    blue_bgr = (180, 119, 31)
    assert (picture[:PANEL_HEIGHT_PX] == blue_bgr).all(axis=2).sum() > 500  # the line of the loss


def test_too_short_a_log_draws_nothing(tmp_path):
    write_curve([row(1, loss=0.5)], tmp_path / "curve.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("least", "largest"), [(0, 1), (0.031, 0.032), (5, 5), (0, 0), (-3, 120_000)])
def test_ticks_enclose_the_range_by_a_few_round_numbers(least, largest):
    seen = ticks(least, largest)
    assert seen[0] <= least <= largest <= seen[-1]
    assert 2 <= len(seen) <= 8
