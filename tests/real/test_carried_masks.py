"""Masks of real objects, carried from every 20th frame to the others."""

import numpy as np
import pytest

from rfr_video.config import MaskAt
from rfr_video.masking.carry.carrying import MaskCarrier
from rfr_video.masking.carry.distance import likeness
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.media.images import numbered_images, read_mask
from rfr_video.media.probe import probe
from rfr_video.timecode import Instant


@pytest.mark.parametrize(("name", "least"), [("davis_libby", 0.6), ("davis_parkour", 0.8)])
def test_masks_of_a_real_object_are_carried(shared_data, name, least):
    images = numbered_images(shared_data / "object_masks" / name)[:41]
    truth = [read_mask(image) > 0 for image in images]
    keys = range(0, 41, 20)
    given = [MaskAt(Instant(frame=key), images[key]) for key in keys]
    info = probe(shared_data / "clips" / f"{name}.mp4")
    keyframes = Keyframes.read(given, info=info)
    carried = list(MaskCarrier(info, keyframes, stop=Instant(frame=41)))
    assert len(carried) == 41
    others = [index for index in range(41) if index not in keys]
    likenesses = [likeness(carried[index].mask > 0, truth[index]) for index in others]
    held = [likeness(truth[round(index / 20) * 20], truth[index]) for index in others]
    assert np.mean(likenesses) > max(least, np.mean(held))
    confidence = [carried[index].confidence for index in others]
    assert np.corrcoef(likenesses, confidence)[0, 1] > 0.2
