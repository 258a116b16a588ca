"""Threads, order, errors."""

import threading
import time

import cv2
import pytest

from rfr_video.pipeline.executor import Run, Stage, one_opencv_thread


def run_of(source, *stages, bypass=lambda item: False):
    return Run(source, stages, source_name="source", sink_name="sink", bypass=bypass)


def is_text(item):
    return isinstance(item, str)


def doubled(items):
    for item in items:
        yield item * 2


def paired(items):
    """A stage that looks ahead by one."""
    held = next(items)
    for item in items:
        yield held + item
        held = item


def test_items_keep_their_order_through_stages():
    seen = []
    run_of(range(100), Stage("double", doubled), Stage("pair", paired)).drain(seen.append)
    assert seen == [4 * n + 2 for n in range(99)]


def uneven(items):
    """A stage whose items take different times."""
    for item in items:
        time.sleep(0.002 * (item % 3))
        yield item * 2


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_items_keep_their_order_through_lanes(count):
    seen = []
    run_of(range(count), Stage("side by side", uneven, 3), Stage("pair or none", list)).drain(seen.append)
    assert seen == [2 * n for n in range(count)]


def test_an_error_in_a_lane_ends_the_run():
    before = threading.enumerate()
    with pytest.raises(ValueError, match="broke"):
        run_of(endless(), Stage("lanes", failing_stage, 3)).drain(lambda item: None)
    assert set(threading.enumerate()) <= set(before)


def test_bypassed_items_go_straight_to_the_sink_in_order_and_none_is_lost():
    seen = []
    source = [n if n % 3 else f"packet {n}" for n in range(300)]
    run_of(source, Stage("double", doubled), bypass=is_text).drain(seen.append)
    assert list(filter(is_text, seen)) == list(filter(is_text, source))
    assert [n for n in seen if not is_text(n)] == [2 * n for n in source if not is_text(n)]


def failing_source():
    yield 1
    raise OSError("source broke")


def failing_stage(items):
    next(items)
    raise ValueError("stage broke")


def failing_sink(item):
    raise KeyError("sink broke")


def endless():
    while True:
        yield 1


@pytest.mark.parametrize(
    ("source", "stage", "sink", "error"),
    [
        (failing_source, doubled, print, OSError),
        (endless, failing_stage, lambda item: None, ValueError),
        (endless, doubled, failing_sink, KeyError),
    ],
)
def test_the_first_error_wins_and_every_thread_is_joined(source, stage, sink, error):
    before = threading.enumerate()
    with pytest.raises(error, match="broke"):
        run_of(source(), Stage("stage", stage)).drain(sink)
    assert set(threading.enumerate()) <= set(before)


def test_an_interrupt_in_the_sink_stops_everything():
    def interrupted(item):
        raise KeyboardInterrupt

    before = threading.enumerate()
    with pytest.raises(KeyboardInterrupt):
        run_of(endless(), Stage("stage", doubled)).drain(interrupted)
    assert set(threading.enumerate()) <= set(before)


def test_queues_are_bounded():
    produced = []

    def source():
        for number in range(1000):
            produced.append(number)
            yield number

    def slow_once(item):
        if item == 0:
            time.sleep(0.2)
            assert len(produced) < 20

    run_of(source(), Stage("double", doubled)).drain(slow_once)
    assert len(produced) == 1000


def test_the_limiting_stage_is_the_one_the_others_wait_for():
    def slow(items):
        for item in items:
            time.sleep(0.02)  # much longer than it takes to wake a thread up
            yield item

    timing = run_of(range(30), Stage("fast", doubled), Stage("slow", slow)).drain(lambda item: None)
    assert timing.limiting_stage == "slow"


@one_opencv_thread()
def _failing_in_one_thread():
    assert cv2.getNumThreads() == 1
    raise ValueError("as it is")


def test_opencv_gets_its_threads_back():
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        with pytest.raises(ValueError, match="as it is"):
            _failing_in_one_thread()
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
