"""The yardstick of speed: the source decoded and encoded, and nothing else."""

import time
from pathlib import Path

import av

from rfr_video.media.encoding import EncoderSettings, add_video
from rfr_video.media.reader import open_reader
from rfr_video.pipeline.plan import Plan


def bare_loop_seconds(plan: Plan, settings: EncoderSettings, target: Path) -> float:
    """Decode and encode the video stream and nothing else, on this thread and the codecs' own."""
    started = time.perf_counter()
    with open_reader(plan.info.path) as reader, av.open(str(target), "w", format=plan.container) as container:
        stream = add_video(container, info=plan.info.video, settings=settings)
        for frame in reader.container.decode(reader.stream):
            frame.pict_type = 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return time.perf_counter() - started
