"""Methods: one contract for all, and what each adds."""

import hashlib
from dataclasses import asdict
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from rfrnet_factory import TINY, random_network

from rfr_video.errors import UsageError, WeightsError
from rfr_video.evaluation.methods import NetworkMethod, classical_method
from rfr_video.rfrnet.weights import save_network


@pytest.fixture
def weights(tmp_path):
    save_network(random_network(), tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


@pytest.fixture
def _xphoto(monkeypatch):
    """OpenCV's contributed module, with a function that also changes what is known, as the real one does."""

    def inpaint(source, known, target, quality):
        assert quality == "fast"
        target[:] = np.where(known[..., None] > 0, 255 - source, 77)

    module = SimpleNamespace(INPAINT_FSR_FAST="fast", inpaint=inpaint)
    monkeypatch.setattr(cv2, "xphoto", module, raising=False)


def every_method(weights):
    names = ("telea", "navier-stokes", "fsr")
    return [NetworkMethod(str(weights), device="cpu"), *(classical_method(name) for name in names)]


def picture_and_holes(*, height=51, width=70):
    picture_hw3 = np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)
    holes = np.zeros((2, height, width), np.bool_)
    holes[0, 10:20, 5:30] = True
    holes[1, 30:, 40:] = True
    return picture_hw3, list(holes)


@pytest.mark.usefixtures("_xphoto")
def test_each_hole_is_filled_in_order_and_nothing_else_changes(weights):
    picture_hw3, holes = picture_and_holes()
    before = picture_hw3.copy()
    for method in every_method(weights):
        fills = list(method.fill(picture_hw3, iter(holes)))
        assert len(fills) == 2
        for filled_hw3, hole_hw in zip(fills, holes, strict=True):
            assert (filled_hw3.dtype, filled_hw3.shape) == (np.uint8, picture_hw3.shape)
            assert np.array_equal(filled_hw3[~hole_hw], picture_hw3[~hole_hw])
            assert not np.array_equal(filled_hw3[hole_hw], picture_hw3[hole_hw])
    assert np.array_equal(picture_hw3, before)


@pytest.mark.usefixtures("_xphoto")
def test_what_is_in_the_hole_is_not_looked_at(weights):
    picture_hw3, (hole_hw, _) = picture_and_holes()
    blank_hw3 = np.where(hole_hw[..., None], np.uint8(0), picture_hw3)
    for method in every_method(weights):
        (first,), (second,) = method.fill(picture_hw3, [hole_hw]), method.fill(blank_hw3, [hole_hw])
        assert np.array_equal(first, second)


@pytest.mark.parametrize("name", ["telea", "navier-stokes"])
def test_yardsticks_carry_a_flat_picture_on(name):
    _, (hole_hw, _) = picture_and_holes()
    picture_hw3 = np.full((51, 70, 3), (10, 90, 200), np.uint8)
    holed_hw3 = np.where(hole_hw[..., None], np.uint8(0), picture_hw3)
    (filled_hw3,) = classical_method(name).fill(holed_hw3, [hole_hw])
    assert np.abs(filled_hw3.astype(int) - picture_hw3).max() <= 4


def test_a_network_is_named_as_asked_and_states_its_hash(weights):
    method = NetworkMethod(str(weights), device="cpu")
    assert method.name == str(weights)
    assert method.facts["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert method.facts["form"] == asdict(TINY)


def test_what_is_not_there_is_an_error(weights, monkeypatch):
    monkeypatch.delattr(cv2, "xphoto", raising=False)
    with pytest.raises(UsageError, match="opencv-contrib-python-headless"):
        classical_method("fsr")
    with pytest.raises(WeightsError, match="no weights 'nowhere'"):
        NetworkMethod("nowhere")
    with pytest.raises(UsageError, match="device 'abacus'"):
        NetworkMethod(str(weights), device="abacus")
