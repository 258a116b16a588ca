"""What a training learns from: images, frames of videos, shapes and masks of holes, a feature network."""

import logging
import zlib
from dataclasses import dataclass

from rfr_video.config import TrainConfig
from rfr_video.errors import InputError, UsageError
from rfr_video.masking.random_holes import Shape, read_masks, read_shapes
from rfr_video.perception.choice import load_features
from rfr_video.perception.network import FeatureNetwork
from rfr_video.training.images import Image, ImageFiles
from rfr_video.training.recipe import Recipe
from rfr_video.training.video_frames import VideoFrames

AT_MOST_OF_THE_SAME = 64  # pictures of a validation on what is trained on

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """All of it in memory; pictures are uint8 RGB (H, W, 3), shapes and masks bool (H, W).

    Attributes:
        training: Pictures to learn from.
        validation: Pictures held out (or, where none are to be held out, some of the same).
        shapes: For holes of the kind ``shape``.
        masks: For holes of the kind ``mask``.
        features: Where the recipe needs a feature network.
        digest: Tells material apart.
    """

    training: tuple[Image, ...]
    validation: tuple[Image, ...]
    shapes: tuple[Shape, ...]
    masks: tuple[Shape, ...]
    features: FeatureNetwork | None
    digest: int


def read_material(config: TrainConfig, *, recipe: Recipe) -> Material:
    """Read everything, images before videos, each in the order of their names.

    Of the units (an image; a shot of a video) the first and every so many after it, as the recipe says, are
    held out.

    Raises:
        UsageError: The recipe needs a feature network, and none is given.
        InputError: A folder is missing, or too few pictures are left.
        MaskError: Shapes or masks cannot be read.
        WeightsError: The feature network cannot be read.
    """
    features = _read_features(config, recipe)
    shapes = read_shapes(config.hole_shapes) if config.hole_shapes else ()
    masks = read_masks(config.hole_masks) if config.hole_masks else ()
    least_px = recipe.data.least_px
    images = ImageFiles(config.images, least_px=least_px)
    videos = VideoFrames(config.videos, least_px=least_px, recipe=recipe.data)
    units = [(image,) for image in images] + list(videos)
    unreadable = images.unreadable + videos.unreadable
    too_small = images.too_small + videos.too_small
    skipped = f"skipped: {len(unreadable)} unreadable, {len(too_small)} smaller than {least_px} pixels"
    training, validation = _divide(units, every=recipe.data.validation_every, skipped=skipped)
    if unreadable or too_small:
        logger.warning("%s; the first is %s", skipped, (unreadable + too_small)[0])
    logger.info("%d pictures to learn from, %d for validation", len(training), len(validation))
    digest = 0
    for picture in (*(one for unit in units for one in unit), *shapes, *masks):
        digest = zlib.crc32(picture.tobytes(), digest)
    return Material(training, validation, shapes, masks, features, digest)


def _divide(
    units: list[tuple[Image, ...]], *, every: int, skipped: str
) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
    """Hold out every so many units; of a shot, its first picture alone is validated on."""
    if not units:
        raise InputError(f"nothing to learn from ({skipped}); give folders of images or videos")
    if not every:
        pictures = tuple(one for unit in units for one in unit)
        return pictures, pictures[:AT_MOST_OF_THE_SAME]
    training = tuple(one for index, unit in enumerate(units) if index % every for one in unit)
    if not training:
        raise InputError(
            f"{len(units)} images or shots ({skipped}) are too few: all are held out for validation; give "
            f"more, or set data.validation_every to 0"
        )
    return training, tuple(unit[0] for unit in units[::every])


def _read_features(config: TrainConfig, recipe: Recipe) -> FeatureNetwork | None:
    if not recipe.losses.needs_features:
        return None
    if config.features is None:
        raise UsageError(
            "the recipe has a perceptual or style loss, which needs a feature network; give --features, or "
            "set losses.perceptual and losses.style to 0"
        )
    return load_features(config.features)
