"""Writing carried masks for inspection and editing: as a video or as images, and shown over the picture."""

import re
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import PropagateConfig
from rfr_video.errors import EncodeError, Interrupted, UsageError
from rfr_video.masking.carry.carrying import CarriedFrame, MaskCarrier
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.masking.carry.summary import CarrySummary
from rfr_video.media.colour import ColorRange, ColorSpec, ColorTags, Matrix, Plane
from rfr_video.media.encoders import find_encoders
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.hole import Mask
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.preview import preview
from rfr_video.media.probe import VideoInfo, VideoStreamInfo, probe
from rfr_video.media.reader import Damage
from rfr_video.media.side_video import SideVideo, check_side_video, side_stream
from rfr_video.media.target import (
    check_extra,
    check_folder_target,
    check_target,
    container_of,
    partial_file,
    partial_folder,
    translate,
)
from rfr_video.pipeline.progress import CarryProgress, ProgressCallback

OVERLAY_SUFFIXES = (".mkv", ".mp4", ".mov")
_IMAGE_NAME = re.compile(r"\d{6,}\.png")
_TINT = 0.5
_SURE_RGB, _UNSURE_RGB = np.array([0, 200, 70], np.float32), np.array([235, 40, 40], np.float32)

Write = Callable[[CarriedFrame], None]


@dataclass(frozen=True)
class Propagated:
    """The result of a run.

    Attributes:
        frames: Frames read, skipped ones included: as many as images.
        summary: How far the masks can be trusted.
        damage: What was wrong with the source.
    """

    frames: int
    summary: CarrySummary
    damage: Damage


def propagate(
    source: Path, target: Path, config: PropagateConfig, *, progress: ProgressCallback | None = None
) -> Propagated:
    """Carry hand-made masks to all frames of a video and write them.

    Args:
        source: The video.
        target: ``FILE.mkv`` for lossless gray FFV1 with the source's timestamps, or a folder for numbered
            PNGs; either can be given back as a mask.
        config: The masks, and what else to write.
        progress: Called in this thread, twice per frame.

    Raises:
        RfrVideoError: Something given does not fit, or reading or writing failed; nothing is left behind.
    """
    info = probe(source)
    used = {"input": source} | {f"mask at {one.at}": one.path for one in config.mask_at}
    is_folder = _check_target(source, target, overwrite=config.overwrite)
    if config.overlay is not None:
        check_extra(
            config.overlay, name="overlay", used={**used, "output": target}, overwrite=config.overwrite
        )
    elif not is_folder:
        check_extra(target, name="output", used=used, overwrite=config.overwrite)
    carrier = MaskCarrier(
        info, Keyframes.read(config.mask_at, info=info), report=CarryProgress(info, progress)
    )
    with ExitStack() as stack:
        if is_folder:
            images = stack.enter_context(_image_folder(target, info))
            writes: list[Write] = [images.write]
        else:
            images = None
            writes = [stack.enter_context(_mask_video(target, info, overwrite=config.overwrite))]
        if config.overlay is not None:
            writes.append(
                stack.enter_context(_overlay_video(config.overlay, info, overwrite=config.overwrite))
            )
        for carried in carrier:
            for write in writes:
                write(carried)
        if images is not None:
            images.fill_up_to(carrier.positions)
    return Propagated(carrier.positions, carrier.summary(), carrier.damage)


