"""A training so small that it runs in a second."""

from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import TrainConfig
from rfr_video.rfrnet.network import RFRConfig
from rfr_video.training.recipe import (
    DataRecipe,
    HoleMix,
    LogRecipe,
    LossRecipe,
    Recipe,
    ScheduleRecipe,
)

SIDE_PX = 32
BOXES = HoleMix(weights={"box": 1.0}, share=(0.05, 0.2))
TINY_RECIPE = Recipe(
    seed=3,
    network=RFRConfig(width=8, kernel=3, recurrences=1),
    data=DataRecipe(
        crop_px=SIDE_PX, batch=2, validation_every=3, validation_crop_px=SIDE_PX, validation_holes=BOXES
    ),
    holes=BOXES,
    losses=LossRecipe(convention="hole"),
    schedule=ScheduleRecipe(steps=8, learning_rate=1e-3, warm_up_steps=2, precision="float32"),
    log=LogRecipe(every_steps=2, validate_every_steps=4),
)
TINY_TOML = """
seed = 3
[network]
width = 8
kernel = 3
recurrences = 1
[data]
crop_px = 32
batch = 2
validation_every = 3
validation_crop_px = 32
[data.validation_holes]
share = [0.05, 0.2]
weights = { box = 1 }
[holes]
share = [0.05, 0.2]
weights = { box = 1 }
[losses]
convention = "hole"
[schedule]
steps = 8
learning_rate = 1e-3
warm_up_steps = 2
precision = "float32"
[log]
every_steps = 2
validate_every_steps = 4
"""
"""The same as a file."""


def picture(number: int, *, height: int = 48, width: int = 64) -> np.ndarray:
    """A smooth picture, uint8 RGB."""
    y, x = np.mgrid[:height, :width]
    planes = [128 + 90 * np.sin(x / 9 + number), 40 + 3 * y + 10 * number, 100 + x - y]
    return np.stack(planes, axis=2).clip(0, 255).astype(np.uint8)


def image_folder(folder: Path, *, count: int = 7) -> Path:
    """A folder of pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:02}.png"), picture(number)[..., ::-1])
    return folder


def on_processor(folder: Path, **more: object) -> TrainConfig:
    """Train on a folder's images with one thread, which never touches another device."""
    return TrainConfig(images=(folder,), device="cpu", **more)  # pyright: ignore[reportArgumentType]
