"""Building blocks: mask arithmetic, partial convolution, and the blocks around ordinary convolutions.

Sources: Li et al., "Recurrent Feature Reasoning for Image Inpainting", CVPR 2020; partial convolution from
Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018.

The published code keeps one mask per channel and convolves them all. They are equal, so one mask and a box
sum give the same ratio; the number of known pixels in a window is whole, hence exact in float32.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

DECODER_SLOPE = 0.2


@dataclass(frozen=True)
class Window:
    """The pixels that a convolution sees at once: its side, its step and the zero padding."""

    kernel: int
    stride: int
    padding: int

    @property
    def area(self) -> int:
        """How many pixels the window covers."""
        return self.kernel * self.kernel

    def count(self, known_n1hw: Tensor) -> Tensor:
        """Return how many known pixels each window covers: float32 (N, 1, H', W'), 0 to ``area``."""
        ones_11kk = known_n1hw.new_ones(1, 1, self.kernel, self.kernel)
        return functional.conv2d(known_n1hw, ones_11kk, None, self.stride, self.padding)


def partial_ratio(count_n1hw: Tensor, *, full: int) -> tuple[Tensor, Tensor]:
    """Weigh windows by how much of them is known.

    Args:
        count_n1hw: How many inputs of each window are known, float32 (N, 1, H, W).
        full: How many inputs a window has.

    Returns:
        ``full / count`` and the mask of windows that know anything (1 = known), both float32 like the count.
        Where nothing is known both are 0, without a division by something tiny that half precision rounds
        to zero.
    """
    known_n1hw = count_n1hw.clamp(max=1.0)
    return known_n1hw * full / count_n1hw.clamp(min=1.0), known_n1hw


class PartialConv2d(nn.Conv2d):
    """A convolution that sees known pixels only; every window that knows any becomes known.

    A bias, which the published network leaves to the batch normalisation that follows, is added after the
    weighting, known or not.
    """

    def __init__(self, channels_in: int, channels_out: int, *, window: Window) -> None:
        super().__init__(channels_in, channels_out, window.kernel, window.stride, window.padding, bias=False)
        self.window = window

    def forward(self, features_nchw: Tensor, ratio_n1hw: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the weighted response, (N, C', H', W').

        Args:
            features_nchw: (N, C, H, W), 0 wherever the mask is 0: the caller sees to that.
            ratio_n1hw: From :func:`partial_ratio`, float32 (N, 1, H', W').
        """
        raw_nchw = functional.conv2d(features_nchw, self.weight, None, self.stride, self.padding)
        ratio_n1hw = ratio_n1hw.to(raw_nchw.dtype)
        if self.bias is None:
            return raw_nchw * ratio_n1hw
        return torch.addcmul(self.bias.view(1, -1, 1, 1), raw_nchw, ratio_n1hw)


class Bottleneck(nn.Module):
    """A residual block that narrows to a quarter of its channels (He et al., CVPR 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow = channels // 4
        self.conv1 = nn.Conv2d(channels, narrow, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(narrow)
        self.conv2 = nn.Conv2d(narrow, narrow, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(narrow)
        self.conv3 = nn.Conv2d(narrow, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)

    def forward(self, features_nchw: Tensor) -> Tensor:
        """Return features of the same shape."""
        narrow_nchw = functional.relu(self.bn1(self.conv1(features_nchw)))
        narrow_nchw = functional.relu(self.bn2(self.conv2(narrow_nchw)))
        return functional.relu(features_nchw + self.bn3(self.conv3(narrow_nchw)))


def halving(channels_in: int, channels_out: int) -> nn.Sequential:
    """Build an encoder block that halves height and width."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


def dilated(channels_in: int, channels_out: int, *, slope: float) -> nn.Sequential:
    """Build a block that keeps height and width and looks two pixels far."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=2, dilation=2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.LeakyReLU(slope, inplace=True),
    )


def doubling(channels_in: int, channels_out: int) -> nn.Sequential:
    """Build a decoder block that doubles height and width."""
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.LeakyReLU(DECODER_SLOPE, inplace=True),
    )
