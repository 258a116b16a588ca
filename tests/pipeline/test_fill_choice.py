"""Which filler is used, and what is said about it."""

import hashlib
from dataclasses import replace

import pytest
from media_factory import Clip, make_video

from rfr_video import probe
from rfr_video.config import FillConfig
from rfr_video.errors import UsageError, WeightsError
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.synthesis import SynthesisFiller
from rfr_video.fill.temporal.filler import TemporalFiller
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.pipeline.fill_choice import FillSettings, choose_fill, choose_video_fill, open_filler

AUTO = FillConfig(device="cpu")
RFR = replace(AUTO, fill="rfr")
SPEC = ColorSpec.from_tags(ColorTags(), height=480, jpeg=False, rgb=False)


def said(config: FillConfig) -> dict[str, tuple[str, str]]:
    return {choice.name: (choice.value, choice.reason) for choice in choose_fill(config)[1]}


def damage(file):
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


@pytest.fixture
def own_weights(tmp_path, tiny_installed, monkeypatch):
    """A copy of the tiny weights that a test may spoil."""
    for file in tiny_installed.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(tmp_path))
    return tmp_path


def test_classical_is_classical_whatever_is_installed(tiny_installed):
    config = FillConfig(fill="classical")
    assert said(config) == {"fill": ("classical", "as asked; OpenCV's Telea, frame by frame")}
    settings = FillSettings(network=choose_fill(config)[0])
    assert isinstance(open_filler(settings, SPEC, deep=False), ClassicalFiller)


def test_auto_is_the_network_where_weights_are_installed(tiny_installed):
    network, _ = choose_fill(AUTO)
    assert network is not None
    file = tiny_installed / "tiny.safetensors"
    assert (network.weights.name, network.device) == ("tiny", "cpu")
    assert network.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert said(AUTO) == {
        "fill": ("rfr", "RFR-Net, since there are weights"),
        "weights": ("tiny", f"the first in {tiny_installed}"),
        "device": ("cpu", "as asked; --fill classical is faster there"),
    }
    settings = FillSettings(network=network)
    assert isinstance(open_filler(settings, SPEC, deep=False), SynthesisFiller)


@pytest.mark.usefixtures("tiny_installed")
@pytest.mark.parametrize(("fill", "rest"), [("auto", "RFR-Net"), ("temporal", "OpenCV's Telea")])
def test_a_video_is_filled_from_other_frames_first(tmp_path, fill, rest):
    info = probe(make_video(tmp_path / "a.mp4", Clip(frames=3)))
    config = FillConfig(fill=fill, quality="fast", look_ahead=0.4)
    settings, choices = choose_video_fill(config, info)
    assert settings.temporal is not None
    assert settings.temporal.look_ahead_frames == 10
    assert settings.temporal.quality.anchor_frames == 10
    assert (settings.network is not None) == (fill == "auto")
    said = {choice.name: (choice.value, choice.reason) for choice in choices}
    assert said["fill"][0] == "borrowed"
    assert said["fill"][1].endswith(f"the rest by {rest}")
    assert said["fill quality"] == ("fast", "borrows from up to 4 frames")
    assert said["look-ahead"][0] == "10 frames"
    assert isinstance(open_filler(settings, SPEC, deep=False), TemporalFiller)


def test_auto_is_classical_where_none_are(nothing_installed):
    assert said(FillConfig())["fill"][0] == "classical"
    assert "no weights of RFR-Net are installed" in said(FillConfig())["fill"][1]


def test_auto_is_classical_where_the_file_that_a_manifest_lists_is_missing(own_weights):
    for file in own_weights.glob("*.safetensors"):
        file.unlink()
    assert said(AUTO)["fill"][0] == "classical"


def test_the_default_for_the_device_is_said_to_be_that(own_weights):
    manifest = own_weights / "manifest.toml"
    manifest.write_text(manifest.read_text() + 'default_for = ["cpu"]\n')  # the last table: other
    assert said(AUTO)["weights"] == ("other", "the default on cpu")


def test_weights_by_name_and_by_path(tiny_installed, tmp_path):
    assert said(replace(AUTO, weights="other"))["weights"] == ("other", "as asked")
    loose = tmp_path / "mine.safetensors"
    loose.write_bytes((tiny_installed / "other.safetensors").read_bytes())
    network, _ = choose_fill(replace(RFR, weights=str(loose)))
    assert network is not None
    assert (network.weights.name, network.weights.entry) == ("mine.safetensors", None)
    assert network.sha256 == hashlib.sha256(loose.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (RFR, "--fill rfr needs weights, and none are installed in .*; give --weights PATH"),
        (replace(AUTO, weights="tinny"), "no weights 'tinny'"),
    ],
)
def test_weights_that_are_not_there_are_an_error(nothing_installed, config, message):
    with pytest.raises(WeightsError, match=message):
        choose_fill(config)


@pytest.mark.parametrize("config", [AUTO, RFR, replace(AUTO, weights="tiny")])
def test_damaged_weights_are_never_passed_over(own_weights, config):
    damage(own_weights / "tiny.safetensors")
    with pytest.raises(WeightsError, match=r"SHA-256 is [0-9a-f]{64}, the manifest says"):
        choose_fill(config)


def test_a_device_that_is_not_there_is_an_error(tiny_installed):
    with pytest.raises(UsageError, match="device 'cuda:77' cannot be used"):
        choose_fill(FillConfig(device="cuda:77"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fill": "magic"}, "--fill is 'magic'; give one of: auto, temporal, rfr, classical"),
        ({"device": "gpu"}, "--device is 'gpu'; give auto, cpu, cuda, cuda:N or mps"),
        ({"fill": "classical", "weights": "tiny"}, "--fill classical needs no network"),
        ({"fill": "classical", "device": "cpu"}, "--fill classical needs no network"),
    ],
)
def test_wrong_settings_are_usage_errors(settings, message):
    with pytest.raises(UsageError, match=message):
        FillConfig(**settings)
