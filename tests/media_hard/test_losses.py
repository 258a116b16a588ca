"""What encoder or container cannot carry is said before work starts, each in a line of its own."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hard_media_factory import LOSSLESS, PLAIN, repaired, samples_are_the_same_outside
from media_factory import Clip, decode, make_video

from rfr_video import EncodeConfig, MaskConfig, probe
from rfr_video.errors import EncodeError, InputError
from rfr_video.pipeline.plan import make_plan

TURNED = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
WIDE = {"sample_aspect_ratio": Fraction(16, 11)}
JPEG = Clip("mjpeg", "yuvj422p", frames=2, tags={"color_range": 2})
ALPHA = Clip("prores_ks", "yuva444p10le", frames=2, options={"profile": "4444"})


def said(source, suffix, config=PLAIN) -> dict[str, str]:
    choices = make_plan(source, source.with_name(f"result{suffix}"), config).choices
    return {choice.name: choice.reason for choice in choices if choice.value == "lost"}


@pytest.mark.parametrize(
    ("start", "clip", "suffix", "codec", "names"),
    [
        (".mp4", Clip(frames=2, tags=WIDE), ".mkv", "ffv1", []),
        (".mp4", Clip(frames=2, tags=WIDE), ".mkv", "auto", []),
        (".mp4", Clip(frames=2, tags=WIDE), ".webm", "vp9", []),
        (".mp4", Clip(frames=2, tags=WIDE), ".avi", "ffv1", ["sample aspect ratio 16/11"]),
        (
            ".mp4",
            Clip(frames=2, display_matrix=TURNED),
            ".ts",
            "auto",
            ["orientation: turned by 90° clockwise"],
        ),
        (".mp4", Clip(frames=2, display_matrix=TURNED), ".mkv", "auto", []),
        (".avi", JPEG, ".avi", "ffv1", ["colour matrix 5", "full colour range"]),
        (".avi", JPEG, ".mkv", "ffv1", []),
    ],
)
def test_shape_and_colour(tmp_path, start, clip, suffix, codec, names):
    source = make_video(tmp_path / f"source{start}", clip)
    lines = said(source, suffix, replace(PLAIN, encode=EncodeConfig(codec=codec)))
    assert list(lines) == names
    assert all("does not keep it" in reason for reason in lines.values())


def test_hdr_metadata_names_what_keeps_it(tmp_path):
    parameters = (
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):log-level=none"
    )
    clip = Clip("libx265", "yuv420p10le", frames=2, options={"x265-params": parameters})
    source = make_video(tmp_path / "source.mkv", clip)
    assert said(source, ".mkv") == {}
    assert said(source, ".mkv", LOSSLESS) == {
        "mastering display and content light": "ffv1 in matroska does not keep it; "
        "--codec hevc, h264 or av1 keeps it"
    }


def test_alpha_of_prores_4444_is_kept_where_a_format_with_alpha_is_named(tmp_path):
    source = make_video(tmp_path / "source.mov", ALPHA)
    assert probe(source).video.pix_fmt == "yuva444p12le"
    with pytest.raises(EncodeError, match="cannot keep pixel format yuva444p12le"):
        said(source, ".mov")
    assert said(source, ".mov", replace(PLAIN, encode=EncodeConfig(pix_fmt="yuva444p10le"))) == {}
    assert list(said(source, ".mov", replace(PLAIN, encode=EncodeConfig(pix_fmt="yuv444p10le")))) == [
        "alpha channel"
    ]
    target, _ = repaired(source, ".mkv", LOSSLESS)
    samples_are_the_same_outside(source, target)


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt"),
    [
        (".mov", "qtrle", "argb"),
        (".mov", "png", "rgba"),
        (".avi", "utvideo", "gbrap"),
        (".mov", "png", "rgba64be"),
    ],
)
def test_alpha_of_lossless_codecs_is_kept(tmp_path, suffix, codec, pix_fmt):
    source = make_video(tmp_path / f"source{suffix}", Clip(codec, pix_fmt, frames=2))
    assert said(source, suffix) == {}
    target, _ = repaired(source)
    assert probe(target).video.pix_fmt == probe(source).video.pix_fmt
    changed = [
        (was != now).any()
        for pair in zip(decode(source), decode(target), strict=True)
        for was, now in zip(*pair, strict=True)
    ]
    assert any(changed)


def test_alpha_that_the_decoder_does_not_read(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip("libvpx-vp9", "yuva420p", frames=2))
    assert said(source, ".mkv") == {"alpha channel": "this decoder of vp9 does not read it"}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Clip(width=64, height=48, frames=2), "from 96×64 yuv420p to 64×48 yuv420p at frame 3"),
        (Clip(pix_fmt="yuv422p", frames=2), "from 96×64 yuv420p to 96×64 yuv422p at frame 3"),
    ],
    ids=["size", "pixel format"],
)
def test_a_change_in_the_middle_is_one_clear_error(tmp_path, second, words):
    parts = []
    for number, clip in enumerate((Clip(frames=3), second)):
        late = replace(clip, pts=tuple(range(10 * number + 5, 10 * number + 5 + clip.frames)))
        parts.append(make_video(tmp_path / f"{number}.ts", late).read_bytes())
    (tmp_path / "source.ts").write_bytes(b"".join(parts))
    with pytest.raises(InputError, match=f"{words}; split it there and restore the parts"):
        repaired(tmp_path / "source.ts")
    assert not (tmp_path / "result.ts").exists()


@pytest.mark.parametrize(
    ("clip", "suffix", "names"),
    [
        (Clip("libvpx-vp9", frames=2, tags=WIDE), ".mp4", []),
        (Clip("libx264", frames=2, tags=WIDE), ".mkv", []),
        (Clip(frames=2, display_matrix=TURNED), ".mp4", []),
        (Clip(frames=2, display_matrix=TURNED), ".ts", ["orientation: turned by 90° clockwise"]),
    ],
)
def test_a_copy_says_it_too(tmp_path, clip, suffix, names):
    source = make_video(tmp_path / "source.mp4", clip)
    shown = probe(source).video.shown_picture
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((shown.height, shown.width), np.uint8))
    config = replace(PLAIN, mask=MaskConfig(mask=tmp_path / "black.png"))
    assert list(said(source, suffix, config)) == names
    target, report = repaired(source, suffix, config)
    assert not report.plan.reencodes
    if not names:
        assert probe(target).video.sample_aspect_ratio == probe(source).video.sample_aspect_ratio
        assert probe(target).video.display_matrix == probe(source).video.display_matrix
