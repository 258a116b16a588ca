"""rfr-video repairs video: read → mask → fill → composite → write.

The whole library in one call::

    from pathlib import Path
    from rfr_video import Box, MaskConfig, RestoreConfig, restore

    config = RestoreConfig(mask=MaskConfig(box=(Box.parse("-300,40,260,90"),)))
    report = restore(Path("ad.mp4"), Path("ad-clean.mp4"), config)

Names are loaded when first used, so that ``import rfr_video`` stays instant.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rfr_video.config import (
        EncodeConfig,
        FillConfig,
        ImageConfig,
        MaskAt,
        MaskConfig,
        RestoreConfig,
        ScanConfig,
        StillMaskConfig,
        VerifyConfig,
    )
    from rfr_video.errors import RfrVideoError
    from rfr_video.geometry import Box
    from rfr_video.media.probe import probe
    from rfr_video.pipeline.image import ImageReport, restore_image
    from rfr_video.pipeline.image_batch import plan_images, restore_images
    from rfr_video.pipeline.report import Report
    from rfr_video.pipeline.restore import restore
    from rfr_video.pipeline.verification.verdict import Verification
    from rfr_video.pipeline.verification.verify import verify

__all__ = [
    "Box",
    "EncodeConfig",
    "FillConfig",
    "ImageConfig",
    "ImageReport",
    "MaskAt",
    "MaskConfig",
    "Report",
    "RestoreConfig",
    "RfrVideoError",
    "ScanConfig",
    "StillMaskConfig",
    "Verification",
    "VerifyConfig",
    "plan_images",
    "probe",
    "restore",
    "restore_image",
    "restore_images",
    "verify",
]

_HOMES = {
    "Box": "rfr_video.geometry",
    "EncodeConfig": "rfr_video.config",
    "FillConfig": "rfr_video.config",
    "ImageConfig": "rfr_video.config",
    "ImageReport": "rfr_video.pipeline.image",
    "MaskAt": "rfr_video.config",
    "MaskConfig": "rfr_video.config",
    "Report": "rfr_video.pipeline.report",
    "RestoreConfig": "rfr_video.config",
    "RfrVideoError": "rfr_video.errors",
    "ScanConfig": "rfr_video.config",
    "StillMaskConfig": "rfr_video.config",
    "Verification": "rfr_video.pipeline.verification.verdict",
    "VerifyConfig": "rfr_video.config",
    "plan_images": "rfr_video.pipeline.image_batch",
    "probe": "rfr_video.media.probe",
    "restore": "rfr_video.pipeline.restore",
    "restore_image": "rfr_video.pipeline.image",
    "restore_images": "rfr_video.pipeline.image_batch",
    "verify": "rfr_video.pipeline.verification.verify",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module 'rfr_video' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def _version() -> str:
    try:
        return version("rfr-video")
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"
