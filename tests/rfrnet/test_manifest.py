"""Manifests and the search path."""

from pathlib import Path

import pytest

from rfr_video.errors import WeightsError
from rfr_video.rfrnet.manifest import find_weights, installed_weights, read_manifest
from rfr_video.rfrnet.network import RFRConfig

TABLE = """[[weights]]
name = "natural"
file = "n.safetensors"
sha256 = "{digest}"
config = {{ width = 24, kernel = 5 }}
domain = "photographs"
training_data = ["one", "two"]
licence = "Apache-2.0"
validation = {{ hole_psnr_db = 24.5 }}
"""
GOOD = TABLE.format(digest="ab" * 32)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    (tmp_path / "manifest.toml").write_text(GOOD)
    (tmp_path / "n.safetensors").write_bytes(b"x")
    (tmp_path / "loose.pth").write_bytes(b"x")
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(tmp_path))
    return tmp_path


def test_a_manifest_is_read_whole(folder):
    (entry,) = read_manifest(folder / "manifest.toml")
    assert (entry.name, entry.config) == ("natural", RFRConfig(width=24, kernel=5))
    assert entry.training_data == ("one", "two")
    assert entry.validation == {"hole_psnr_db": 24.5}


def test_the_manifest_that_ships_is_valid():
    read_manifest(Path(__file__).parents[2] / "weights" / "manifest.toml")


def test_weights_are_found_by_name_path_and_file_name(folder):
    assert find_weights("natural").path == folder / "n.safetensors"
    assert find_weights(str(folder / "n.safetensors")).entry is not None
    assert find_weights(str(folder / "loose.pth")).entry is None
    assert find_weights("loose").path == folder / "loose.pth"
    assert [item.entry.name for item in installed_weights() if item.entry] == ["natural"]


def test_unknown_weights_are_an_error_that_says_where_and_what(folder):
    with pytest.raises(WeightsError, match=rf"no weights 'nat'.*{folder}.*natural"):
        find_weights("nat")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("name =", "nom ="), "name, nom"),
        (("ab" * 32, "xy"), "sha256 is 'xy'"),
        (("n.safetensors", "../n.safetensors"), "without folders"),
        (("width = 24", "width = 25"), "config is wrong"),
        (("width = 24", "depth = 24"), "config is wrong"),
        (('"photographs"', "3"), "domain is 3"),
        (("[[weights]]", "[weights]"), "list of tables"),
        (("[[weights]]", "[[weights"), "cannot be read as a manifest"),
        (('["one", "two"]', "1"), "training_data is 1"),
        (("{ hole_psnr_db = 24.5 }", "1"), "validation is 1"),
    ],
)
def test_a_wrong_manifest_is_an_error_that_names_the_key(tmp_path, change, message):
    path = tmp_path / "manifest.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(WeightsError, match=message):
        read_manifest(path)
