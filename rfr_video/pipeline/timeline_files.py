"""Writing what a scan found as a timeline, for inspection and editing: a TOML file and a folder of masks.

The format is that of docs/timeline.md; reading it is left to ``masking.timeline_file``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from rfr_video.errors import OutputError
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.placement import Cutout, draw
from rfr_video.media.probe import VideoInfo
from rfr_video.media.target import (
    check_extra,
    check_folder_target,
    check_target,
    partial_folder,
    translate,
    write_extra,
)

TIMELINE_SUFFIX = ".toml"
_MASK_NAME = re.compile(r"\d{4,}\.png")
_MICROSECONDS = 1_000_000


def is_timeline(target: Path) -> bool:
    """Whether a name stands for a timeline."""
    return target.suffix.lower() == TIMELINE_SUFFIX and not target.is_dir()


def mask_folder(target: Path) -> Path:
    """Return the folder in which the masks of a timeline lie: ``captions-masks`` beside ``captions.toml``."""
    return target.with_name(f"{target.stem}-masks")


def check_timeline(source: Path, target: Path, *, overwrite: bool) -> None:
    """Check that a timeline and its masks may be written.

    Args:
        source: The video.
        target: The timeline.
        overwrite: Whether those of an earlier run may be replaced.

    Raises:
        OutputError: They may not.
    """
    if not target.name.isprintable():
        raise OutputError(f"output {target} holds signs that a timeline cannot; choose another name")
    check_target(target, source, overwrite=overwrite)
    check_extra(target, name="output", used={"input": source}, overwrite=overwrite)
    check_folder_target(
        mask_folder(target), overwrite=overwrite, is_ours=lambda name: _MASK_NAME.fullmatch(name) is not None
    )


def write_timeline(target: Path, overlays: Sequence[Overlay], info: VideoInfo) -> None:
    """Write a timeline that was checked.

    Args:
        target: The timeline.
        overlays: What was found, where it is seen in the picture as shown.
        info: What is in the video.

    Raises:
        OutputError: It cannot be written.
    """
    folder = mask_folder(target)
    with partial_folder(folder) as partial:
        for number, overlay in enumerate(overlays, start=1):
            _write_mask(partial / _mask_name(number), overlay.cutout, info)
    write_extra(target, "\n".join(_text(overlays, folder.name, info)).encode())


def _text(overlays: Iterable[Overlay], folder: str, info: VideoInfo) -> Iterator[str]:
    yield f"# Found in {_comment(info.path.name)}: change or delete what is wrong, and give it to restore."
    for number, overlay in enumerate(overlays, start=1):
        for presence in overlay.presence:
            yield ""
            yield f"# {overlay}"
            yield "[[hole]]"
            yield f'mask = "{_quoted(folder)}/{_mask_name(number)}"'
            yield from _times(presence)
    yield ""


def _times(presence: Presence) -> Iterator[str]:
    if presence.start_frame is not None and presence.stop_frame is not None:
        yield f'start = "{presence.start_frame}f"'
        if presence.stop is not None:
            yield f'end = "{presence.stop_frame}f"'
        return
    if presence.start is not None:
        yield f"start = {_seconds(presence.start)}"
    if presence.stop is not None:
        yield f"end = {_seconds(presence.stop)}"


def _seconds(seconds: Fraction) -> str:
    """Write a time, never later than it is: the frame that stands at it must not come before it."""
    whole, rest = divmod(int(seconds * _MICROSECONDS), _MICROSECONDS)
    return f"{whole}.{rest:06}"


def _write_mask(path: Path, cutout: Cutout, info: VideoInfo) -> None:
    shown = info.video.shown_picture
    mask = np.zeros((shown.height, shown.width), np.uint8)
    draw(mask, cutout)
    try:
        path.write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    except OSError as error:
        raise translate(error, path) from error


def _mask_name(number: int) -> str:
    return f"{number:04}.png"


def _comment(name: str) -> str:
    """Return a file name without what would end a comment."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def _quoted(name: str) -> str:
    """Escape a name for TOML."""
    return name.replace("\\", "\\\\").replace('"', '\\"')
