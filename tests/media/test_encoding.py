"""Encoders that are opened do not take what was not given to them."""

import io
import os
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from rfr_video.media.encoding import start_encoding


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how threads are scheduled")
def test_an_encoder_gets_no_higher_priority_than_the_program():
    def policies():
        return {os.sched_getscheduler(int(one.name)) for one in Path("/proc/self/task").iterdir()}

    before = policies()
    with av.open(io.BytesIO(), "w", format="matroska") as container:
        stream = container.add_stream("libsvtav1", rate=25, options={"preset": "12"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        start_encoding(container)
        assert policies() == before
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        assert policies() == before
        container.mux(stream.encode(None))
    assert policies() == before
