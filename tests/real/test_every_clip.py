"""Every real clip, restored with a mask over a corner: all else must come out as it went in."""

import pytest
import real_data
from media_factory import packets, presentation

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, probe, restore

CORNER = MaskConfig(box=(Box(-72, 8, 64, 48),))
FAST = EncodeConfig(preset="ultrafast")
CLASSICAL = FillConfig(fill="classical")  # quick, whatever weights are installed


def clip_names() -> list[str]:
    """Names at collection time; without the folder one entry is left, for the fixture to judge."""
    folder = real_data.folder()
    clips = [path for name in ("clips", "real_logo") for path in sorted((folder / name).glob("*.*"))]
    return [str(path.relative_to(folder)) for path in clips] or ["clips"]


@pytest.mark.parametrize("name", clip_names())
def test_packets_and_timestamps_of_a_real_clip_survive(shared_data, tmp_path, name):
    source = shared_data / name
    target = tmp_path / f"result{source.suffix}"
    has_presets = probe(source).video.codec == "h264"
    encode = FAST if has_presets else EncodeConfig()
    report = restore(source, target, RestoreConfig(mask=CORNER, fill=CLASSICAL, encode=encode))
    assert not report.damage.found
    assert packets(target) == packets(source)
    before, after = presentation(source), presentation(target)
    if source.suffix == ".avi":  # readers guess presentation times, those of B-frames out of order
        before = sorted(before)
        assert [start for start, _ in before] == [start for start, _ in after]
    else:
        assert before == after
    was, now = probe(source).video, probe(target).video
    assert (now.color, now.pix_fmt, now.field_order) == (was.color, was.pix_fmt, was.field_order)
    assert (now.width, now.height, now.display_matrix) == (was.width, was.height, was.display_matrix)
