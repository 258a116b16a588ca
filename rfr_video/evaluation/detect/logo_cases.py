"""Logos to be burned into clean clips, drawn with a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rfr_video.config import Corner
from rfr_video.errors import InputError
from rfr_video.evaluation.clips.logo_file import Placement

WIDTH_PERCENT = (6.0, 15.0)
"""Of the clip's width; every width in between is as likely."""


@dataclass(frozen=True)
class LogoCase:
    """A logo in a clip.

    Attributes:
        clip: The clean clip.
        logo: The picture with alpha.
        placement: Where, how large, how opaque.
    """

    clip: Path
    logo: Path
    placement: Placement


def list_logos(folder: Path) -> list[Path]:
    """Return the PNG files of a folder by name; raises :class:`InputError` where there are none."""
    try:
        logos = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".png")
    except OSError as error:
        raise InputError(
            f"folder {folder} of logos cannot be read: {error.strerror}; check the name"
        ) from error
    if not logos:
        raise InputError(f"folder {folder} holds no .png files; give a folder of logos with alpha")
    return logos


def draw_cases(
    clips: Sequence[Path], logos: Sequence[Path], *, count: int, seed: int, opacity: float
) -> Iterator[LogoCase]:
    """Draw combinations, clip by clip: as many for every clip, every other one translucent.

    Args:
        clips: The clean clips.
        logos: The logos.
        count: How many combinations.
        seed: Equal seeds draw equal combinations from equal files.
        opacity: Of the translucent ones.
    """
    for place, clip in enumerate(clips):
        share = count // len(clips) + (place < count % len(clips))
        draw = random.Random(f"{seed} {clip.name}")  # noqa: S311 - not a secret
        for number in range(share):
            placement = Placement(
                opacity=opacity if (number + place) % 2 else 1.0,
                corner=draw.choice(get_args(Corner)),
                width_share=draw.uniform(*WIDTH_PERCENT) / 100,
            )
            yield LogoCase(clip, draw.choice(logos), placement)
