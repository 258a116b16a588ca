"""The program as a whole: help, speed of start, errors."""

import subprocess
import sys

import pytest
from media_factory import Clip, make_video

from rfr_video.cli import main
from rfr_video.cli.options import config_options
from rfr_video.config import EncodeConfig, FillConfig, MaskConfig, RestoreConfig


def test_help_loads_no_heavy_library():
    probe = (
        "import sys; from rfr_video.cli import main; main(['restore', '--help']); "
        "print(sorted({'torch', 'av', 'cv2', 'numpy', 'rich', 'tqdm'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_every_config_field_is_an_option():
    names = {option.name for option in config_options(RestoreConfig)}
    for owner in (MaskConfig, FillConfig, EncodeConfig):
        for field in owner.__dataclass_fields__:
            assert f"{owner.__name__}_{field}".lower() in names


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("rfr-video ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["restore"], "Missing argument 'INPUT'"),
        (["restore", "a.mp4"], "Missing option '-o'"),
        (["restore", "a.mp4", "-o", "b.mp4", "--box", "1,2"], "is not X,Y,W,H"),
        (["restore", "a.mp4", "-o", "b.mp4", "--grow", "-1"], "--grow is -1"),
        (["restore", "a.mp4", "-o", "b.mp4", "--start", "noon"], "time 'noon' is not understood"),
        (["restore", "a.mp4", "-o", "b.mp4", "--crf", "1", "--bitrate", "1M"], "exclude each other"),
        (["restore", "a.mp4", "-o", "b.mp4", "--bitrate", "fast"], "bit rate 'fast'"),
        (["restore", "a.mp4", "-o", "b.mp4", "--crf", "nan"], "--crf is nan"),
        (["restore", "a.mp4", "-o", "b.mp4", "--crf", "999"], "--crf is 999"),
        (["restore", "a.mp4", "-o", "b.mp4", "--dry-run", "--report", "r.json"], "--dry-run makes no report"),
        (["restore", "a.mp4", "-o", "b.mp4", "-q", "-v"], "exclude each other"),
        (["restore", "a.mp4", "-o", "b.mp4"], "give --mask, --mask-at, --box, --timeline or --detect"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(capsys, arguments, message):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("rfr-video: ")


def test_an_unexpected_error_is_one_line_too(capsys, monkeypatch):
    def broken(path):
        raise RuntimeError("the moon is in the wrong place")

    monkeypatch.setattr("rfr_video.media.probe.probe", broken)
    assert main(["probe", "a.mp4"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "this is a bug" in err


def test_probe_shows_what_is_in_a_file(capsys, tmp_path):
    clip = Clip(audio_tracks=2, subtitles="subrip", chapters=True, attachment=True)
    source = make_video(tmp_path / "source.mkv", clip)
    assert main(["probe", str(source)]) == 0
    out = capsys.readouterr().out
    for expected in ("h264", "96×64 yuv420p", "25 frames/s", "deu", "subrip", "note.txt", "chapters"):
        assert expected in out


def test_probe_as_json(capsys, tmp_path):
    import json

    source = make_video(tmp_path / "source.mkv", Clip())
    assert main(["probe", str(source), "--json"]) == 0
    video = json.loads(capsys.readouterr().out)["video"]
    assert (video["codec"], video["width"], video["height"], video["rate"]) == ("h264", 96, 64, "25")
