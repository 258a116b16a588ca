"""Adapting learns what repeats beside a hole, keeps nothing worse, and remembers."""

import numpy as np
import pytest
import torch
from counted_time import count_time
from rfrnet_factory import TINY_RESIDUAL, random_batch

from rfr_video.errors import UsageError
from rfr_video.rfrnet import adaptation
from rfr_video.rfrnet.adaptation import Adaptation, AdaptationConfig, adapt
from rfr_video.rfrnet.adaptation_cache import AT_MOST, AdaptationCache, cache_key
from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.known_windows import View


@pytest.fixture(scope="module")
def fresh():
    torch.manual_seed(0)
    return build_network(TINY_RESIDUAL).eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def striped():
    """Stripes of four pixels, which a smooth fill cannot go on with, and a hole."""
    stripes = (np.arange(160) // 4 % 2).astype(np.float32)
    image_hw3 = np.ascontiguousarray(np.broadcast_to(stripes[None, :, None], (160, 160, 3)))
    hole_hw = np.zeros((160, 160), np.bool_)
    hole_hw[70:90, 60:100] = True
    return View(np.where(hole_hw[..., None], np.float32(0), image_hw3), hole_hw)


@pytest.fixture(autouse=True)
def half_a_second_per_step(monkeypatch):
    """The clock is read twice for every step."""
    count_time(monkeypatch, adaptation, step_seconds=0.25)


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_it_learns_what_repeats_beside_the_hole(fresh, striped):
    before = [value.clone() for value in fresh.parameters()]
    config = AdaptationConfig(seconds=12, learning_rate=3e-3, patience=100)
    times = []
    adapted, figures = adapt(fresh, [striped], config=config, report=times.append)
    assert figures.kept
    assert figures.psnr_after_db > figures.psnr_before_db + 1
    assert len(times) == figures.steps > 0
    assert times == sorted(times)
    assert all(torch.equal(a, b) for a, b in zip(before, fresh.parameters(), strict=True))
    assert not same(fresh, adapted)
    assert not adapted.training
    assert not any(value.requires_grad for value in adapted.parameters())


def test_what_is_no_better_is_not_kept(fresh, striped):
    config = AdaptationConfig(seconds=2, least_gain_db=100)
    network, figures = adapt(fresh, [striped], config=config)
    assert network is fresh
    assert not figures.kept


def test_a_hole_with_hardly_anything_beside_it_teaches_nothing(fresh):
    hole_hw = np.ones((64, 64), np.bool_)
    hole_hw[0] = False
    network, figures = adapt(fresh, [View(np.zeros((64, 64, 3), np.float32), hole_hw)])
    assert network is fresh
    assert (figures.steps, figures.psnr_before_db, figures.kept) == (0, None, False)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_time_is_needed(seconds):
    with pytest.raises(UsageError, match="above 0"):
        AdaptationConfig(seconds=seconds)


FIGURES = Adaptation(steps=3, seconds=1.5, psnr_before_db=20.0, psnr_after_db=21.0, kept=True)


def test_the_cache_gives_back_what_was_kept(tmp_path, fresh):
    cache = AdaptationCache(tmp_path / "adapted")
    assert cache.load("a") is None
    cache.save("a", fresh, FIGURES)
    network, figures = cache.load("a")
    assert figures.from_cache
    assert (figures.steps, figures.psnr_after_db, figures.kept) == (3, 21.0, True)
    image_n3hw, known_n1hw = random_batch(1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(network(image_n3hw, known_n1hw), fresh(image_n3hw, known_n1hw))


def test_the_cache_remembers_that_nothing_was_better(tmp_path):
    cache = AdaptationCache(tmp_path)
    cache.save("a", None, Adaptation(steps=9, seconds=1, psnr_before_db=20.0, psnr_after_db=20.0, kept=False))
    network, figures = cache.load("a")
    assert network is None
    assert figures.from_cache
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("name", ["a.json", "a.safetensors"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"{"), lambda path: path.unlink()])
def test_a_damaged_entry_counts_as_missing(tmp_path, fresh, name, damage):
    cache = AdaptationCache(tmp_path)
    cache.save("a", fresh, FIGURES)
    damage(tmp_path / name)
    assert cache.load("a") is None


def test_a_network_that_has_changed_counts_as_missing(tmp_path, fresh):
    cache = AdaptationCache(tmp_path)
    cache.save("a", fresh, FIGURES)
    network_file = tmp_path / "a.safetensors"
    content = bytearray(network_file.read_bytes())
    content[-1] ^= 1
    network_file.write_bytes(content)
    assert cache.load("a") is None


def test_a_folder_that_cannot_be_made_ends_no_run(tmp_path, fresh):
    (tmp_path / "file").write_text("in the way")
    cache = AdaptationCache(tmp_path / "file")
    cache.save("a", fresh, FIGURES)
    assert cache.load("a") is None


def test_the_oldest_go(tmp_path):
    cache = AdaptationCache(tmp_path)
    for number in range(AT_MOST + 3):
        cache.save(f"{number:03}", None, FIGURES)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == AT_MOST
    assert f"{AT_MOST + 2:03}.json" in names


def test_all_that_matters_is_in_the_key(striped):
    config = AdaptationConfig()
    other = View(striped.image_hw3 + np.float32(0.01), striped.hole_hw)
    keys = {
        cache_key("00", [striped], config=config),
        cache_key("01", [striped], config=config),
        cache_key("00", [other], config=config),
        cache_key("00", [striped, other], config=config),
        cache_key("00", [striped], config=AdaptationConfig(seconds=5)),
    }
    assert len(keys) == 5
    elsewhere = AdaptationConfig(device="cuda")
    assert cache_key("00", [striped], config=elsewhere) in keys
