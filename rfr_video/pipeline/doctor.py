"""A look at the machine: what of the program's needs is there, what is not, and how to get it.

Nothing is changed, fetched or encoded. Every part is looked at even if another one is broken; what depends on
a broken part is left out.
"""

import os
import platform
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from rfr_video.errors import EXIT_NOT_READY, RfrVideoError, WeightsError

LITTLE_SPACE_BYTES = (
    2 * 10**9
)  # masks that were carried or found are kept there while a long programme is repaired

_ENCODERS = "encoder"
_WEIGHTS = "weights"
# Distribution and module. Pillow, imagecodecs and tifffile are for stills, the rest for everything.
_NEEDED = (
    ("av", "av"),
    ("opencv-python-headless", "cv2"),
    ("numpy", "numpy"),
    ("torch", "torch"),
    ("safetensors", "safetensors"),
    ("pillow", "PIL.Image"),
    ("imagecodecs", "imagecodecs"),
    ("tifffile", "tifffile"),
    ("click", "click"),
    ("rich", "rich"),
    ("tqdm", "tqdm"),
)
_ONNX = ("onnx", "onnxscript", "onnxruntime")


class State(Enum):
    """How a part is."""

    GOOD = "good"
    LACKING = "lacking"  # the program works without it
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """One part that was looked at.

    Attributes:
        group: ``program``, ``package``, ``encoder``, ``device``, ``weights``, ``extra`` or ``space``.
        name: Of the part.
        state: How it is.
        detail: What was seen.
        remedy: What to do about it; empty where nothing is to be done.
    """

    group: str
    name: str
    state: State
    detail: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at packages, encoders, devices, weights, optional extras and room for temporary files.

    Imports every package that the program needs and reads all installed weights.
    """
    packages = tuple(_packages())
    broken = {one.name for one in packages if one.state is State.BROKEN}
    findings = [*_program(), *packages]
    if "av" not in broken:
        findings += _encoders()
    if not broken & {"torch", "numpy"}:
        findings += _devices()
    if not broken & {"torch", "numpy", "safetensors"}:
        findings += _weights()
        findings += _raft()
    return (*findings, _onnx(), _space())


def exit_code(findings: tuple[Finding, ...]) -> int:
    """Return 0 where nothing is broken, 8 where weights alone are, else 10."""
    groups = {one.group for one in findings if one.state is State.BROKEN}
    if groups == {_WEIGHTS}:
        return WeightsError.exit_code
    return EXIT_NOT_READY if groups else 0


def _program() -> Iterator[Finding]:
    try:
        yield Finding("program", "rfr-video", State.GOOD, metadata.version("rfr-video"))
    except metadata.PackageNotFoundError:
        yield Finding("program", "rfr-video", State.GOOD, "run from a checkout, not installed")
    yield Finding("program", "Python", State.GOOD, f"{platform.python_version()} on {platform.platform()}")


def _packages() -> Iterator[Finding]:
    for distribution, module in _NEEDED:
        problem = _import_problem(module)
        if problem is None:
            yield Finding("package", distribution, State.GOOD, _version(distribution))
        else:
            remedy = f"pip install --force-reinstall {distribution}"
            yield Finding("package", distribution, State.BROKEN, f"cannot be imported ({problem})", remedy)


def _import_problem(module: str) -> str | None:
    try:
        import_module(module)
    except Exception as error:  # noqa: BLE001 - a damaged installation may raise anything
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


def _version(distribution: str) -> str:
    """Return a version; a package may come from elsewhere than pip, such as OpenCV with another name."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "installed, its version is not stated"


def _encoders() -> Iterator[Finding]:
    from rfr_video.media.build import encoder_states, ffmpeg_version

    yield Finding("program", "FFmpeg", State.GOOD, f"{ffmpeg_version()}, inside PyAV")
    for encoder in encoder_states():
        if encoder.problem is None:
            yield Finding(_ENCODERS, encoder.name, State.GOOD, "can be used")
            continue
        remedy = "pip install --force-reinstall --only-binary av av"
        if encoder.hardware:
            remedy = "only needed for --codec with this name: an NVIDIA GPU and its driver"
        yield Finding(_ENCODERS, encoder.name, State.LACKING, encoder.problem, remedy)


