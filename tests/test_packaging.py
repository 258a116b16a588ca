"""The wheel: all modules, and the weights that travel with it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> set[str]:
    """The names in a wheel that is built from a copy of the project with large and small weights."""
    folder = tmp_path_factory.mktemp("packaging")
    project = folder / "project"
    shutil.copytree(
        ROOT / "rfr_video", project / "rfr_video", symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "weights", project / "weights")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    for name in ("rfr-compact.safetensors", "rfr-full.safetensors"):
        (project / "weights" / name).write_bytes(b"weights")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(project)], check=True)
    (path,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_the_wheel_carries_the_manifest_and_the_compact_weights_only(wheel):
    weights = {name for name in wheel if name.startswith("rfr_video/weights/") and not name.endswith(".md")}
    assert weights == {"rfr_video/weights/manifest.toml", "rfr_video/weights/rfr-compact.safetensors"}


def test_the_wheel_carries_every_module(wheel):
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "rfr_video").rglob("*.py")}
    assert modules <= wheel


def test_the_checkouts_weights_are_seen_by_the_package():
    assert (ROOT / "rfr_video" / "weights").resolve() == ROOT / "weights"
