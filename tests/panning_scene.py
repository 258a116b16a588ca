"""A scene for detectors of defects: pictures that pan, in planes."""

import cv2
import numpy as np

from rfr_video.masking.detect.planes import Planes

SIZE = (144, 256)


def scene(count=7, *, size=SIZE, speed_px=2, gray=False):
    """A textured picture that pans, with a disc that moves the other way, and a little noise."""
    height, width = size
    generator = np.random.default_rng(5)
    wide = cv2.GaussianBlur(generator.uniform(0, 255, (height, width + 200)).astype(np.float32), (0, 0), 3)
    wide = np.clip((wide - 127) * 5 + 127, 0, 255)
    pictures = []
    for number in range(count):
        luma = wide[:, speed_px * number : speed_px * number + width].copy()
        cv2.circle(luma, (width - 40 - 3 * number, height // 2), 18, 200, -1)
        luma = np.clip(luma + generator.normal(0, 1.5, size), 0, 255).astype(np.uint8)
        half = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        chroma = () if gray else (half // 4 + 96, 160 - half // 4)
        pictures.append(Planes(luma, chroma))
    return pictures