def _devices() -> Iterator[Finding]:
    import torch

    from rfr_video.rfrnet.precision import choose_device

    yield Finding("device", "cpu", State.GOOD, f"{os.cpu_count()} cores, {torch.get_num_threads()} threads")
    with warnings.catch_warnings(record=True) as caught:  # torch warns of drivers that are too old
        warnings.simplefilter("always")
        has_cuda = torch.cuda.is_available()
    if has_cuda:
        for number in range(torch.cuda.device_count()):
            card = cast("Any", torch.cuda.get_device_properties(number))
            detail = f"{card.name}, {card.total_memory / 1e9:.1f} GB"
            yield Finding("device", f"cuda:{number}", State.GOOD, detail)
    elif torch.backends.mps.is_available():
        yield Finding("device", "mps", State.GOOD, "Apple's GPU")
    else:
        yield _no_gpu(built_for=torch.version.cuda, warned=[str(one.message) for one in caught])
    try:
        yield Finding("device", "auto", State.GOOD, f"chooses {choose_device('auto')}")
    except RfrVideoError as error:
        yield Finding(
            "device", "auto", State.BROKEN, str(error), "use --device cpu, or restart the GPU's driver"
        )


def _no_gpu(*, built_for: str | None, warned: list[str]) -> Finding:
    if built_for is None:
        detail = "torch is built for CPUs only"
        remedy = "for an NVIDIA GPU install torch with CUDA (https://pytorch.org/get-started/locally)"
    else:
        detail = f"torch is built for CUDA {built_for} and finds no GPU"
        detail += f" ({' '.join(warned[0].split())})" if warned else ""
        remedy = "where there is one, install or update NVIDIA's driver"
    return Finding("device", "gpu", State.LACKING, detail, f"{remedy}; everything works on the CPU, too")


def _weights() -> Iterator[Finding]:
    from rfr_video.rfrnet.manifest import SEARCH_VARIABLE, installed_weights, search_folders
    from rfr_video.rfrnet.weights import check_hash, load_network

    remedy = f"put the file into {search_folders()[-1]}, or set {SEARCH_VARIABLE} to the folder that has it"
    found = 0
    try:
        for located in installed_weights():
            found += located.exists
            if not located.exists:
                yield Finding(_WEIGHTS, located.name, State.LACKING, f"{located.path} is not there", remedy)
                continue
            try:
                load_network(located)
                detail = f"intact, SHA-256 {check_hash(located)}, {located.path}"
                yield Finding(_WEIGHTS, located.name, State.GOOD, detail)
            except WeightsError as error:
                yield Finding(
                    _WEIGHTS,
                    located.name,
                    State.BROKEN,
                    str(error),
                    f"replace {located.path} by an intact copy",
                )
    except WeightsError as error:
        yield Finding(_WEIGHTS, "manifest", State.BROKEN, str(error), "restore the manifest")
    if not found:
        detail = "none are installed; --fill auto makes up what is left with Telea's inpainting"
        yield Finding(_WEIGHTS, "RFR-Net", State.LACKING, detail, remedy)


def _raft() -> Iterator[Finding]:
    from rfr_video.pipeline.flow_choice import NAMES, installed_raft

    if problem := _import_problem("torchvision.models.optical_flow"):
        remedy = "pip install 'rfr-video[raft]', of the release that belongs to torch; only RAFT needs it"
        yield Finding("extra", "torchvision", State.LACKING, f"cannot be imported ({problem})", remedy)
    else:
        yield Finding("extra", "torchvision", State.GOOD, _version("torchvision"))
    weights = installed_raft()
    if weights is None:
        remedy = (
            f"put torchvision's {' or '.join(NAMES)} into a folder of weights; only --flow with RAFT needs it"
        )
        yield Finding("extra", "RAFT's weights", State.LACKING, "not installed", remedy)
    else:
        yield Finding("extra", "RAFT's weights", State.GOOD, str(weights))


def _onnx() -> Finding:
    missing = [name for name in _ONNX if find_spec(name) is None]
    if missing:
        remedy = "pip install 'rfr-video[onnx]'; only weights export needs it"
        return Finding("extra", "ONNX", State.LACKING, f"{', '.join(missing)} not installed", remedy)
    return Finding("extra", "ONNX", State.GOOD, ", ".join(f"{name} {_version(name)}" for name in _ONNX))


def _space() -> Finding:
    wanted = os.environ.get("TMPDIR", "")
    remedy = "free some space, or let TMPDIR name a folder that has it"
    try:
        folder = tempfile.gettempdir()
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("space", "temporary files", State.BROKEN, f"no folder for them ({error})", remedy)
    detail = f"{free_bytes / 1e9:.1f} GB free in {folder}"
    if wanted and Path(wanted).absolute() != Path(folder).absolute():
        detail += f"; TMPDIR is {wanted}, which cannot be written to"
        return Finding(
            "space", "temporary files", State.LACKING, detail, "let TMPDIR name a folder that is there"
        )
    if free_bytes < LITTLE_SPACE_BYTES:
        return Finding("space", "temporary files", State.LACKING, detail, remedy)
    return Finding("space", "temporary files", State.GOOD, detail)
