"""The choice of what measures motion from frame to frame: RAFT where it is at hand and fast, or DIS."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rfr_video.config import FillConfig
from rfr_video.errors import UsageError
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.rfrnet.manifest import search_folders

if TYPE_CHECKING:
    from rfr_video.motion.flow import FlowEstimator

NAMES = ("raft_large", "raft_small")
SUFFIXES = (".pth", ".pt", ".safetensors")
_WANTED = "give --flow dis, or a file of RAFT's weights such as raft_large_C_T_SKHT_V2-ff5fadd5.pth"


@dataclass(frozen=True, kw_only=True)
class RaftSettings:
    """RAFT, to measure motion with.

    Attributes:
        weights: The file.
        sha256: Of the file.
        device: Where it runs, as torch names it.
    """

    weights: Path
    sha256: str
    device: str


def choose_flow(config: FillConfig, *, device: str | None) -> tuple[RaftSettings | None, Choice]:
    """Choose what measures motion from frame to frame; ``None`` means OpenCV's DIS.

    Loads torch only where there are weights of RAFT, and never the network.

    Args:
        config: What the user asked for.
        device: Where the network for the rest runs; ``None`` where there is none.

    Raises:
        UsageError: The weights cannot be read, torchvision is missing, or there is no such device.
    """
    if config.flow == "dis":
        return None, _dis("as asked")
    if config.flow != "auto":
        return _raft(Path(config.flow), _device(config, device), reason="as asked")
    weights = installed_raft()
    if weights is None:
        return None, _dis("no weights of RAFT are installed")
    where = _device(config, device)
    if not where.startswith("cuda"):
        return None, _dis(f"RAFT would be slow on {where}")
    from rfr_video.motion.raft import check_installed

    try:
        check_installed()
    except UsageError:
        return None, _dis("RAFT needs torchvision, which cannot be imported")
    return _raft(weights, where, reason="its weights and torchvision are installed")


def open_raft(settings: RaftSettings) -> "FlowEstimator":
    """Load RAFT; raises :class:`WeightsError` where the file is not exactly the network's."""
    from rfr_video.motion.raft import RaftEstimator

    return RaftEstimator(settings.weights, settings.device)


def check_flow(flow: str) -> None:
    """Check that RAFT, where it is asked for, can be used; raises :class:`UsageError`.

    Args:
        flow: As in :class:`FillConfig`.
    """
    if flow not in ("auto", "dis"):
        _checked(Path(flow))


def installed_raft() -> Path | None:
    """Return the weights of RAFT in the first folder that has any; large before small."""
    for folder in search_folders():
        files = [path for path in _inside(folder) if path.suffix.lower() in SUFFIXES]
        for name in NAMES:
            if found := [path for path in files if path.name.startswith(name)]:
                return found[0]
    return None


def _inside(folder: Path) -> list[Path]:
    """Return what is in a folder, by name; one that is not there or may not be entered holds nothing."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _raft(weights: Path, device: str, *, reason: str) -> tuple[RaftSettings, Choice]:
    settings = RaftSettings(weights=weights, sha256=_checked(weights), device=device)
    return settings, Choice("motion", "RAFT", f"{reason}; {weights} on {device}")


def _dis(reason: str) -> Choice:
    return Choice("motion", "DIS", f"{reason}; OpenCV's, on the CPU")


def _device(config: FillConfig, device: str | None) -> str:
    if device is not None:
        return device
    from rfr_video.rfrnet.precision import choose_device

    return str(choose_device(config.device))


def _checked(weights: Path) -> str:
    """Return the SHA-256 of weights that can be used."""
    try:
        with weights.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"--flow {weights} cannot be read ({error.strerror}); {_WANTED}") from error
    from rfr_video.motion.raft import check_installed

    check_installed()
    return sha256
