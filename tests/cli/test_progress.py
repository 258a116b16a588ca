"""How often progress is shown where no terminal is."""

from types import SimpleNamespace

from rfr_video.cli import progress
from rfr_video.pipeline.progress import Progress


def test_a_line_is_shown_every_five_seconds(capsys, monkeypatch):
    clock = SimpleNamespace(seconds=50.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    with progress.ProgressDisplay(quiet=False) as display:
        for index in range(1, 49):  # 4 frames in a second
            clock.seconds = 50 + index / 4
            display.show(Progress(index, 48, index / 4, "fill"))
    shown = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in shown] == ["20 of 48 frames", "40 of 48 frames"]
    assert shown[0] == "20 of 48 frames, 4.0 frames/s, 7 s left, limited by fill"
