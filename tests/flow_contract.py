"""What every estimator of optical flow must do, and pictures to try it on."""

import cv2
import numpy as np


def texture(height, width, *, seed=1):
    """Soft spots of all sizes, uint8 (H, W, 3): something to be seen everywhere, at every scale."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    layers = [
        cv2.normalize(cv2.GaussianBlur(noise, (0, 0), size), None, 0, 1, cv2.NORM_MINMAX)
        for size in (2, 5, 12)
    ]
    return cv2.normalize(sum(layers), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def moved(picture, *, right, down):
    """The picture with its content moved by whole pixels; what comes in at the border is its mirror image."""
    matrix = np.float32([[1, 0, right], [0, 1, down]])
    size = (picture.shape[1], picture.shape[0])
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)


def check_form(estimator):
    """Shape, type and finite numbers, for odd sizes, small ones, and gray."""
    for height, width in ((96, 128), (61, 83), (16, 200)):
        picture = texture(height, width)
        for first in (picture, picture[:, :, 0]):
            before = first.copy()
            flow_hw2 = estimator.flow(first, first)
            assert flow_hw2.shape == (height, width, 2)
            assert flow_hw2.dtype == np.float32
            assert np.isfinite(flow_hw2).all()
            assert np.array_equal(first, before)


def check_measures(estimator):
    """A picture has not moved against itself; one that moved 3 to the right and 2 up did so everywhere."""
    picture = texture(144, 176)
    assert np.abs(estimator.flow(picture, picture)).mean() < 0.1
    flow_hw2 = estimator.flow(picture, moved(picture, right=3, down=-2))
    inner = flow_hw2[16:-16, 16:-16]
    assert np.abs(np.median(inner, axis=(0, 1)) - (3, -2)).max() < 0.25
    assert np.abs(inner - (3, -2)).mean() < 0.5
