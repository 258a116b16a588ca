"""Writing masks for inspection and editing: as a video or as images, and shown over the picture."""

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np

from rfr_video.errors import EncodeError, Interrupted, UsageError
from rfr_video.media.colour import ColorRange, ColorSpec, ColorTags, Matrix, Plane
from rfr_video.media.encoders import find_encoders
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.preview import preview
from rfr_video.media.probe import VideoInfo, VideoStreamInfo
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

OVERLAY_SUFFIXES = (".mkv", ".mp4", ".mov")
_IMAGE_NAME = re.compile(r"\d{6,}\.png")
_TINT = 0.5
_SURE_RGB, _UNSURE_RGB = np.array([0, 200, 70], np.float32), np.array([235, 40, 40], np.float32)

Write = Callable[[Frame, Mask, float], None]
"""Takes a frame, its mask, and how sure that is, 0 to 1."""


class MaskFiles:
    """Open files. Give them every frame with its mask, then call :meth:`finish` once.

    Args:
        writes: What takes frames and masks.
        images: The one of them that must know how many frames there were.
    """

    def __init__(self, writes: list[Write], images: "_Images | None") -> None:
        self._writes = writes
        self._images = images

    def write(self, frame: Frame, mask: Mask, *, confidence: float = 1.0) -> None:
        """Write the mask of the next frame, as that is stored; raises :class:`OutputError`."""
        for write in self._writes:
            write(frame, mask, confidence)

    def finish(self, frame_count: int) -> None:
        """Hear that the video ended after so many frames, skipped ones included."""
        if self._images is not None:
            self._images.fill_up_to(frame_count)


def check_mask_files(
    source: Path,
    target: Path,
    overlay: Path | None,
    *,
    used: Mapping[str, Path | None],
    overwrite: bool,
    others: tuple[str, ...] = (),
) -> None:
    """Check that masks, and what shows them, may be written.

    Args:
        source: The video.
        target: ``FILE.mkv``, or a folder.
        overlay: A video that shows the masks.
        used: The other files of the run, the source among them, by what they are called.
        overwrite: Whether files of an earlier run may be replaced.
        others: What else the target could have been named, for the message.

    Raises:
        OutputError: They may not.
        UsageError: The target is neither.
    """
    is_folder = not _is_video(target)
    if not is_folder:
        check_target(target, source, overwrite=overwrite)
    elif target.suffix and not target.is_dir():
        names = ", ".join(("neither FILE.mkv", *others))
        raise UsageError(f"output {target} is {names} nor a folder; name it {target.stem}.mkv")
    else:
        check_folder_target(
            target, overwrite=overwrite, is_ours=lambda name: _IMAGE_NAME.fullmatch(name) is not None
        )
    if overlay is not None:
        check_overlay(overlay, used={**used, "output": target}, overwrite=overwrite)
    elif not is_folder:
        check_extra(target, name="output", used=used, overwrite=overwrite)


def check_overlay(overlay: Path, *, used: Mapping[str, Path | None], overwrite: bool) -> None:
    """Check that a video that shows masks may be written.

    Raises:
        OutputError: It would replace something.
        EncodeError: Its name is not that of a video.
    """
    check_extra(overlay, name="overlay", used=used, overwrite=overwrite)
    if overlay.suffix.lower() not in OVERLAY_SUFFIXES:
        raise EncodeError(f"overlay {overlay} is written as H.264; name it {overlay.stem}.mp4 or .mkv")


@contextmanager
def open_mask_files(
    target: Path | None, overlay: Path | None, info: VideoInfo, *, overwrite: bool
) -> Generator[MaskFiles]:
    """Open files that were checked; they are complete when the block ends well.

    Args:
        target: ``FILE.mkv`` for lossless gray FFV1 with the source's timestamps, or a folder for numbered
            PNGs; either can be given back as a mask. ``None`` writes none.
        overlay: A video that shows the masks over the picture.
        info: What is in the source.
        overwrite: Whether files of an earlier run may be replaced.

    Raises:
        OutputError: They cannot be written.
        EncodeError: They cannot hold what is to be written.
    """
    with ExitStack() as stack:
        writes: list[Write] = []
        images = None
        if target is not None and _is_video(target):
            writes.append(stack.enter_context(_mask_video(target, info, overwrite=overwrite)))
        elif target is not None:
            images = stack.enter_context(_image_folder(target, info))
            writes.append(images.write)
        if overlay is not None:
            writes.append(stack.enter_context(_overlay_video(overlay, info, overwrite=overwrite)))
        yield MaskFiles(writes, images)


def overlaid(frame: Frame, mask: Mask, confidence: float, spec: ColorSpec) -> Plane:
    """Show a mask over its picture: tinted, green for confidence 1, red for 0, with a white outline.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    rect = frame.rect
    rgb = preview(frame, spec, width=rect.width, height=rect.height)
    inside = mask > 0
    colour = _UNSURE_RGB + (_SURE_RGB - _UNSURE_RGB) * np.float32(confidence)
    rgb[inside] = (rgb[inside] * (1 - _TINT) + colour * _TINT).astype(np.uint8)
    edge = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    rgb[edge & ~inside] = 255
    return rgb


def _is_video(target: Path) -> bool:
    return target.suffix.lower() == ".mkv" and not target.is_dir()


class _Images:
    """Numbered images in a folder, as the picture is shown.

    Frames that were skipped get an empty one, so that numbers stay right.

    Args:
        folder: Where to write.
        info: Says how large the picture is, and how it is shown.
    """

    def __init__(self, folder: Path, info: VideoInfo) -> None:
        self._folder = folder
        self._orientation = info.video.orientation
        self._empty = np.zeros((info.video.height, info.video.width), np.uint8)
        self._count = 0

    def write(self, frame: Frame, mask: Mask, confidence: float) -> None:  # noqa: ARG002 - not in images
        self.fill_up_to(frame.moment.index)
        self._write(mask)

    def fill_up_to(self, count: int) -> None:
        while self._count < count:
            self._write(self._empty)

    def _write(self, mask: Mask) -> None:
        data = cv2.imencode(".png", self._orientation.shown(mask))[1].tobytes()
        path = self._folder / f"{self._count:06}.png"
        try:
            path.write_bytes(data)
        except OSError as error:
            raise translate(error, path) from error
        self._count += 1


@contextmanager
def _image_folder(target: Path, info: VideoInfo) -> Generator[_Images]:
    with partial_folder(target) as folder:
        yield _Images(folder, info)


@contextmanager
def _mask_video(target: Path, info: VideoInfo, *, overwrite: bool) -> Generator[Write]:
    stream = side_stream(info.video, ColorTags(color_range=ColorRange.FULL))
    settings = EncoderSettings(find_encoders("ffv1")[0], "gray", {"g": "1"})
    with _side_video(target, stream, settings, overwrite=overwrite) as video:
        yield lambda frame, mask, _: video.write([mask], like=frame)


@contextmanager
def _overlay_video(target: Path, info: VideoInfo, *, overwrite: bool) -> Generator[Write]:
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
        yield lambda frame, mask, confidence: shown.write(
            _yuv(overlaid(frame, mask, confidence, spec), halves=halves), like=frame
        )


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
