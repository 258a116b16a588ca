"""The runtime: crops in, filled crops out."""

import gc
import weakref

import numpy as np
import pytest
import torch
from rfrnet_factory import random_network

from rfr_video.errors import DeviceError, MaskError, UsageError
from rfr_video.rfrnet.lane import Lane, Pending
from rfr_video.rfrnet.network import RFRConfig
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig

DRAW = np.random.default_rng(5)


def crop(height: int, width: int, side: int = 12) -> Crop:
    hole_hw = np.zeros((height, width), np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    hole_hw[top : top + side, left : left + side] = 255
    return Crop(DRAW.random((height, width, 3), np.float32), hole_hw)


@pytest.fixture(scope="module")
def runtime(tiny) -> Runtime:
    return Runtime(tiny, config=RuntimeConfig(device="cpu"))


def test_crops_of_mixed_sizes_come_back_in_order_and_untouched_outside_the_hole(runtime):
    crops = [crop(*size) for size in [(40, 50), (64, 64), (33, 41), (40, 50), (20, 20), (64, 64)] * 4]
    for seen, given in zip(runtime.fill(crops), crops, strict=True):
        outside = given.hole_hw == 0
        assert seen.dtype == np.float32
        assert np.array_equal(seen[outside], given.image_hw3[outside])
        assert seen.min() >= 0
        assert seen.max() <= 1
        assert not np.array_equal(seen[~outside], given.image_hw3[~outside])


def test_a_crop_gives_the_same_result_in_any_batch(tiny):
    crops = [crop(40, 50) for _ in range(5)]
    results = [
        list(Runtime(tiny, config=RuntimeConfig(device="cpu", batch=batch)).fill(crops))
        for batch in (1, 2, 5)
    ]
    for alone, pair, five in zip(*results, strict=True):
        assert np.allclose(alone, pair, atol=1e-5)
        assert np.allclose(alone, five, atol=1e-5)


def test_the_same_run_gives_the_same_bits(tiny):
    crops = [crop(40, 50) for _ in range(3)]
    config = RuntimeConfig(device="cpu", deterministic=True)
    first, second = (list(Runtime(tiny, config=config).fill(crops)) for _ in range(2))
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))


def test_what_is_in_the_hole_does_not_matter(runtime):
    given = crop(48, 48)
    other = Crop(np.where(given.hole_hw[..., None] > 0, np.float32(1), given.image_hw3), given.hole_hw)
    (first,), (second,) = runtime.fill([given]), runtime.fill([other])
    assert np.array_equal(first, second)


def test_without_a_hole_a_crop_is_returned_as_it_is(runtime):
    given = Crop(DRAW.random((30, 30, 3), np.float32), np.zeros((30, 30), bool))
    (seen,) = runtime.fill([given])
    assert np.array_equal(seen, given.image_hw3)


def test_a_crop_that_is_all_hole_is_an_error(runtime):
    with pytest.raises(MaskError):
        list(runtime.fill([Crop(np.zeros((20, 20, 3), np.float32), np.ones((20, 20), bool))]))


def test_the_middle_of_a_hole_of_300_pixels_is_filled_and_not_flat():
    network = random_network(RFRConfig(width=8))
    given = crop(400, 400, 300)
    middle = (slice(170, 230), slice(170, 230))
    image = torch.from_numpy(given.image_hw3).permute(2, 0, 1)[None]
    known = torch.from_numpy(given.hole_hw == 0)[None, None].float()
    with torch.inference_mode():
        plain = network(image, known)[0].permute(1, 2, 0).numpy()
    (filled,) = Runtime(network, config=RuntimeConfig(device="cpu")).fill([given])
    assert plain[middle].std(axis=(0, 1)).max() < 1e-6  # what the network alone leaves there
    assert filled[middle].std(axis=(0, 1)).max() > 1e-3


def test_tiles_join_without_a_step(tiny):
    given = crop(60, 300, 20)
    given.hole_hw[20:40, 10:290] = 255
    config = RuntimeConfig(device="cpu", tile_px=128, overlap_px=64)
    (tiled,), (whole,) = Runtime(tiny, config=config).fill([given]), Runtime(tiny).fill([given])
    inside = given.hole_hw > 0
    assert np.isfinite(tiled).all()
    steps = [
        np.abs(np.diff(result, axis=1))[:, :][inside[:, 1:] & inside[:, :-1]] for result in (tiled, whole)
    ]
    assert np.quantile(steps[0], 0.99) < 1.5 * np.quantile(steps[1], 0.99)


def test_crops_are_taken_no_faster_than_the_look_ahead(runtime):
    taken = []

    def source():
        for number in range(40):
            taken.append(number)
            yield crop(32, 32)

    results = runtime.fill(source())
    next(results)
    assert len(taken) <= 4 * runtime.config.batch + 1


def test_a_crop_of_many_tiles_waits_for_no_other(tiny):
    taken = []
    hole_hw = np.zeros((32, 600), bool)
    hole_hw[12:20, 10:590] = True

    def source():
        for number in range(3):
            taken.append(number)
            yield Crop(np.zeros((32, 600, 3), np.float32), hole_hw)

    config = RuntimeConfig(device="cpu", batch=1, tile_px=128)
    next(Runtime(tiny, config=config).fill(source()))
    assert taken == [0]


