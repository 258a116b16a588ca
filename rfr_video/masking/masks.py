"""What a user gave as masks → one source of masks."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rfr_video.config import MaskConfig
from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Rect
from rfr_video.masking.combine import SpannedMask, UnionMask
from rfr_video.masking.sequence import MaskSequence
from rfr_video.masking.source import MaskSource
from rfr_video.masking.still import StillMask
from rfr_video.masking.timeline import Timeline
from rfr_video.masking.video import open_mask_video
from rfr_video.media.images import FORMATS, is_image
from rfr_video.media.probe import VideoInfo
from rfr_video.timecode import Span


@contextmanager
def open_masks(config: MaskConfig, info: VideoInfo, *, span: Span) -> Generator[MaskSource]:
    """Open everything that says what to replace, as one source of masks. Everything given adds up.

    Args:
        config: What the user gave; growing and feathering is left to :class:`HoleShaper`.
        info: What is in the video to repair.
        span: Outside of it nothing is filled.

    Raises:
        UsageError: Nothing is given.
        MaskError: A mask, box or timeline cannot be used with this video.
    """
    if not config.given:
        raise UsageError("nothing says what to replace; give --mask, --box or --timeline")
    picture = Rect(0, 0, info.video.width, info.video.height)
    sources: list[MaskSource] = []
    with ExitStack() as stack:
        if config.box:
            sources.append(StillMask.of_boxes(config.box, picture=picture))
        if config.timeline:
            sources.append(Timeline.read(config.timeline, picture=picture, rate=info.video.rate))
        if config.mask:
            sources.append(stack.enter_context(_open_mask(config.mask, info, picture=picture)))
        source = sources[0] if len(sources) == 1 else UnionMask(sources)
        yield source if span == Span() else SpannedMask(source, span.at_rate(info.video.rate))


@contextmanager
def _open_mask(path: Path, info: VideoInfo, *, picture: Rect) -> Generator[MaskSource]:
    """Open a still, a folder or a video: which of them it is, its content says."""
    if path.is_dir():
        yield MaskSequence.open(path, info=info)
    elif is_image(path):
        yield StillMask.read(path, picture=picture)
    elif path.stat().st_size == 0:
        raise MaskError(f"mask {path} is empty; give a {FORMATS} file, a folder of them, or a video")
    else:
        with open_mask_video(path, info=info) as masks:
            yield masks
