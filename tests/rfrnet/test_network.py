"""The network: contract of its call, state, sizes, dtypes and cost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from rfrnet_factory import random_batch, random_network
from torch.utils.flop_counter import FlopCounterMode

from rfr_video.errors import UsageError
from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.layers import Window, partial_ratio
from rfr_video.rfrnet.network import COMPACT, PUBLISHED, SMALLER_HOLES, RFRConfig, RFRNet


def relative_error(seen: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((seen.float() - wanted).norm() / wanted.norm())


def test_ratio_is_the_window_over_what_it_knows_and_zero_where_that_is_nothing():
    known_n1hw = torch.zeros(1, 1, 5, 5)
    known_n1hw[..., 0] = 1
    window = Window(3, 1, 1)
    ratio_n1hw, grown_n1hw = partial_ratio(window.count(known_n1hw), full=window.area)
    assert ratio_n1hw[0, 0, 2].tolist() == [3, 3, 0, 0, 0]
    assert grown_n1hw[0, 0, 2].tolist() == [1, 1, 0, 0, 0]


@pytest.mark.parametrize("size", [(64, 64), (50, 71), (16, 16), (1, 1), (33, 16)])
def test_any_height_and_width(tiny, size):
    image_n3hw, known_n1hw = torch.rand(1, 3, *size), torch.ones(1, 1, *size)
    with torch.inference_mode():
        filled_n3hw = tiny(image_n3hw, known_n1hw)
    assert filled_n3hw.shape == image_n3hw.shape
    assert filled_n3hw.isfinite().all()


def test_what_is_in_the_hole_does_not_matter(tiny):
    image_n3hw, known_n1hw = random_batch(1, 64, 80)
    with torch.inference_mode():
        other_n3hw = torch.where(known_n1hw > 0, image_n3hw, 9.0)
        assert torch.equal(tiny(image_n3hw, known_n1hw), tiny(other_n3hw, known_n1hw))


def test_every_sample_of_a_batch_equals_its_own_run(tiny):
    image_n3hw, known_n1hw = random_batch(3, 64, 48)
    with torch.inference_mode():
        together_n3hw = tiny(image_n3hw, known_n1hw)
        alone = [tiny(image_n3hw[i : i + 1], known_n1hw[i : i + 1]) for i in range(3)]
    assert relative_error(together_n3hw, torch.cat(alone)) < 1e-5


@pytest.mark.usefixtures("one_torch_thread")
def test_two_threads_on_one_module_give_the_single_thread_result(tiny):
    batches = [random_batch(1, 48, 48, seed=seed) for seed in range(6)]

    def run(batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        with torch.inference_mode():
            return tiny(*batch)

    before = {name: value.clone() for name, value in tiny.state_dict().items()}
    single = [run(batch) for batch in batches]
    with ThreadPoolExecutor(2) as pool:
        for seen, wanted in zip(pool.map(run, batches), single, strict=True):
            assert relative_error(seen, wanted) < 1e-6
    assert all(torch.equal(before[name], value) for name, value in tiny.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_no_nan_where_nothing_at_all_is_known(dtype):
    network = random_network().to(dtype)
    image_n3hw, known_n1hw = random_batch(2, 96, 96)
    known_n1hw[0] = 0
    with torch.inference_mode():
        assert network(image_n3hw.to(dtype), known_n1hw).isfinite().all()


@pytest.mark.parametrize(("config", "reach_px"), [(PUBLISHED, 81), (SMALLER_HOLES, 55)])
def test_reach_is_how_far_the_mask_grows(config, reach_px):
    assert config.reach_px(config.recurrences) == reach_px
    network = random_network(RFRConfig(width=8, kernel=config.kernel, recurrences=config.recurrences))
    known_n1hw = torch.ones(1, 1, 32, 192)
    known_n1hw[..., 16:] = 0  # a hole that reaches the right edge, 176 deep
    progress = network.begin(torch.rand(1, 3, 32, 192) * known_n1hw, known_n1hw)
    for _ in range(config.recurrences):
        progress = network.advance(progress)
    reached_half_px = int(progress.known_n1hw[0, 0, 8].sum())
    assert abs(2 * reached_half_px - 16 - reach_px) <= 1


def test_recurrences_are_a_parameter_of_the_call(tiny):
    image_n3hw, known_n1hw = random_batch(1, 64, 64)
    other = RFRNet(RFRConfig(width=8, recurrences=5)).eval()
    other.load_state_dict(tiny.state_dict())
    with torch.inference_mode():
        assert torch.equal(tiny(image_n3hw, known_n1hw, recurrences=5), other(image_n3hw, known_n1hw))


def test_the_published_form_stays_within_its_price():
    with torch.device("meta"):
        network = RFRNet(PUBLISHED).eval()
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            network(torch.empty(1, 3, 256, 256), torch.empty(1, 1, 256, 256))
    assert counter.get_total_flops() <= 262e9


def test_the_compact_form_has_a_few_million_parameters():
    with torch.device("meta"):
        assert 1e6 < sum(value.numel() for value in build_network(COMPACT).parameters()) < 6e6


@pytest.mark.parametrize(
    ("field", "value"), [("width", 12), ("width", 0), ("kernel", 4), ("kernel", 1), ("recurrences", 0)]
)
def test_impossible_forms_are_usage_errors(field, value):
    with pytest.raises(UsageError, match=f"{field} is {value}"):
        RFRConfig(**{field: value})
