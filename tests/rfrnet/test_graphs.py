"""When a kind of batch is recorded, and what happens when it cannot be."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from rfrnet_factory import random_batch
from torch.fx.experimental.proxy_tensor import make_fx

from rfr_video.rfrnet.graphs import Batch, GraphLimits, Graphs
from rfr_video.rfrnet.lane import Lane


def batch(count: int = 2, height: int = 32, width: int = 32, recurrences: int | None = None) -> Batch:
    images_n3hw, known_n1hw = torch.zeros(count, 3, height, width), torch.ones(count, 1, height, width)
    return Batch(images_n3hw=images_n3hw, known_n1hw=known_n1hw, recurrences=recurrences, frequent=True)


def launched(given: Batch) -> torch.Tensor:
    return given.images_n3hw.permute(0, 2, 3, 1)


@dataclass
class Tape:
    """Stands for a device: writes down what is asked of it, and answers as it is told."""

    log: list[tuple] = field(default_factory=list)
    error: Exception | None = None
    too_large: frozenset = frozenset()

    def record(self, example):
        self.log.append(("record", example.kind))
        if self.error is not None:
            raise self.error
        return None if example.kind in self.too_large else Strip(self, example.kind)

    def count(self, word: str) -> int:
        return sum(entry[0] == word for entry in self.log)


@dataclass
class Strip:
    tape: Tape
    kind: tuple

    def replay(self, given):
        self.tape.log.append(("replay", self.kind))
        return launched(given)

    def release(self):
        self.tape.log.append(("release", self.kind))


def taped(**settings) -> tuple[Tape, Graphs, list[str]]:
    tape, notes = Tape(**settings), []
    limits = GraphLimits(runs_before=2, most=2, idle_runs=10)
    return tape, Graphs(launched, recorder=tape, note=notes.append, limits=limits), notes


def test_what_comes_a_third_time_is_recorded_once_and_replayed_from_then_on():
    tape, graphs, notes = taped()
    for _ in range(2):
        graphs.run(batch())
    assert tape.log == []
    for _ in range(3):
        graphs.run(batch())
    kind = (2, 32, 32, 0)
    assert tape.log == [("record", kind), ("replay", kind), ("replay", kind), ("replay", kind)]
    assert graphs.recorded == {kind}
    assert notes == []


@pytest.mark.parametrize(
    "other",
    [batch(count=1), batch(height=64), batch(width=64), batch(recurrences=7)],
    ids=lambda it: str(it.kind),
)
def test_another_size_or_depth_is_another_kind(other):
    tape, graphs, _ = taped()
    for _ in range(2):
        graphs.run(batch())
        graphs.run(other)
    assert tape.log == []


def test_a_recording_gives_way_only_when_it_has_long_been_idle():
    tape, graphs, _ = taped()
    busy, idle, new = batch(count=1), batch(count=2), batch(count=3)
    for _ in range(3):
        graphs.run(busy)
        graphs.run(idle)
    for _ in range(4):  # both places are taken by what has come lately
        graphs.run(new)
        graphs.run(busy)
    assert graphs.recorded == {busy.kind, idle.kind}
    for _ in range(10):
        graphs.run(busy)
    graphs.run(new)
    assert graphs.recorded == {busy.kind, new.kind}
    made, gone = tape.log.index(("record", new.kind)), tape.log.index(("release", idle.kind))
    assert made < gone  # the memory that recordings share goes with the last of them


def test_after_any_failure_everything_is_launched_and_the_first_cause_is_noted():
    tape, graphs, notes = taped()
    for _ in range(3):
        graphs.run(batch())
    tape.error = RuntimeError("recording could not be ended")
    tape.error.__context__ = RuntimeError("a kernel waits for the host\nin three more lines")
    for _ in range(5):
        assert graphs.run(batch(count=4)).shape == (4, 32, 32, 3)
        graphs.run(batch())
    assert tape.count("record") == 2
    assert tape.count("release") == 1
    assert graphs.recorded == frozenset()
    assert notes == [
        "CUDA graphs are off (a kernel waits for the host); the network is launched kernel by kernel"
    ]


def test_a_mistake_of_ours_is_no_failure_of_the_device():
    tape, graphs, _ = taped()
    tape.error = TypeError("a bug")
    with pytest.raises(TypeError):
        [graphs.run(batch()) for _ in range(3)]


def test_what_would_hold_too_much_memory_is_launched_and_noted_once():
    large, larger = batch(height=512), batch(height=1024)
    tape, graphs, notes = taped(too_large=frozenset({large.kind, larger.kind}))
    for _ in range(5):
        for each in (large, larger, batch()):
            graphs.run(each)
    assert graphs.recorded == {batch().kind}
    assert tape.count("record") == 3
    assert notes == ["no CUDA graph for 2 crops of 32×512: it would hold too much memory"]


@dataclass
class Tracer:
    """Records on a CPU as CUDA does: a fixed list of operations, which read and write the same memory."""

    forward: object

    def record(self, example):
        own = replace(example, images_n3hw=example.images_n3hw.clone(), known_n1hw=example.known_n1hw.clone())

        def run(images_n3hw, known_n1hw):
            return self.forward(replace(own, images_n3hw=images_n3hw, known_n1hw=known_n1hw))

        return Trace(own, make_fx(run)(own.images_n3hw, own.known_n1hw))


@dataclass
class Trace:
    own: Batch
    operations: torch.fx.GraphModule

    def replay(self, given):
        self.own.images_n3hw.copy_(given.images_n3hw)
        self.own.known_n1hw.copy_(given.known_n1hw)
        return self.operations(self.own.images_n3hw, self.own.known_n1hw).clone()

    def release(self):
        pass


def lane_of(network, *, recorder=None, kind=Lane) -> Lane:
    notes: list[str] = []
    lane = kind(network, device=torch.device("cpu"), deterministic=True, note=notes.append)
    if recorder is not None:
        forward = lane._graphs._forward
        lane._graphs = Graphs(forward, recorder=recorder(forward), note=notes.append)
    lane.notes = notes
    return lane


def arrays(seed: int, *, count: int = 2) -> tuple[list[np.ndarray], list[np.ndarray]]:
    images_n3hw, known_n1hw = random_batch(count, 48, 64, seed=seed)
    known_n1hw[:, :, 8 : 8 + 4 * seed, 20:40] = 0
    return list(images_n3hw.permute(0, 2, 3, 1).numpy()), list(known_n1hw[:, 0].numpy())


def test_the_forward_pass_is_the_same_list_of_operations_whatever_is_in_the_hole(tiny):
    recorded, plain = lane_of(tiny, recorder=Tracer), lane_of(tiny)
    for seed in range(6):
        for recurrences in (None, 4):
            seen, wanted = (
                lane.submit(*arrays(seed), recurrences=recurrences).result() for lane in (recorded, plain)
            )
            assert np.array_equal(seen, wanted)
    assert recorded._graphs.recorded == {(2, 48, 64, 0), (2, 48, 64, 4)}
    assert recorded.notes == []


def test_a_result_survives_the_next_replay(tiny):
    lane = lane_of(tiny, recorder=Tracer)
    first, *_ = results = [lane.submit(*arrays(seed), recurrences=None).result() for seed in (1, 1, 1, 2, 3)]
    assert np.array_equal(results[2], first)
    assert not np.array_equal(results[3], first)


class Crowded(Lane):
    """A lane on a device where recordings leave no room for more than two crops."""

    def _compute(self, given):
        if self._graphs.recorded and len(given.images_n3hw) > 2:
            raise torch.OutOfMemoryError("no room")
        return super()._compute(given)


def test_when_memory_runs_short_the_recordings_go_first(tiny):
    lane = lane_of(tiny, recorder=Tracer, kind=Crowded)
    for _ in range(3):
        wanted = lane.submit(*arrays(1), recurrences=None).result()
    assert len(lane.submit(*arrays(1, count=4), recurrences=None).result()) == 4
    assert lane._graphs.recorded == frozenset()
    (note,) = lane.notes
    assert "their memory was needed" in note
    assert np.array_equal(lane.submit(*arrays(1), recurrences=None).result(), wanted)
