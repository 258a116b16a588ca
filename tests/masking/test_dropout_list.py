"""Dropout lists of RF captures: where their lines and samples lie in the exported picture."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.errors import MaskError
from rfr_video.masking.dropout_list import ActivePicture, DropoutList
from rfr_video.media.probe import probe
from rfr_video.timecode import Moment

PAL = {"system": "PAL", "activeVideoStart": 185, "activeVideoEnd": 1107, "fieldWidth": 1135}
NTSC = {"system": "NTSC", "activeVideoStart": 134, "activeVideoEnd": 894, "fieldWidth": 910}


@pytest.fixture(scope="module")
def info(tmp_path_factory):
    return probe(make_video(tmp_path_factory.mktemp("list") / "clip.mkv", Clip(frames=2)))


def of_size(info, width, height):
    return replace(info, video=replace(info.video, width=width, height=height))


def listed(tmp_path, parameters, *fields):
    path = tmp_path / "capture.tbc.json"
    path.write_text(json.dumps({"videoParameters": parameters, "fields": list(fields)}))
    return path


def field(is_first, *dropouts):
    lines, starts, ends = zip(*dropouts, strict=True) if dropouts else ((), (), ())
    table = {"fieldLine": list(lines), "startx": list(starts), "endx": list(ends)}
    return {"isFirstField": is_first, **({"dropOuts": table} if dropouts else {})}


def mask(source, index):
    return source.mask_at(Moment(index, Fraction(index, 25)))


def box_of(found):
    rows, columns = np.nonzero(found)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


@pytest.mark.parametrize(
    ("parameters", "size", "line", "samples", "box"),
    [
        (PAL, (922, 576), 23, (185, 195), (0, 0, 0, 9)),
        (PAL, (928, 576), 23, (185, 195), (0, 0, 3, 12)),
        (PAL, (922, 576), 310, (1097, 1107), (574, 574, 912, 921)),
        (PAL, (461, 576), 24, (205, 225), (2, 2, 10, 19)),
        (NTSC, (760, 485), 21, (134, 144), (0, 0, 0, 9)),
        (NTSC, (760, 488), 21, (134, 144), (2, 2, 0, 9)),
        (
            {**NTSC, "firstActiveFrameLine": 38, "lastActiveFrameLine": 524},
            (760, 486),
            20,
            (134, 135),
            (0, 0, 0, 0),
        ),
    ],
)  # fmt: skip
def test_lines_and_samples_are_placed(tmp_path, info, parameters, size, line, samples, box):
    path = listed(tmp_path, parameters, field(True, (line, *samples)), field(False))
    source = DropoutList.read(path, info=of_size(info, *size))
    found = mask(source, 0)
    assert found.shape == size[::-1]
    assert box_of(found) == box
    source.finish(1)


def test_the_second_field_has_the_lower_lines_and_a_lone_one_is_left_out(tmp_path, info):
    fields = [
        field(False, (30, 200, 300)),
        field(True),
        field(False, (23, 185, 195)),
        field(True),
        field(False),
    ]
    source = DropoutList.read(listed(tmp_path, PAL, *fields), info=of_size(info, 922, 576))
    assert box_of(mask(source, 0)) == (1, 1, 0, 9)
    assert mask(source, 1) is None
    assert not source.is_empty()
    source.finish(2)


def test_what_is_not_shown_is_left_out(tmp_path, info):
    outside = field(True, (5, 300, 400), (100, 0, 150), (313, 300, 400))
    source = DropoutList.read(listed(tmp_path, PAL, outside, field(False)), info=of_size(info, 922, 576))
    assert source.is_empty()


def test_a_list_of_another_length_is_refused(tmp_path, info):
    fields = [field(number % 2 == 0) for number in range(8)]
    source = DropoutList.read(listed(tmp_path, PAL, *fields), info=of_size(info, 922, 576))
    with pytest.raises(MaskError, match="4 frames"):
        source.finish(2)
    with pytest.raises(MaskError, match="at least 5"):
        mask(source, 4)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "no table"),
        ({"fields": []}, "no videoParameters"),
        ({"videoParameters": {**PAL, "system": "SECAM"}, "fields": []}, "SECAM"),
        ({"videoParameters": {"system": "PAL"}, "fields": []}, "activeVideoStart"),
        ({"videoParameters": PAL, "fields": [{}]}, "isFirstField"),
        ({"videoParameters": PAL, "fields": [{"isFirstField": True, "dropOuts": [1]}]}, "dropOuts"),
        (
            {"videoParameters": PAL, "fields": [{"isFirstField": True, "dropOuts": {"startx": [1]}}]},
            "equally long",
        ),
        (
            {"videoParameters": PAL, "fields": [field(True, (23, 185, 10**400))]},
            "whole numbers below 2147483648",
        ),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, info, document, words):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(document))
    with pytest.raises(MaskError, match=words):
        DropoutList.read(path, info=of_size(info, 922, 576))


def test_a_picture_of_other_lines_is_refused():
    with pytest.raises(MaskError, match="before it is scaled or cropped"):
        ActivePicture.of(PAL, width=1280, height=720, name="list")
