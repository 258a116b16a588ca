"""Measuring methods on stills: pictures × holes × methods, each compared with what was there."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rfr_video.config import HoleKind, StillsConfig
from rfr_video.errors import UsageError
from rfr_video.evaluation.cases import DrawnHole, HoleDrawer, Still, list_pictures, read_still
from rfr_video.evaluation.methods import Method, NetworkMethod, classical_method, has_fsr
from rfr_video.evaluation.metrics import Picture, feature_distance, l1_percent, psnr_db, ssim
from rfr_video.perception.network import FeatureNetwork
from rfr_video.perception.squeezenet import load_squeezenet
from rfr_video.rfrnet.precision import choose_device


@dataclass(frozen=True, kw_only=True)
class Score:
    """How close a method came in one hole.

    Attributes:
        picture: Path of the picture.
        hole: Number of the hole among those of the picture, from 0.
        kind: Kind of the hole.
        share: Part of the picture that is hole, 0 to 1.
        method: Name of the method.
        hole_psnr_db: In the hole alone.
        hole_ssim: In the hole alone.
        psnr_db: Of the whole picture.
        ssim: Of the whole picture.
        l1_percent: Of the whole picture, in percent of the full range.
        feature_distance: In the hole alone; ``None`` without a feature network.
    """

    picture: Path
    hole: int
    kind: HoleKind
    share: float
    method: str
    hole_psnr_db: float
    hole_ssim: float
    psnr_db: float
    ssim: float
    l1_percent: float
    feature_distance: float | None


@dataclass(frozen=True)
class Filled:
    """One hole of a picture, filled by every method in turn; for a sheet of pictures."""

    still: Still
    drawn: DrawnHole
    fills: tuple[Picture, ...]


@dataclass(frozen=True)
class Bench:
    """Everything that a measurement needs, opened and checked: nothing is found wrong halfway.

    Attributes:
        config: As given.
        paths: The pictures.
        methods: What is measured, networks first.
        drawer: Draws the holes.
        network: Measures the feature distance, on ``device``.
        device: Where it lies.
    """

    config: StillsConfig
    paths: tuple[Path, ...]
    methods: tuple[Method, ...]
    drawer: HoleDrawer
    network: FeatureNetwork | None
    device: torch.device

    @classmethod
    def open(cls, sources: Sequence[Path], config: StillsConfig) -> "Bench":
        """Find and try the pictures, load the weights, read the folders of holes.

        Raises:
            InputError: There are no pictures, or one cannot be read or is smaller than the crop.
            WeightsError: Weights cannot be loaded.
            MaskError: A folder of holes cannot be used.
            UsageError: A device or a yardstick is not there, or a picture is given twice.
        """
        paths = tuple(list_pictures(sources))
        if repeated := {path for path in paths if paths.count(path) > 1}:
            raise UsageError(f"{min(repeated)} is given more than once; give it once")
        for path in paths:
            read_still(path, crop_px=config.crop_px)
        yardsticks = config.yardstick or ("telea", "navier-stokes", *(("fsr",) if has_fsr() else ()))
        device = choose_device(config.device)
        network = load_squeezenet(config.features).to(device) if config.features else None
        drawer = HoleDrawer(config)
        networks = (NetworkMethod(name, device=config.device) for name in config.weights)
        methods = (*networks, *(classical_method(name) for name in yardsticks))
        return cls(config, paths, methods, drawer, network, device)


@dataclass(frozen=True)
class MeasuredPicture:
    """A picture that was measured on: its file, and the size of its crop."""

    path: Path
    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Measurement:
    """What was measured.

    Attributes:
        scores: One per picture, hole and method, in this order.
        pictures: In the order that they were given.
        holes_sha256: Of all holes, as drawn.
    """

    scores: tuple[Score, ...]
    pictures: tuple[MeasuredPicture, ...]
    holes_sha256: str


def measure(bench: Bench, *, watch: Callable[[Filled], None] = lambda _filled: None) -> Measurement:
    """Fill every hole of every picture by every method.

    Args:
        bench: What to measure.
        watch: Called after every picture with one of its holes, another one each time.

    Raises:
        UsageError: A kind of hole does not come out as large or as small as wanted.
    """
    scores: list[Score] = []
    pictures: list[MeasuredPicture] = []
    digest = hashlib.sha256()
    for number, path in enumerate(bench.paths):
        still = read_still(path, crop_px=bench.config.crop_px)
        height, width = still.picture_hw3.shape[:2]
        pictures.append(MeasuredPicture(path, still.sha256, width, height))
        holes = list(bench.drawer.draw(still))
        for drawn in holes:
            digest.update(np.packbits(drawn.hole_hw).tobytes())
        holes_hw = [drawn.hole_hw for drawn in holes]
        fills = [list(method.fill(still.picture_hw3, holes_hw)) for method in bench.methods]
        scores += _scores(bench, still, holes, fills)
        shown = number % len(holes)
        watch(Filled(still, holes[shown], tuple(by_method[shown] for by_method in fills)))
    return Measurement(tuple(scores), tuple(pictures), digest.hexdigest())


def _scores(
    bench: Bench, still: Still, holes: Sequence[DrawnHole], fills: Sequence[Sequence[Picture]]
) -> Iterator[Score]:
    truth_hw3 = still.picture_hw3
    truth = _features(bench, truth_hw3)
    for index, drawn in enumerate(holes):
        for method, by_hole in zip(bench.methods, fills, strict=True):
            seen_hw3 = by_hole[index]
            seen = _features(bench, seen_hw3)
            yield Score(
                picture=still.path,
                hole=index,
                kind=drawn.kind,
                share=drawn.share,
                method=method.name,
                hole_psnr_db=psnr_db(truth_hw3, seen_hw3, hole_hw=drawn.hole_hw),
                hole_ssim=ssim(truth_hw3, seen_hw3, hole_hw=drawn.hole_hw),
                psnr_db=psnr_db(truth_hw3, seen_hw3),
                ssim=ssim(truth_hw3, seen_hw3),
                l1_percent=l1_percent(truth_hw3, seen_hw3),
                feature_distance=feature_distance(truth, seen, hole_hw=drawn.hole_hw) if truth else None,
            )


def _features(bench: Bench, picture_hw3: Picture) -> tuple[Tensor, ...]:
    """Return the activations of a picture; none without a network."""
    if bench.network is None:
        return ()
    image_13hw = torch.from_numpy(picture_hw3).to(bench.device).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        return bench.network(image_13hw)
