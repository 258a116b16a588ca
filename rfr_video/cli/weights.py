"""``rfr-video weights``: the weights of RFR-Net that are installed, and files of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.errors import UsageError, WeightsError
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.rfrnet.manifest import LocatedWeights

_NAME = click.argument("name_or_path", metavar="NAME|PATH")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace the target if it exists.")


@click.group(
    "weights",
    short_help="Show, verify, convert and export weights of RFR-Net.",
    epilog="Exit codes: 0 done, 2 usage, 5 output, 8 weights that are missing, damaged or of another form.",
)
def weights_group() -> None:
    """Show, verify, convert and export weights of RFR-Net.

    Weights are sought in the folders of the environment variable RFR_VIDEO_WEIGHTS, among those that came
    with the program, and in ~/.local/share/rfr-video/weights. Nothing is ever downloaded.
    """


@weights_group.command("list", short_help="Show which weights are installed.")
@_JSON
def list_command(as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Show which weights are installed, and on which devices each is used by default."""
    from rfr_video.rfrnet.manifest import installed_weights

    found = [(item, _default_on(item)) for item in installed_weights()]
    if as_json:
        console.say(json_text([_listed(item, kinds) for item, kinds in found]))
    elif found:
        console.table(_row(item, kinds) for item, kinds in found)
    else:
        console.say(_none_installed())


@weights_group.command("info", short_help="Show all that is known about weights.")
@_NAME
@_JSON
def info_command(name_or_path: str, as_json: bool) -> None:  # noqa: FBT001
    """Show all that is known about weights: form, training data, licence, figures."""
    from rfr_video.rfrnet.manifest import find_weights

    located = find_weights(name_or_path)
    facts = _listed(located, _default_on(located))
    if located.exists:
        facts |= _read(located)
    if as_json:
        console.say(json_text(facts))
    else:
        console.table(_rows(facts))


@weights_group.command("verify", short_help="Check that weights are intact.")
@click.argument("name_or_path", metavar="[NAME|PATH]", required=False)
def verify_command(name_or_path: str | None) -> None:
    """Check hashes, names, shapes and values of weights; of all that are installed, unless one is named."""
    from rfr_video.rfrnet.manifest import find_weights, installed_weights
    from rfr_video.rfrnet.weights import load_network

    if name_or_path is not None:
        located = find_weights(name_or_path)
        load_network(located)
        console.say(f"{located.name}: intact")
        return
    installed = list(installed_weights())
    damaged: list[str] = []
    for located in installed:
        try:
            if located.exists:
                load_network(located)
            console.say(f"{located.name}: {'intact' if located.exists else 'not installed'}")
        except WeightsError as error:
            damaged.append(located.name)
            console.say(f"{located.name}: {error}")
    if damaged:
        raise WeightsError(f"{len(damaged)} of {len(installed)} weights are not intact: {', '.join(damaged)}")
    if not any(located.exists for located in installed):
        raise WeightsError(_none_installed())


@weights_group.command("convert", short_help="Convert a published checkpoint to safetensors.")
@click.argument("source", type=click.Path(path_type=Path), metavar="SRC.pth")
@click.argument("target", type=click.Path(path_type=Path), metavar="DST.safetensors")
@_OVERWRITE
def convert_command(source: Path, target: Path, overwrite: bool) -> None:  # noqa: FBT001
    """Convert a published checkpoint, or a bare state dict, to a safetensors file."""
    if target.suffix != ".safetensors":
        raise UsageError(f"{target} does not end in .safetensors; give the target such a name")
    from rfr_video.media.target import check_target
    from rfr_video.rfrnet.weights import convert_checkpoint

    check_target(target, source, overwrite=overwrite)
    console.say(f"{target}: {_form(asdict(convert_checkpoint(source, target)))}")


@weights_group.command("export", short_help="Export a network to ONNX.")
@_NAME
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["onnx"]),
    default="onnx",
    show_default=True,
    help="What to write.",
)
@click.option(
    "-o", "--output", "target", type=click.Path(path_type=Path), required=True, help="The file to write."
)
@_OVERWRITE
def export_command(name_or_path: str, format_name: str, target: Path, overwrite: bool) -> None:  # noqa: FBT001
    """Export a network for programs without torch; needs the extra [onnx].

    The model takes batches of any size, height and width.
    """
    from rfr_video.media.target import check_target
    from rfr_video.rfrnet.manifest import find_weights
    from rfr_video.rfrnet.onnx import export_onnx
    from rfr_video.rfrnet.weights import load_network

    located = find_weights(name_or_path)
    check_target(target, located.path, overwrite=overwrite)
    network = load_network(located)
    export_onnx(network, target)
    console.say(f"{target}: {format_name}, {_form(asdict(network.config))}")


def _default_on(located: "LocatedWeights") -> list[str]:
    from rfr_video.rfrnet.manifest import DEVICE_KINDS, default_weights

    return [kind for kind in DEVICE_KINDS if default_weights(kind) == located]


def _listed(located: "LocatedWeights", default_on: list[str]) -> dict[str, Any]:
    """Return what is known without reading the file."""
    facts: dict[str, Any] = {
        "name": located.name,
        "path": located.path,
        "installed": located.exists,
        "size_bytes": located.path.stat().st_size if located.exists else None,
        "default_on": default_on,
    }
    return {**asdict(located.entry), **facts} if located.entry else facts


def _read(located: "LocatedWeights") -> dict[str, Any]:
    """Return what the file itself tells; it must be intact."""
    from rfr_video.rfrnet.weights import check_hash, load_network

    network = load_network(located)
    return {
        "sha256": check_hash(located),
        "config": asdict(network.config),
        "parameters": sum(value.numel() for value in network.parameters()),
    }


def _row(located: "LocatedWeights", default_on: list[str]) -> tuple[str, ...]:
    assert located.entry is not None, "only manifests list"
    size = f"{located.path.stat().st_size / 1e6:.1f} MB" if located.exists else "not installed"
    default = f"default on {', '.join(default_on)}" if default_on else ""
    form = _form(asdict(located.entry.config))
    return located.name, size, form, located.entry.domain, default, str(located.path)


def _rows(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("name", "path", "size_bytes", "sha256", "parameters", "domain", "licence"):
        value = facts.get(key)
        if value is not None:
            yield key.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value)
    if not facts["installed"]:
        yield "installed", "no: put the file beside the manifest, or into another folder that is searched"
    if "config" in facts:
        yield "form", _form(facts["config"])
    for source in facts.get("training_data", ()):
        yield "trained on", source
    for name, figure in facts.get("validation", {}).items():
        yield name.replace("_", " "), f"{figure:g}"
    if facts["default_on"]:
        yield "default on", ", ".join(facts["default_on"])


def _form(config: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in config.items())


def _none_installed() -> str:
    from rfr_video.rfrnet.manifest import search_folders

    return f"no weights are installed in {', '.join(map(str, search_folders()))}"
