"""Fit the coefficients by which borrowed pixels are mixed and trusted, and print them.

    python benchmarks/trust.py clips/*.mp4

Holes (text and boxes, in two places each) are drawn into clips whose pixels are known; what the temporal fill
offers for them is gathered, and the coefficients of ``rfr_video/fill/temporal/fusion.py`` are fitted to the
squared error of the final picture: every clip counts alike, in decibels, and being worse than synthesis
alone counts more. Those of ``candidates.py`` are a least-squares fit to the logarithm of how much worse
carrying is than making up. Cross-validated by clip in four folds; what is printed is fitted to all.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rfr_video.evaluation.clips.overlays import draw_box, draw_text
from rfr_video.fill.filler import MaskedFrame
from rfr_video.fill.temporal.align import Place, fetch
from rfr_video.fill.temporal.candidates import Stage
from rfr_video.fill.temporal.fusion import (
    OFFER_EVIDENCE,
    POOR,
    TRUST_EVIDENCE,
    gather,
)
from rfr_video.fill.temporal.look import Look, Looker
from rfr_video.fill.temporal.quality import QUALITIES, motion_between_frames
from rfr_video.fill.temporal.sources import choose_sources, find_sources
from rfr_video.fill.temporal.window import View, Window
from rfr_video.masking.shape import HoleShaper
from rfr_video.media.colour import ColorSpec
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import probe
from rfr_video.media.reader import open_reader
from rfr_video.rfrnet.manifest import find_weights
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig
from rfr_video.rfrnet.weights import load_network
from rfr_video.rfrnet.workload import crop_around

FRAMES, EVERY = 60, 7
PIXELS = 300
CARRY_FRAMES = (-12, -4, -1, 8)
CARRY_CELLS = 60
MOST = 12
FOLDS = 4
STEPS = 250
WORSE = 3.0
MOVED = (0.62, -0.6)  # of height and width: where the second hole of each kind is


@dataclass(frozen=True)
class Sample:
    """Pixels of one clip: all float32 tensors, N pixels, K candidates.

    Attributes:
        offered_nk3: Colours, 0 to 255.
        seen_nk: 1 where a candidate knows the pixel.
        share_nk: The part of the pixel's cell that it knows.
        offers_nke: Evidence on each candidate.
        common_nc: Evidence that is the same for all.
        hole_n: The part of the pixel's cell that is hole.
        made_n3: What synthesis makes of the pixel.
        true_n3: What is there.
    """

    offered_nk3: Tensor
    seen_nk: Tensor
    share_nk: Tensor
    offers_nke: Tensor
    common_nc: Tensor
    hole_n: Tensor
    made_n3: Tensor
    true_n3: Tensor


class Model(torch.nn.Module):
    """The decisions of ``fusion.py``, differentiable."""

    def __init__(self) -> None:
        super().__init__()
        self.offer = torch.nn.Parameter(torch.tensor([-1.5, *[0.0] * (len(OFFER_EVIDENCE) - 1)]))
        self.trust = torch.nn.Parameter(torch.zeros(len(TRUST_EVIDENCE)))

    def forward(self, sample: Sample) -> tuple[Tensor, Tensor]:
        """Return mixtures (N, 3), and the trust in them (N,)."""
        is_none_nk = sample.offers_nke.abs().sum(2) == 0
        logits = sample.offers_nke @ self.offer - 1e9 * is_none_nk
        weights = torch.exp(logits - logits.amax(1, keepdim=True)) * sample.seen_nk
        weight_n = weights.sum(1)
        standing_n = (weight_n * (1 + POOR) / (weight_n + POOR)).clamp(max=1)
        mixture = (weights[..., None] * sample.offered_nk3).sum(1) / weights.sum(1, keepdim=True).clamp(
            min=1e-9
        )
        by_cell = torch.exp(logits - logits.amax(1, keepdim=True)) * (sample.share_nk + 1e-6)
        shares = by_cell / by_cell.sum(1, keepdim=True).clamp(min=1e-9)
        mean_offers = (shares[..., None] * sample.offers_nke).sum(1)
        spread = (shares * ((sample.offered_nk3 - mixture[:, None]) ** 2).mean(2)).sum(1)
        effective = 1 / (shares**2).sum(1).clamp(min=1e-3)
        count = sample.share_nk.sum(1) / sample.hole_n.clamp(min=0.01)
        rest = [torch.log(spread + 2), torch.log(effective), torch.log(count + 0.1), torch.ones_like(count)]
        evidence = torch.cat([mean_offers, sample.common_nc, torch.stack(rest, 1)], 1)
        return mixture, torch.sigmoid(evidence @ self.trust) * standing_n


def errors(model: Model, sample: Sample) -> tuple[Tensor, Tensor]:
    """Return the mean squared errors of the final picture, and of synthesis alone."""
    mixture, trust = model(sample)
    final = trust[:, None] * mixture + (1 - trust[:, None]) * sample.made_n3
    return ((final - sample.true_n3) ** 2).mean(), ((sample.made_n3 - sample.true_n3) ** 2).mean()


def fitted(samples: list[Sample]) -> Model:
    """Fit the coefficients."""
    model = Model()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.03)
    generator = np.random.default_rng(0)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = 0.03 * (1 - step / STEPS)
        chosen = generator.choice(len(samples), min(16, len(samples)), replace=False)
        loss = torch.zeros(())
        for index in map(int, chosen):
            final, made = errors(model, samples[index])
            gain = torch.log(final + 0.5) - torch.log(made + 0.5)
            loss = loss + gain + WORSE * torch.relu(gain)
        loss = loss / len(chosen) + 1e-3 * (model.trust[:-1] ** 2).sum()
        optimiser.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        optimiser.step()
    return model


def drawn(height: int, width: int) -> dict[str, NDArray[np.uint8]]:
    """Return the masks to measure with, by name; each has two holes."""
    masks: dict[str, NDArray[np.uint8]] = {}
    for name, stamp in (("logo", draw_text(height, width)), ("box", draw_box(height, width))):
        moved = np.roll(stamp.hole_hw, (round(MOVED[0] * height), round(MOVED[1] * width)), axis=(0, 1))
        masks[name] = np.where(stamp.hole_hw | moved, 255, 0).astype(np.uint8)
    return masks


def views(path: Path, mask: NDArray[np.uint8], spec: ColorSpec) -> Iterator[View]:
    """Look at the first frames of a clip with the same hole in each."""
    quality = QUALITIES["balanced"]

    def frames() -> Iterator[MaskedFrame]:
        shaper: HoleShaper | None = None
        with open_reader(path) as reader:
            for number, frame in enumerate(reader.frames()):
                if number == FRAMES:
                    return
                step = frame.layout.subsampling
                shaper = shaper or HoleShaper(
                    frame.rect, subsampling=step, grow_px=0, feather_px=0, merge_px=48
                )
                yield MaskedFrame(frame, shaper.shape(mask))

    source = frames()
    first = next(source)
    looker = Looker(first.frame.rect, spec, working_px=quality.working_px)
    window = Window(looker.grid, motion_between_frames(quality), 48)

    def looks() -> Iterator[Look]:
        yield looker.look(first)
        for masked in source:
            yield looker.look(masked)

    return window.views(looks())


def gathered(path: Path, runtime: Runtime) -> tuple[NDArray[np.float32], dict[str, Sample]]:
    """Gather, of a clip, the evidence on carrying, and samples by the kind and place of the hole."""
    info = probe(path).video
    layout = PlaneLayout.of(info.pix_fmt)
    spec = ColorSpec.from_tags(info.color, height=info.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    parts: dict[str, list[tuple[NDArray[np.float32], ...]]] = {}
    rows_of_carrying: list[NDArray[np.float32]] = []
    generator = np.random.default_rng(0)
    for name, mask in drawn(info.height, info.width).items():
        for number, view in enumerate(views(path, mask, spec)):
            hole = view.look.masked.hole
            if number % EVERY or hole is None:
                continue
            for index in range(len(hole.regions)):
                place = Place.of_region(view.look, index, grid=view.grid)
                stage = Stage(place, spec)
                true_and_made = _true_and_made(view, place, spec, runtime)
                part = _pixels(view, stage, true_and_made, generator)
                parts.setdefault(f"{name} {min(index, 1)}", []).append(part)
                rows_of_carrying += _carrying(view, stage, true_and_made, generator)
    return np.concatenate(rows_of_carrying), {
        name: Sample(*(torch.from_numpy(np.concatenate(columns)) for columns in zip(*rows, strict=True)))
        for name, rows in parts.items()
    }


def _carrying(
    view: View,
    stage: Stage,
    true_and_made: tuple[NDArray[np.float32], NDArray[np.float32]],
    generator: np.random.Generator,
) -> list[NDArray[np.float32]]:
    """Carry what is truly there from other frames; a row is the evidence, and how much worse that is."""
    true_hw3, made_hw3 = true_and_made
    share = stage.cells.means(stage.hole_hw)

    def log_error(picture_hw3: NDArray[np.float32]) -> NDArray[np.float32]:
        square = ((picture_hw3 - true_hw3) ** 2).mean(axis=2) * stage.hole_hw * np.float32(255**2)
        return np.log(stage.cells.means(square) / np.maximum(share, np.float32(0.02)) + 4)

    rows: list[NDArray[np.float32]] = []
    sources = find_sources(view, stage.place)
    for frames in CARRY_FRAMES:
        source = sources.get(frames)
        if source is None:
            continue
        at = stage.map_to(source, grid=view.grid)
        evidence, _ = stage.carry_evidence(source, at, grid=view.grid)
        worse = log_error(fetch(source.look, (), at, spec=stage.spec)) - log_error(made_hw3)
        found = np.dstack([evidence, worse])[share > np.float32(0.25)]
        rows.append(found[generator.permutation(len(found))[:CARRY_CELLS]])
    return rows


def fitted_carrying(rows: dict[str, NDArray[np.float32]]) -> NDArray[np.floating[Any]]:
    """Fit the coefficients of carrying; every clip counts alike."""
    weight = np.concatenate([np.full(len(found), len(found) ** -0.5) for found in rows.values()])
    every = np.concatenate(list(rows.values())) * weight[:, np.newaxis]
    return np.linalg.lstsq(every[:, :-1], every[:, -1], rcond=None)[0]


def _pixels(
    view: View,
    stage: Stage,
    true_and_made: tuple[NDArray[np.float32], NDArray[np.float32]],
    generator: np.random.Generator,
) -> tuple[NDArray[np.float32], ...]:
    place = stage.place
    chosen_sources = choose_sources(find_sources(view, place), place, grid=view.grid, most=MOST)
    candidates = stage.candidates(chosen_sources, grid=view.grid)
    rows, columns = np.nonzero(stage.hole_hw)
    chosen = generator.choice(len(rows), min(PIXELS, len(rows)), replace=False)
    at = rows[chosen], columns[chosen]
    count = len(chosen)
    offered = np.zeros((count, MOST, 3), np.float32)
    seen = np.zeros((count, MOST), np.float32)
    share = np.zeros((count, MOST), np.float32)
    offers = np.zeros((count, MOST, len(OFFER_EVIDENCE)), np.float32)
    common = np.zeros((count, 4), np.float32)
    if candidates:
        evidence = gather(stage, candidates)
        for number, candidate in enumerate(candidates):
            offered[:, number] = candidate.rgb_hw3[at] * 255
            seen[:, number] = candidate.seen_hw[at]
            share[:, number] = stage.cells.enlarged(evidence.seen[number])[at]
            for kind in range(len(OFFER_EVIDENCE)):
                plane = np.ascontiguousarray(evidence.offers[number, :, :, kind])
                offers[:, number, kind] = stage.cells.enlarged(plane)[at]
        common = stage.cells.enlarged(evidence.common)[at]
    hole = stage.cells.enlarged(stage.cells.means(stage.hole_hw))[at]
    true_hw3, made_hw3 = true_and_made
    return offered, seen, share, offers, common, hole, made_hw3[at] * 255, true_hw3[at] * 255


def _true_and_made(
    view: View, place: Place, spec: ColorSpec, runtime: Runtime
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what is at a place, and what synthesis alone makes of it."""
    picture, hole = view.look.samples.rect, view.look.masked.hole
    assert hole is not None
    whole = view.look.samples.crop(picture, spec)
    rect = crop_around(place.region, within=picture)
    mask = np.ascontiguousarray(hole.mask[rect.slices])
    (filled,) = runtime.fill(iter([Crop(np.clip(whole[rect.slices], 0, 1), mask)]))
    made = whole.copy()
    made[rect.slices] = filled
    return whole[place.rect.slices], made[place.rect.slices]


