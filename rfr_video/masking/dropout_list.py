"""Dropout lists of RF captures as masks: the ``.tbc.json`` that ld-decode and vhs-decode write.

The list names, per field, lines counted from 1 and ranges of samples within the whole line, sync included
(https://github.com/happycube/ld-decode/wiki/JSON-Metadata-format). What ld-chroma-decoder writes is the
active part of it: samples from ``activeVideoStart`` to ``activeVideoEnd`` and the active lines of the system,
both fields woven, widened by default to a width and a height that 8 divides.
"""

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from rfr_video.errors import MaskError
from rfr_video.media.hole import Mask
from rfr_video.media.probe import VideoInfo
from rfr_video.timecode import Moment

ACTIVE_LINES: Mapping[str, tuple[int, int]] = {"PAL": (44, 620), "NTSC": (40, 525), "PAL-M": (40, 525)}
"""First line of a frame that is shown, counted from 0, and the line after the last; unless the file says."""

_PADDED_TO = 8
_LARGEST = 1 << 31


@dataclass(frozen=True)
class ActivePicture:
    """Where the picture lies in the capture's frames.

    Attributes:
        left: The sample at the picture's left edge.
        scale: Pixels of the picture per sample.
        top: The frame's line at the picture's upper edge; lines count from 0, both fields together.
        width: Of the picture.
        height: Of the picture.
    """

    left: float
    scale: float
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, parameters: Mapping[str, Any], *, width: int, height: int, name: str) -> Self:
        """Place a picture of some size in the capture that the parameters describe.

        Its width may be that of the active samples, the same padded, or any other, which is taken for a
        scaled one. Lines are never scaled.

        Raises:
            MaskError: The parameters are not there, or the picture has another number of lines.
        """
        start, end = (_whole(parameters, key, name) for key in ("activeVideoStart", "activeVideoEnd"))
        if end <= start:
            raise MaskError(f"{name}: activeVideoStart {start} is not before activeVideoEnd {end}")
        first, last = _active_lines(parameters, name)
        missing = height - (last - first)
        if not 0 <= missing < _PADDED_TO:
            raise MaskError(
                f"{name} lists dropouts of {last - first} active lines, the picture has {height}; repair the "
                "video as it was exported, before it is scaled or cropped"
            )
        active = end - start
        padded = -(-active // _PADDED_TO) * _PADDED_TO
        top = first - (missing // 2 + (missing % 2 and (last - first) % 2))
        if width in (active, padded):
            more = width - active
            return cls(start - (more // 2 + (more % 2 and active % 2)), 1.0, top, width, height)
        return cls(float(start), width / active, top, width, height)

    def row(self, line: int, *, is_first_field: bool) -> int:
        """Return the row of a line of a field, which counts from 1; the first field has the upper lines."""
        return 2 * (line - 1) + (0 if is_first_field else 1) - self.top

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """Return the first column of a range of samples, and the one after the last."""
        first, last = ((sample - self.left) * self.scale for sample in (start, end))
        return max(0, floor(first)), min(self.width, ceil(last))


class DropoutList:
    """The dropouts of a capture as masks: frame n is the n-th first field, and the second one behind it.

    Holds 16 bytes per dropout.

    Args:
        rows: Four numbers per dropout: frame, row, first column, column behind the last; by frame.
        frame_count: How many frames the list is about.
        picture: Where they lie.
        name: For errors.
    """

    def __init__(self, rows: "array[int]", *, frame_count: int, picture: ActivePicture, name: str) -> None:
        self._rows = np.frombuffer(rows, np.intc).reshape(-1, 4) if rows else np.zeros((0, 4), np.intc)
        self._frame_count = frame_count
        self._picture = picture
        self._name = name

    @classmethod
    def read(cls, path: Path, *, info: VideoInfo) -> Self:
        """Read a list; raises :class:`MaskError` where it is none, or is not about such a video."""
        name = f"dropout list {path}"
        document = _load(path, name)
        parameters, fields = document.get("videoParameters"), document.get("fields")
        if not isinstance(parameters, dict) or not isinstance(fields, list):
            raise MaskError(f"{name} has no videoParameters or no fields; give the .tbc.json of the capture")
        video = info.video
        picture = ActivePicture.of(
            cast("dict[str, Any]", parameters), width=video.width, height=video.height, name=name
        )
        rows: array[int] = array("i")
        frame = -1
        for number, field in enumerate(cast("list[Any]", fields), start=1):
            where = f"{name}, field {number}"
            table = cast("dict[str, Any]", field) if isinstance(field, dict) else {}
            is_first = table.get("isFirstField")
            if not isinstance(is_first, bool):
                raise MaskError(f"{where} does not say whether it isFirstField; write the list anew")
            frame += is_first
            if frame >= 0:
                for dropout in _dropouts(
                    cast("dict[str, Any]", field), picture, is_first=is_first, where=where
                ):
                    rows.extend((frame, *dropout))
        return cls(rows, frame_count=frame + 1, picture=picture, name=name)

    def is_empty(self) -> bool:
        """Whether no dropout lies in the picture."""
        return not len(self._rows)

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the dropouts of a frame; raises :class:`MaskError` where the list is too short."""
        if moment.index >= self._frame_count:
            raise self._wrong_count(f"at least {moment.index + 1}")
        first, last = np.searchsorted(self._rows[:, 0], [moment.index, moment.index + 1])
        if first == last:
            return None
        mask = np.zeros((self._picture.height, self._picture.width), np.uint8)
        for _, row, left, right in self._rows[first:last]:
            mask[row, left:right] = 255
        return mask

    def finish(self, frame_count: int) -> None:
        """Raise :class:`MaskError` when the list goes on after the video."""
        if frame_count < self._frame_count - 1:  # the last frame of a capture may lack a field
            raise self._wrong_count(str(frame_count))

    def _wrong_count(self, frames: str) -> MaskError:
        return MaskError(
            f"{self._name} is about {self._frame_count} frames, the video has {frames}; give the list of "
            "the very capture, and the video as a whole"
        )


def _dropouts(
    field: Mapping[str, Any],
    picture: ActivePicture,
    *,
    is_first: bool,
    where: str,
) -> Iterator[tuple[int, int, int]]:
    """Yield row, first column and column behind the last of a field's dropouts, as far as they are shown."""
    listed: object = field.get("dropOuts") or {}
    if not isinstance(listed, dict):
        raise MaskError(
            f"{where}: dropOuts is {listed!r:.60}; three lists are wanted, startx, endx, fieldLine"
        )
    table = cast("dict[str, Any]", listed)
    columns = [_numbers(table.get(key), where) for key in ("fieldLine", "startx", "endx")]
    if len({len(column) for column in columns}) != 1:
        raise _uneven(where)
    for line, start, end in zip(*columns, strict=True):
        row = picture.row(line, is_first_field=is_first)
        left, right = picture.columns(start, end)
        if 0 <= row < picture.height and left < right:
            yield row, left, right


def _numbers(value: object, where: str) -> list[int]:
    numbers: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
    if not (value is None or isinstance(value, list)):
        raise _uneven(where)
    if not all(isinstance(one, int) and abs(one) < _LARGEST for one in numbers):
        raise _uneven(where)
    return numbers


def _uneven(where: str) -> MaskError:
    return MaskError(
        f"{where}: startx, endx and fieldLine are not equally long lists of whole numbers below {_LARGEST}"
    )


def _active_lines(parameters: Mapping[str, Any], name: str) -> tuple[int, int]:
    if "firstActiveFrameLine" in parameters and "lastActiveFrameLine" in parameters:
        first, last = (_whole(parameters, f"{which}ActiveFrameLine", name) for which in ("first", "last"))
        return first, last
    system = str(parameters.get("system", "")).upper().replace("_", "-")
    if not system and isinstance(parameters.get("isSourcePal"), bool):
        system = "PAL" if parameters["isSourcePal"] else "NTSC"
    if system not in ACTIVE_LINES:
        raise MaskError(f"{name}: the system is {system or 'not said'}; {', '.join(ACTIVE_LINES)} are known")
    return ACTIVE_LINES[system]


def _whole(parameters: Mapping[str, Any], key: str, name: str) -> int:
    value = parameters.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000:
        raise MaskError(f"{name}: {key} is {value!r:.60}; a number of samples or lines is wanted")
    return value


def _load(path: Path, name: str) -> dict[str, Any]:
    try:
        document: object = json.loads(path.read_bytes())
    except OSError as error:
        raise MaskError(f"{name} cannot be read: {error.strerror}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise MaskError(f"{name} is no JSON ({error}); give the .tbc.json of the capture") from error
    if not isinstance(document, dict):
        raise MaskError(f"{name} holds no table; give the .tbc.json of the capture")
    return cast("dict[str, Any]", document)
