"""The sample masks, and the page about them."""

import re
from pathlib import Path

import numpy as np
import pytest

from rfr_video.media.images import read_mask

FOLDER = Path(__file__).parents[2] / "masks"
PAGE = (FOLDER / "README.md").read_text("utf-8")
SAMPLES = sorted(FOLDER.glob("*.png"))


def test_the_page_lists_all_samples():
    assert set(re.findall(r"\| `(.*?\.png)` \|", PAGE)) == {path.name for path in SAMPLES}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_a_small_mask_of_the_size_in_its_name(path):
    mask = read_mask(path)
    assert mask.shape == (1080, 1920)
    assert 0.001 < (mask > 0).mean() < 0.2
    assert path.stat().st_size < 4096


def test_the_program_on_the_page_draws_the_sample(tmp_path, monkeypatch):
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "masks/README.md", "exec"), {})
    drawn = read_mask(tmp_path / "corner-logo-1080p.png")
    assert np.array_equal(drawn, read_mask(FOLDER / "corner-logo-1080p.png"))
