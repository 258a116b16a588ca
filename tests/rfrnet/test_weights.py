"""Weights: what loads, and the error that everything else gets."""

import hashlib
import json

import pytest
import torch
from rfrnet_factory import TINY, random_batch, random_network
from safetensors.torch import save_file

from rfr_video.errors import OutputError, WeightsError
from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.manifest import LocatedWeights, WeightsEntry
from rfr_video.rfrnet.network import COMPACT, SMALLER_HOLES, RFRConfig, RFRNet
from rfr_video.rfrnet.weights import convert_checkpoint, load_network, save_network


@pytest.fixture
def checkpoint(tmp_path, tiny):
    """A checkpoint in the published layout."""
    path = tmp_path / "g_10.pth"
    torch.save({"n_iter": 10, "generator": tiny.state_dict(), "optimizer_G": {"state": {}}}, path)
    return path


def entry(path, **changes) -> LocatedWeights:
    values = {
        "name": "tiny",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "config": TINY,
        "domain": "noise",
        "training_data": ("none",),
        "licence": "Apache-2.0",
        "validation": {},
    }
    return LocatedWeights(path, WeightsEntry(**{**values, **changes}))


def same(first: RFRNet, second: RFRNet) -> bool:
    states = first.state_dict(), second.state_dict()
    return all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_the_published_layout_a_bare_state_dict_and_safetensors_load_alike(tmp_path, tiny, checkpoint):
    bare, converted = tmp_path / "bare.pth", tmp_path / "converted.safetensors"
    torch.save(tiny.state_dict(), bare)
    convert_checkpoint(checkpoint, converted)
    for path in (checkpoint, bare, converted):
        network = load_network(LocatedWeights(path))
        assert same(network, tiny)
        assert not network.training


def test_a_loaded_network_computes_what_the_saved_one_did_at_odd_sizes(tmp_path, tiny):
    save_network(tiny, tmp_path / "tiny.safetensors")
    loaded = load_network(LocatedWeights(tmp_path / "tiny.safetensors"))
    assert loaded.config == TINY
    with torch.inference_mode():
        assert torch.equal(loaded(*random_batch(1, 51, 38)), tiny(*random_batch(1, 51, 38)))


def test_the_form_is_read_off_the_shapes(tmp_path):
    path = tmp_path / "five.pth"
    torch.save(random_network(RFRConfig(width=16, kernel=5)).state_dict(), path)
    assert load_network(LocatedWeights(path)).config == RFRConfig(width=16, kernel=5)


def test_the_manifest_says_the_form(checkpoint):
    config = RFRConfig(width=8, recurrences=4)
    assert load_network(entry(checkpoint, config=config)).config.recurrences == 4


def test_parity_weights_survive_a_conversion(tmp_path, shared_data):
    shapes = json.loads((shared_data / "rfr_reference" / "keys_5x5.json").read_text())
    source, target = tmp_path / "source.pth", tmp_path / "target.safetensors"
    torch.save({"generator": {name: torch.zeros(shape) for name, shape in shapes.items()}}, source)
    assert convert_checkpoint(source, target) == SMALLER_HOLES


def broken_states():
    whole = random_network().state_dict()
    yield "lacks Tconv.weight;", {name: value for name, value in whole.items() if name != "Tconv.weight"}
    yield "unexpected extra.weight;", {**whole, "extra.weight": torch.zeros(1)}
    yield r"bn3.weight has shape \(9,\), not \(8,\)", {**whole, "bn3.weight": torch.zeros(9)}
    yield "bn3.weight holds numbers that are not finite", {**whole, "bn3.weight": torch.full((8,), torch.nan)}
    yield "first is 'conv.weight'", {"conv.weight": torch.zeros(3)}
    yield "0 parameters", {}


@pytest.mark.parametrize(("message", "state"), list(broken_states()), ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_wrong_parameters_are_errors_that_name_them(tmp_path, message, state, suffix):
    path = tmp_path / f"wrong.{suffix}"
    torch.save(state, path) if suffix == "pth" else save_file(state, path)
    with pytest.raises(WeightsError, match=message) as caught:
        load_network(LocatedWeights(path))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("kept", [0.001, 0.3, 0.999])
def test_truncated_files_are_errors(tmp_path, tiny, suffix, kept):
    path = tmp_path / f"cut.{suffix}"
    torch.save(tiny.state_dict(), path) if suffix == "pth" else save_network(tiny, path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(WeightsError, match=r"damaged or truncated|damaged, or holds"):
        load_network(LocatedWeights(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n1234567", "no checkpoint .it begins with 89 50 4e 47"),
        (b"\x80\x02garbage", "damaged"),
        (b"PK\x03\x04garbage", "damaged"),
        (b"\xff" * 8 + b"{" + b"x" * 99, "damaged"),
    ],
)
def test_other_files_are_errors(tmp_path, content, message):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        load_network(LocatedWeights(path))


class Payload:
    """Would run code if it were unpickled."""

    def __reduce__(self):
        return print, ("this must never run",)


def test_a_checkpoint_cannot_run_code(tmp_path, capsys):
    torch.save({"generator": Payload()}, tmp_path / "evil.pth")
    with pytest.raises(WeightsError, match="could run code"):
        load_network(LocatedWeights(tmp_path / "evil.pth"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [[1, 2], {"generator": 3}, {"a": 1}, torch.zeros(2)])
def test_torch_files_without_a_state_dict_are_errors(tmp_path, content):
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match=r"no state dict|no tensor"):
        load_network(LocatedWeights(tmp_path / "odd.pth"))


def test_another_hash_than_the_manifest_says_is_an_error(checkpoint):
    with pytest.raises(WeightsError, match="the manifest says 0000"):
        load_network(entry(checkpoint, sha256="0" * 64))


def test_a_missing_file_and_a_target_that_cannot_be_written_are_errors(tmp_path, checkpoint):
    with pytest.raises(WeightsError, match="cannot be read"):
        load_network(LocatedWeights(tmp_path / "none.pth"))
    with pytest.raises(OutputError, match="cannot be written"):
        convert_checkpoint(checkpoint, tmp_path / "no such folder" / "x.safetensors")


def test_a_network_to_be_loaded_draws_no_random_numbers(monkeypatch, tmp_path):
    """They would be thrown away, and cost a second: torch loads its compiler to draw them of no memory."""
    path = tmp_path / "weights.safetensors"
    save_network(build_network(COMPACT), path)
    monkeypatch.setattr(torch.nn.init, "kaiming_normal_", None)
    monkeypatch.setattr(torch, "empty_like", None)
    network = load_network(LocatedWeights(path))
    assert not any(value.is_meta or value.requires_grad for value in network.parameters())
