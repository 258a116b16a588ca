"""Small random networks and holes, and folders of weights."""

import hashlib
from pathlib import Path

import torch

from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.network import Inpainter, RFRConfig
from rfr_video.rfrnet.weights import save_network

TINY_RESIDUAL = RFRConfig(width=8, recurrences=2, form="residual")
TINY = RFRConfig(width=8, kernel=7, recurrences=3)
TINIEST = RFRConfig(width=8, kernel=7, recurrences=1)


def random_network(config: RFRConfig = TINY, *, seed: int = 1) -> Inpainter:
    """A network whose weights keep the scale of what flows through, batch statistics included."""
    draw = torch.Generator().manual_seed(seed)
    network = build_network(config).eval().requires_grad_(requires_grad=False)
    for name, value in network.state_dict().items():
        if value.dim() == 4:
            value.copy_(torch.randn(value.shape, generator=draw) / value[0].numel() ** 0.5)
        elif name.endswith("running_var"):
            value.copy_(0.5 + torch.rand(value.shape, generator=draw))
        elif value.is_floating_point() and not name.endswith("ratio"):
            value.add_(0.1 * torch.randn(value.shape, generator=draw))
    return network


def random_batch(count: int, height: int, width: int, *, seed: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    """Images in [0, 1] with a hole in the middle of each, of different sizes."""
    image_n3hw = torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))
    known_n1hw = torch.ones(count, 1, height, width)
    for index in range(count):
        margin = 8 + 2 * index
        known_n1hw[index, :, margin : height - margin, margin + 3 : width - margin] = 0
    return image_n3hw, known_n1hw


def install_weights(folder: Path, *names: str, config: RFRConfig = TINIEST) -> Path:
    """Put random weights of these names into a folder, with a manifest; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    form = f'form = "{config.form}", width = {config.width}, kernel = {config.kernel}'
    tables = []
    for seed, name in enumerate(names):
        file = folder / f"{name}.safetensors"
        save_network(random_network(config, seed=seed), file)
        tables.append(
            f"""[[weights]]
name = "{name}"
file = "{file.name}"
sha256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}"
config = {{ {form}, recurrences = {config.recurrences} }}
domain = "noise"
training_data = ["none"]
licence = "Apache-2.0"
validation = {{ hole_psnr_db = 12.5 }}
"""
        )
    (folder / "manifest.toml").write_text("\n".join(tables))
    return folder
