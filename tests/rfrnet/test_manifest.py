"""Manifests and the search path."""

from pathlib import Path

import pytest

from rfr_video.errors import WeightsError
from rfr_video.rfrnet.manifest import default_weights, find_weights, installed_weights, read_manifest
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


def test_weights_are_found_by_name_path_and_file_name(folder, monkeypatch):
    monkeypatch.setattr("rfr_video.rfrnet.manifest.SHIPPED", folder / "nothing ships")
    assert find_weights("natural").path == folder / "n.safetensors"
    assert find_weights(str(folder / "n.safetensors")).entry is not None
    assert find_weights(str(folder / "loose.pth")).entry is None
    assert find_weights("loose").path == folder / "loose.pth"
    assert [item.entry.name for item in installed_weights() if item.entry] == ["natural"]


def manifest(folder: Path, *entries: str) -> None:
    """Write a manifest of entries such as ``natural cpu mps``: a name, and what it is the default for."""
    tables = []
    for entry in entries:
        name, *kinds = entry.split()
        table = GOOD.replace('"natural"', f'"{name}"').replace("n.safetensors", f"{name}.safetensors")
        tables.append(table + f"default_for = {kinds}\n")
    folder.mkdir(exist_ok=True)
    (folder / "manifest.toml").write_text("".join(tables))


@pytest.mark.parametrize(
    ("entries", "files", "wanted"),
    [
        (
            ["small cpu mps", "large cuda"],
            ["small", "large"],
            {"cpu": "small", "mps": "small", "cuda": "large"},
        ),
        (["small cpu mps", "large cuda"], ["small"], {"cpu": "small", "cuda": "small"}),
        (["small cpu", "large cuda"], ["large"], {"cpu": "large", "cuda": "large"}),
        (["first", "second cuda"], ["first", "second"], {"cpu": "first", "cuda": "second"}),
        (["first", "second"], ["second"], {"cpu": "second"}),
    ],
)
def test_the_default_is_the_one_for_the_device_or_the_first_that_is_there(folder, entries, files, wanted):
    manifest(folder, *entries)
    for name in files:
        (folder / f"{name}.safetensors").touch()
    assert {kind: item.name for kind in wanted if (item := default_weights(kind))} == wanted


def test_the_first_folder_that_has_weights_decides_on_the_default(folder, monkeypatch):
    manifest(folder / "empty", "absent cpu")
    manifest(folder / "mine", "mine")
    (folder / "mine" / "mine.safetensors").touch()
    folders = [folder / "empty", folder / "mine", folder]
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", ":".join(map(str, folders)))
    located = default_weights("cpu")
    assert located is not None
    assert located.name == "mine"


def test_a_file_that_a_manifest_lists_may_lie_in_another_folder(folder, monkeypatch):
    manifest(folder / "listing", "large")
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", f"{folder / 'listing'}:{folder}")
    assert not find_weights("large").exists
    (folder / "large.safetensors").touch()
    located = find_weights("large")
    assert (located.path, located.exists) == (folder / "large.safetensors", True)
    assert located.entry is not None


def test_folders_that_cannot_be_searched_hold_no_weights(monkeypatch):
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", "/proc/1/map_files/x:" + "x" * 5000)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda number: {}[number])
    list(installed_weights())
    with pytest.raises(WeightsError, match="no weights 'yyy"):
        find_weights("y" * 5000)


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
        (("24.5", '"good"'), "validation's hole_psnr_db is 'good'; give a number"),
        (("licence =", 'default_for = "cpu"\nlicence ='), "default_for is 'cpu'"),
        (
            ("licence =", 'default_for = ["gpu"]\nlicence ='),
            "default_for has 'gpu'; give some of cpu, cuda, mps",
        ),
    ],
)
def test_a_wrong_manifest_is_an_error_that_names_the_key(tmp_path, change, message):
    path = tmp_path / "manifest.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(WeightsError, match=message):
        read_manifest(path)
