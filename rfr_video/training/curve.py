"""The curves of a run as a picture: loss and hole PSNR over steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.training.validation import write_picture

Points = Sequence[tuple[float, float]]
Colour = tuple[int, int, int]

PANEL_WIDTH_PX, PANEL_HEIGHT_PX = 900, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 40, 40
_BLACK, _GREY = (0, 0, 0), (220, 220, 220)
_BLUE, _ORANGE, _GREEN = (31, 119, 180), (255, 127, 14), (44, 160, 44)
_TICKS = 5


@dataclass(frozen=True)
class Line:
    """One line of a panel: its name, its points (x, y) and its RGB colour."""

    name: str
    points: Points
    colour: Colour


def write_curve(log: Sequence[Mapping[str, str]], path: Path) -> None:
    """Draw the log of a run; writes nothing while there are fewer than two points.

    Args:
        log: Lines as :func:`rfr_video.training.log.read_log` returns them.
        path: A PNG file.

    Raises:
        OutputError: It cannot be written.
    """
    loss = _points(log, "loss")
    if len(loss) < 2:
        return
    quality = [
        Line("network", _points(log, "psnr_db"), _BLUE),
        Line("Telea", _points(log, "telea_psnr_db"), _ORANGE),
        Line("Navier-Stokes", _points(log, "navier_stokes_psnr_db"), _GREEN),
    ]
    panels = [panel("loss over steps", [Line("loss", loss, _BLUE)])]
    if any(len(line.points) for line in quality):
        panels.append(panel("hole PSNR of the validation set (dB) over steps", quality))
    write_picture(np.concatenate(panels), path)


def panel(title: str, lines: Sequence[Line]) -> NDArray[np.uint8]:
    """Draw lines over common axes, RGB (360, 900, 3)."""
    picture = np.full((PANEL_HEIGHT_PX, PANEL_WIDTH_PX, 3), 255, np.uint8)
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    x_ticks, y_ticks = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))

    def place(x: float, y: float) -> tuple[int, int]:
        across = (x - x_ticks[0]) / (x_ticks[-1] - x_ticks[0])
        up = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        width, height = PANEL_WIDTH_PX - _LEFT - _RIGHT, PANEL_HEIGHT_PX - _TOP - _BOTTOM
        return round(_LEFT + across * width), round(PANEL_HEIGHT_PX - _BOTTOM - up * height)

    for x in x_ticks:
        at = place(x, y_ticks[0])
        cv2.line(picture, at, place(x, y_ticks[-1]), _GREY, 1)
        _write(picture, f"{x:g}", (at[0] - 12, at[1] + 20), _BLACK)
    for y in y_ticks:
        at = place(x_ticks[0], y)
        cv2.line(picture, at, place(x_ticks[-1], y), _GREY, 1)
        _write(picture, f"{y:g}", (8, at[1] + 5), _BLACK)
    for line in lines:
        corners = np.array([place(x, y) for x, y in line.points], np.int32).reshape(-1, 1, 2)
        cv2.polylines(picture, [corners], False, line.colour, 2, cv2.LINE_AA)  # noqa: FBT003
    _write(picture, title, (_LEFT, 24), _BLACK)
    for index, line in enumerate(reversed(lines)):
        _write(picture, line.name, (PANEL_WIDTH_PX - 150 * (index + 1), 24), line.colour)
    return picture


def ticks(least: float, largest: float) -> list[float]:
    """Return about five round numbers, evenly spaced, that enclose a range."""
    span = max(largest - least, 1e-3 * max(abs(largest), 1e-3))
    step = 10.0 ** math.floor(math.log10(span / _TICKS))
    step *= next(factor for factor in (1, 2, 5, 10) if factor * step * _TICKS >= span)
    first = math.floor(least / step)
    last = max(math.ceil(largest / step), first + 1)
    return [round(step * index, 12) for index in range(first, last + 1)]


def _points(log: Sequence[Mapping[str, str]], column: str) -> list[tuple[float, float]]:
    """Return a column over the steps; where there is no finite number, there is no point."""
    points = [(float(row["step"]), float(row[column])) for row in log if row.get(column)]
    return [point for point in points if math.isfinite(point[1])]


def _write(picture: NDArray[np.uint8], text: str, at: tuple[int, int], colour: Colour) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
