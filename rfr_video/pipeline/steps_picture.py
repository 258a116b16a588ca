"""A picture of RFR-Net at work: the hole before and after every recurrence, side by side."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.errors import UsageError
from rfr_video.fill.cut import cut
from rfr_video.media.colour import ColorSpec
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Hole
from rfr_video.media.stills.files import KINDS, SUFFIXES
from rfr_video.media.target import partial_file, translate
from rfr_video.pipeline.fill_choice import NetworkSettings

STEPS_GAP_PX = 4
StepsPicture = npt.NDArray[np.uint8]
"""(H, W, 3): R, G, B."""


def check_steps_picture(path: Path, network: NetworkSettings | None) -> None:
    """Raise :class:`UsageError` where there is no network to show, or no way to write the picture."""
    if network is None:
        raise UsageError(
            "--steps-picture shows RFR-Net at work, and holes are filled classically; give --fill rfr"
        )
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--steps-picture {path} has no suffix of {KINDS}; name it steps.png, for example")


def draw_steps(frame: Frame, hole: Hole, *, spec: ColorSpec, network: NetworkSettings) -> StepsPicture:
    """Return the steps side by side.

    Computed on the CPU in float32, whatever the device that fills.
    """
    from rfr_video.rfrnet.steps import choose_view, recurrence_steps
    from rfr_video.rfrnet.weights import load_network

    loaded = load_network(network.weights)
    view = choose_view(hole.mask > 0, config=loaded.config)
    rgb, mask = cut(frame, hole, view.rect, spec=spec)
    steps = [*recurrence_steps(loaded, np.clip(rgb, 0, 1), mask > 0, view=view)]
    gap = np.ones((steps[0].shape[0], STEPS_GAP_PX, 3), np.float32)
    row = np.concatenate([part for step in steps for part in (step, gap)][:-1], axis=1)
    return np.rint(row * 255).astype(np.uint8)


def write_steps(path: Path, picture: StepsPicture, *, overwrite: bool) -> None:
    """Write what :func:`draw_steps` drew, in the format of the suffix; complete or not at all."""
    data = cv2.imencode(path.suffix.lower(), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    try:
        with partial_file(path, overwrite=overwrite) as partial:
            partial.write_bytes(data)
    except OSError as error:
        raise translate(error, path) from error