def overlaid(carried: CarriedFrame, spec: ColorSpec) -> Plane:
    """Show a mask over its picture: tinted, green for confidence 1, red for 0, with a white outline.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    rect = carried.frame.rect
    rgb = preview(carried.frame, spec, width=rect.width, height=rect.height)
    inside = carried.mask > 0
    colour = _UNSURE_RGB + (_SURE_RGB - _UNSURE_RGB) * np.float32(carried.confidence)
    rgb[inside] = (rgb[inside] * (1 - _TINT) + colour * _TINT).astype(np.uint8)
    edge = cv2.morphologyEx(carried.mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    rgb[edge & ~inside] = 255
    return rgb


class _Images:
    """Numbered images in a folder; frames that were skipped get an empty one, so that numbers stay right.

    Args:
        folder: Where to write.
        info: Gives the size.
    """

    def __init__(self, folder: Path, info: VideoInfo) -> None:
        self._folder = folder
        self._empty = np.zeros((info.video.height, info.video.width), np.uint8)
        self._count = 0

    def write(self, carried: CarriedFrame) -> None:
        self.fill_up_to(carried.frame.moment.index)
        self._write(carried.mask)

    def fill_up_to(self, count: int) -> None:
        while self._count < count:
            self._write(self._empty)

    def _write(self, mask: Mask) -> None:
        data = cv2.imencode(".png", mask)[1].tobytes()
        path = self._folder / f"{self._count:06}.png"
        try:
            path.write_bytes(data)
        except OSError as error:
            raise translate(error, path) from error
        self._count += 1


def _check_target(source: Path, target: Path, *, overwrite: bool) -> bool:
    """Check the target and return whether it is a folder."""
    if target.suffix.lower() == ".mkv" and not target.is_dir():
        check_target(target, source, overwrite=overwrite)
        return False
    if target.suffix and not target.is_dir():
        raise UsageError(f"output {target} is neither FILE.mkv nor a folder; name it {target.stem}.mkv")
    check_folder_target(
        target, overwrite=overwrite, is_ours=lambda name: _IMAGE_NAME.fullmatch(name) is not None
    )
    return True


@contextmanager
def _image_folder(target: Path, info: VideoInfo) -> Generator[_Images]:
    with partial_folder(target) as folder:
        yield _Images(folder, info)


@contextmanager
def _mask_video(target: Path, info: VideoInfo, *, overwrite: bool) -> Generator[Write]:
    stream = side_stream(info.video, ColorTags(color_range=ColorRange.FULL))
    settings = EncoderSettings(find_encoders("ffv1")[0], "gray", {"g": "1"})
    with _side_video(target, stream, settings, overwrite=overwrite) as video:
        yield lambda carried: video.write([carried.mask], like=carried.frame)


@contextmanager
def _overlay_video(target: Path, info: VideoInfo, *, overwrite: bool) -> Generator[Write]:
    if target.suffix.lower() not in OVERLAY_SUFFIXES:
        raise EncodeError(f"overlay {target} is written as H.264; name it {target.stem}.mp4 or .mkv")
    video = info.video
    layout = PlaneLayout.of(video.pix_fmt)
    spec = ColorSpec.from_tags(video.color, height=video.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    halves = video.width % 2 == video.height % 2 == 0  # H.264 halves the chroma of even pictures only
    tags = ColorTags(
        Matrix.SMPTE170M, ColorRange.FULL, primaries=video.color.primaries, transfer=video.color.transfer
    )
    settings = EncoderSettings(
        find_encoders("libx264")[0],
        "yuv420p" if halves else "yuv444p",
        {"crf": "18", "preset": "veryfast", "bf": "0"},
    )
    with _side_video(target, side_stream(video, tags), settings, overwrite=overwrite) as shown:
        yield lambda carried: shown.write(_yuv(overlaid(carried, spec), halves=halves), like=carried.frame)


@contextmanager
def _side_video(
    target: Path, stream: VideoStreamInfo, settings: EncoderSettings, *, overwrite: bool
) -> Generator[SideVideo]:
    container = container_of(target)
    check_side_video(container, info=stream, settings=settings, name=target)
    with partial_file(target, overwrite=overwrite) as partial:
        video = SideVideo(partial, container, name=target, info=stream, settings=settings)
        try:
            yield video
            video.finish()
        except Interrupted:
            raise  # the process is about to end: closing an encoder could take it seconds
        except BaseException:
            video.abandon()
            raise


def _yuv(rgb: Plane, *, halves: bool) -> list[Plane]:
    """Return Y, Cb and Cr of full range by the matrix of Rec. ITU-R BT.601."""
    height, width = rgb.shape[:2]
    luma, red, blue = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    if halves:
        half = (width // 2, height // 2)
        red, blue = (cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (red, blue))
    return [np.asarray(plane, np.uint8) for plane in (luma, blue, red)]
