"""Folding batch normalisation into the convolutions before it: the same numbers with fewer passes."""

import copy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from rfr_video.rfrnet.network import Inpainter, RFRNet


def fold_batch_norms(network: Inpainter) -> Inpainter:
    """Return a copy, in eval mode, whose batch normalisations are gone; the network is left as it is.

    A partial convolution adds its bias after weighting its response, so folding is exact there too.
    """
    folded = copy.deepcopy(network).eval()
    if not isinstance(folded, RFRNet):
        return folded  # the other form has none
    _fold(folded, "Pconv1", "bn1")
    _fold(folded, "Pconv2", "bn20")
    _fold(folded, "Pconv22", "bn2")
    _fold(folded, "Tconv", "bn3")
    for number in "123":
        _fold(folded.tail2, f"conv{number}", f"bn{number}")
    for block in folded.RFRModule.children():
        if isinstance(block, nn.Sequential):
            _fold(block, "0", "1")
    return folded


def _fold(parent: nn.Module, conv_name: str, norm_name: str) -> None:
    conv, norm = parent.get_submodule(conv_name), parent.get_submodule(norm_name)
    assert isinstance(conv, (nn.Conv2d, nn.ConvTranspose2d))
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight,
        conv.bias,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight,
        norm.bias,
        transpose=isinstance(conv, nn.ConvTranspose2d),
    )
    setattr(parent, norm_name, nn.Identity())
