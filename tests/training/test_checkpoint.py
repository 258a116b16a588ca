import errno

import pytest
import torch

from rfr_video.errors import OutputError, WeightsError
from rfr_video.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

CHECKPOINT = Checkpoint(
    recipe_json="{}",
    digest=7,
    step=3,
    elapsed_minutes=0.5,
    network={"a": torch.arange(6.0).reshape(2, 3)},
    average={"a": torch.zeros(2, 3)},
    optimiser={
        "state": {0: {"step": torch.tensor(3.0)}},
        "param_groups": [{"lr": 0.1, "betas": (0.9, 0.99)}],
    },
    random_state=[torch.get_rng_state()],
)


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    save_checkpoint(CHECKPOINT, tmp_path / "c.pt")
    seen = load_checkpoint(tmp_path / "c.pt")
    assert (seen.recipe_json, seen.digest, seen.step, seen.elapsed_minutes) == ("{}", 7, 3, 0.5)
    assert torch.equal(seen.network["a"], CHECKPOINT.network["a"])
    assert torch.equal(seen.random_state[0], CHECKPOINT.random_state[0])
    assert seen.optimiser == CHECKPOINT.optimiser


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("enforce fail: write")]
)
def test_a_full_disk_leaves_the_last_checkpoint_in_place(tmp_path, monkeypatch, error):
    path = tmp_path / "c.pt"
    save_checkpoint(CHECKPOINT, path)
    before = path.read_bytes()

    def full(content, target):
        target.write_bytes(b"half")
        raise error

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutputError, match="disk") as caught:
        save_checkpoint(CHECKPOINT, path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def missing(path):
    pass


def empty(path):
    path.touch()


def text(path):
    path.write_text("no checkpoint")


def truncated(path):
    save_checkpoint(CHECKPOINT, path)
    path.write_bytes(path.read_bytes()[:-200])


def other_content(path):
    torch.save({"version": 1, "step": 3}, path)


def other_version(path):
    save_checkpoint(CHECKPOINT, path)
    torch.save({**torch.load(path), "version": 99}, path)


def code(path):
    torch.save({"version": 1, "network": print}, path)


def folder(path):
    path.mkdir()


@pytest.mark.parametrize(
    "make", [missing, empty, text, truncated, other_content, other_version, code, folder]
)
def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path, make):
    path = tmp_path / "c.pt"
    make(path)
    with pytest.raises(WeightsError, match=r"c\.pt") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)
