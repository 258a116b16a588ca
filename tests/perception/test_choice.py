import numpy as np
import pytest
from perception_factory import random_arrays

from rfr_video.errors import WeightsError
from rfr_video.perception import choice
from rfr_video.perception.choice import load_features
from rfr_video.perception.squeezenet import SqueezeNet


def test_an_npz_is_squeezenet(tmp_path):
    np.savez(tmp_path / "features.npz", **random_arrays())
    assert isinstance(load_features(tmp_path / "features.npz"), SqueezeNet)


@pytest.mark.parametrize(
    ("name", "wanted"), [("vgg16", ((), {"download": True})), ("a.pth", (("a.pth",), {}))]
)
def test_a_pth_and_the_word_are_vgg16(monkeypatch, tmp_path, name, wanted):
    calls = []
    monkeypatch.setattr(choice, "load_vgg16", lambda *path, **more: calls.append((path, more)))
    load_features(type(tmp_path)(name))
    (path, more) = calls[0]
    assert (tuple(map(str, path)), more) == wanted


def test_what_is_neither_is_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"weights.bin is no feature network; give SqueezeNet's .npz"):
        load_features(tmp_path / "weights.bin")
