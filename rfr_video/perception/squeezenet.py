"""SqueezeNet 1.0 as a feature network: small enough for losses on a processor.

Source: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
2016. The layers are those of its Caffe release: BGR input of 0 to 255 less the mean colour of ImageNet, no
padding in the first convolution, pools that count a last incomplete window.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rfr_video.errors import WeightsError
from rfr_video.perception.network import load_parameters

CLASSES = 1000
_MEAN_BGR = (104.0, 117.0, 123.0)
_WANTED = "give the .npz of SqueezeNet 1.0 with names such as conv1.weight and fire2/conv1x1_1.weight"


class Fire(nn.Module):
    """Squeezes the channels with a 1×1 convolution and expands them with 1×1 and 3×3 convolutions."""

    def __init__(self, channels: int, *, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.conv1x1_1 = nn.Conv2d(channels, squeezed, 1)
        self.conv1x1_2 = nn.Conv2d(squeezed, expanded, 1)
        self.conv3x3_2 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, features_nchw: Tensor) -> Tensor:
        """Return features of the same height and width, with twice ``expanded`` channels."""
        squeezed = functional.relu(self.conv1x1_1(features_nchw))
        return functional.relu(torch.cat([self.conv1x1_2(squeezed), self.conv3x3_2(squeezed)], dim=1))


class SqueezeNet(nn.Module):
    """SqueezeNet 1.0, cut open behind conv1, fire3, fire5 and fire8.

    ============  ========  ==========
    depth         channels  resolution
    ============  ========  ==========
    ``conv1``           96         1/2
    ``fire3``          128         1/4
    ``fire5``          256         1/8
    ``fire8``          512         1/8
    ============  ========  ==========

    Without padding in the first convolution, sides come out up to 3 samples shorter than these parts.
    """

    depths = ("conv1", "fire3", "fire5", "fire8")
    smallest_px = 13

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 7, stride=2)
        self.fire2 = Fire(96, squeezed=16, expanded=64)
        self.fire3 = Fire(128, squeezed=16, expanded=64)
        self.fire4 = Fire(128, squeezed=32, expanded=128)
        self.fire5 = Fire(256, squeezed=32, expanded=128)
        self.fire6 = Fire(256, squeezed=48, expanded=192)
        self.fire7 = Fire(384, squeezed=48, expanded=192)
        self.fire8 = Fire(384, squeezed=64, expanded=256)
        self.fire9 = Fire(512, squeezed=64, expanded=256)
        self.conv_final = nn.Conv2d(512, CLASSES, 1)

    def forward(self, images_n3hw: Tensor) -> tuple[Tensor, ...]:
        """Return the activations at the four depths; see :class:`FeatureNetwork`."""
        mean_3 = torch.tensor(_MEAN_BGR, device=images_n3hw.device, dtype=images_n3hw.dtype)
        bgr_n3hw = images_n3hw.flip(1) * 255 - mean_3.view(1, 3, 1, 1)
        conv1 = functional.relu(self.conv1(bgr_n3hw))
        fire3 = self.fire3(self.fire2(_pool(conv1)))
        fire5 = self.fire5(_pool(self.fire4(fire3)))
        fire8 = self.fire8(self.fire7(self.fire6(fire5)))
        return conv1, fire3, fire5, fire8

    def classify(self, images_n3hw: Tensor) -> Tensor:
        """Return what the network takes pictures for: probabilities (N, 1000) of the classes of ImageNet."""
        deepest = self.fire9(_pool(self(images_n3hw)[-1]))
        return functional.relu(self.conv_final(deepest)).mean((2, 3)).softmax(1)


def load_squeezenet(path: Path) -> SqueezeNet:
    """Load SqueezeNet 1.0 on the CPU, in eval mode, its parameters fixed.

    Args:
        path: A NumPy ``.npz`` of float arrays with the names of the Caffe release: ``conv1.weight``,
            ``fire2/conv1x1_1.weight`` (squeeze), ``fire2/conv1x1_2.weight`` and ``fire2/conv3x3_2.weight``
            (expand), …, ``conv_final.weight``, and ``.bias`` of each.

    Raises:
        WeightsError: The file is missing, damaged, or does not hold exactly these arrays.
    """
    state = {name.replace("/", "."): torch.from_numpy(array) for name, array in _arrays(path).items()}
    with torch.device("meta"):
        network = SqueezeNet()
    load_parameters(network, state, path=path, wanted=_WANTED)
    return network.eval().requires_grad_(requires_grad=False)


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        with path.open("rb") as file:  # NumPy leaves a damaged file open
            archive: Any = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise WeightsError(f"{path}: holds a single array; {_WANTED}")
            arrays: dict[str, NDArray[np.generic]] = {name: archive[name] for name in archive.files}
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error}); {_WANTED}") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path}: damaged, or no .npz; {_WANTED}") from error
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            raise WeightsError(f"{path}: {name} holds {array.dtype}, not floating point numbers; {_WANTED}")
    return arrays


def _pool(features_nchw: Tensor) -> Tensor:
    return functional.max_pool2d(features_nchw, 3, stride=2, ceil_mode=True)
