"""Many stills: which file becomes which, and going on after one that cannot be repaired."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rfr_video.config import ImageConfig
from rfr_video.errors import Interrupted, OutputError, RfrVideoError, UsageError, WeightsError
from rfr_video.media.stills.files import SUFFIXES, stills_in
from rfr_video.media.target import check_folder, check_target, translate
from rfr_video.pipeline.image import ImageReport, ImageRestorer


@dataclass(frozen=True)
class ImageJob:
    """A still and where its repaired form goes."""

    source: Path
    target: Path


@dataclass(frozen=True)
class ImageFailure:
    """A still that could not be repaired; nothing was written for it."""

    source: Path
    error: RfrVideoError


def plan_images(inputs: Sequence[Path], output: Path, *, overwrite: bool) -> tuple[ImageJob, ...]:
    """Decide which file becomes which, by names alone: nothing is opened or made yet.

    One file becomes ``output``, or a file of its name where ``output`` is a folder. Several files, and those
    of folders, keep their names in the folder ``output``, which need not exist yet.

    Raises:
        InputError: A folder holds no pictures.
        OutputError: ``output`` is no folder but would have to be, two files have one name, or a target may
            not be written.
    """
    sources = [path for entry in inputs for path in (stills_in(entry) if entry.is_dir() else [entry])]
    one_file = len(inputs) == 1 and not inputs[0].is_dir()
    if one_file and not output.is_dir():
        jobs = (ImageJob(sources[0], output),)
    else:
        _check_output_folder(output, count=len(sources))
        jobs = tuple(ImageJob(source, output / source.name) for source in sources)
    by_target: dict[Path, Path] = {}
    for job in jobs:
        if job.target in by_target:
            raise OutputError(
                f"{by_target[job.target]} and {job.source} would both become {job.target}; repair them apart"
            )
        by_target[job.target] = job.source
        if job.target.parent.is_dir() or one_file:
            check_target(job.target, job.source, overwrite=overwrite)
    return jobs


def restore_images(
    jobs: Sequence[ImageJob], config: ImageConfig, *, steps_picture: Path | None = None
) -> Iterator[ImageReport | ImageFailure]:
    """Repair stills in order, one network for all; goes on after one that cannot be repaired.

    Args:
        jobs: Of :func:`plan_images`; their folder is made if need be.
        config: What to repair, and how.
        steps_picture: For a single job, see :func:`rfr_video.restore_image`.

    Raises:
        RfrVideoError: The settings themselves do not fit.
    """
    restorer = ImageRestorer(config)
    for job in jobs:
        _make_folder(job.target.parent)
        try:
            yield restorer.restore(job.source, job.target, steps_picture=steps_picture)
        except (Interrupted, UsageError, WeightsError):  # not about this still
            raise
        except RfrVideoError as error:
            yield ImageFailure(job.source, error)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise translate(error, folder) from error


def _check_output_folder(output: Path, *, count: int) -> None:
    if output.is_dir():
        return
    if output.exists() or output.suffix.lower() in SUFFIXES:
        raise OutputError(f"output {output} is one file for {count} pictures; give the name of a folder")
    check_folder(output.resolve().parent)
