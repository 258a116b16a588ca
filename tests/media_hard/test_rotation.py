"""Pictures that are turned or mirrored for display: every place that a user gives is one of what is shown."""

from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from hard_media_factory import LOSSLESS, repaired
from media_factory import Clip, decode, make_video, packets

from rfr_video import Box, MaskConfig, RestoreConfig, probe
from rfr_video.config import DetectConfig, FindConfig, MaskAt, PropagateConfig, Region
from rfr_video.errors import MaskError
from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.matte_file import load_matte, saved_matte
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import OverlayScan
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.placement import Cutout
from rfr_video.media.orientation import UPRIGHT, Orientation
from rfr_video.pipeline.detection import detected
from rfr_video.pipeline.plan import make_plan
from rfr_video.pipeline.propagate import propagate
from rfr_video.timecode import Span

ONE = 1 << 16
TURNS = {
    "90 clockwise": ((0, ONE, -ONE, 0), lambda stored: np.rot90(stored, -1)),
    "180": ((-ONE, 0, 0, -ONE), lambda stored: np.rot90(stored, 2)),
    "90 counterclockwise": ((0, -ONE, ONE, 0), np.rot90),
    "mirrored left to right": ((-ONE, 0, 0, ONE), np.fliplr),
    "mirrored top to bottom": ((ONE, 0, 0, -ONE), np.flipud),
    "transposed": ((0, ONE, ONE, 0), np.transpose),
    "transposed and turned by 180": ((0, -ONE, -ONE, 0), lambda stored: np.rot90(stored.T, 2)),
}
CLOCKWISE = TURNS["90 clockwise"][0]


def matrix(abcd: tuple[int, int, int, int]) -> tuple[int, ...]:
    a, b, c, d = abcd
    return (a, b, 0, c, d, 0, 0, 0, 1 << 30)


def turned_clip(abcd: tuple[int, int, int, int], **changes) -> Clip:
    return Clip(codec="ffv1", pix_fmt="yuv444p", frames=3, display_matrix=matrix(abcd), **changes)


@pytest.mark.parametrize("turn", TURNS)
def test_a_box_means_the_picture_as_it_is_shown(tmp_path, turn):
    abcd, shown = TURNS[turn]
    source = make_video(tmp_path / "source.mkv", turned_clip(abcd))
    config = replace(LOSSLESS, mask=MaskConfig(box=(Box(-15, 3, 12, 20),)))
    target, report = repaired(source, config=config)
    assert probe(target).video.display_matrix == matrix(abcd)
    hole = np.zeros(shown(np.zeros((64, 96))).shape, bool)
    hole[3:23, -15:-3] = True
    for before, after in zip(decode(source), decode(target), strict=True):
        changed = np.any([shown(was) != shown(now) for was, now in zip(before, after, strict=True)], axis=0)
        assert not changed[~hole].any()
        assert changed[hole].mean() > 0.9
    (note,) = [choice for choice in report.plan.choices if choice.name == "places"]
    assert note.value == "as shown"


def hole_of_shown_picture() -> np.ndarray:
    hole = np.zeros((96, 64), np.uint8)  # the clip has 96×64 samples and is shown on its side
    hole[10:30, 5:19] = 255
    return hole


def given_masks(folder) -> dict[str, MaskConfig]:
    """The same hole, given in every way there is."""
    hole = hole_of_shown_picture()
    cv2.imwrite(str(folder / "mask.png"), hole)
    (folder / "folder").mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / "folder" / f"{number}.png"), hole)
    (folder / "lines.toml").write_text("[[hole]]\nbox = [5, 10, 14, 20]\n")
    write_mask_video(folder / "upright.mkv", hole, None)
    write_mask_video(folder / "turned.mkv", np.ascontiguousarray(np.rot90(hole)), matrix(CLOCKWISE))
    names = ("mask.png", "folder", "upright.mkv", "turned.mkv")
    return {name: MaskConfig(mask=folder / name) for name in names} | {
        "timeline": MaskConfig(timeline=folder / "lines.toml"),
        "mask at": MaskConfig(mask_at=(MaskAt.parse(f"0f:{folder / 'mask.png'}"),)),
    }


def write_mask_video(path, mask, display_matrix):
    height, width = mask.shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "gray"
        stream.codec_context.color_range = 2
        stream.set_display_matrix(display_matrix)
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(mask, format="gray")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_masks_of_every_kind_mean_the_picture_as_it_is_shown(tmp_path):
    clip = turned_clip(CLOCKWISE)
    source = make_video(tmp_path / "source.mkv", clip)
    box = replace(LOSSLESS, mask=MaskConfig(box=(Box(5, 10, 14, 20),)))
    wanted = packets(repaired(source, config=box)[0], skip_video=False)
    for name, mask in given_masks(tmp_path).items():
        target, _ = repaired(source, config=replace(LOSSLESS, mask=mask))
        if name == "mask at":  # is carried along what moves from the second frame on
            assert packets(target, skip_video=False)[0][0] == wanted[0][0]
        else:
            assert packets(target, skip_video=False) == wanted, name


