"""Which feature network a file holds."""

from pathlib import Path

from rfr_video.errors import WeightsError
from rfr_video.perception.network import FeatureNetwork
from rfr_video.perception.squeezenet import load_squeezenet
from rfr_video.perception.vgg import load_vgg16

DOWNLOADED_VGG16 = "vgg16"


def load_features(path: Path) -> FeatureNetwork:
    """Load a feature network on the CPU.

    Args:
        path: SqueezeNet's .npz; a .pth of torchvision's VGG16; or the word ``vgg16``, which lets torchvision
            download it.

    Raises:
        UsageError: VGG16 needs torchvision, which cannot be imported.
        WeightsError: The file is none of these, missing or damaged.
    """
    if str(path) == DOWNLOADED_VGG16:
        return load_vgg16(download=True)
    if path.suffix.lower() == ".npz":
        return load_squeezenet(path)
    if path.suffix.lower() in (".pth", ".pt"):
        return load_vgg16(path)
    raise WeightsError(
        f"{path} is no feature network; give SqueezeNet's .npz, a .pth of torchvision's VGG16, or the word "
        f"{DOWNLOADED_VGG16}"
    )
