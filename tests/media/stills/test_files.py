"""Which files are stills."""

import os

import pytest
from stills_factory import KINDS

from rfr_video.errors import InputError
from rfr_video.media.stills.files import open_still, stills_in


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_content_decides_not_the_name(kind, tmp_path):
    path = kind.write(tmp_path / "still").rename(tmp_path / "still.dat")
    assert open_still(path).kind.lower()[:3] == kind.suffix.strip(".").replace("jpg", "jpeg")[:3]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"no picture at all", "not an image of a kind"),
        (b"GIF89a and so on", "give PNG, JPEG, WebP or TIFF"),
        (b"RIFF\4\0\0\0AVI ", "not an image of a kind"),
    ],
)
def test_what_is_no_still_is_an_error_of_one_line(content, complaint, tmp_path):
    path = tmp_path / "still.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint) as caught:
        open_still(path)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder_are_errors(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        open_still(tmp_path / "missing.png")
    with pytest.raises(InputError, match="is no regular file"):
        open_still(tmp_path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        stills_in(tmp_path / "missing")
    with pytest.raises(InputError, match="holds no pictures"):
        stills_in(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="is no regular file"):
        open_still(tmp_path / "pipe.png")


def test_a_folder_gives_its_pictures_by_name(tmp_path):
    for name in ("b.PNG", "a.jpeg", "c.tif", ".d.png", "notes.txt", "e.png.part"):
        (tmp_path / name).touch()
    (tmp_path / "f.png").mkdir()
    assert [path.name for path in stills_in(tmp_path)] == ["a.jpeg", "b.PNG", "c.tif"]
