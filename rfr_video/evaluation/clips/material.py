"""Clean clips: found, decoded once, and kept in a temporary file together with their flow."""

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import LEAST_CROP_PX
from rfr_video.errors import InputError
from rfr_video.evaluation.clips.array_file import ArrayFile
from rfr_video.evaluation.clips.flicker import trusted_flow
from rfr_video.evaluation.clips.overlays import Scene
from rfr_video.evaluation.metrics import Picture
from rfr_video.media.containers import VIDEO_SUFFIXES
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import probe
from rfr_video.media.rgb_video import read_rgb
from rfr_video.timecode import Moment

PROTOCOL_SIZE = (432, 240)
"""Width and height at which papers on video inpainting measure."""


@dataclass(frozen=True)
class Clip:
    """A clean clip, decoded.

    Attributes:
        scene: The clip's file, and the size of the pictures.
        sha256: Of the file.
        moments: Of the pictures.
        pictures: Uint8 RGB (H, W, 3) each.
        flows: From each picture but the first to the one before: :data:`flicker.Flow`.
    """

    scene: Scene
    sha256: str
    moments: tuple[Moment, ...]
    pictures: ArrayFile[np.uint8]
    flows: ArrayFile[np.float16]

    @property
    def path(self) -> Path:
        """The clip's file."""
        return self.scene.info.path


def list_clips(sources: Sequence[Path]) -> list[Path]:
    """Replace folders by the videos in them, by name; files stay as they are, in order.

    Raises:
        InputError: There is no such file or folder, or no video in a folder.
    """
    found: list[Path] = []
    for source in sources:
        if not source.exists():
            raise InputError(f"{source} does not exist; give clips, or folders of clips")
        found += _inside(source) if source.is_dir() else [source]
    return found


def scene_of(path: Path, *, protocol: bool) -> Scene:
    """Look at a clip.

    Raises:
        InputError: It cannot be read, or is too small to be measured.
    """
    info = probe(path)
    width, height = info.video.width, info.video.height
    PlaneLayout.of(info.video.pix_fmt)  # raises where it is not supported
    if min(width, height) < LEAST_CROP_PX:
        raise InputError(f"{path} is {width}×{height}; at least {LEAST_CROP_PX}×{LEAST_CROP_PX} is measured")
    return Scene(info, *(PROTOCOL_SIZE if protocol else (width, height)))


def read_clip(scene: Scene, folder: Path, *, frames: int) -> Clip:
    """Decode the first frames of a clip and measure its flow.

    Args:
        scene: The clip.
        folder: Where the decoded pictures are kept: 7 bytes per pixel.
        frames: How many at most.

    Raises:
        InputError: It cannot be read.
        OutputError: The disk is full.
    """
    shape = (scene.height, scene.width)
    pictures = ArrayFile(folder / "clean", shape=(*shape, 3), kind=np.uint8)
    flows = ArrayFile(folder / "flow", shape=(*shape, 2), kind=np.float16)
    moments: list[Moment] = []
    with closing(read_rgb(scene.info.path)) as decoded:
        for moment, picture_hw3 in islice(decoded, frames):
            moments.append(moment)
            pictures.append(_fitting(picture_hw3, scene))
    for before, after in pairwise(range(len(pictures))):
        flows.append(trusted_flow(pictures[before], pictures[after]))
    return Clip(scene, _sha256(scene.info.path), tuple(moments), pictures, flows)


def _inside(folder: Path) -> list[Path]:
    try:
        clips = sorted(path for path in folder.iterdir() if _is_video(path))
    except OSError as error:
        raise InputError(f"folder {folder} cannot be read: {error.strerror}; check its rights") from error
    if not clips:
        raise InputError(f"folder {folder} holds no videos; give a folder of clips such as .mp4 or .mkv")
    return clips


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".") and path.is_file()


def _fitting(picture_hw3: Picture, scene: Scene) -> Picture:
    size = (scene.width, scene.height)
    if picture_hw3.shape[1::-1] == size:
        return picture_hw3
    return np.asarray(cv2.resize(picture_hw3, size, interpolation=cv2.INTER_AREA), np.uint8)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
