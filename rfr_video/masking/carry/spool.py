"""Records on disk, so that memory does not grow with the length of a video. The files have no names."""

import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

import cv2
import numpy as np

from rfr_video.errors import OutputError
from rfr_video.masking.carry.carrier import Carried
from rfr_video.masking.carry.distance import REACH_PX
from rfr_video.masking.still import steady
from rfr_video.media.hole import CHROMA_ONLY, Mask
from rfr_video.motion.flow import Picture
from rfr_video.timecode import Moment

_QUALITY = [
    cv2.IMWRITE_JPEG_QUALITY,
    95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
]
_LEVELS = 127
SPOOLED_KB = 100
"""What a frame takes on disk while masks are carried to it from both sides, about."""
_HEAD = struct.Struct("<QI")
_CONFIDENCE = struct.Struct("<d")


class Spool:
    """Records that are read again in any order."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._ends = array("Q", [0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, record: bytes) -> None:
        """Write a record behind the others; raises :class:`OutputError`."""
        self._file.seek(self._ends[-1])
        _write(self._file, record)
        self._ends.append(self._ends[-1] + len(record))

    def __getitem__(self, number: int) -> bytes:
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start)

    def clear(self) -> None:
        """Forget all records; raises :class:`OutputError`."""
        self._file.truncate(0)
        self._ends = array("Q", [0])


def pack_picture(rgb: Picture) -> bytes:
    """Pack a picture, uint8 (H, W, 3), as a JPEG of high quality: about 100 kB for 640×360."""
    return cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _QUALITY)[1].tobytes()


def unpack_picture(record: bytes) -> Picture:
    """Unpack what :func:`pack_picture` packed."""
    bgr = cv2.imdecode(np.frombuffer(record, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None, "packed by ourselves"
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def pack_carried(carried: Carried) -> bytes:
    """Pack a carried mask, its distances in steps of a tenth of a pixel."""
    levels = np.rint(carried.distance * (_LEVELS / REACH_PX)).astype(np.int8)
    return _CONFIDENCE.pack(carried.confidence) + zlib.compress(levels.tobytes(), 1)


def unpack_carried(record: bytes, *, height: int, width: int) -> Carried:
    """Unpack what :func:`pack_carried` packed."""
    (confidence,) = _CONFIDENCE.unpack_from(record)
    levels = np.frombuffer(zlib.decompress(record[_CONFIDENCE.size :]), np.int8).reshape(height, width)
    return Carried(levels.astype(np.float32) * np.float32(REACH_PX / _LEVELS), confidence)


class MaskSpool:
    """Masks of a video, written once in the order of its frames; :meth:`masks` reads them as a source."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._is_empty = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, moment: Moment, mask: Mask) -> None:
        """Write the mask of the next frame; raises :class:`OutputError`."""
        record = zlib.compress(np.packbits([mask > 0, mask > CHROMA_ONLY]).tobytes(), 1)
        self._is_empty = self._is_empty and not mask.any()
        _write(self._file, _HEAD.pack(moment.index, len(record)))
        _write(self._file, record)

    def masks(self, *, height: int, width: int) -> "SpooledMasks":
        """Return what was written as a source; one at a time may be in use."""
        self._file.seek(0)
        return SpooledMasks(self._records(), is_empty=self._is_empty, height=height, width=width)

    def _records(self) -> Iterator[tuple[int, bytes]]:
        while head := self._file.read(_HEAD.size):
            index, length = _HEAD.unpack(head)
            yield index, self._file.read(length)


class SpooledMasks:
    """Masks that were carried in an earlier pass, frame by frame.

    Args:
        records: Numbers of frames, rising, with their packed masks.
        is_empty: Whether all of them are empty.
        height: Of the masks.
        width: Of the masks.
    """

    def __init__(
        self, records: Iterator[tuple[int, bytes]], *, is_empty: bool, height: int, width: int
    ) -> None:
        self._records = records
        self._empty = is_empty
        self._shape = height, width
        self._record = b""
        self._mask: Mask | None = None

    def is_empty(self) -> bool:
        """Whether no frame has anything to fill."""
        return self._empty

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the mask of the frame with the moment's number; equal masks give the same array object."""
        for index, record in self._records:
            if index == moment.index:
                return self._unpacked(record)
        raise AssertionError(f"frame {moment.index} was there when masks were carried")

    def finish(self, frame_count: int) -> None:
        """Do nothing: the masks are as many as the frames."""

    def _unpacked(self, record: bytes) -> Mask | None:
        if record != self._record:
            height, width = self._shape
            bits = np.unpackbits(np.frombuffer(zlib.decompress(record), np.uint8), count=2 * height * width)
            some, whole = bits.reshape(2, height, width)
            mask = some * np.uint8(CHROMA_ONLY) + whole * np.uint8(255 - CHROMA_ONLY)
            self._record, self._mask = record, steady(mask, self._mask)
        return self._mask


def _write(file: IO[bytes], data: bytes) -> None:
    try:
        file.write(data)
    except OSError as error:
        raise OutputError(
            f"masks cannot be kept in {tempfile.gettempdir()}: {error.strerror}; free some space there, or "
            "let TMPDIR name another folder"
        ) from error
