"""A case: one clip with one overlay burned in, as a user would bring it: a video and its masks."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rfr_video.errors import MaskError, OutputError
from rfr_video.evaluation.clips.array_file import ArrayFile
from rfr_video.evaluation.clips.material import Clip
from rfr_video.evaluation.clips.overlays import Overlay
from rfr_video.media.rgb_video import h264_writer, rgb_writer


@dataclass(frozen=True)
class Case:
    """A clip to restore, of which the truth is known.

    Attributes:
        clip: What was there.
        overlay: Name of what was burned in.
        burned: The damaged clip: RGB in FFV1, or 4:2:0 in H.264.
        mask: An image, or a folder of one image per frame.
        holes: Bool (H, W) per frame; to be read as long as the folder is there.
        is_static: Whether all holes are the same, and ``mask`` is an image.
        hole_share: Part of all pixels that is hole.
        shown: The frame with a hole that is nearest to the middle.
    """

    clip: Clip
    overlay: str
    burned: Path
    mask: Path
    holes: ArrayFile[np.bool_]
    is_static: bool
    hole_share: float
    shown: int


def burn_in(clip: Clip, overlay: Overlay, folder: Path, *, crf: int | None = None) -> Case:
    """Burn an overlay into a clip.

    Args:
        clip: The clean clip.
        overlay: What to burn in.
        folder: An empty one, for the files of the case.
        crf: How strongly the damaged clip is compressed; ``None``: not at all.

    Raises:
        MaskError: The overlay covers nothing, or its masks cannot be used with the clip.
        InputError: A video that is laid over cannot be read.
        OutputError: The disk is full.
    """
    scene = clip.scene
    holes = ArrayFile(folder / "holes", shape=(scene.height, scene.width), kind=np.bool_)
    burned = folder / "burned.mkv"
    size = {"width": scene.width, "height": scene.height}
    rate = scene.info.video.rate
    if crf is None:
        writer = rgb_writer(burned, **size, rate=rate)
    else:
        burned = folder / "burned.mp4"
        writer = h264_writer(burned, **size, rate=rate, crf=crf, preset="medium")
    is_static = True
    sizes_px: list[int] = []
    with overlay.open(scene) as burner, writer as write:
        for index, moment in enumerate(clip.moments):
            damaged = burner.burn(moment, clip.pictures[index])
            write(damaged.picture_hw3)
            holes.append(damaged.hole_hw)
            sizes_px.append(int(np.count_nonzero(damaged.hole_hw)))
            is_static = is_static and np.array_equal(damaged.hole_hw, holes[0])
    with_hole = [index for index, size_px in enumerate(sizes_px) if size_px]
    if not with_hole:
        raise MaskError(
            f"{overlay.name} covers nothing of the first {len(holes)} frames of {clip.path}; leave it out, "
            "or give more --frames"
        )
    return Case(
        clip=clip,
        overlay=overlay.name,
        burned=burned,
        mask=_write_masks(holes, folder, is_static=is_static),
        holes=holes,
        is_static=is_static,
        hole_share=sum(sizes_px) / (len(holes) * scene.width * scene.height),
        shown=min(with_hole, key=lambda index: abs(index - len(holes) // 2)),
    )


def _write_masks(holes: ArrayFile[np.bool_], folder: Path, *, is_static: bool) -> Path:
    """Write the holes as an image, or as a folder of numbered ones."""
    if is_static:
        _write_mask(folder / "mask.png", holes, 0)
        return folder / "mask.png"
    masks = folder / "masks"
    masks.mkdir()
    for index in range(len(holes)):
        _write_mask(masks / f"{index:06}.png", holes, index)
    return masks


def _write_mask(path: Path, holes: ArrayFile[np.bool_], index: int) -> None:
    if not cv2.imwrite(str(path), holes[index].astype(np.uint8) * np.uint8(255)):
        raise OutputError(f"{path} cannot be written; free some space and run again")