def main() -> None:
    """Gather, cross-validate, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    runtime = Runtime(
        load_network(find_weights("rfr-compact")), config=RuntimeConfig(device="cpu", threads=1)
    )
    samples: dict[tuple[str, str], Sample] = {}
    carried: dict[str, NDArray[np.float32]] = {}
    for path in arguments.clips:
        carried[path.stem], found = gathered(path, runtime)
        samples |= {(path.stem, kind): sample for kind, sample in found.items()}
        print(path.stem, flush=True)
    print(f"CARRY_WEIGHTS = {np.round(fitted_carrying(carried), 3).tolist()}", flush=True)
    stems = sorted(carried)
    gains: list[float] = []
    residual, total = 0.0, 0.0
    for fold in range(FOLDS):
        held_out = set(stems[fold::FOLDS])
        carry = fitted_carrying({stem: rows for stem, rows in carried.items() if stem not in held_out})
        tested = np.concatenate([rows for stem, rows in carried.items() if stem in held_out])
        residual += float(((tested[:, :-1] @ carry - tested[:, -1]) ** 2).sum())
        total += float(((tested[:, -1] - tested[:, -1].mean()) ** 2).sum())
        model = fitted([sample for (stem, _), sample in samples.items() if stem not in held_out])
        for (stem, kind), sample in samples.items():
            if stem in held_out:
                with torch.no_grad():
                    final, made = errors(model, sample)
                gains.append(float(10 * torch.log10(made / final)))
                print(f"{stem:28s} {kind:8s} {gains[-1]:+6.2f} dB over synthesis")
    print(f"held out: carrying explained to {1 - residual / total:.2f}")
    print(f"held out: mean {np.mean(gains):+.2f} dB, worst {min(gains):+.2f} dB")
    model = fitted(list(samples.values()))
    for name, weights in (("OFFER_WEIGHTS", model.offer), ("TRUST_WEIGHTS", model.trust)):
        print(f"{name} = {np.round(weights.detach().numpy().astype(np.float64), 3).tolist()}")


if __name__ == "__main__":
    main()
