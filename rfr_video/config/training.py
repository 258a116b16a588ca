"""Material and conditions of a training."""

from dataclasses import dataclass
from math import inf
from pathlib import Path

from rfr_video.config.fill import check_device
from rfr_video.config.options import option
from rfr_video.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Material and conditions of a training; what it computes is said by its recipe."""

    heading = "Training"

    images: tuple[Path, ...] = option(
        "Folder of images to learn from; repeatable.", default=(), metavar="DIR"
    )
    videos: tuple[Path, ...] = option(
        "Video, or folder of videos, to take frames from. Repeatable.", default=(), metavar="PATH"
    )
    hole_shapes: Path | None = option("Folder of logos: their opaque parts become holes.", metavar="DIR")
    hole_masks: Path | None = option("Folder of masks, white = hole.", metavar="DIR")
    features: Path | None = option(
        "For perceptual and style losses: SqueezeNet's .npz, VGG16's .pth, or the word vgg16 to download it.",
        metavar="FILE",
    )
    overrides: tuple[str, ...] = option(
        "Change the recipe, for example schedule.steps=500. Repeatable.",
        default=(),
        flag="--set",
        metavar="KEY=VALUE",
    )
    steps: int | None = option("Stop after so many steps.", metavar="N")
    minutes: float | None = option("Stop after so many minutes.", metavar="M")
    device: str = option("cpu, cuda, cuda:N or mps.", default="auto", metavar="NAME")
    threads: int | None = option("Threads of the processor.", metavar="N")
    workers: int = option(
        "Processes that prepare batches, for a fast GPU; 0 is a thread.", default=0, metavar="N"
    )
    resume: bool = option("Go on with the run in the folder.", default=False)

    def __post_init__(self) -> None:
        check_device(self.device)
        if not self.images and not self.videos:
            raise UsageError("there is nothing to learn from; give --images or --videos")
        if self.steps is not None and self.minutes is not None:
            raise UsageError("--steps and --minutes exclude each other; give one of them")
        for name, value in (("steps", self.steps), ("threads", self.threads)):
            if value is not None and value < 1:
                raise UsageError(f"--{name} is {value}; give a whole number from 1 on")
        if self.minutes is not None and not 0 < self.minutes < inf:
            raise UsageError(f"--minutes is {self.minutes:g}; give a number above 0")
        if self.workers < 0:
            raise UsageError(f"--workers is {self.workers}; give a whole number from 0 on")