def test_a_mask_of_the_stored_size_is_refused(tmp_path):
    source = make_video(tmp_path / "source.mkv", turned_clip(CLOCKWISE))
    cv2.imwrite(str(tmp_path / "lying.png"), np.full((64, 96), 255, np.uint8))
    config = replace(LOSSLESS, mask=MaskConfig(mask=tmp_path / "lying.png"))
    with pytest.raises(MaskError, match=r"is 96×64, the picture is 64×96; .* turned by a right angle"):
        make_plan(source, tmp_path / "result.mkv", config)


@pytest.mark.parametrize("target", ["masks", "masks.mkv"])
def test_masks_that_are_written_can_be_given_back(tmp_path, target):
    source = make_video(tmp_path / "source.mkv", turned_clip(CLOCKWISE))
    cv2.imwrite(str(tmp_path / "mask.png"), hole_of_shown_picture())
    mask_at = (MaskAt.parse(f"0f:{tmp_path / 'mask.png'}"),)
    propagate(source, tmp_path / target, PropagateConfig(mask_at=mask_at))
    results = [
        packets(repaired(source, config=replace(LOSSLESS, mask=mask))[0], skip_video=False)
        for mask in (MaskConfig(mask_at=mask_at), MaskConfig(mask=tmp_path / target))
    ]
    assert results[0] == results[1]


@pytest.mark.parametrize("turn", TURNS)
def test_what_was_found_is_told_where_it_is_seen(turn):
    abcd, shown = TURNS[turn]
    orientation = Orientation.of(matrix(abcd))
    assert orientation is not None
    picture, rect = Rect(0, 0, 40, 20), Rect(3, 5, 4, 7)
    stored = np.zeros((20, 40), np.uint8)
    stored[rect.slices] = np.triu(np.full((7, 4), 255, np.uint8))
    overlay = Overlay(
        kind="logo", cutout=Cutout.of(stored, rect), confidence=1.0, presence=(Presence(),)
    ).as_shown(orientation, picture=picture)
    seen = np.zeros_like(shown(stored))
    seen[overlay.rect.slices] = overlay.mask
    assert np.array_equal(seen, shown(stored))
    assert np.array_equal(orientation.stored(np.ascontiguousarray(shown(stored))), stored)
    assert orientation.stored_rect(overlay.rect, shown=Rect(0, 0, *reversed(seen.shape))) == rect


def test_a_matte_is_saved_as_it_is_seen_and_can_be_given_back(tmp_path):
    orientation = Orientation.of(matrix(CLOCKWISE))
    assert orientation is not None
    picture, size = Rect(0, 0, 60, 40), (40, 60)
    alpha, colour = np.zeros(size, np.float32), np.zeros((*size, 3), np.float32)
    alpha[:9, 50:58], colour[:9, 50:58] = np.linspace(0.2, 0.6, 8), (0.2, 0.5, 1)
    saved = saved_matte(Matte(picture, picture, alpha, colour, np.ones(size, np.float32)), orientation)
    (tmp_path / "matte.png").write_bytes(saved)
    image = cv2.imread(str(tmp_path / "matte.png"), cv2.IMREAD_UNCHANGED)
    assert image.shape == (60, 40, 4)
    assert image[50:58, 31:, 3].all()  # the stored picture's upper right corner is seen at the lower right
    again = load_matte(tmp_path / "matte.png", picture=picture, orientation=orientation)
    assert np.allclose(again.alpha_hw, alpha[again.rect.slices], atol=1e-4)
    assert np.allclose(again.colour_hw3, colour[again.rect.slices], atol=1e-4)


def test_a_region_is_one_of_the_picture_as_it_is_shown(tmp_path, monkeypatch):
    source = make_video(tmp_path / "source.mkv", turned_clip(CLOCKWISE))
    asked = []

    def look(info, config, *, span, report):
        asked.append(config.area(info.video.picture))
        return OverlayScan(())

    monkeypatch.setattr("rfr_video.pipeline.detection.OVERLAYS", {"text": look})
    config = DetectConfig(region=Region.parse("top-right"))
    with detected(["text"], config, probe(source), span=Span()) as detection:
        assert detection is not None
        (found,) = detection.found
    assert asked == [Rect(0, 0, 48, 32)]  # the stored picture's left becomes the top, its top the right
    assert "it is shown turned by 90° clockwise" in found.notes[-1]


def test_a_region_outside_the_picture_as_it_is_shown_is_refused(tmp_path):
    source = make_video(tmp_path / "source.mkv", turned_clip(CLOCKWISE))
    find = FindConfig(kinds=("logo",), region=Region.parse("70,10,20,20"))
    with pytest.raises(MaskError, match="outside the 64×96 picture"):
        make_plan(source, tmp_path / "result.mkv", RestoreConfig(find=find))


def test_a_matrix_that_turns_by_no_right_angle_is_kept_and_said(tmp_path):
    slanted = matrix((56756, 32768, -32768, 56756))
    source = make_video(tmp_path / "source.mp4", Clip(frames=3, display_matrix=slanted))
    assert Orientation.of(slanted) is None
    assert Orientation.of(None) == UPRIGHT
    target, report = repaired(source)
    assert probe(target).video.display_matrix == slanted
    (note,) = [choice for choice in report.plan.choices if choice.name == "places"]
    assert note.value == "as stored"
