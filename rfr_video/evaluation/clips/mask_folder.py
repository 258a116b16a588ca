"""Masks that lie in a folder under the names of their clips: what they cover is blanked."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np

from rfr_video.errors import MaskError
from rfr_video.evaluation.clips.overlays import Burned, Scene
from rfr_video.evaluation.metrics import Picture
from rfr_video.masking.combine import StoredMask
from rfr_video.masking.sequence import MaskSequence
from rfr_video.masking.source import MaskSource
from rfr_video.masking.still import StillMask
from rfr_video.masking.video import open_mask_video
from rfr_video.media.images import is_image, numbered_images
from rfr_video.timecode import Moment


class BlankedMask:
    """Blanks what a source of masks covers.

    Args:
        masks: Of the clip's own size.
        width: Of the pictures to burn into; masks are scaled to it.
        height: Likewise.
    """

    def __init__(self, masks: MaskSource, *, width: int, height: int) -> None:
        self._masks = masks
        self._size = (width, height)

    def burn(self, moment: Moment, clean_hw3: Picture) -> Burned:
        """Make black what the mask of the moment covers; see :class:`Burner`."""
        mask = self._masks.mask_at(moment)
        if mask is None:
            return Burned(clean_hw3, np.zeros(clean_hw3.shape[:2], np.bool_))
        hole_hw = np.asarray(cv2.resize(mask, self._size, interpolation=cv2.INTER_NEAREST)) > 0
        return Burned(np.where(hole_hw[..., None], np.uint8(0), clean_hw3), hole_hw)


class MaskFolderOverlay:
    """Masks by the names of clips: a folder of numbered images, an image, or a video for each.

    Args:
        folder: Where they lie.

    Raises:
        MaskError: It is no folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise MaskError(f"mask folder {folder} is no folder; give one with masks under the clips' names")
        self._folder = folder
        self.name = folder.name or str(folder)

    @contextmanager
    def open(self, scene: Scene) -> Generator[BlankedMask]:
        """Find the masks of a clip; see :class:`Overlay`."""
        path, video = self._find(scene.info.path), scene.info.video
        picture = video.shown_picture
        with ExitStack() as stack:
            masks: MaskSource
            if path.is_dir():
                masks = MaskSequence(path, numbered_images(path), picture=picture)
            elif is_image(path):
                masks = StillMask.read(path, picture=picture)
            else:
                masks = stack.enter_context(open_mask_video(path, info=scene.info))
            stored = StoredMask(masks, video.orientation)
            yield BlankedMask(stored, width=scene.width, height=scene.height)

    def _find(self, clip: Path) -> Path:
        """Return the entry of a clip's name without its suffix."""
        try:
            found = sorted(path for path in self._folder.iterdir() if clip.stem in (path.stem, path.name))
        except OSError as error:
            raise MaskError(
                f"mask folder {self._folder} cannot be read: {error.strerror}; check its rights"
            ) from error
        if len(found) != 1:
            seen = f"has {', '.join(path.name for path in found)}" if found else "has none"
            raise MaskError(
                f"mask folder {self._folder} {seen} for {clip.name}; put one folder, image or video "
                f"{clip.stem} there"
            )
        return found[0]
