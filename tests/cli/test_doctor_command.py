"""``rfr-video doctor`` as a user meets it, on machines that lack this and that."""

import hashlib
import json
import shutil
import sys
import tempfile
from types import SimpleNamespace

import pytest
import torch

from rfr_video.cli import main
from rfr_video.errors import UsageError
from rfr_video.media.build import EncoderState


def run(capsys, *arguments):
    code = main(["doctor", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def examined(capsys):
    """Return exit code, findings by group and name, and what was said on standard error."""
    code, out, err = run(capsys, "--json")
    facts = json.loads(out)
    assert (facts["exit_code"], facts["ready"]) == (code, code == 0)
    return code, {(one["group"], one["name"]): one for one in facts["findings"]}, err


@pytest.fixture
def own(tiny_installed, tmp_path, monkeypatch):
    """A folder of weights that a test may spoil."""
    folder = shutil.copytree(tiny_installed, tmp_path / "own")
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(folder))
    return folder


def test_a_machine_with_all_that_is_needed(capsys, own):
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert out.endswith("ready\n")
    assert "broken" not in out
    for expected in (torch.__version__, "FFmpeg", "libx264, ", "ffv1", "GB free in", str(own)):
        assert expected in out


def test_as_json_every_part_says_how_it_is_and_weights_their_hash(capsys, own):
    code, found, err = examined(capsys)
    assert (code, err) == (0, "")
    sha256 = hashlib.sha256((own / "tiny.safetensors").read_bytes()).hexdigest()
    assert found["weights", "tiny"]["state"] == "good"
    assert sha256 in found["weights", "tiny"]["detail"]
    assert found["encoder", "libx264"]["state"] == "good"
    assert found["device", "cpu"]["state"] == "good"
    assert all(bool(one["remedy"]) == (one["state"] != "good") for one in found.values())


def test_damaged_weights_are_code_8(capsys, own):
    file = own / "tiny.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    code, found, err = examined(capsys)
    assert code == 8
    assert found["weights", "tiny"]["state"] == "broken"
    assert found["weights", "other"]["state"] == "good"
    assert err.startswith(f"rfr-video: not ready: weights tiny broken; replace {file} by an intact copy")
    assert err.count("\n") == 1


def test_a_manifest_that_cannot_be_read_is_code_8(capsys, own):
    (own / "manifest.toml").write_text("[[weights")
    code, found, _ = examined(capsys)
    assert code == 8
    assert "cannot be read as a manifest" in found["weights", "manifest"]["detail"]


def test_weights_that_are_listed_but_not_there_are_lacking(capsys, own):
    (own / "other.safetensors").unlink()
    code, found, _ = examined(capsys)
    assert code == 0
    assert found["weights", "other"]["state"] == "lacking"
    assert "RFR_VIDEO_WEIGHTS" in found["weights", "other"]["remedy"]


@pytest.mark.usefixtures("nothing_installed")
def test_without_any_weights_the_program_still_works(capsys):
    code, found, _ = examined(capsys)
    assert code == 0
    assert found["weights", "RFR-Net"]["state"] == "lacking"


def test_a_package_that_cannot_be_imported_is_code_10(capsys, own, monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    (own / "tiny.safetensors").write_bytes(b"damaged")
    code, out, err = run(capsys)
    assert code == 10
    assert "pip install --force-reinstall tifffile" in out
    assert "package tifffile, weights tiny broken" in err
    assert "ready\n" not in out


def test_what_depends_on_a_broken_package_is_left_out(capsys, own, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    code, found, _ = examined(capsys)
    assert code == 10
    groups = {group for group, _ in found}
    assert {"package", "device", "extra", "space"} <= groups
    assert not {"encoder", "weights"} & groups


def test_a_missing_extra_says_how_to_install_it(capsys, own, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setattr("rfr_video.pipeline.doctor._ONNX", ("onnx_that_is_not_there",))
    code, found, _ = examined(capsys)
    assert code == 0
    assert "rfr-video[raft]" in found["extra", "torchvision"]["remedy"]
    assert "rfr-video[onnx]" in found["extra", "ONNX"]["remedy"]


def test_installed_weights_of_raft_are_shown(capsys, own):
    (own / "raft_small.pth").write_bytes(b"never read here")
    _, found, _ = examined(capsys)
    assert found["extra", "RAFT's weights"]["detail"] == str(own / "raft_small.pth")


def test_an_encoder_that_the_build_lacks_is_said(capsys, own, monkeypatch):
    states = (EncoderState("libx264", "not in this build of FFmpeg", hardware=False),)
    monkeypatch.setattr("rfr_video.media.build.encoder_states", lambda: states)
    code, found, _ = examined(capsys)
    assert code == 0
    assert found["encoder", "libx264"]["state"] == "lacking"
    assert "pip install" in found["encoder", "libx264"]["remedy"]


def test_a_gpu_that_is_there_but_cannot_be_used_is_code_10(capsys, own, monkeypatch):
    def lost(name):
        raise UsageError("device 'cuda' cannot be used (it fell off the bus); give cpu")

    card = SimpleNamespace(name="A card", total_memory=8 * 10**9)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: card)
    monkeypatch.setattr("rfr_video.rfrnet.precision.choose_device", lost)
    code, found, _ = examined(capsys)
    assert code == 10
    assert found["device", "cuda:0"]["detail"] == "A card, 8.0 GB"
    assert found["device", "auto"]["state"] == "broken"
    assert "it fell off the bus" in found["device", "auto"]["detail"]


def test_a_tmpdir_that_is_not_there_is_said(capsys, own, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code, found, _ = examined(capsys)
    assert code == 0
    assert found["space", "temporary files"]["state"] == "lacking"
    assert str(tmp_path / "gone") in found["space", "temporary files"]["detail"]


def test_little_space_is_said_and_no_folder_at_all_is_code_10(capsys, own, monkeypatch):
    monkeypatch.setattr("rfr_video.pipeline.doctor.LITTLE_SPACE_BYTES", 10**18)
    assert examined(capsys)[1]["space", "temporary files"]["state"] == "lacking"

    def none():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    code, found, _ = examined(capsys)
    assert code == 10
    assert found["space", "temporary files"]["state"] == "broken"
