"""Carrying hand-made masks over a video and writing them for inspection and editing."""

from dataclasses import dataclass
from pathlib import Path

from rfr_video.config import PropagateConfig
from rfr_video.masking.carry.carrying import MaskCarrier
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.masking.carry.summary import CarrySummary
from rfr_video.media.probe import probe
from rfr_video.media.reader import Damage
from rfr_video.pipeline.mask_files import check_mask_files, open_mask_files
from rfr_video.pipeline.progress import CarryProgress, ProgressCallback


@dataclass(frozen=True)
class Propagated:
    """The result of a run.

    Attributes:
        frames: Frames read, skipped ones included: as many as images.
        summary: How far the masks can be trusted.
        damage: What was wrong with the source.
    """

    frames: int
    summary: CarrySummary
    damage: Damage


def propagate(
    source: Path, target: Path, config: PropagateConfig, *, progress: ProgressCallback | None = None
) -> Propagated:
    """Carry hand-made masks to all frames of a video and write them.

    Args:
        source: The video.
        target: ``FILE.mkv`` for lossless gray FFV1 with the source's timestamps, or a folder for numbered
            PNGs; either can be given back as a mask.
        config: The masks, and what else to write.
        progress: Called in this thread, twice per frame.

    Raises:
        RfrVideoError: Something given does not fit, or reading or writing failed; nothing is left behind.
    """
    info = probe(source, limits=config.limits)
    used = {"input": source} | {f"mask at {one.at}": one.path for one in config.mask_at}
    check_mask_files(source, target, config.overlay, used=used, overwrite=config.overwrite)
    keyframes = Keyframes.read(config.mask_at, info=info)
    carrier = MaskCarrier(info, keyframes, report=CarryProgress(info, progress))
    with open_mask_files(target, config.overlay, info, overwrite=config.overwrite) as files:
        for carried in carrier:
            files.write(carried.frame, carried.mask, confidence=carried.confidence)
        files.finish(carrier.positions)
    return Propagated(carrier.positions, carrier.summary(), carrier.damage)
