"""Whole runs on videos with a translucent logo: found, taken off, saved, reused; or left alone."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from translucent import FRAMES, HEIGHT, WIDTH, logo, pan, psnr_db, write, write_mask

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.errors import MaskError, UsageError
from rfr_video.fill.filler import Origin
from rfr_video.media.rgb_video import h264_writer, rgb_pictures

LOGO = logo(0.5)
LOSSLESS = EncodeConfig(codec="ffv1")
AUTO = FillConfig(quality="fast", look_ahead=0.5)


@pytest.fixture(autouse=True)
def no_weights(monkeypatch, tmp_path):
    """What is left is inpainted: no network is loaded."""
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("rfr_video.pipeline.fill_choice.installed_weights", tuple)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """A clip with a translucent logo, its mask, and the clip without."""
    folder, clean = tmp_path_factory.mktemp("translucent"), pan()
    video = write(folder / "logo.mkv", clean, lambda _, picture: LOGO.over(picture))
    return video, write_mask(folder / "mask.png", LOGO.mask), clean


def run(video, target, mask, fill=AUTO, **settings):
    return restore(video, target, RestoreConfig(mask=mask, fill=fill, encode=LOSSLESS, **settings))


def note(report):
    return report.fill_notes[0]


def test_a_translucent_logo_is_taken_off_and_its_matte_serves_another_video(material, tmp_path):
    video, mask, clean = material
    saved = tmp_path / "matte.png"
    report = run(video, tmp_path / "result.mkv", MaskConfig(mask=mask), save_matte=saved)
    assert note(report).startswith(f"translucent overlay found in {FRAMES} frames")
    assert report.origin_shares[Origin.DEBLENDED] > 0.95
    assert report.filled.confidence > 0.8
    assert psnr_db(list(rgb_pictures(tmp_path / "result.mkv")), clean, LOGO.mask) > 38

    matte = cv2.imread(str(saved), cv2.IMREAD_UNCHANGED)
    assert (matte.shape, matte.dtype) == ((HEIGHT, WIDTH, 4), np.uint16)
    assert np.abs(matte[..., 3] / 65535 - LOGO.alpha_hw).max() < 0.1

    other = pan(9)
    video = write(tmp_path / "other.mkv", other, lambda _, picture: LOGO.over(picture))
    report = run(video, tmp_path / "again.mkv", MaskConfig(matte=saved))
    assert report.origin_shares[Origin.DEBLENDED] > 0.7
    assert psnr_db(list(rgb_pictures(tmp_path / "again.mkv")), other, LOGO.mask) > 36

    mask = cv2.dilate(LOGO.mask, np.ones((13, 13), np.uint8))
    larger = write_mask(tmp_path / "larger.png", mask)
    run(video, tmp_path / "larger.mkv", MaskConfig(matte=saved, mask=larger))
    beside = np.where(cv2.dilate(LOGO.mask, np.ones((3, 3), np.uint8)), 0, mask)
    assert psnr_db(list(rgb_pictures(tmp_path / "larger.mkv")), other, beside) > 60


def test_a_fade_is_followed(tmp_path):
    clean = pan(frames=36)
    gains = [1.0] * 24 + [max(1 - index / 8, 0) for index in range(12)]
    video = write(tmp_path / "fade.mkv", clean, lambda index, picture: LOGO.over(picture, gains[index]))
    report = run(
        video, tmp_path / "result.mkv", MaskConfig(mask=write_mask(tmp_path / "mask.png", LOGO.mask))
    )
    assert report.origin_shares[Origin.DEBLENDED] > 0.9
    seen = list(rgb_pictures(tmp_path / "result.mkv"))
    assert psnr_db(seen[24:], clean[24:], LOGO.mask) > 33


def test_fading_in_and_out_is_followed_in_a_compressed_video(tmp_path):
    clean = pan(frames=34)
    gains = [min(1.0, index / 8, (33 - index) / 8) for index in range(34)]
    video = tmp_path / "fade.mp4"
    with h264_writer(video, width=WIDTH, height=HEIGHT, rate=Fraction(25), crf=20, preset="medium") as append:
        for picture, gain in zip(clean, gains, strict=True):
            append(LOGO.over(picture, gain))
    mask = MaskConfig(mask=write_mask(tmp_path / "mask.png", LOGO.mask))
    report = run(video, tmp_path / "result.mkv", mask)
    assert note(report).startswith("translucent overlay found")
    seen = list(rgb_pictures(tmp_path / "result.mkv"))
    for fading in (slice(1, 8), slice(26, 33)):
        assert psnr_db(seen[fading], clean[fading], LOGO.mask) > 28


def test_an_opaque_logo_is_left_to_the_other_fills_and_the_report_says_why(tmp_path):
    opaque = logo(1.0)
    video = write(tmp_path / "opaque.mkv", pan(), lambda _, picture: opaque.over(picture))
    mask = write_mask(tmp_path / "mask.png", np.where(opaque.alpha_hw > 0.5, 255, 0).astype(np.uint8))
    report = run(video, tmp_path / "result.mkv", MaskConfig(mask=mask), save_matte=tmp_path / "matte.png")
    assert Origin.DEBLENDED not in report.origin_shares
    assert "opaque" in note(report)
    assert "is not written" in note(report)
    assert not (tmp_path / "matte.png").exists()


def test_what_hardly_anything_is_seen_through_is_left_to_the_other_fills(tmp_path):
    dense = logo(0.93)
    video = write(tmp_path / "logo.mkv", pan(), lambda _, picture: dense.over(picture))
    report = run(video, tmp_path / "result.mkv", MaskConfig(mask=write_mask(tmp_path / "m.png", dense.mask)))
    assert note(report) == "no translucent overlay: the overlay is opaque"


def test_letters_that_change_are_no_translucent_overlay(tmp_path):
    def captioned(index, picture):
        letters = np.random.default_rng(index // 3).random((5, 12)) > 0.5
        picture = picture.copy()
        picture[30:50, 40:88][np.kron(letters, np.ones((4, 4))) > 0] = 255
        return picture

    video = write(tmp_path / "captions.mkv", pan(), captioned)
    report = run(video, tmp_path / "result.mkv", MaskConfig(box=(Box(38, 28, 52, 24),)))
    assert Origin.DEBLENDED not in report.origin_shares
    assert note(report).startswith("no translucent overlay")


def test_only_auto_looks_through_overlays(material, tmp_path):
    video, mask, _ = material
    report = run(video, tmp_path / "result.mkv", MaskConfig(mask=mask), FillConfig(fill="classical"))
    assert Origin.DEBLENDED not in report.origin_shares
    with pytest.raises(UsageError, match="--fill temporal does not look through overlays; leave out --matte"):
        RestoreConfig(mask=MaskConfig(matte=mask), fill=FillConfig(fill="temporal"))
    with pytest.raises(UsageError, match="--matte gives the matte"):
        RestoreConfig(mask=MaskConfig(matte=mask), save_matte=mask)


def test_a_matte_must_fit(material, tmp_path):
    video, mask, _ = material
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.full((40, 40, 4), 128, np.uint8))
    for path, message in ((small, "is 40×40, the picture is 128×80"), (mask, "has no alpha channel")):
        with pytest.raises(MaskError, match=message):
            run(video, tmp_path / "result.mkv", MaskConfig(matte=path))
    assert not (tmp_path / "result.mkv").exists()
