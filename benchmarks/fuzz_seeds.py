"""Whole files for ``fuzz.py`` to damage: tiny videos of every family, masks, lists, stills."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

WIDTH, HEIGHT, FRAMES, RATE = 64, 48, 12, 25
TIMELINE = """
[[hole]]
box = [8, 8, 20, 12]
start = 0.1
end = "0:00:00.4"

[[hole]]
polygon = [[30, 10], [50, 12], [40.5, 30]]
start = "3f"

[[hole]]
mask = "mask.png"

[[hole]]
keys = [{at = 0, box = [0, 0, 9, 9]}, {at = 0.3, box = [20, 20, 9, 9]}]
"""


def write_seeds(folder: Path) -> dict[str, Path]:
    """Make one whole file of every kind; returns them by what they are called in the table."""
    makers: dict[str, Callable[[Path], None]] = {
        "mp4 (H.264, AAC)": lambda path: _video(path.with_suffix(".mp4"), "libx264", audio="aac"),
        "mkv (FFV1, FLAC, attachment)": lambda path: _video(path.with_suffix(".mkv"), "ffv1", audio="flac"),
        "mov (ProRes, PCM)": lambda path: _video(path.with_suffix(".mov"), "prores_ks", audio="pcm_s16le"),
        "avi (MPEG-4, MP3)": lambda path: _video(path.with_suffix(".avi"), "mpeg4", audio="libmp3lame"),
        "ts (MPEG-2, MP2)": lambda path: _video(path.with_suffix(".ts"), "mpeg2video", audio="mp2"),
        "mask (PNG)": lambda path: _picture(path.with_suffix(".png"), mask=True),
        "mask (TIFF)": lambda path: _picture(path.with_suffix(".tiff"), mask=True),
        "mask (BMP)": lambda path: _picture(path.with_suffix(".bmp"), mask=True),
        "mask (PGM)": lambda path: _picture(path.with_suffix(".pgm"), mask=True),
        "mask (WebP)": lambda path: _picture(path.with_suffix(".webp"), mask=True),
        "matte (PNG)": lambda path: _picture(path.with_suffix(".png"), matte=True),
        "mask (video)": lambda path: _mask_video(path.with_suffix(".mkv")),
        "timeline (TOML)": lambda path: _text(path.with_suffix(".toml"), TIMELINE),
        "timeline (JSON)": lambda path: _text(path.with_suffix(".json"), json.dumps(_timeline())),
        "dropout list (JSON)": lambda path: _text(path.with_suffix(".tbc.json"), json.dumps(_dropouts())),
        "still (PNG)": lambda path: _picture(path.with_suffix(".png")),
        "still (JPEG)": lambda path: _picture(path.with_suffix(".jpg")),
        "still (WebP)": lambda path: _picture(path.with_suffix(".webp")),
        "still (TIFF)": lambda path: _picture(path.with_suffix(".tiff")),
    }
    seeds: dict[str, Path] = {}
    for number, (name, make) in enumerate(makers.items()):
        place = folder / f"{number:02}"
        place.mkdir()
        make(place / "whole")
        seeds[name] = next(place.iterdir())
    return seeds


def scene(index: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A textured picture that moves, (H, W, 3)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = [np.sin((x + 2 * index) / (4 + channel)) + np.cos((y - index) / 7) for channel in range(3)]
    return np.asarray((np.stack(waves, axis=2) + 2) * 50 + 20, np.uint8)


def _video(path: Path, codec: str, *, audio: str) -> None:
    with av.open(str(path), "w") as container:
        video = cast("VideoStream", container.add_stream(codec, rate=RATE))
        video.width, video.height = WIDTH, HEIGHT
        video.pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
        sound = cast("AudioStream", container.add_stream(audio, rate=48000, layout="stereo"))
        if path.suffix == ".mkv":
            container.add_attachment("note.txt", "text/plain", b"a text that rides along")
        if path.suffix in (".mkv", ".mp4"):
            base = Fraction(1, 1000)
            chapter: Any = {"id": 1, "start": 0, "end": 240, "time_base": base, "metadata": {"title": "one"}}
            container.set_chapters([chapter])
        for index in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(scene(index), format="rgb24").reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(cast("Any", video.encode(frame)))
        tone = np.sin(np.arange(48000 * FRAMES // RATE) / 20).astype(np.float32)
        wave = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        wave.sample_rate, wave.pts, wave.time_base = 48000, 0, Fraction(1, 48000)
        context = sound.codec_context
        resampler = av.AudioResampler(
            format=context.format.name, layout="stereo", rate=48000, frame_size=1024
        )
        for part in [*resampler.resample(wave), *resampler.resample(None)]:
            container.mux(sound.encode(part))
        container.mux(sound.encode(None))
        container.mux(cast("Any", video.encode(None)))


def _mask_video(path: Path) -> None:
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=RATE)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "gray"
        for index in range(FRAMES):
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            mask[8:20, 8 + index : 24 + index] = 255
            frame = av.VideoFrame.from_ndarray(mask, format="gray")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(cast("Any", video.encode(frame)))
        container.mux(cast("Any", video.encode(None)))


def _picture(path: Path, *, mask: bool = False, matte: bool = False) -> None:
    picture = np.zeros((HEIGHT, WIDTH), np.uint8) if mask else scene(0)
    if mask:
        picture[8:20, 8:30] = 255
    if matte:
        picture = np.dstack([picture, np.where(picture[..., 0] > 128, 128, 0).astype(np.uint8)])
    assert cv2.imwrite(str(path), picture)


def _text(path: Path, text: str) -> None:
    path.write_text(text)


def _timeline() -> dict[str, Any]:
    keys = [{"at": "0f", "box": [0, 0, 9, 9]}, {"at": "9f", "box": [20, 20, 9, 9]}]
    return {
        "hole": [{"box": [8, 8, 20, 12], "start": 0.1}, {"mask": "mask.png", "end": "8f"}, {"keys": keys}]
    }


def _dropouts() -> dict[str, Any]:
    """A list for a picture whose lines are the capture's."""
    parameters = {
        "system": "PAL",
        "activeVideoStart": 10,
        "activeVideoEnd": 10 + WIDTH,
        "firstActiveFrameLine": 44,
        "lastActiveFrameLine": 44 + HEIGHT,
    }
    fields = [
        {
            "isFirstField": not number % 2,
            "seqNo": number + 1,
            "dropOuts": {"fieldLine": [30, 35], "startx": [20, 15], "endx": [40, 60]},
        }
        for number in range(2 * FRAMES)
    ]
    return {"videoParameters": parameters, "fields": fields}
