"""Our network against what the published code computed with the same weights."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from rfr_video.rfrnet.network import PUBLISHED, SMALLER_HOLES, RFRNet

CASES = ["square", "wide", "batch", "unreached"]
FORMS = {"7x7": PUBLISHED, "5x5": SMALLER_HOLES}
BARS = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


def reference_state(folder: Path, form: str) -> dict[str, torch.Tensor]:
    """The deterministic weights that the golden outputs were computed with."""
    spec = importlib.util.spec_from_file_location("reference_weights", folder / "reference_weights.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shapes = json.loads((folder / f"keys_{form}.json").read_text())
    return {name: torch.as_tensor(value) for name, value in module.fill(shapes).items()}


@pytest.fixture(scope="module", params=[(form, dtype) for form in FORMS for dtype in BARS], ids=str)
def reference(request, shared_data) -> tuple[RFRNet, torch.dtype, dict[str, np.ndarray]]:
    form, dtype = request.param
    folder = shared_data / "rfr_reference"
    network = RFRNet(FORMS[form]).eval().requires_grad_(requires_grad=False)
    network.load_state_dict(reference_state(folder, form))
    return network.to(dtype), dtype, np.load(folder / f"golden_{form}.npz")


@pytest.mark.parametrize("case", CASES)
def test_output_and_attention_match_the_published_code(reference, case):
    network, dtype, golden = reference
    means = []
    hook = network.RFRModule.att.register_forward_hook(
        lambda _module, _inputs, result: means.append(result[0].float().mean((2, 3)))
    )
    known_n1hw = torch.from_numpy(golden[f"{case}_known"]).float()
    image_n3hw = torch.from_numpy(golden[f"{case}_image"]).float() * known_n1hw
    with hook, torch.inference_mode():
        output_n3hw = network(image_n3hw.to(dtype), known_n1hw)
    assert relative_error(output_n3hw, golden[f"{case}_output"]) <= BARS[dtype]
    assert relative_error(means[0], golden[f"{case}_attention_first_mean"]) <= BARS[dtype]
    assert relative_error(means[-1], golden[f"{case}_attention_last_mean"]) <= BARS[dtype]


def relative_error(seen: torch.Tensor, wanted: np.ndarray) -> float:
    golden = torch.from_numpy(wanted)
    return float((seen.float() - golden).norm() / golden.norm())
