"""The exported model against torch, at sizes other than the one it was traced with."""

import numpy as np
import pytest
import torch
from rfrnet_factory import TINY_RESIDUAL, random_batch, random_network

from rfr_video.errors import OutputError
from rfr_video.rfrnet.network import RFRConfig
from rfr_video.rfrnet.onnx import export_onnx

onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
pytest.importorskip("onnxscript", reason="needs the extra [onnx]")


@pytest.fixture(
    scope="module", params=[RFRConfig(width=8, recurrences=2), TINY_RESIDUAL], ids=lambda c: c.form
)
def short(request):
    """A network of two recurrences: fewer nodes to trace, and attention still has a past."""
    return random_network(request.param)


@pytest.fixture(scope="module")
def session(tmp_path_factory, short):
    target = tmp_path_factory.mktemp("onnx") / "tiny.onnx"
    export_onnx(short, target)
    assert [path.name for path in target.parent.iterdir()] == ["tiny.onnx"]
    return onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("size", [(1, 64, 64), (3, 80, 48), (2, 50, 71), (1, 17, 33)])
def test_onnx_agrees_with_torch(session, short, size):
    image_n3hw, known_n1hw = random_batch(*size)
    (seen_n3hw,) = session.run(None, {"image": image_n3hw.numpy(), "known": known_n1hw.numpy()})
    with torch.inference_mode():
        wanted_n3hw = short(image_n3hw, known_n1hw).numpy()
    assert np.abs(seen_n3hw - wanted_n3hw).max() <= 1e-4 * max(1, np.abs(wanted_n3hw).max())


def test_a_target_that_cannot_be_written_is_an_error(tiny, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        export_onnx(tiny, tmp_path / "no such folder" / "x.onnx")
