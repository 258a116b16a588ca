"""The mask of one still, out of everything that a user gave."""

from fractions import Fraction
from pathlib import Path

from rfr_video.config import StillMaskConfig
from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Rect
from rfr_video.masking.combine import UnionMask
from rfr_video.masking.source import MaskSource
from rfr_video.masking.still import StillMask
from rfr_video.media.hole import Mask
from rfr_video.media.images import is_named_as_image
from rfr_video.timecode import Moment


def mask_of_picture(config: StillMaskConfig, source: Path, *, picture: Rect) -> Mask | None:
    """Return what is to be replaced in a still; ``None`` when nothing is. Everything given adds up.

    Args:
        config: What the user gave; growing and feathering is left to :class:`HoleShaper`.
        source: The still: of a folder of masks it takes the one of its name, whatever the suffix.
        picture: The whole picture.

    Raises:
        UsageError: Nothing is given.
        MaskError: A mask or box cannot be used with this picture, or there is none in the folder.
    """
    if not config.given:
        raise UsageError("nothing says what to replace; give --mask or --box")
    sources: list[MaskSource] = []
    if config.box:
        sources.append(StillMask.of_boxes(config.box, picture=picture))
    if config.mask:
        path = _namesake(config.mask, source) if config.mask.is_dir() else config.mask
        sources.append(StillMask.read(path, picture=picture))
    return UnionMask(sources).mask_at(Moment(0, Fraction(0)))


def _namesake(folder: Path, source: Path) -> Path:
    if (folder / source.name).is_file():
        return folder / source.name
    try:
        images = sorted(filter(is_named_as_image, folder.iterdir()))
    except OSError as error:
        raise MaskError(f"mask folder {folder} cannot be read: {error.strerror}; check its rights") from error
    found = [path for path in images if path.stem == source.stem]
    if len(found) != 1:
        seen = f"has {', '.join(path.name for path in found)}" if found else "has none"
        raise MaskError(
            f"mask folder {folder} {seen} for {source.name}; put one image {source.stem}.png there"
        )
    return found[0]
