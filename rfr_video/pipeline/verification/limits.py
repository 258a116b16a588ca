"""How far a result may be off and still be what a codec leaves of its source."""

from dataclasses import dataclass

from rfr_video.media.verification.samples import Deviation

BLOCK_SLACK_DB = 8.0
"""So much worse than a whole frame may its worst block be."""


@dataclass(frozen=True)
class Limits:
    """What counts as different.

    Attributes:
        is_exact: Whether every sample has to be the same, as a lossless codec leaves it.
        frame_db: Least PSNR of a frame otherwise.
    """

    is_exact: bool
    frame_db: float

    @property
    def block_db(self) -> float:
        """Least PSNR of a block of a lossy result."""
        return self.frame_db - BLOCK_SLACK_DB

    @property
    def block_mse(self) -> float:
        """Mean squared difference that no block may exceed, where 1 is the largest code value."""
        return 0.0 if self.is_exact else 10 ** (-self.block_db / 10)

    def allows(self, deviation: Deviation) -> bool:
        """Whether a frame may be so far off."""
        if self.is_exact or deviation.worst is None:
            return not deviation.differing
        return deviation.psnr_db >= self.frame_db and deviation.worst.mse <= self.block_mse
