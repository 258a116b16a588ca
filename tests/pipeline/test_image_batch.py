"""Many stills: names, collisions, and going on after a bad one."""

import pytest
from stills_factory import Kind

from rfr_video import Box, FillConfig, ImageConfig, ImageReport, StillMaskConfig, plan_images, restore_images
from rfr_video.errors import InputError, OutputError, WeightsError

CONFIG = ImageConfig(mask=StillMaskConfig(box=(Box(20, 24, 30, 17),)), fill=FillConfig(fill="classical"))


@pytest.fixture
def album(tmp_path):
    """Three pictures of different kinds in a folder, and a file that is none."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name, suffix in (("a", ".png"), ("b", ".jpg"), ("c", ".tiff")):
        Kind("4:2:0", suffix).write(folder / name)
    (folder / "notes.txt").write_text("not a picture")
    return folder


def planned(inputs, output, *, overwrite=False):
    return [(job.source, job.target) for job in plan_images(inputs, output, overwrite=overwrite)]


def test_one_file_becomes_the_output_or_goes_into_the_folder(album, tmp_path):
    source = album / "a.png"
    assert planned([source], tmp_path / "r.png") == [(source, tmp_path / "r.png")]
    (tmp_path / "out").mkdir()
    assert planned([source], tmp_path / "out") == [(source, tmp_path / "out" / "a.png")]


def test_a_folder_keeps_the_names_in_a_folder_that_is_made(album, tmp_path):
    out = tmp_path / "out"
    jobs = plan_images([album], out, overwrite=False)
    assert not out.exists()
    reports = list(restore_images(jobs, CONFIG))
    assert [report.target for report in reports if isinstance(report, ImageReport)] == [
        out / "a.png",
        out / "b.jpg",
        out / "c.tiff",
    ]
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.jpg", "c.tiff"]


def test_files_and_folders_mix(album, tmp_path):
    extra = Kind("4:2:0", ".png").write(tmp_path / "extra")
    names = [target.name for _, target in planned([extra, album], tmp_path / "out")]
    assert names == ["extra.png", "a.png", "b.jpg", "c.tiff"]


@pytest.mark.parametrize("output", ["r.png", "existing.dat"])
def test_several_pictures_do_not_fit_one_file(album, tmp_path, output):
    (tmp_path / "existing.dat").touch()
    for inputs in ([album / "a.png", album / "b.jpg"], [album]):
        with pytest.raises(OutputError, match=r"is one file for [23] pictures; give the name of a folder"):
            plan_images(inputs, tmp_path / output, overwrite=True)


def test_two_pictures_of_one_name_are_an_error(album, tmp_path):
    (tmp_path / "other").mkdir()
    other = Kind("rgb", ".png").write(tmp_path / "other" / "a")
    with pytest.raises(OutputError, match=r"a\.png and .*a\.png would both become"):
        plan_images([album, other], tmp_path / "out", overwrite=False)


def test_what_exists_and_what_is_the_input_is_seen_before_work_starts(album, tmp_path):
    with pytest.raises(OutputError, match="is the input itself"):
        plan_images([album], album, overwrite=True)
    out = tmp_path / "out"
    out.mkdir()
    (out / "c.tiff").write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"c\.tiff exists"):
        plan_images([album], out, overwrite=False)
    assert len(planned([album], out, overwrite=True)) == 3
    with pytest.raises(OutputError, match="does not exist"):
        plan_images([album], tmp_path / "no" / "where", overwrite=False)


def test_a_folder_without_pictures_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no pictures"):
        plan_images([tmp_path / "empty"], tmp_path / "out", overwrite=False)


def test_a_bad_picture_does_not_keep_the_others(album, tmp_path):
    (album / "b.jpg").write_bytes(b"")
    jobs = plan_images([album], tmp_path / "out", overwrite=False)
    first, bad, last = restore_images(jobs, CONFIG)
    assert isinstance(first, ImageReport)
    assert isinstance(last, ImageReport)
    assert bad.source == album / "b.jpg"
    assert isinstance(bad.error, InputError)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "c.tiff"]


def test_settings_that_fit_no_picture_end_the_run_at_once(album, tmp_path, nothing_installed):
    jobs = plan_images([album], tmp_path / "out", overwrite=False)
    with pytest.raises(WeightsError):
        next(restore_images(jobs, ImageConfig(mask=CONFIG.mask, fill=FillConfig(fill="rfr"))))
    assert not (tmp_path / "out").exists()
