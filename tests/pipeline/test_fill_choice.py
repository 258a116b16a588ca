"""Which filler is used, and what is said about it."""

import hashlib
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from media_factory import Clip, make_video

from rfr_video.config import FillConfig
from rfr_video.errors import UsageError, WeightsError
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.synthesis import SynthesisFiller
from rfr_video.fill.temporal.filler import TemporalFiller
from rfr_video.fill.temporal.quality import QUALITIES
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.probe import probe
from rfr_video.pipeline.fill_choice import (
    MEMORY_BUDGET_BYTES,
    FillSettings,
    choose_fill,
    choose_video_fill,
    open_filler,
    window_frame_bytes,
)

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


@pytest.fixture(scope="module")
def info(tmp_path_factory):
    """A small video of 25 frames per second."""
    return probe(make_video(tmp_path_factory.mktemp("video") / "source.mkv", Clip(codec="ffv1", frames=2)))


def sized(info, width, height, *, pix_fmt="yuv420p", rate=25):
    """The same of another size; no such file is needed for a choice."""
    return replace(
        info, video=replace(info.video, width=width, height=height, pix_fmt=pix_fmt, rate=Fraction(rate))
    )


def temporal(config, info):
    """What is chosen for a video, and what is said about it."""
    settings, choices = choose_video_fill(config, info)
    assert settings.temporal is not None
    return settings.temporal, {choice.name: (choice.value, choice.reason) for choice in choices}


def test_classical_is_classical_whatever_is_installed(tiny_installed, info):
    config = FillConfig(fill="classical")
    assert said(config) == {"fill": ("classical", "as asked; OpenCV's Telea, frame by frame")}
    settings, choices = choose_video_fill(config, info)
    assert (settings, choices) == (FillSettings(), choose_fill(config)[1])
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
    assert isinstance(open_filler(FillSettings(network=network), SPEC, deep=False), SynthesisFiller)


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
        ({"fill": "temporal", "weights": "tiny"}, "--fill temporal needs no network"),
        ({"fill": "rfr", "look_ahead": 1.0}, "--fill rfr works frame by frame: leave out --look-ahead"),
        ({"fill": "classical", "look_ahead": 1.0}, "--fill classical works frame by frame"),
        ({"look_ahead": 0.0}, "--look-ahead is 0; give seconds above 0, at most 10"),
        ({"look_ahead": -2.0}, "--look-ahead is -2"),
        ({"look_ahead": 10.5}, "--look-ahead is 10.5"),
        ({"look_ahead": float("nan")}, "--look-ahead is nan"),
        ({"quality": "superb"}, "--quality is 'superb'; give one of: fast, balanced, best"),
    ],
)
def test_wrong_settings_are_usage_errors(settings, message):
    with pytest.raises(UsageError, match=message):
        FillConfig(**settings)


def test_auto_borrows_and_leaves_the_rest_to_the_network(tiny_installed, info):
    settings, choices = choose_video_fill(AUTO, info)
    assert settings.network == choose_fill(AUTO)[0]
    names = [choice.name for choice in choices]
    assert names == ["fill", "weights", "device", "fill quality", "look-ahead", "motion"]
    assert (choices[0].value, choices[0].reason) == (
        "borrowed",
        "the default; from other frames where they can be trusted, the rest by RFR-Net",
    )
    assert isinstance(open_filler(settings, SPEC, deep=False), TemporalFiller)


def test_temporal_needs_no_network_whatever_is_installed(tiny_installed, info):
    settings, choices = choose_video_fill(FillConfig(fill="temporal"), info)
    assert settings.network is None
    assert choices[0].reason.startswith("as asked; ")
    assert choices[0].reason.endswith("the rest by OpenCV's Telea")
    assert isinstance(open_filler(settings, SPEC, deep=False), TemporalFiller)


def test_the_network_alone_looks_at_no_other_frames(tiny_installed, info):
    settings, choices = choose_video_fill(RFR, info)
    assert (settings.temporal, settings.network) == (None, choose_fill(RFR)[0])
    assert "look-ahead" not in [choice.name for choice in choices]


