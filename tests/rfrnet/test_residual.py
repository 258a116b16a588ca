import cv2
import numpy as np
import pytest
import torch
from rfrnet_factory import TINY_RESIDUAL, random_batch, random_network

from rfr_video.errors import UsageError
from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.network import COMPACT, RFRConfig
from rfr_video.rfrnet.runtime import Crop, Runtime
from rfr_video.rfrnet.smooth import smooth_fill
from rfr_video.rfrnet.weights import load_network, save_network


@pytest.fixture(scope="module")
def residual():
    return random_network(TINY_RESIDUAL)


def filled(image_n3hw: torch.Tensor, known_n1hw: torch.Tensor) -> torch.Tensor:
    return smooth_fill(image_n3hw * known_n1hw, known_n1hw)


class TestSmoothFill:
    def test_it_keeps_what_is_known_exactly(self):
        image_n3hw, known_n1hw = random_batch(2, 64, 96)
        smooth_n3hw = filled(image_n3hw, known_n1hw)
        assert torch.equal(smooth_n3hw * known_n1hw, image_n3hw * known_n1hw)

    def test_a_flat_picture_is_restored_whatever_the_hole(self):
        known_n1hw = torch.zeros(1, 1, 192, 256)
        known_n1hw[..., 5, 7] = 1
        assert filled(torch.full((1, 3, 192, 256), 0.3), known_n1hw) == pytest.approx(0.3)

    def test_it_stays_between_the_darkest_and_the_brightest_known(self):
        image_n3hw, known_n1hw = random_batch(1, 128, 128)
        smooth_n3hw = filled(image_n3hw, known_n1hw)
        known = image_n3hw[(known_n1hw > 0).expand_as(image_n3hw)]
        assert known.min() <= smooth_n3hw.min()
        assert smooth_n3hw.max() <= known.max() + 1e-6

    def test_it_is_nearer_to_a_slope_than_inpainting_is(self):
        y, x = np.mgrid[:128, :128].astype(np.float32) / 128
        truth_hw3 = np.stack([x, y, (x + y) / 2], axis=2)
        hole_hw = np.zeros((128, 128), np.uint8)
        hole_hw[40:90, 30:100] = 255
        masked = (truth_hw3 * 255).round().astype(np.uint8) * (hole_hw == 0)[..., None]
        telea_hw3 = cv2.inpaint(masked, hole_hw, 3, cv2.INPAINT_TELEA).astype(np.float32) / 255
        known_11hw = torch.from_numpy((hole_hw == 0).astype(np.float32))[None, None]
        smooth_hw3 = filled(torch.from_numpy(truth_hw3).permute(2, 0, 1)[None], known_11hw)[0].permute(
            1, 2, 0
        )
        hole = hole_hw > 0
        ours = np.square(smooth_hw3.numpy() - truth_hw3)[hole].mean()
        assert ours < np.square(telea_hw3 - truth_hw3)[hole].mean()

    def test_where_nothing_is_known_it_is_black_and_finite(self):
        assert not smooth_fill(torch.zeros(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)).any()


def test_an_untrained_network_gives_the_smooth_fill():
    network = build_network(COMPACT).eval()
    image_n3hw, known_n1hw = random_batch(1, 64, 64)
    with torch.inference_mode():
        assert torch.equal(network(image_n3hw, known_n1hw), filled(image_n3hw, known_n1hw))


@pytest.mark.parametrize("size", [(1, 1), (17, 33), (50, 71), (64, 64)])
def test_any_height_and_width(residual, size):
    image_n3hw, known_n1hw = torch.rand(2, 3, *size), torch.ones(2, 1, *size)
    known_n1hw[:, :, size[0] // 3 : size[0] // 2] = 0
    with torch.inference_mode():
        output_n3hw = residual(image_n3hw, known_n1hw)
    assert output_n3hw.shape == image_n3hw.shape
    assert output_n3hw.isfinite().all()


def test_what_is_in_the_hole_does_not_matter(residual):
    image_n3hw, known_n1hw = random_batch(1, 64, 80)
    with torch.inference_mode():
        seen = residual(image_n3hw, known_n1hw)
        assert torch.equal(seen, residual(image_n3hw * known_n1hw + 5 * (1 - known_n1hw), known_n1hw))


def test_every_sample_of_a_batch_equals_its_own_run(residual):
    image_n3hw, known_n1hw = random_batch(3, 64, 64)
    with torch.inference_mode():
        together = residual(image_n3hw, known_n1hw)
        for index in range(3):
            alone = residual(image_n3hw[index : index + 1], known_n1hw[index : index + 1])
            assert (together[index] - alone[0]).norm() <= 1e-5 * alone.norm()


def test_the_last_of_the_steps_is_the_result(residual):
    image_n3hw, known_n1hw = random_batch(1, 40, 56)
    with torch.inference_mode():
        steps = [output_n3hw for output_n3hw, _ in residual.steps(image_n3hw, known_n1hw)]
        assert len(steps) == TINY_RESIDUAL.recurrences
        assert torch.equal(steps[-1], residual(image_n3hw, known_n1hw))
        assert torch.equal(steps[0], residual(image_n3hw, known_n1hw, recurrences=1))


def test_it_is_saved_and_loaded_with_its_form(tmp_path, residual):
    save_network(residual, tmp_path / "small.safetensors")
    loaded = load_network(LocatedWeights(tmp_path / "small.safetensors"))
    assert loaded.config == TINY_RESIDUAL
    image_n3hw, known_n1hw = random_batch(1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(loaded(image_n3hw, known_n1hw), residual(image_n3hw, known_n1hw))


def test_a_bare_state_dict_shows_its_form(tmp_path, residual):
    torch.save(residual.state_dict(), tmp_path / "small.pth")
    config = load_network(LocatedWeights(tmp_path / "small.pth")).config
    assert (config.form, config.width) == ("residual", TINY_RESIDUAL.width)


def test_a_hole_deeper_than_any_recurrence_reaches_stays_at_full_resolution(residual):
    runtime = Runtime(residual)
    image_hw3 = np.random.default_rng(3).random((320, 320, 3), np.float32)
    hole_hw = np.zeros((320, 320), bool)
    hole_hw[4:316, 4:316] = True
    (result_hw3,) = runtime.fill([Crop(image_hw3, hole_hw)])
    assert np.array_equal(result_hw3[~hole_hw], image_hw3[~hole_hw])
    assert np.isfinite(result_hw3).all()


def test_an_unknown_form_is_a_usage_error():
    with pytest.raises(UsageError, match="published or residual"):
        RFRConfig(form="other")  # pyright: ignore[reportArgumentType]
