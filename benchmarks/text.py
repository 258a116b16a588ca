"""Fits how sure `detect text` is of a line, and prints the weights for masking/detect/text/confidence.py.

    python benchmarks/text.py CLIPS... [--styles N] [--seed S] [--frames N]

Captions of seeded styles are burned into clean clips, and all that is followed there is told to be one of
them or not; what is followed in the clips without captions is not. Cross-validated by clip: what is said of a
clip comes from the others.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.clips.material import list_clips
from rfr_video.evaluation.detect.captions import Caption
from rfr_video.evaluation.detect.clip_pictures import ClipPictures
from rfr_video.evaluation.detect.text_bench import burned, captions_for
from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.confidence import features
from rfr_video.masking.detect.text.cues import LEAST_SECONDS
from rfr_video.masking.detect.text.scan import followed_lines
from rfr_video.masking.detect.text.track import Followed
from rfr_video.masking.detect.text.working import WorkingPlane, working_planes
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import probe
from rfr_video.timecode import Span

CRF = 20
RIDGE = 3.0
ROUNDS = 50
LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LIKE_THE_BEST = 0.15

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A line that was followed.

    Attributes:
        clip: Name of the clip.
        search: Number of the search in all clips.
        caption: Which caption of the search it belongs to; ``None``: it is no caption.
        is_clean: Whether there are no captions in the search.
        look: Plane and polarity.
        likeness: How much it looks like text.
        features: By name.
    """

    clip: str
    search: int
    caption: int | None
    is_clean: bool
    look: tuple[int, str]
    likeness: float
    features: dict[str, float]


def main() -> None:
    """Measure, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--styles", type=int, default=2, help="of captions, per clip")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--frames", type=int, default=300)
    given = parser.parse_args()
    samples: list[Sample] = []
    captions = 0
    for clip in list_clips(given.clips):
        with tempfile.TemporaryDirectory() as folder:
            pictures = ClipPictures(clip, Path(folder), frames=given.frames, crf=CRF)
            for style in range(-1, given.styles):
                drawn = captions_for(pictures, seed=given.seed, style=style)[1] if style >= 0 else []
                captions += len(drawn)
                samples += _samples(pictures, drawn, search=captions * 100 + style)
        print(f"{clip.name}: {len(samples)} lines so far", flush=True)
    names, values = _table(samples)
    is_text = np.array([one.caption is not None for one in samples], np.float64)
    _print_weights(names, _fit(values, is_text))
    _print_limits(samples, _from_the_others(samples, values, is_text), captions)


def _samples(pictures: ClipPictures, captions: Sequence[Caption], *, search: int) -> Iterator[Sample]:
    """Follow lines in a clip; those that touch a caption without being one are left out, and poor doubles."""
    info = probe(burned(pictures, captions))
    rate = float(info.video.rate)
    whole = Rect(0, 0, info.video.width, info.video.height)
    planes = working_planes(whole, whole, PlaneLayout.of(info.video.pix_fmt))
    rows: list[Sample] = []
    for line, plane in followed_lines(info, planes, span=Span(), report=_silent):
        touched, caption = _caption_of(line, plane, captions)
        if line.frames < max(2, LEAST_SECONDS * rate) or (touched and caption is None):
            continue
        look = (plane.plane, line.line.polarity)
        seen = features(line, rate=rate)
        rows.append(Sample(pictures.name, search, caption, not captions, look, line.likeness, seen))
    for one in rows:
        same = [other for other in rows if other.caption == one.caption and other.look[0] == one.look[0]]
        best = max(same, key=lambda other: other.likeness)
        poor = one.look != best.look or one.likeness < best.likeness - LIKE_THE_BEST
        if one.caption is None or not poor:
            yield one


def _silent(done: int, expected: int | None) -> None:
    """Report to nobody."""


def _caption_of(line: Followed, plane: WorkingPlane, captions: Sequence[Caption]) -> tuple[bool, int | None]:
    """Return whether a line touches a caption, and the one that it lies on by half in place and time."""
    rect = line.line.rect
    (left, top), (right, bottom) = plane.to_picture(rect.x, rect.y), plane.to_picture(rect.right, rect.bottom)
    start, stop = line.start.index, line.start.index + line.frames
    touched = False
    for number, caption in enumerate(captions):
        other = caption.rect
        wide = min(right, other.right) - max(left, other.x)
        tall = min(bottom, other.bottom) - max(top, other.y)
        long = min(stop, caption.stop) - max(start, caption.start)
        if min(wide, tall, long) <= 0:
            continue
        touched = True
        if 2 * wide * tall >= (right - left) * (bottom - top) and 2 * long >= stop - start:
            return True, number
    return touched, None


def _table(samples: Sequence[Sample]) -> tuple[list[str], Values]:
    names = list(samples[0].features)
    return names, np.array([[one.features[name] for name in names] for one in samples], np.float64)


def _fit(values: Values, is_text: Values) -> Values:
    """Fit a logistic regression by Newton's method; the first feature is the constant."""
    spread = values.std(axis=0)
    spread[0] = 1.0
    middle = values.mean(axis=0)
    middle[0] = 0.0
    scaled = (values - middle) / spread
    count = len(values[0])
    ridge: Values = np.full((count,), RIDGE, np.float64)
    ridge[0] = 0.0
    weights: Values = np.zeros((count,), np.float64)
    for _ in range(ROUNDS):
        sure = _logistic(scaled, weights)
        curve: Values = np.einsum("ni,n,nj->ij", scaled, sure * (1 - sure) + 1e-6, scaled) + np.diag(ridge)
        slope: Values = np.einsum("ni,n->i", scaled, is_text - sure) - ridge * weights
        weights = weights + np.asarray(np.linalg.solve(curve, slope), np.float64)
    plain: Values = weights / spread
    plain[0] -= float((weights * middle / spread).sum())
    return plain


def _logistic(values: Values, weights: Values) -> Values:
    total = np.clip(np.einsum("ni,i->n", values, weights), -30, 30)
    return np.asarray(1 / (1 + np.exp(-total)))


def _from_the_others(samples: Sequence[Sample], values: Values, is_text: Values) -> Values:
    clips = np.array([one.clip for one in samples])
    sure = np.zeros(len(samples))
    for clip in np.unique(clips):
        own = clips == clip
        sure[own] = _logistic(values[own], _fit(values[~own], is_text[~own]))
    return sure


def _print_weights(names: Sequence[str], weights: Values) -> None:
    for name, weight in zip(names, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')


def _print_limits(samples: Sequence[Sample], sure: Values, captions: int) -> None:
    print("cross-validated, lines alone, without the rule for what nothing bears witness to:")
    for limit in LIMITS:
        passed = [one for one, value in zip(samples, sure, strict=True) if value >= limit]
        found = {(one.search, one.caption) for one in passed if one.caption is not None}
        false = {one.clip for one in passed if one.is_clean}
        share = len(found) / max(captions, 1)
        print(f"{limit}: {share:.3f} of {captions} captions, false in {len(false)} clips")


if __name__ == "__main__":
    main()