@pytest.mark.parametrize("quality", QUALITIES)
def test_quality_is_what_was_asked_for(nothing_installed, info, quality):
    settings, said = temporal(FillConfig(quality=quality), info)
    assert settings.quality == QUALITIES[quality]
    assert said["fill quality"][0] == quality
    assert f"up to {settings.quality.candidates} frames" in said["fill quality"][1]


def test_more_effort_is_made_for_more_quality():
    fast, balanced, best = (QUALITIES[name] for name in ("fast", "balanced", "best"))
    assert fast.working_px < balanced.working_px < best.working_px
    assert fast.candidates < balanced.candidates < best.candidates


@pytest.mark.parametrize(
    ("look_ahead", "rate", "frames"),
    [(None, 25, 50), (None, 60, 120), (1.5, 24, 36), (0.001, 25, 1), (10.0, 30, 300)],
)
def test_look_ahead_is_in_seconds_of_the_video(nothing_installed, info, look_ahead, rate, frames):
    settings, said = temporal(FillConfig(look_ahead=look_ahead), sized(info, 320, 180, rate=rate))
    assert settings.look_ahead_frames == frames
    assert settings.quality.anchor_frames <= frames
    value, reason = said["look-ahead"]
    assert value == f"{frames} frames"
    assert reason.startswith("the default: 2.0 s" if look_ahead is None else "as asked: ")


@pytest.mark.parametrize(
    ("width", "height", "pix_fmt"),
    [(1280, 720, "yuv420p"), (3840, 2160, "yuv420p"), (3840, 2160, "yuv444p10le"), (1920, 1080, "gray")],
)
def test_the_plan_states_the_memory_and_keeps_within_it(nothing_installed, info, width, height, pix_fmt):
    video = sized(info, width, height, pix_fmt=pix_fmt, rate=50)
    settings, said = temporal(FillConfig(), video)
    megabytes = int(re.search(r"its frames need about (\d+) MB$", said["look-ahead"][1])[1])
    kept = megabytes * 1e6 / window_frame_bytes(video.video)
    assert 2 * settings.look_ahead_frames < kept
    assert megabytes * 1e6 <= MEMORY_BUDGET_BYTES


@pytest.mark.parametrize(("pix_fmt", "megabytes"), [("yuv420p", 1416), ("yuv420p10le", 2265)])
def test_the_largest_pictures_are_taken_and_the_plan_states_what_they_need(
    nothing_installed, info, pix_fmt, megabytes
):
    settings, said = temporal(FillConfig(), sized(info, 8192, 4320, pix_fmt=pix_fmt))
    assert settings.look_ahead_frames == 4
    reason = said["look-ahead"][1]
    assert "and so do 4, of which none can be spared" in reason
    assert reason.endswith(f"its frames need about {megabytes} MB")


def test_large_pictures_are_looked_at_less_far_and_the_plan_says_why(nothing_installed, info):
    reaches = []
    for width, height in ((640, 360), (1920, 1080), (3840, 2160), (7680, 4320)):
        settings, said = temporal(FillConfig(), sized(info, width, height))
        reaches.append(settings.look_ahead_frames)
        assert settings.quality.anchor_frames <= settings.look_ahead_frames
        assert ("50 frames would need more than 1 GB" in said["look-ahead"][1]) == (reaches[-1] < 50)
    assert reaches[0] == 50
    assert reaches == sorted(reaches, reverse=True)
    assert 1 <= reaches[-1] < 10


@pytest.mark.parametrize(
    ("pix_fmt", "per_sample"),
    [("gray", 2), ("yuv420p", 2.5), ("yuv422p", 3), ("yuv444p", 4), ("yuv420p10le", 4), ("gbrp", 4)],
)
def test_a_frame_in_the_window_takes_its_samples_and_luma(info, pix_fmt, per_sample):
    assert window_frame_bytes(sized(info, 100, 60, pix_fmt=pix_fmt).video) == 6000 * per_sample
