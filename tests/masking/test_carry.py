"""Hand-made masks, carried over generated scenes whose true masks are known."""

import numpy as np
import pytest
from moving_shapes import Scene, likeness, write_mask, write_scene

from rfr_video.config import MaskAt, MaskConfig
from rfr_video.errors import MaskError, UsageError
from rfr_video.masking.carry.carrying import MaskCarrier
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.masking.masks import carried_masks, nothing_to_fill, open_masks
from rfr_video.media.probe import probe
from rfr_video.timecode import Moment, Span


@pytest.fixture
def given(tmp_path):
    """Make the masks of some frames of a scene into what a user gives."""

    def make(scene, *indices):
        return tuple(
            MaskAt.parse(f"{index}f:{write_mask(tmp_path / f'key{index}.png', scene.inside(index))}")
            for index in indices
        )

    return make


@pytest.fixture
def carried(tmp_path, given):
    """Carry the masks of some frames of a scene to all of them: frames with masks, and a summary."""

    def carry(scene, *indices, times=None):
        info = probe(write_scene(tmp_path / "scene.mkv", scene, times=times))
        carrier = MaskCarrier(info, Keyframes.read(given(scene, *indices), info=info))
        return list(carrier), carrier.summary()

    return carry


def likenesses(scene, frames):
    return [likeness(one.mask > 0, scene.inside(index)) for index, one in enumerate(frames)]


@pytest.mark.parametrize("keys", [(0,), (12,), (5,), (0, 12)], ids=str)
def test_a_mask_goes_where_the_object_goes(carried, keys):
    scene = Scene()
    frames, summary = carried(scene, *keys)
    assert len(frames) == scene.frames
    assert min(likenesses(scene, frames)) > 0.85
    still = scene.inside(keys[0])
    assert min(likeness(still, scene.inside(index)) for index in range(scene.frames)) < 0.4
    assert summary.weak == ()
    assert summary.keyframes == len(keys)


def test_a_hand_made_mask_is_kept_exactly(carried, tmp_path):
    scene = Scene()
    frames, _ = carried(scene, 0, 7)
    assert all(np.array_equal(frames[key].mask > 0, scene.inside(key)) for key in (0, 7))
    assert [frames[key].confidence for key in (0, 7)] == [1, 1]


def test_what_moves_far_in_one_frame_is_followed(carried):
    scene = Scene(frames=7, step=(15.0, 0.0), start=(40.0, 64.0))
    frames, _ = carried(scene, 0)
    assert min(likenesses(scene, frames)) > 0.8


def test_a_rough_mask_snaps_to_the_edges_of_the_picture(tmp_path):
    scene = Scene(step=(1.0, 0.0))
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    shifted = np.roll(scene.inside(0), 3, axis=1)
    rough = MaskAt.parse(f"0f:{write_mask(tmp_path / 'rough.png', shifted)}")
    frames = list(MaskCarrier(info, Keyframes.read([rough], info=info)))
    before = likeness(shifted, scene.inside(0))
    assert likeness(frames[6].mask > 0, scene.inside(6)) > before


def test_a_mask_too_thin_for_the_small_picture_is_not_taken_for_an_empty_one(tmp_path):
    scene = Scene(frames=3, shape=(64, 1400), step=(0.0, 0.0))
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    thin = np.zeros(scene.shape, bool)
    thin[30, 100:160] = True
    key = MaskAt.parse(f"0f:{write_mask(tmp_path / 'thin.png', thin)}")
    frames = list(MaskCarrier(info, Keyframes.read([key], info=info)))
    assert np.array_equal(frames[0].mask > 0, thin)
    assert frames[1].confidence < 1  # which would mean that it is gone


def test_nothing_is_carried_across_a_cut(carried):
    scene = Scene(frames=16, cut_at=8)
    frames, summary = carried(scene, 0)
    assert summary.shots == 2
    assert min(likenesses(scene, frames)[:8]) > 0.85
    assert not any(one.mask.any() for one in frames[8:])
    assert [one.confidence for one in frames[8:]] == [0] * 8
    (span,) = summary.weak
    assert (span.start.index, span.last.index, span.confidence) == (8, 15, 0)
    assert str(span).startswith("no mask reaches 0:00:00.320 to 0:00:00.600, so nothing is filled there")


@pytest.mark.parametrize("keys", [(0,), (0, 15)], ids=str)
def test_a_flash_is_passed_over(carried, keys):
    scene = Scene(frames=16, flash_at=7, step=(3.0, 0.5))
    frames, summary = carried(scene, *keys)
    assert summary.shots == 1
    assert min(likenesses(scene, frames)) > 0.75
    assert min(likenesses(scene, frames)[8:]) > 0.85


def test_masks_start_again_behind_a_cut(carried):
    scene = Scene(frames=16, cut_at=8)
    frames, summary = carried(scene, 2, 13)
    assert min(likenesses(scene, frames)) > 0.85
    assert summary.weak == ()


def test_an_empty_mask_says_that_the_object_is_gone(carried):
    scene = Scene(frames=13, gone_from=8)
    frames, _ = carried(scene, 0, 8)
    assert min(likenesses(scene, frames)) > 0.85
    assert not any(one.mask.any() for one in frames[8:])
    assert all(one.confidence == 1 for one in frames[8:])


