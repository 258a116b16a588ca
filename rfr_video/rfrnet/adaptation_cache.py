"""What was adapted once need not be adapted again: networks and figures, by what they were learnt from."""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rfr_video.errors import RfrVideoError, WeightsError
from rfr_video.rfrnet.adaptation import Adaptation, AdaptationConfig
from rfr_video.rfrnet.known_windows import View
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.network import Inpainter
from rfr_video.rfrnet.weights import check_hash, load_network, save_network

AT_MOST = 32
_METHOD = "1"  # goes up when the same views would teach something else

logger = logging.getLogger(__name__)


def cache_folder() -> Path | None:
    """Return where adapted networks are kept, by the XDG base directory specification, if anywhere."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "rfr-video" / "adapted"
    try:
        return Path.home() / ".cache" / "rfr-video" / "adapted"
    except RuntimeError:
        return None


def cache_key(weights_sha256: str, views: Sequence[View], *, config: AdaptationConfig) -> str:
    """Return a name for all that an adaptation depends on: weights, views and settings."""
    settings = {name: value for name, value in asdict(config).items() if name != "device"}
    digest = hashlib.sha256(f"{_METHOD} {weights_sha256} {settings}".encode())
    for view in views:
        digest.update(f"{view.x} {view.y} {view.hole_hw.shape}".encode())
        digest.update(view.hole_hw.tobytes())
        digest.update(view.image_hw3.tobytes())
    return digest.hexdigest()


class AdaptationCache:
    """A folder of adapted networks; the oldest ones go when there are more than :data:`AT_MOST`.

    What is damaged counts as missing, and a folder that cannot be written to keeps nothing: neither ends a
    run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> tuple[Inpainter | None, Adaptation] | None:
        """Return a network (``None`` where the adapted one was no better) and its figures, if kept."""
        figures_file, network_file = self._files(key)
        try:
            entry = json.loads(figures_file.read_text(encoding="utf-8"))
            figures = replace(Adaptation(**entry["figures"]), from_cache=True)
            if not figures.kept:
                return None, figures
            weights = LocatedWeights(network_file)
            if check_hash(weights) != entry["network_sha256"]:
                raise WeightsError(f"{network_file}: has changed since it was kept")
            return load_network(weights), figures
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RfrVideoError) as error:
            logger.info("adapted network %s is not used: %s", network_file, error)
            return None

    def save(self, key: str, network: Inpainter | None, figures: Adaptation) -> None:
        """Keep a network, or that none was better."""
        figures_file, network_file = self._files(key)
        partial = figures_file.with_name(f".{figures_file.name}.partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            entry: dict[str, object] = {"figures": asdict(figures)}
            if network is not None:
                save_network(network, network_file)
                entry["network_sha256"] = check_hash(LocatedWeights(network_file))
            partial.write_text(json.dumps(entry), encoding="utf-8")
            partial.replace(figures_file)
            self._forget_the_oldest()
        except (OSError, RfrVideoError) as error:
            logger.info("the adapted network is not kept: %s", error)

    def _files(self, key: str) -> tuple[Path, Path]:
        return self._folder / f"{key}.json", self._folder / f"{key}.safetensors"

    def _forget_the_oldest(self) -> None:
        newest_first = sorted(
            self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True
        )
        for path in newest_first[AT_MOST:]:
            path.unlink()
            path.with_suffix(".safetensors").unlink(missing_ok=True)
