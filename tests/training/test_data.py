from dataclasses import replace

import numpy as np
import pytest
import torch
from training_factory import BOXES, TINY_RECIPE, picture

from rfr_video.masking.random_holes import RandomHoles
from rfr_video.training.data import AHEAD_BATCHES, Samples, batches_ahead

RECIPE = replace(TINY_RECIPE.data, crop_px=24, batch=3)
IMAGES = [picture(number) for number in range(4)]


def samples(*, seed=5, recipe=RECIPE):
    return Samples(IMAGES, RandomHoles(BOXES), recipe=recipe, seed=seed)


def test_a_sample_depends_on_seed_and_index_alone():
    one, other = samples(), samples()
    for index in (7, 0, 7):
        for seen, wanted in zip(one.sample(index), other.sample(index), strict=True):
            np.testing.assert_array_equal(seen, wanted)
    others = samples(seed=6)
    assert not any(np.array_equal(others.sample(index)[0], one.sample(index)[0]) for index in range(5))


def test_samples_are_crops_with_holes():
    for index in range(20):
        crop, hole = samples().sample(index)
        assert crop.shape == (24, 24, 3)
        assert crop.dtype == hole.dtype == np.uint8
        assert set(np.unique(hole)) == {0, 1}


def test_without_zoom_and_flip_a_sample_is_a_window_of_an_image():
    plain = samples(recipe=replace(RECIPE, zoom_share=0.0, flip_share=0.0))
    for index in range(5):
        crop, _ = plain.sample(index)
        windows = [np.lib.stride_tricks.sliding_window_view(image, (24, 24, 3)) for image in IMAGES]
        assert any((view == crop).all(axis=(-3, -2, -1)).any() for view in windows)


def test_zoomed_samples_show_up_to_the_whole_short_side():
    """A picture that brightens downwards tells how much of its height a crop shows."""
    ramp = np.broadcast_to(np.arange(0, 240, 2, dtype=np.uint8)[:, None, None], (120, 120, 3))
    zoomed = Samples([ramp], RandomHoles(BOXES), recipe=replace(RECIPE, zoom_share=1.0), seed=1)
    spans = [int(np.ptp(zoomed.sample(index)[0].astype(int))) for index in range(40)]
    assert min(spans) < 100
    assert max(spans) > 200


def test_a_batch_holds_the_samples_of_its_step():
    batch = samples()[2]
    assert batch.truth_nhw3.shape == (3, 24, 24, 3)
    for place, index in enumerate((6, 7, 8)):
        crop, hole = samples().sample(index)
        np.testing.assert_array_equal(batch.truth_nhw3[place].numpy(), crop)
        np.testing.assert_array_equal(batch.hole_nhw[place].numpy(), hole)


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_wherever_they_are_prepared(workers):
    wanted = samples()
    with batches_ahead(samples(), start=4, stop=4 + 3 * AHEAD_BATCHES, workers=workers) as batches:
        for step in range(4, 4 + 3 * AHEAD_BATCHES):
            batch = next(batches)
            assert torch.equal(batch.truth_nhw3, wanted[step].truth_nhw3)
            assert torch.equal(batch.hole_nhw, wanted[step].hole_nhw)


def test_an_error_while_preparing_arises_where_the_batch_is_used():
    class Broken(Samples):
        def __getitem__(self, step):
            if step == 2:
                raise RuntimeError("step 2 is broken")
            return super().__getitem__(step)

    broken = Broken(IMAGES, RandomHoles(BOXES), recipe=RECIPE, seed=1)
    with batches_ahead(broken, start=0, stop=9, workers=0) as batches:
        next(batches)
        next(batches)
        with pytest.raises(RuntimeError, match="step 2 is broken"):
            next(batches)
