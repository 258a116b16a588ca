"""Small random networks and holes."""

import torch

from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.network import Inpainter, RFRConfig

TINY_RESIDUAL = RFRConfig(width=8, recurrences=2, form="residual")
TINY = RFRConfig(width=8, kernel=7, recurrences=3)


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
