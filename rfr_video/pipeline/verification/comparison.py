"""Reading a source and its result side by side, once, in constant memory, and comparing all of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from rfr_video.config import MAX_GROW_PX, MaskConfig
from rfr_video.errors import InputError
from rfr_video.fill.filler import MaskedFrame
from rfr_video.masking.source import MaskSource
from rfr_video.media.encoders import is_lossless
from rfr_video.media.frame import Frame
from rfr_video.media.layout import same_samples
from rfr_video.media.probe import VideoInfo, VideoStreamInfo
from rfr_video.media.reader import CopiedPacket, Reader, open_reader
from rfr_video.media.scan import Scan
from rfr_video.media.streams import Passenger
from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.labels import label_checks
from rfr_video.media.verification.packets import PacketComparison, StreamPair
from rfr_video.media.verification.pairs import likely_fates, paired
from rfr_video.media.verification.picture_facts import picture_checks
from rfr_video.media.verification.samples import PictureComparison
from rfr_video.media.verification.times import TimeRule
from rfr_video.pipeline.masked_frames import masked_frames
from rfr_video.pipeline.verification.difference import DifferencePicture
from rfr_video.pipeline.verification.frame_pairs import frame_pairs
from rfr_video.pipeline.verification.limits import Limits
from rfr_video.pipeline.verification.tally import PictureSummary, PictureTally, picture_check
from rfr_video.pipeline.verification.times import TimeTally
from rfr_video.timecode import Span

_CONVERSION_REACH_PX = 4  # how far a hole shows in samples around it when pixel formats are converted


@dataclass(frozen=True)
class Expected:
    """What a result should be.

    Attributes:
        info: The source.
        video: What its pictures should be like in the result.
        scan: How the source's pictures were taken.
        mask: How far holes grow and are feathered.
        span: Where there are holes.
        passengers: What was to become of the other streams; ``None`` if that is not known.
        excuses: What about the pictures may be otherwise, and why.
    """

    info: VideoInfo
    video: VideoStreamInfo
    scan: Scan
    mask: MaskConfig
    span: Span
    passengers: tuple[Passenger, ...] | None = None
    excuses: Mapping[str, str] | None = None


def compare_files(
    expected: Expected,
    result: VideoInfo,
    masks: MaskSource | None,
    *,
    least_psnr_db: float,
    difference: DifferencePicture | None = None,
    report: Callable[[int], None],
) -> tuple[tuple[Check, ...], PictureSummary]:
    """Decode two files side by side, and compare pictures, packets, times and labels.

    Args:
        expected: What the result should be.
        result: What is in it.
        masks: Say what may be anything; ``None`` for nothing.
        least_psnr_db: What counts as different where the result's codec is lossy.
        difference: Is shown where pictures differ.
        report: Told of the number of frames so far.

    Raises:
        RfrVideoError: The source, the result or a mask cannot be read at all.
    """
    converts = not same_samples(expected.info.video.pix_fmt, result.video.pix_fmt)
    limits = Limits(is_lossless(result.video.codec) and not converts, least_psnr_db)
    with (
        open_reader(expected.info.path, scan=expected.scan, limits=expected.info.limits) as source,
        open_reader(result.path, limits=result.limits) as copy,
    ):
        passengers = expected.passengers
        if passengers is None:
            passengers = likely_fates(
                source.container,
                videos=(source.stream, copy.stream),
                name=result.path,
            )
        pairing = paired(source.container, copy.container, passengers=passengers, result_video=copy.stream)
        videos = StreamPair(source.stream, copy.stream)
        labels = tuple(label_checks(source.container, copy.container, (videos, *pairing.pairs)))
        packets = PacketComparison(pairing.pairs)
        run = _Run(expected, source, copy, packets, converts_to=result.video.pix_fmt if converts else None)
        times, pictures = run.compare(masks, limits, difference, report)
        checks = (
            *run.damage_checks(result),
            *picture_checks(expected.video, result.video, excuses=expected.excuses or {}),
            picture_check(pictures, limits),
            *times.checks(),
            *pairing.checks,
            *packets.checks(times.shift_seconds),
            *labels,
        )
    return checks, pictures


class _Run:
    """Two open files that are read in step."""

    def __init__(
        self,
        expected: Expected,
        source: Reader,
        result: Reader,
        packets: PacketComparison,
        *,
        converts_to: str | None,
    ) -> None:
        self._expected = expected
        self._source = source
        self._result = result
        self._packets = packets
        self._converts_to = converts_to
        self._breaks_off = ""

    def compare(
        self,
        masks: MaskSource | None,
        limits: Limits,
        difference: DifferencePicture | None,
        report: Callable[[int], None],
    ) -> tuple[TimeTally, PictureSummary]:
        rule = TimeRule.between(self._source.stream, self._result.stream)
        times, tally = TimeTally(rule), PictureTally(limits, self._expected.info.video)
        comparison: PictureComparison | None = None
        rate = self._expected.info.video.rate
        tick = max(Fraction(one.stream.time_base or 0) for one in (self._source, self._result))
        pairs = frame_pairs(self._masked(masks), self._frames(), rule=rule, rate=rate, tick_seconds=tick)
        for number, pair in enumerate(pairs, start=1):
            times.add(pair)
            if pair.expected is not None and pair.seen is not None:
                was, now, hole = pair.expected.frame, pair.seen, pair.expected.hole
                if was.rect != now.rect:
                    continue  # another check says so
                comparison = comparison or PictureComparison(was.rect, was.layout)
                tally.add(comparison.compare(was, now, hole), was)
                if difference is not None:
                    difference.add(comparison.differences(was, now, hole), hole)
            report(number)
        if masks is not None:
            masks.finish(self._source.positions)
        return times, tally.summary()

    def damage_checks(self, result: VideoInfo) -> Iterator[Check]:
        """Say what was wrong with either file."""
        if self._source.damage.found:
            words = f"damaged: {self._source.damage}; what is concealed may come out otherwise each time"
            yield Check("source", Outcome.EXPLAINED, words)
        wrong = [self._breaks_off] if self._breaks_off else []
        if result.missing_bytes:
            wrong.append(f"{result.missing_bytes:,} bytes are missing at its end")
        if self._result.damage.found and self._result.damage != self._source.damage:
            wrong.append(f"damaged: {self._result.damage}")
        if wrong:
            yield Check("result", Outcome.DIFFERS, "; ".join(wrong))
        else:
            yield Check("result", Outcome.SAME, "can be decoded from beginning to end")

    def _masked(self, masks: MaskSource | None) -> Iterator[MaskedFrame]:
        """Give the source's frames as they should be, with their holes."""
        frames = self._items(self._source, self._packets.add_source)
        mask = self._expected.mask
        if self._converts_to is not None:
            frames = (frame.converted(self._converts_to) for frame in frames)
            mask = replace(mask, grow_px=min(mask.grow_px + _CONVERSION_REACH_PX, MAX_GROW_PX))
        if masks is None:
            return (MaskedFrame(frame, None) for frame in frames)
        return masked_frames(frames, masks, config=mask, span=self._expected.span, merge_px=0)

    def _frames(self) -> Iterator[Frame]:
        """Give the result's frames as far as they can be decoded."""
        try:
            yield from self._items(self._result, self._packets.add_result)
        except InputError as error:
            self._breaks_off = str(error)

    @staticmethod
    def _items(reader: Reader, take: Callable[[CopiedPacket], None]) -> Iterator[Frame]:
        for item in reader:
            if isinstance(item, Frame):
                yield item
            else:
                take(item)