class Crowded(Lane):
    """A lane on a device that holds so many crops at once."""

    room = 2
    error: Exception = torch.OutOfMemoryError("no room")

    def _compute(self, batch):
        if len(batch.images_n3hw) > self.room:
            raise self.error
        return super()._compute(batch)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        torch.AcceleratorError("CUDA error: out of memory\nCUDA kernel errors might be reported later"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4294967296 bytes"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("FIND was unable to find an engine to execute this computation"),
    ],
    ids=["torch", "pinned", "mps", "cpu", "cudnn", "workspace"],
)
def test_out_of_memory_halves_the_batch_and_goes_on(tiny, monkeypatch, error):
    crops = [crop(32, 32) for _ in range(9)]
    wanted = list(Runtime(tiny, config=RuntimeConfig(device="cpu", batch=8)).fill(crops))
    monkeypatch.setattr(Runtime, "lane_type", Crowded)
    monkeypatch.setattr(Crowded, "error", error)
    runtime = Runtime(tiny, config=RuntimeConfig(device="cpu", batch=8))
    for seen, result in zip(runtime.fill(crops), wanted, strict=True):
        assert np.allclose(seen, result, atol=1e-5)
    assert sum("out of memory" in note for note in runtime.notes) == 2  # 8 to 4, 4 to 2, and no more
    monkeypatch.setattr(Crowded, "room", 0)
    with pytest.raises(DeviceError, match="too little memory for one 32×32 piece"):
        list(runtime.fill(crops))


@pytest.mark.parametrize(
    ("error", "seen", "message"),
    [
        (
            torch.AcceleratorError("CUDA error: an illegal access\nand more"),
            DeviceError,
            r"an illegal access\);",
        ),
        (RuntimeError("shapes do not match"), RuntimeError, "shapes do not match"),
    ],
    ids=["device", "bug"],
)
def test_a_failing_device_is_named_in_one_line_and_a_bug_is_not_hidden(
    tiny, monkeypatch, error, seen, message
):
    monkeypatch.setattr(Runtime, "lane_type", Crowded)
    monkeypatch.setattr(Crowded, "room", 0)
    monkeypatch.setattr(Crowded, "error", error)
    with pytest.raises(seen, match=message) as caught:
        list(Runtime(tiny, config=RuntimeConfig(device="cpu")).fill([crop(32, 32)]))
    assert type(caught.value) is seen
    assert "\n" not in str(caught.value)


def test_a_failure_that_shows_late_is_named_too(tiny):
    class Broken:
        def synchronize(self):
            raise torch.AcceleratorError("CUDA error: launch failed")

    with pytest.raises(DeviceError, match=r"the device failed \(CUDA error: launch failed\)"):
        Pending(torch.zeros(1), done=Broken(), kept=()).result()


def test_a_runtime_that_is_no_longer_used_takes_its_memory_along(tiny):
    runtime = Runtime(tiny, config=RuntimeConfig(device="cpu"))
    list(runtime.fill([crop(32, 32)]))
    network = weakref.ref(runtime._lane._graphs._forward.network)
    gc.disable()
    try:
        del runtime
        assert network() is None
    finally:
        gc.enable()


def test_low_precision_is_kept_only_if_a_probe_agrees(tiny, monkeypatch):
    monkeypatch.setattr("rfr_video.rfrnet.runtime.choose_dtype", lambda *_: torch.bfloat16)
    assert "bfloat16" in Runtime(tiny, config=RuntimeConfig(device="cpu")).notes[-1]
    monkeypatch.setattr("rfr_video.rfrnet.runtime.disagreement", lambda *_: float("nan"))
    notes = Runtime(tiny, config=RuntimeConfig(device="cpu")).notes
    assert "on a probe" in notes[0]
    assert "float32" in notes[1]


def test_bfloat16_is_close_to_float32(tiny):
    given = crop(64, 64, 24)
    (exact,) = Runtime(tiny, config=RuntimeConfig(device="cpu")).fill([given])
    (fast,) = Runtime(tiny, config=RuntimeConfig(device="cpu", precision="bfloat16")).fill([given])
    assert np.linalg.norm(fast - exact) / np.linalg.norm(exact) < 2e-2


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"batch": 0}, "batch is 0"), ({"tile_px": 100}, "tile is 100"), ({"overlap_px": 512}, "overlap 512")],
)
def test_impossible_settings_are_usage_errors(settings, message):
    with pytest.raises(UsageError, match=message):
        RuntimeConfig(**settings)


def test_an_unknown_device_is_a_usage_error(tiny):
    with pytest.raises(UsageError, match="device 'abacus' cannot be used"):
        Runtime(tiny, config=RuntimeConfig(device="abacus"))


def test_a_crop_and_a_hole_of_other_sizes_are_an_error():
    with pytest.raises(ValueError, match=r"float32 \(20, 30, 3\) with a hole of \(20, 31\)"):
        Crop(np.zeros((20, 30, 3), np.float32), np.zeros((20, 31), bool))
