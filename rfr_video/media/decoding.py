"""Decoding pictures without a word: OpenCV prints warnings of its own about damaged ones."""

import cv2
import numpy as np
import numpy.typing as npt


def decode_picture(data: bytes, flags: int) -> npt.NDArray[np.generic] | None:
    """Decode a picture.

    Args:
        data: Of a file; may be empty or anything else.
        flags: OpenCV's, such as ``cv2.IMREAD_UNCHANGED``.

    Returns:
        Samples as OpenCV orders them; ``None`` for what is damaged or no picture.
    """
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)
