"""One still: read → mask → fill → composite → write, the same sentence as for a video."""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import ImageConfig
from rfr_video.errors import EncodeError, MaskError, UsageError
from rfr_video.fill.filler import Filler, MaskedFrame, fill_frames
from rfr_video.geometry import Rect
from rfr_video.masking.picture import mask_of_picture
from rfr_video.masking.shape import HoleShaper
from rfr_video.media.colour import ColorSpec
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Hole, Mask
from rfr_video.media.stills.files import SUFFIXES, open_still
from rfr_video.media.stills.still import Still, StillFile
from rfr_video.media.target import check_extra, check_target, partial_file, translate
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.pipeline.fill_choice import choose_fill, open_fillers
from rfr_video.pipeline.steps_picture import StepsPicture, check_steps_picture, draw_steps, write_steps

CONTEXT_PX = 256
"""How far around the hole a picture is cut out: no filler looks farther."""


@dataclass(frozen=True)
class ImageReport:
    """What was done with a still.

    Attributes:
        source: The file that was read.
        target: The file that was written.
        kind: What people call the format.
        width: Of the picture, in samples.
        height: Likewise.
        samples_synthesised: Samples replaced or blended with made-up ones; 0: the file was copied.
        choices: What was chosen to fill with, and why; none where the file was copied.
        fill_notes: What was decided or went other than asked while holes were filled, up to this still.
        notes: What writing changed besides the hole, one line each.
        seconds: Duration.
    """

    source: Path
    target: Path
    kind: str
    width: int
    height: int
    samples_synthesised: int
    choices: tuple[Choice, ...]
    fill_notes: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def hole_share(self) -> float:
        """Share of all samples that were replaced or blended, 0 to 1."""
        return self.samples_synthesised / (self.width * self.height)

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain data."""
        return {**asdict(self), "hole_share": round(self.hole_share, 6)}


def restore_image(
    source: Path, target: Path, config: ImageConfig, *, steps_picture: Path | None = None
) -> ImageReport:
    """Repair a still picture: PNG, JPEG, WebP or TIFF; the target is of the source's kind.

    Samples outside the (grown, feathered) mask reach the encoder as they were decoded; alpha, profile, EXIF
    and all else in the file stay as they are. Where the mask is empty, the file is copied.

    Args:
        source: The picture to repair.
        target: Where the result goes; it appears under its name only when it is complete.
        config: What to repair, and how.
        steps_picture: Where to draw, for RFR-Net, the hole before and after every recurrence.

    Raises:
        RfrVideoError: Something given does not fit, or reading or writing failed; nothing is left behind.
    """
    return ImageRestorer(config).restore(source, target, steps_picture=steps_picture)


class ImageRestorer:
    """Repairs stills one after the other; loads a network once, when the first hole needs it."""

    def __init__(self, config: ImageConfig) -> None:
        if not config.mask.given:
            raise UsageError("nothing says what to repair; give --mask or --box")
        self._config = config
        self._network, self._choices = choose_fill(config.fill)

    @cached_property
    def _filler_for(self) -> Callable[[ColorSpec], Filler]:
        return open_fillers(self._network)

    def restore(self, source: Path, target: Path, *, steps_picture: Path | None = None) -> ImageReport:
        """Repair one; see :func:`restore_image`."""
        started = time.perf_counter()
        config = self._config
        self._check_files(source, target, steps_picture)
        file = open_still(source, limits=config.limits)
        _check_suffix(file, source, target)
        still = file.still
        mask = mask_of_picture(config.mask, source, picture=still.rect)
        if mask is None and steps_picture:
            raise MaskError(f"the mask of {source} is empty, so there are no steps to show; mask something")
        samples, fill_notes, steps = 0, (), None
        if mask is not None:
            samples, fill_notes, steps = self._repair(
                still, mask, source, draws_steps=steps_picture is not None
            )
        try:
            with partial_file(target, overwrite=config.overwrite) as partial:
                if samples:
                    partial.write_bytes(file.encoded())
                else:
                    shutil.copyfile(source, partial)
        except OSError as error:
            raise translate(error, target) from error
        if steps_picture and steps is not None:
            write_steps(steps_picture, steps, overwrite=config.overwrite)
        return ImageReport(
            source=source,
            target=target,
            kind=file.kind,
            width=still.rect.width,
            height=still.rect.height,
            samples_synthesised=samples,
            choices=self._choices if samples else (),
            fill_notes=fill_notes,
            notes=file.notes if samples else (),
            seconds=time.perf_counter() - started,
        )

    def _check_files(self, source: Path, target: Path, steps_picture: Path | None) -> None:
        overwrite, mask = self._config.overwrite, self._config.mask.mask
        check_target(target, source, overwrite=overwrite)
        check_extra(target, name="output", used={"mask": mask}, overwrite=overwrite)
        if steps_picture:
            check_steps_picture(steps_picture, self._network)
            used = {"input": source, "output": target, "mask": mask}
            check_extra(steps_picture, name="steps picture", used=used, overwrite=overwrite)

    def _repair(
        self, still: Still, mask: Mask, source: Path, *, draws_steps: bool
    ) -> tuple[int, tuple[str, ...], StepsPicture | None]:
        """Fill the hole in the still; returns how many samples it has, the filler's notes, and the steps."""
        filler = self._filler_for(still.spec)
        window, frame, hole = self._cut(still, mask, merge_px=filler.margin_px)
        if hole.sample_count == still.rect.width * still.rect.height:
            raise MaskError(
                f"the mask covers all of {source}: nothing is known to fill from; "
                "leave a rim of at least one pixel"
            )
        steps = None
        if draws_steps:
            assert self._network is not None, "checked before"
            steps = draw_steps(frame, hole, spec=still.spec, network=self._network)
        for filled in fill_frames(filler, iter([MaskedFrame(frame, hole)])):
            still.paste(window, filled.composited(still.spec))
        return hole.sample_count, filler.notes, steps

    def _cut(self, still: Still, mask: Mask, *, merge_px: int) -> tuple[Rect, Frame, Hole]:
        """Cut the hole and its surroundings out of the picture: the rest takes no part."""
        config = self._config.mask
        step = still.layout.subsampling
        reach = config.grow_px + config.feather_px + CONTEXT_PX
        window = Rect(*cv2.boundingRect(mask)).grown(reach, within=still.rect)
        window = window.aligned(step.x, step.y, within=still.rect)
        frame = still.cut(window)
        shaper = HoleShaper(
            frame.rect,
            subsampling=step,
            grow_px=config.grow_px,
            feather_px=config.feather_px,
            merge_px=merge_px,
        )
        hole = shaper.shape(np.ascontiguousarray(mask[window.slices]))
        assert hole is not None, "the mask is not empty"
        return window, frame, hole


def _check_suffix(file: StillFile, source: Path, target: Path) -> None:
    """Raise :class:`EncodeError` where the target is named as another kind of file than the source is."""
    if SUFFIXES.get(target.suffix.lower()) != file.kind and target.suffix != source.suffix:
        raise EncodeError(
            f"{source} is {file.kind} and stays {file.kind}, output {target.name} is named otherwise; "
            f"name it {target.stem}{source.suffix}"
        )
