"""Export to ONNX, for programs without torch. Needs the extra ``[onnx]``."""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch.export import Dim

from rfr_video.errors import OutputError, UsageError
from rfr_video.rfrnet.network import SIZE_STEP_PX, Inpainter

_NEEDED = ("onnx", "onnxscript")


def export_onnx(network: Inpainter, target: Path) -> None:
    """Write the network as one ONNX file, complete or not at all.

    Inputs ``image`` (N, 3, H, W), RGB in [0, 1], and ``known`` (N, 1, H, W), 1 = known, 0 = hole; output
    ``filled`` (N, 3, H, W), raw as from :class:`Inpainter`. All float32; N, H and W are free.

    Raises:
        UsageError: The extra is not installed.
        OutputError: The target cannot be written.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(f"ONNX export needs {', '.join(missing)}; install rfr-video[onnx]")
    if not target.parent.is_dir():  # said before the minute that tracing takes
        raise OutputError(f"{target}: cannot be written (no folder {target.parent}); choose another place")
    sizes = {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}
    height, width = 3 * SIZE_STEP_PX, 4 * SIZE_STEP_PX  # only an example, as is the batch of 2
    example = torch.zeros(2, 3, height, width), torch.ones(2, 1, height, width)
    partial = target.with_name(f".{target.name}.partial")
    with _quiet():
        program = torch.onnx.export(
            network,
            example,
            input_names=["image", "known"],
            output_names=["filled"],
            dynamic_shapes=(sizes, sizes),
            external_data=False,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    try:
        program.save(str(partial))
        partial.replace(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error}); choose another place") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _quiet() -> Generator[None]:
    """Silence the exporter's notes on its own insides and on libraries that are not installed."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
