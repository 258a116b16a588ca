"""What the comparison of all frames came to, in a few numbers, however many frames there are."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import isinf

import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.media.colour import FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.samples import BLOCK_PX, Block, Deviation, psnr_db
from rfr_video.pipeline.verification.frame_pairs import shown_at
from rfr_video.pipeline.verification.limits import Limits
from rfr_video.timecode import clock


@dataclass(frozen=True)
class Worst:
    """The frame, or the block of a frame, that is farthest off.

    Attributes:
        index: Number of the frame in the source.
        at_seconds: When it is shown.
        psnr_db: How far it is off.
        rect: Where, if it is a block; luma samples of the picture as it is shown.
    """

    index: int
    at_seconds: float
    psnr_db: float
    rect: Rect | None = None

    def __str__(self) -> str:
        place = f" at {self.rect.x},{self.rect.y}" if self.rect else ""
        return f"{self.psnr_db:.1f} dB{place} at {clock(Fraction(self.at_seconds))} (frame {self.index})"


@dataclass(frozen=True)
class PictureSummary:
    """How the pictures of a result differ from those of its source outside the hole.

    Attributes:
        frames: Frames that were compared.
        samples: Samples that were compared, of all planes.
        differing_samples: Those of them that differ.
        differing_frames: Frames with any of them.
        frames_beyond: Frames that are farther off than is allowed.
        psnr_db: Over all samples; ``None`` where nothing differs.
        worst_frame: By PSNR.
        worst_block: Of 16×16 luma samples, or of the chroma samples that belong to them.
        differing_area: Around all blocks that were ever farther off than is allowed; as for a block.
        differing_share: Of such blocks among all, 0 to 1.
    """

    frames: int
    samples: int
    differing_samples: int
    differing_frames: int
    frames_beyond: int
    psnr_db: float | None
    worst_frame: Worst | None
    worst_block: Worst | None
    differing_area: Rect | None
    differing_share: float

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return asdict(self)


class PictureTally:
    """Counts while frames are compared.

    Args:
        limits: What is allowed.
        video: Says how the picture is turned for display, which places are told of.
    """

    def __init__(self, limits: Limits, video: VideoStreamInfo) -> None:
        self._video = video
        self._limits = limits
        self._frames = self._samples = self._differing = self._differing_frames = self._beyond = 0
        self._squares = 0.0
        self._worst_frame: Worst | None = None
        self._worst_block: tuple[float, Worst] | None = None
        self._blocks: npt.NDArray[np.bool_] | None = None

    def add(self, deviation: Deviation, frame: Frame) -> None:
        """Take in how far a frame of the source and its counterpart are apart."""
        self._frames += 1
        self._samples += deviation.samples
        if not deviation.differing:
            return
        self._differing += deviation.differing
        self._differing_frames += 1
        self._squares += sum(deviation.squares)
        self._beyond += not self._limits.allows(deviation)
        if self._worst_frame is None or deviation.psnr_db < self._worst_frame.psnr_db:
            self._worst_frame = _worst(frame, deviation.psnr_db)
        if deviation.worst is not None and deviation.blocks is not None:
            self._note_blocks(deviation.worst, deviation.blocks, frame)

    def summary(self) -> PictureSummary:
        """Return what it came to."""
        whole = psnr_db(self._squares, self._samples)
        blocks = self._blocks if self._blocks is not None else np.zeros((1, 1), np.bool_)
        return PictureSummary(
            frames=self._frames,
            samples=self._samples,
            differing_samples=self._differing,
            differing_frames=self._differing_frames,
            frames_beyond=self._beyond,
            psnr_db=None if isinf(whole) else whole,
            worst_frame=self._worst_frame,
            worst_block=self._worst_block[1] if self._worst_block else None,
            differing_area=self._shown(_area(blocks)),
            differing_share=float(blocks.mean()),
        )

    def _note_blocks(self, worst: Block, blocks: FloatImage, frame: Frame) -> None:
        beyond = blocks > self._limits.block_mse
        self._blocks = beyond if self._blocks is None else self._blocks | beyond
        if self._worst_block is None or worst.mse > self._worst_block[0]:
            place = self._shown(worst.rect)
            self._worst_block = worst.mse, _worst(frame, psnr_db(worst.mse, 1), place)

    def _shown(self, rect: Rect | None) -> Rect | None:
        """Return where a rectangle of the stored picture is shown."""
        picture = self._video.picture
        if rect is None:
            return None
        return self._video.orientation.shown_rect(rect.intersection(picture), picture=picture)


def picture_check(summary: PictureSummary, limits: Limits) -> Check:
    """Say what the comparison of the pictures came to."""
    name = "samples outside the hole"
    if not summary.frames:
        return Check(name, Outcome.DIFFERS, "no frame could be compared")
    if not summary.differing_samples:
        return Check(name, Outcome.SAME, f"all {summary.samples:,} of {summary.frames} frames")
    words = f"{summary.psnr_db:.1f} dB; worst frame {summary.worst_frame}, worst block {summary.worst_block}"
    if not summary.frames_beyond:
        return Check(name, Outcome.CLOSE, f"{words}; as a lossy codec leaves them")
    allowed = (
        "none may, for the codec is lossless"
        if limits.is_exact
        else f"{limits.frame_db:g} dB is wanted, and {limits.block_db:g} dB of every block"
    )
    area = summary.differing_area
    where = f", within {area.width}×{area.height} at {area.x},{area.y}" if area else ""
    share = f"{100 * summary.differing_share:.2g} % of the picture"
    return Check(
        name,
        Outcome.DIFFERS,
        f"{summary.frames_beyond} of {summary.frames} frames differ ({allowed}){where}, {share}; {words}",
    )


def _worst(frame: Frame, psnr: float, rect: Rect | None = None) -> Worst:
    return Worst(frame.moment.index, round(float(shown_at(frame)), 6), psnr, rect)


def _area(blocks: npt.NDArray[np.bool_]) -> Rect | None:
    rows, columns = np.nonzero(blocks)
    if not rows.size:
        return None
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return Rect.from_edges(*(int(edge) * BLOCK_PX for edge in (left, top, right, bottom)))
