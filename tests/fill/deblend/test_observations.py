"""What is seen of an overlay is what the frames hold, whatever others make of their own copies."""

import numpy as np
from scene_factory import Waves, borrowing, video

from rfr_video.fill.deblend.observations import Observer
from rfr_video.geometry import Rect
from rfr_video.media.layout import PlaneLayout

HOLE = Rect(40, 30, 16, 20)


def test_an_overlay_is_observed_in_the_frames_themselves_and_stays_as_it_was():
    pictures = [Waves().view(80, 120, x=4 * number) for number in range(6)]
    clip = video(pictures, [(HOLE,)] * len(pictures))
    observer = Observer(PlaneLayout.of("yuv420p"), clip.spec)
    found = borrowing(clip)
    observer.observe(found)
    for one in found:  # the temporal fill works on samples of its own
        for plane in one.look.samples.crop(HOLE, clip.spec), *one.look.samples.color_crops(HOLE):
            plane[...] = 0
    (observed,) = observer.observed()
    for number, item in enumerate(clip.masked):
        there = item.frame.color_crops(observed.rect)
        for seen, samples in zip(observed.seen, there, strict=True):
            assert np.array_equal(seen[number], samples)
    x, y = (HOLE.x - observed.rect.x) // 2, (HOLE.y - observed.rect.y) // 2
    chroma = observed.seen[1][:, y + 2 : y + 6, x + 2 : x + 6]
    assert abs(float(chroma.mean()) - 128) > 20  # of the overlay, not of what was filled in
