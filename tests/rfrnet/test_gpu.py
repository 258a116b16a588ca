"""The staged path on a real GPU: against the CPU, and CUDA graphs against single launches."""

import functools

import numpy as np
import pytest
import torch
from rfrnet_factory import random_network

from rfr_video.rfrnet.cuda_graphs import CudaRecorder
from rfr_video.rfrnet.network import RFRConfig
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig

NETWORK = random_network(RFRConfig(width=16))
OFF = "CUDA graphs are off"


def crops(count: int, height: int = 96, width: int = 96, *, hole: int = 30, seed: int = 1) -> list[Crop]:
    draw = np.random.default_rng(seed)
    hole_hw = np.zeros((height, width), bool)
    hole_hw[30 : 30 + hole, 30 : 30 + hole] = True
    return [Crop(draw.random((height, width, 3), np.float32), hole_hw) for _ in range(count)]


def filled(runtime: Runtime, given: list[Crop]) -> list[np.ndarray]:
    return list(runtime.fill(given))


def distance(seen: list[np.ndarray], wanted: list[np.ndarray]) -> float:
    """The relative error over all crops."""
    off = sum(float(np.sum((one - two) ** 2)) for one, two in zip(seen, wanted, strict=True))
    return (off / sum(float(np.sum(two**2)) for two in wanted)) ** 0.5


def runtime_on(device: str, **settings) -> Runtime:
    return Runtime(NETWORK, config=RuntimeConfig(device=device, **settings))


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("bfloat16", 2e-2), ("auto", 2e-2)])
def test_batches_in_flight_give_what_the_cpu_gives(cuda, precision, tolerance):
    given = crops(40)
    wanted = filled(runtime_on("cpu"), given)
    settings = {"precision": precision, "batch": 4, "deterministic": True}
    seen, again = (filled(runtime_on(cuda, **settings), given) for _ in range(2))
    assert distance(seen, wanted) < tolerance
    assert np.array_equal(seen, again)


def test_an_apple_gpu_gives_what_the_cpu_gives(mps):
    given = crops(10)
    assert distance(filled(runtime_on(mps), given), filled(runtime_on("cpu"), given)) < 1e-4


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_graphs_give_the_bits_that_single_launches_give(cuda, precision):
    """Three kinds by turns, each with other contents every time, so that replays share memory."""
    kinds = [crops(16, hole=30), crops(16, 96, 160, hole=40, seed=2), crops(16, 160, 160, hole=60, seed=3)]
    given = [crop for group in zip(*(kind for kind in kinds), strict=True) for crop in group]
    settings = {"precision": precision, "batch": 2, "deterministic": True}
    graphed, launched = (runtime_on(cuda, graphs=graphs, **settings) for graphs in (True, False))
    assert np.array_equal(
        np.concatenate([result.ravel() for result in filled(graphed, given)]),
        np.concatenate([result.ravel() for result in filled(launched, given)]),
    )
    assert len(graphed._lane._graphs.recorded) == 3
    assert launched._lane._graphs.recorded == frozenset()
    assert not any(OFF in note for note in graphed.notes)


def test_graphs_with_the_fastest_algorithms_stay_within_tolerance(cuda):
    given = crops(40)
    runtime = runtime_on(cuda, precision="float32", batch=4)
    assert distance(filled(runtime, given), filled(runtime_on("cpu"), given)) < 1e-4
    assert runtime._lane._graphs.recorded


def test_a_batch_may_be_changed_once_it_is_started(cuda):
    runtime = runtime_on(cuda, precision="float32", batch=2, deterministic=True)
    given = crops(2, 256, 256, hole=90)
    for _ in range(5):
        images_hw3 = [crop.image_hw3.copy() for crop in given]
        known_hw = [~crop.hole_hw for crop in given]
        wanted = runtime._lane.submit(images_hw3, known_hw, recurrences=None, frequent=True).result()
        pending = runtime._lane.submit(images_hw3, known_hw, recurrences=None, frequent=True)
        for array in (*images_hw3, *known_hw):
            array[:] = 0
        assert np.array_equal(pending.result(), wanted)


def test_starting_a_batch_does_not_wait_for_the_device(cuda):
    runtime = runtime_on(cuda, batch=2)
    images_hw3 = [crop.image_hw3 for crop in crops(2)]
    known_hw = [~crop.hole_hw for crop in crops(2)]
    start = functools.partial(runtime._lane.submit, images_hw3, known_hw, recurrences=None, frequent=True)
    for _ in range(4):  # recording waits, once
        start().result()
    runtime._lane.drain()
    torch.cuda.set_sync_debug_mode("error")
    try:
        pending = [start() for _ in range(3)]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert np.array_equal(pending[0].result(), pending[2].result())


def test_what_cannot_be_recorded_is_launched_and_noted(cuda, monkeypatch):
    given = crops(40)
    settings = {"precision": "float32", "batch": 4, "deterministic": True}
    wanted = filled(runtime_on(cuda, graphs=False, **settings), given)
    runtime = runtime_on(cuda, **settings)
    network = runtime._lane._graphs._forward.network
    begin = network.begin

    def waits(image_n3hw, known_n1hw):
        if torch.cuda.is_current_stream_capturing():
            image_n3hw.sum().item()
        return begin(image_n3hw, known_n1hw)

    monkeypatch.setattr(network, "begin", waits)
    assert np.array_equal(filled(runtime, given), wanted)
    assert sum(OFF in note for note in runtime.notes) == 1


def test_what_would_hold_too_much_memory_is_launched_and_noted(cuda, monkeypatch):
    monkeypatch.setattr(
        "rfr_video.rfrnet.lane.CudaRecorder", functools.partial(CudaRecorder, memory_share=0.0)
    )
    runtime = runtime_on(cuda, precision="float32", batch=4, deterministic=True)
    given = crops(40)
    wanted = filled(runtime_on(cuda, precision="float32", batch=4, deterministic=True, graphs=False), given)
    assert np.array_equal(filled(runtime, given), wanted)
    assert sum("it would hold too much memory" in note for note in runtime.notes) == 1


def reserved_for(cuda: str, given: list[Crop], *, batch: int) -> tuple[list[np.ndarray], int]:
    """What comes out of a batch launched kernel by kernel, and the bytes of the card that it takes."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    results = filled(runtime_on(cuda, precision="float32", batch=batch, graphs=False), given)
    taken_bytes = torch.cuda.max_memory_reserved()
    torch.cuda.empty_cache()
    return results, taken_bytes


def test_a_card_that_is_too_small_for_the_batch_gets_a_smaller_one(cuda):
    given = crops(32, 256, 256, hole=90)
    (wanted, half_bytes), (_, whole_bytes) = (reserved_for(cuda, given, batch=batch) for batch in (16, 32))
    assert half_bytes < whole_bytes
    _, total_bytes = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction((half_bytes + whole_bytes) / 2 / total_bytes)
    try:
        runtime = runtime_on(cuda, precision="float32", batch=32, graphs=False)
        seen = filled(runtime, given)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert distance(seen, wanted) < 1e-4
    assert any("out of memory with 32 crops at once: 16" in note for note in runtime.notes)
