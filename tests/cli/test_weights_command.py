"""``rfr-video weights`` as a user meets it."""

import hashlib
import json

import pytest
import torch
from rfrnet_factory import random_network

from rfr_video.cli import main
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.weights import load_network


def run(capsys, *arguments):
    code = main(["weights", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(capsys, *arguments, code, say):
    seen, out, err = run(capsys, *arguments)
    assert (seen, out) == (code, "")
    assert say in err
    assert err.count("\n") == 1
    assert err.startswith("rfr-video: ")


@pytest.fixture
def own(tiny_installed, tmp_path, monkeypatch):
    """A folder of weights that a test may spoil: ``tiny`` and ``other``, beside a checkpoint."""
    folder = tmp_path / "own"
    folder.mkdir()
    for file in tiny_installed.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    torch.save({"n_iter": 10, "generator": random_network().state_dict()}, folder / "g_10.pth")
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(folder))
    return folder


def spoil(file):
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def test_list_shows_name_form_default_and_place(capsys, own):
    (own / "other.safetensors").unlink()
    code, out, err = run(capsys, "list")
    assert (code, err) == (0, "")
    tiny, other = out.splitlines()
    for expected in ("tiny", "2.0 MB", "width 8", "noise", "default on cpu, cuda, mps", str(own)):
        assert expected in tiny
    assert "not installed" in other
    assert "default on" not in other


def test_list_as_json(capsys, own):
    (own / "tiny.safetensors").unlink()
    code, out, _ = run(capsys, "list", "--json")
    assert code == 0
    tiny, other = json.loads(out)
    assert (tiny["installed"], tiny["size_bytes"], tiny["default_on"]) == (False, None, [])
    assert (other["installed"], other["default_on"]) == (True, ["cpu", "cuda", "mps"])
    assert (other["config"]["width"], other["config"]["recurrences"]) == (8, 1)
    assert other["path"] == str(own / "other.safetensors")


@pytest.mark.usefixtures("nothing_installed")
def test_without_weights_list_says_where_they_are_sought(capsys, tmp_path):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert f"no weights are installed in {tmp_path}" in out
    assert json.loads(run(capsys, "list", "--json")[1]) == []
    fails(capsys, "verify", code=8, say="no weights are installed in")


def test_info_of_named_weights_and_of_a_file(capsys, own):
    code, out, _ = run(capsys, "info", "tiny")
    assert code == 0
    for expected in (
        "490,250",
        "Apache-2.0",
        "noise",
        "hole psnr db",
        "12.5",
        "width 8, kernel 7, recurrences 1",
    ):
        assert expected in out
    code, out, _ = run(capsys, "info", own / "g_10.pth", "--json")
    facts = json.loads(out)
    assert (code, facts["name"], facts["parameters"]) == (0, "g_10.pth", 490250)
    assert facts["sha256"] == hashlib.sha256((own / "g_10.pth").read_bytes()).hexdigest()
    assert facts["config"]["width"] == 8


def test_info_of_weights_whose_file_is_not_there(capsys, own):
    (own / "tiny.safetensors").unlink()
    code, out, _ = run(capsys, "info", "tiny")
    assert code == 0
    assert "no: put the file beside the manifest" in out
    assert "Apache-2.0" in out


def test_verify_names_what_is_damaged(capsys, own):
    assert run(capsys, "verify") == (0, "tiny: intact\nother: intact\n", "")
    assert run(capsys, "verify", own / "g_10.pth")[:2] == (0, "g_10.pth: intact\n")
    spoil(own / "other.safetensors")
    code, out, err = run(capsys, "verify")
    assert code == 8
    assert out.startswith("tiny: intact\nother: ")
    assert "1 of 2 weights are not intact: other" in err
    fails(capsys, "verify", "other", code=8, say="the manifest says")
    (own / "other.safetensors").unlink()
    assert run(capsys, "verify") == (0, "tiny: intact\nother: not installed\n", "")
    fails(capsys, "verify", "other", code=8, say="cannot be read")


def test_convert_makes_safetensors_that_load(capsys, own, tmp_path):
    target = tmp_path / "mine.safetensors"
    code, out, err = run(capsys, "convert", own / "g_10.pth", target)
    assert (code, err) == (0, "")
    assert out.startswith(f"{target}: width 8, kernel 7, recurrences 6")
    seen, wanted = (load_network(LocatedWeights(file)) for file in (target, own / "g_10.pth"))
    assert all(map(torch.equal, seen.state_dict().values(), wanted.state_dict().values()))


def test_convert_keeps_what_is_there(capsys, own, tmp_path):
    target = tmp_path / "mine.safetensors"
    target.write_bytes(b"precious")
    fails(capsys, "convert", own / "g_10.pth", target, code=5, say="exists")
    assert target.read_bytes() == b"precious"
    assert run(capsys, "convert", own / "g_10.pth", target, "--overwrite")[0] == 0
    fails(capsys, "convert", target, target, "--overwrite", code=5, say="is the input itself")
    load_network(LocatedWeights(target))


@pytest.mark.parametrize(
    ("source", "target", "code", "say"),
    [
        ("missing.pth", "x.safetensors", 8, "missing.pth: cannot be read"),
        ("manifest.toml", "x.safetensors", 8, "is no checkpoint"),
        ("cut.pth", "x.safetensors", 8, "damaged or truncated"),
        (".", "x.safetensors", 8, "cannot be read"),
        ("g_10.pth", "x.pth", 2, "does not end in .safetensors"),
        ("g_10.pth", "nowhere/x.safetensors", 5, "does not exist"),
    ],
)
def test_convert_of_bad_input_leaves_nothing(capsys, own, source, target, code, say):
    (own / "cut.pth").write_bytes((own / "g_10.pth").read_bytes()[:100_000])
    before = sorted(own.iterdir())
    fails(capsys, "convert", own / source, own / target, code=code, say=say)
    assert sorted(own.iterdir()) == before


def test_export_gives_the_named_network_to_the_exporter(capsys, own, tmp_path, monkeypatch):
    """The exporter itself takes half a minute: it has its own tests, and runs once for the documentation."""
    exported = []
    monkeypatch.setattr("rfr_video.rfrnet.onnx.export_onnx", lambda *arguments: exported.append(arguments))
    target = tmp_path / "other.onnx"
    code, out, _ = run(capsys, "export", "other", "--format", "onnx", "-o", target)
    assert code == 0
    assert out.startswith(f"{target}: onnx, width 8, kernel 7, recurrences 1")
    ((network, path),) = exported
    wanted = load_network(LocatedWeights(own / "other.safetensors")).state_dict()
    assert path == target
    assert all(map(torch.equal, network.state_dict().values(), wanted.values()))
    target.touch()
    fails(capsys, "export", "other", "-o", target, code=5, say="exists")


def test_export_of_bad_input_is_one_line(capsys, own, tmp_path, monkeypatch):
    target = tmp_path / "x.onnx"
    fails(capsys, "export", "tinny", "-o", target, code=8, say="no weights 'tinny'")
    fails(
        capsys,
        "export",
        "tiny",
        "-o",
        own / "tiny.safetensors",
        "--overwrite",
        code=5,
        say="the input itself",
    )
    fails(capsys, "export", "tiny", "--format", "pdf", "-o", target, code=2, say="'pdf' is not 'onnx'")
    spoil(own / "other.safetensors")
    fails(capsys, "export", "other", "-o", target, code=8, say="the manifest says")
    monkeypatch.setattr("rfr_video.rfrnet.onnx.find_spec", lambda name: None)
    fails(capsys, "export", "tiny", "-o", target, code=2, say="install rfr-video[onnx]")
    assert not target.exists()


@pytest.mark.parametrize(
    "command", [["list"], ["info", "tiny"], ["verify"], ["export", "tiny", "-o", "x.onnx"]]
)
def test_a_manifest_that_cannot_be_read_is_one_line(capsys, own, command):
    (own / "manifest.toml").write_text("[[weights]]\nname = 3\n")
    fails(capsys, *command, code=8, say="manifest.toml: table 1 lacks or does not know")
