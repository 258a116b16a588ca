"""VGG16 as a feature network, behind its first three pools: the one of the RFR-Net paper.

Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR
2015. The layers are torchvision's, which is needed for this network alone and imported only here.
"""

import pickle
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from rfr_video.errors import UsageError, WeightsError
from rfr_video.perception.network import load_parameters

_MEAN_RGB = (0.485, 0.456, 0.406)
_DEVIATION_RGB = (0.229, 0.224, 0.225)
_POOLS = (4, 9, 16)  # where the first three pools stand among the layers
_WANTED = "give the state dict of torchvision's vgg16, such as vgg16-397923af.pth"


class VGG16(nn.Module):
    """VGG16, cut open behind its first three pools: 64, 128 and 256 channels, 1/2, 1/4, 1/8 of the size."""

    depths = ("pool1", "pool2", "pool3")
    smallest_px = 8

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = nn.ModuleList(list(layers)[: _POOLS[-1] + 1])

    def forward(self, images_n3hw: Tensor) -> tuple[Tensor, ...]:
        """Return the activations behind the three pools; see :class:`FeatureNetwork`."""
        mean_3 = torch.tensor(_MEAN_RGB, device=images_n3hw.device, dtype=images_n3hw.dtype)
        deviation_3 = torch.tensor(_DEVIATION_RGB, device=images_n3hw.device, dtype=images_n3hw.dtype)
        features_nchw = (images_n3hw - mean_3.view(1, 3, 1, 1)) / deviation_3.view(1, 3, 1, 1)
        pooled: list[Tensor] = []
        for index, layer in enumerate(self.layers):
            features_nchw = layer(features_nchw)
            if index in _POOLS:
                pooled.append(features_nchw)
        return tuple(pooled)


def load_vgg16(path: Path | None = None, *, download: bool = False) -> VGG16:
    """Load VGG16 on the CPU, in eval mode, its parameters fixed.

    Args:
        path: A checkpoint of torchvision's ``vgg16``, all of it.
        download: Without a path, let torchvision fetch its weights (528 MB, once) into torch's cache.

    Raises:
        UsageError: torchvision cannot be imported; there is neither a path nor leave to download.
        WeightsError: The file is missing, damaged, or not exactly the network's; the download fails.
    """
    if path is None and not download:
        raise UsageError(f"VGG16 needs weights; {_WANTED}, or allow the download of 528 MB")
    try:
        models: Any = import_module("torchvision.models")
    except (ImportError, RuntimeError) as error:  # the latter where it was built for another torch
        raise UsageError(
            f"VGG16 needs torchvision, which cannot be imported ({error}); install the torchvision that "
            f"belongs to torch {torch.__version__}, or use SqueezeNet, which does without"
        ) from error
    if path is None:
        try:
            network = models.vgg16(weights="IMAGENET1K_V1")
        except (OSError, RuntimeError) as error:
            raise WeightsError(f"VGG16 cannot be downloaded ({error}); {_WANTED}") from error
    else:
        with torch.device("meta"):
            network = models.vgg16()
        load_parameters(network, _checkpoint(path), path=path, wanted=_WANTED)
    return VGG16(network.features).eval().requires_grad_(requires_grad=False)


def _checkpoint(path: Path) -> Mapping[str, Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror}); {_WANTED}") from error
    except (OSError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, LookupError) as error:
        raise WeightsError(f"{path}: damaged, or no checkpoint; {_WANTED}") from error
    state = cast("dict[Any, Any]", content) if isinstance(content, dict) else {}
    if not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(f"{path}: no state dict; {_WANTED}")
    return cast("dict[str, Tensor]", state)
