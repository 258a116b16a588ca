"""``rfr-video verify`` and ``restore --verify``: verdicts, exit codes, and names that are not given."""

import json

import av
import pytest
from media_factory import Clip, make_video
from tamper_factory import Tampering, tampered

from rfr_video.cli import main

BOX = ["--box", "9,7,31,17", "--grow", "2"]
RESTORE = ["--fill", "classical", "--codec", "ffv1", *BOX]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A source and its result in the current folder."""
    monkeypatch.chdir(tmp_path)
    make_video(tmp_path / "source.mkv", Clip(codec="ffv1", audio_tracks=1))
    assert main(["restore", "source.mkv", "-o", "result.mkv", "--quiet", *RESTORE]) == 0
    return tmp_path


def other_sample(number, planes):
    planes[0][50, 70] ^= 1


def test_a_true_result_matches(desk, capsys):
    assert main(["verify", "source.mkv", "result.mkv", *BOX]) == 0
    assert "every sample outside the hole is the source's" in capsys.readouterr().out


def test_a_changed_result_differs(desk, capsys):
    tampered(desk / "result.mkv", desk / "other.mkv", Tampering(picture=other_sample))
    assert main(["verify", "source.mkv", "other.mkv", *BOX]) == 11
    out = capsys.readouterr().out
    assert "NOT VERIFIED" in out
    assert "12 of 12 frames differ" in out


def test_the_verdict_as_json(desk, capsys):
    assert main(["verify", "source.mkv", "result.mkv", "--json"]) == 11
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["matches"], verdict["is_exact"], verdict["kept_as"]) == (False, False, None)
    assert verdict["pictures"]["worst_frame"]["psnr_db"] < 30
    outcomes = {one["name"]: one["outcome"] for one in verdict["checks"]}
    assert outcomes["samples outside the hole"] == "differs"
    assert outcomes["stream 1 (audio, aac)"] == "same"


def test_every_check_is_shown_when_asked(desk, capsys):
    assert main(["verify", "source.mkv", "result.mkv", "-v", *BOX]) == 0
    out = capsys.readouterr().out
    for name in ("colour matrix", "frames and their times", "chapters", "stream 1 (audio, aac)"):
        assert name in out


def test_a_run_verifies_itself(desk, capsys):
    arguments = ["source.mkv", "-o", "again.mkv", "--verify", "--report", "report.json", *RESTORE]
    assert main(["restore", *arguments]) == 0
    assert "verified in" in capsys.readouterr().out
    assert json.loads((desk / "report.json").read_text())["verification"]["is_exact"]


def test_a_run_that_does_not_match_says_so_and_withholds_the_name(desk, capsys, monkeypatch):
    before = (desk / "result.mkv").read_bytes()
    monkeypatch.setattr("rfr_video.media.frame.Frame.picture_for_encoder", darkened)
    arguments = ["source.mkv", "-o", "result.mkv", "--overwrite", "--verify", "--report", "r.json", *RESTORE]
    assert main(["restore", *arguments]) == 11
    assert "kept as result.unverified.mkv" in capsys.readouterr().out
    assert (desk / "result.mkv").read_bytes() == before
    verdict = json.loads((desk / "r.json").read_text())["verification"]
    assert (verdict["matches"], verdict["kept_as"]) == (False, "result.unverified.mkv")
    assert main(["verify", "source.mkv", "result.unverified.mkv", *BOX]) == 11
    names = {path.name for path in desk.iterdir()}
    assert names == {"source.mkv", "result.mkv", "result.unverified.mkv", "r.json"}


def darkened(frame):
    frame.make_writable()
    for plane in frame.planes():
        plane[-1, -1] //= 2
    frame._picture.pict_type = 0
    return frame._picture


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["verify", "source.mkv"], 2, "Missing argument 'RESULT'"),
        (["verify", "source.mkv", "nothing.mkv"], 3, "nothing.mkv does not exist"),
        (["verify", "source.mkv", "notes.mkv"], 3, "notes.mkv is not a readable media file"),
        (["verify", "source.mkv", "result.mkv", "--box", "0,0,999,9"], 4, "outside the 96×64 picture"),
        (["verify", "source.mkv", "result.mkv", "--least-psnr", "0"], 2, "--least-psnr is 0"),
        (["verify", "source.mkv", "result.mkv", "--difference", "d.jpg"], 6, "name it d.png"),
        (["verify", "source.mkv", "result.mkv", "--difference", "there.png"], 5, "there.png exists"),
        (["restore", "source.mkv", "-o", "a.mkv", "--least-psnr", "20", *RESTORE], 2, "give both"),
        (["restore", "source.mkv", "-o", "c.mkv", "--verify", *RESTORE], 5, "c.unverified.mkv exists"),
    ],
)
def test_what_does_not_fit_is_one_line(desk, capsys, arguments, code, words):
    for name in ("notes.mkv", "there.png", "c.unverified.mkv"):
        (desk / name).write_text("no video\n")
    before = {path.name for path in desk.iterdir()}
    assert main(arguments) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert {path.name for path in desk.iterdir()} == before


def test_a_source_with_the_name_of_an_unverified_result_is_never_written_to(desk, capsys):
    (desk / "source.mkv").rename(desk / "r.unverified.mkv")
    arguments = ["r.unverified.mkv", "-o", "r.mkv", "--verify", "--overwrite", *RESTORE]
    assert main(["restore", *arguments]) == 5
    assert "is the input itself" in capsys.readouterr().err


def test_the_plan_says_that_the_result_is_verified(desk, capsys):
    arguments = ["source.mkv", "-o", "r.mkv", "--verify", "--dry-run", *RESTORE]
    assert main(["restore", *arguments]) == 0
    assert "no difference outside the hole" in capsys.readouterr().out


def test_a_result_of_a_damaged_source_matches_with_its_own_code(tmp_path, capsys):
    source = make_video(tmp_path / "source.mov", Clip(codec="prores_ks", pix_fmt="yuv422p10le"))
    with av.open(str(source)) as container:
        entry = container.streams.video[0].index_entries[3]
        start, size = entry.pos + 8, entry.size - 8
    data = bytearray(source.read_bytes())
    data[start : start + size] = bytes(size)
    source.write_bytes(data)
    files = [str(source), str(tmp_path / "mended.mkv")]
    assert main(["restore", files[0], "-o", files[1], "--verify", *RESTORE]) == 7
    assert main(["verify", *files, *BOX]) == 7
    assert "source: explained: damaged: 1 damaged packets skipped" in capsys.readouterr().out
