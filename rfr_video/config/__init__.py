"""What a user can set: one frozen dataclass per owner.

The command line derives its options from these fields, so the two cannot drift: a field's metadata
holds the option's name, its help and the function that reads its text.
"""

from rfr_video.config.detect import (
    CHANGING_KINDS,
    KINDS,
    TAPE_KINDS,
    DetectConfig,
    DetectKind,
    DetectRunConfig,
    FindConfig,
    Region,
)
from rfr_video.config.detect_evaluation import (
    DetectDefectsConfig,
    DetectDirtConfig,
    DetectDropoutsConfig,
    DetectHeadSwitchingConfig,
    DetectLogoConfig,
    DetectScratchesConfig,
    DetectTextConfig,
)
from rfr_video.config.encode import EncodeConfig
from rfr_video.config.evaluation import (
    LEAST_CROP_PX,
    BurnIn,
    ClipMethod,
    ClipsConfig,
    Corner,
    HoleKind,
    ShareRange,
    StillsConfig,
    Yardstick,
)
from rfr_video.config.fill import (
    MAX_LOOK_AHEAD_SECONDS,
    FillConfig,
    FillMethod,
    FillQuality,
    StillFillConfig,
    StillFillMethod,
    SynthesisConfig,
    check_device,
)
from rfr_video.config.limits import DEFAULT_LIMITS, LimitsConfig, PixelLimitConfig, StillLimitsConfig
from rfr_video.config.masks import (
    MAX_GROW_PX,
    HoleConfig,
    MaskAt,
    MaskConfig,
    PropagateConfig,
    StillMaskConfig,
)
from rfr_video.config.options import option
from rfr_video.config.restore import ImageConfig, RestoreConfig
from rfr_video.config.scan import FieldOrderName, FieldsConfig, ScanConfig
from rfr_video.config.training import TrainConfig
from rfr_video.config.verify import FidelityConfig, SelfCheckConfig, VerifyConfig

__all__ = [
    "CHANGING_KINDS",
    "DEFAULT_LIMITS",
    "KINDS",
    "LEAST_CROP_PX",
    "MAX_GROW_PX",
    "MAX_LOOK_AHEAD_SECONDS",
    "TAPE_KINDS",
    "BurnIn",
    "ClipMethod",
    "ClipsConfig",
    "Corner",
    "DetectConfig",
    "DetectDefectsConfig",
    "DetectDirtConfig",
    "DetectDropoutsConfig",
    "DetectHeadSwitchingConfig",
    "DetectKind",
    "DetectLogoConfig",
    "DetectRunConfig",
    "DetectScratchesConfig",
    "DetectTextConfig",
    "EncodeConfig",
    "FidelityConfig",
    "FieldOrderName",
    "FieldsConfig",
    "FillConfig",
    "FillMethod",
    "FillQuality",
    "FindConfig",
    "HoleConfig",
    "HoleKind",
    "ImageConfig",
    "LimitsConfig",
    "MaskAt",
    "MaskConfig",
    "PixelLimitConfig",
    "PropagateConfig",
    "Region",
    "RestoreConfig",
    "ScanConfig",
    "SelfCheckConfig",
    "ShareRange",
    "StillFillConfig",
    "StillFillMethod",
    "StillLimitsConfig",
    "StillMaskConfig",
    "StillsConfig",
    "SynthesisConfig",
    "TrainConfig",
    "VerifyConfig",
    "Yardstick",
    "check_device",
    "option",
]