def test_between_gone_and_the_next_mask_there_is_nothing(carried, tmp_path):
    scene = Scene(frames=9)
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    gone = write_mask(tmp_path / "gone.png", np.zeros((128, 192), bool))
    back = write_mask(tmp_path / "back.png", scene.inside(6))
    keys = [MaskAt.parse(f"2f:{gone}"), MaskAt.parse(f"6f:{back}")]
    frames = list(MaskCarrier(info, Keyframes.read(keys, info=info)))
    assert not any(one.mask.any() for one in frames[2:6])
    assert likeness(frames[8].mask > 0, scene.inside(8)) > 0.85


def test_an_object_that_is_lost_is_reported(carried, tmp_path):
    frames, summary = carried(Scene(frames=20, gone_from=4), 0)
    assert frames[19].confidence < 0.7
    assert any(span.last.index == 19 for span in summary.weak)
    assert "would help" in " ".join(map(str, summary.weak)) or "no mask" in " ".join(map(str, summary.weak))


def test_times_take_the_nearest_frame_of_a_variable_rate(tmp_path):
    scene = Scene(frames=5)
    times = [0, 33, 67, 167, 200]
    info = probe(write_scene(tmp_path / "scene.mkv", scene, times=times))
    for text, index in (("0.03", 1), ("0:00:00.1", 2), ("0.18", 3), ("0.21", 4), ("3f", 3)):
        key = MaskAt.parse(f"{text}:{write_mask(tmp_path / 'key.png', scene.inside(index))}")
        frames = list(MaskCarrier(info, Keyframes.read([key], info=info)))
        assert [one.confidence for one in frames].index(1) == index


@pytest.mark.parametrize("text", ["13f", "0.9", "5f"])
def test_a_mask_behind_the_end_is_an_error(tmp_path, text):
    scene = Scene(frames=5)
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    key = MaskAt.parse(f"{text}:{write_mask(tmp_path / 'key.png', scene.inside(0))}")
    message = r"key\.png is for .*, behind the end of .*scene\.mkv, .*; correct it"
    with pytest.raises(MaskError, match=message):
        list(MaskCarrier(info, Keyframes.read([key], info=info)))


def test_two_masks_for_one_frame_are_an_error(tmp_path, given):
    scene = Scene(frames=5)
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    keys = [*given(scene, 1), MaskAt.parse(f"0.041:{write_mask(tmp_path / 'other.png', scene.inside(1))}")]
    with pytest.raises(MaskError, match=r"key1\.png and .*other\.png are both for frame 1; give one of them"):
        list(MaskCarrier(info, Keyframes.read(keys, info=info)))


def test_a_mask_of_another_size_is_an_error(tmp_path):
    info = probe(write_scene(tmp_path / "scene.mkv", Scene(frames=2)))
    key = MaskAt.parse(f"0:{write_mask(tmp_path / 'key.png', np.ones((10, 20), bool))}")
    with pytest.raises(MaskError, match=r"key\.png is 20×10, the picture is 192×128"):
        Keyframes.read([key], info=info)


def test_the_source_gives_the_masks_as_they_were_carried(tmp_path, given):
    scene = Scene(frames=9)
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    config = MaskConfig(mask_at=given(scene, 0))
    halves = []
    with carried_masks(config, info, span=Span(), report=lambda: halves.append(1)) as carried:
        for _ in range(2):  # a run may read them more than once
            with open_masks(config, info, span=Span(), prepared=[carried]) as masks:
                assert not masks.is_empty()
                for index in range(9):
                    mask = masks.mask_at(Moment(index, index / info.video.rate))
                    assert mask.dtype == np.uint8
                    assert likeness(mask > 0, scene.inside(index)) > 0.85
                masks.finish(9)
    assert len(halves) == 18


def test_masks_are_carried_no_farther_than_they_are_wanted(tmp_path, given):
    scene = Scene(frames=13)
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    config = MaskConfig(mask_at=given(scene, 0))
    span = Span(stop=MaskAt.parse("4f:x").at)
    with carried_masks(config, info, span=span, report=lambda: None) as carried:
        assert len(carried.summary.confidence) == 4


def test_nothing_is_to_be_filled_where_all_masks_are_empty(tmp_path, given):
    scene = Scene(frames=5, gone_from=3)
    info = probe(write_scene(tmp_path / "scene.mkv", scene))
    assert nothing_to_fill(MaskConfig(mask_at=given(scene, 3, 4)), info, span=Span())
    assert not nothing_to_fill(MaskConfig(mask_at=given(scene, 0, 4)), info, span=Span())


@pytest.mark.parametrize(
    ("text", "time", "path"),
    [
        ("250f:mask.png", "frame 250", "mask.png"),
        ("3.2:mask.png", "3.2 s", "mask.png"),
        ("0:01:02.5:mask.png", "62.5 s", "mask.png"),
        ("00:01:02:12:mask.png", "62 s + 12 frames", "mask.png"),
        ("1:02:a:b.png", "62 s", "a:b.png"),
        ("3:./12:x.png", "3 s", "./12:x.png"),
    ],
)
def test_time_and_file_are_told_apart(text, time, path):
    parsed = MaskAt.parse(text)
    assert (str(parsed.at), str(parsed.path)) == (time, str(type(parsed.path)(path)))


@pytest.mark.parametrize("text", ["mask.png", "3.2", "3.2:", ":mask.png", "soon:mask.png", ""])
def test_what_is_no_time_and_file_is_an_error(text):
    with pytest.raises(UsageError, match=r"is not TIME_OR_FRAME:FILE; write 0:01:02\.5:mask\.png"):
        MaskAt.parse(text)


def test_one_time_twice_is_an_error():
    with pytest.raises(UsageError, match="more than one mask at frame 3"):
        MaskConfig(mask_at=(MaskAt.parse("3f:a.png"), MaskAt.parse("3f:b.png")))
