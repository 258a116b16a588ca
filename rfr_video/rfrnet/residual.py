"""The residual form: small enough for a CPU, and quick to train.

The published form starts from nothing and grows inwards. This one starts from a smooth fill of the whole
hole, which alone is better in PSNR than OpenCV's inpainting, and predicts what that lacks. Its blocks are
residual ones without batch normalisation (Lim et al., "Enhanced Deep Residual Networks for Single Image
Super-Resolution", CVPR Workshops 2017), and it works on 2×2 pixels at a time (Shi et al., CVPR 2016, in both
directions). The recurrences share their weights, as in RFR-Net; a sample never sees another of its batch.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from rfr_video.rfrnet.network import COLOURS, COMPACT, Inpainter, RFRConfig
from rfr_video.rfrnet.smooth import smooth_fill

_BLOCK_PX = 2
_CONTRAST = 2.0  # brings the picture, less its mean colour, to about unit scale


class ResidualProgress(NamedTuple):
    """Features (N, C, H/2, W/2), and the smooth fill, float32 (N, 3, H, W)."""

    features_nchw: Tensor
    smooth_n3hw: Tensor


class ResidualBlock(nn.Module):
    """Adds to features what two convolutions make of them; adds nothing before training."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        if not self.first.weight.is_meta:  # for numbers that nobody stores, torch would load its compiler
            nn.init.kaiming_normal_(self.first.weight)
        for parameter in (self.first.bias, self.second.weight, self.second.bias):
            assert parameter is not None
            nn.init.zeros_(parameter)

    def forward(self, features_nchw: Tensor) -> Tensor:
        """Return features of the same shape."""
        return features_nchw + self.second(functional.relu(self.first(features_nchw)))


class ResidualReasoning(nn.Module):
    """An hourglass of four levels with skip connections: features in, features of the same shape out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        channels = (width, 2 * width, 4 * width, 4 * width)
        steps = list(pairwise(channels))
        self.encoders = nn.ModuleList(ResidualBlock(count) for count in channels)
        self.halvings = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in steps)
        self.deepest = nn.Sequential(*(ResidualBlock(channels[-1]) for _ in range(4)))
        self.doublings = nn.ModuleList(
            nn.Sequential(nn.Conv2d(coarse, 4 * fine, 1), nn.PixelShuffle(2)) for fine, coarse in steps
        )
        self.decoders = nn.ModuleList(
            nn.Sequential(ResidualBlock(fine), ResidualBlock(fine)) for fine, _ in steps
        )

    def forward(self, features_nchw: Tensor) -> Tensor:
        """Return features of the same shape; sides are multiples of 8."""
        skipped: list[Tensor] = []
        for encoder, halving in zip(self.encoders, self.halvings, strict=False):
            skipped.append(encoder(features_nchw))
            features_nchw = halving(skipped[-1])
        features_nchw = self.deepest(self.encoders[-1](features_nchw))
        for doubling, decoder in zip(reversed(self.doublings), reversed(self.decoders), strict=True):
            features_nchw = decoder(doubling(features_nchw) + skipped.pop())
        return features_nchw


class ResidualRFRNet(Inpainter):
    """The whole network of the residual form."""

    def __init__(self, config: RFRConfig = COMPACT) -> None:
        super().__init__()
        assert config.form == "residual"
        self.config = config
        samples = _BLOCK_PX * _BLOCK_PX
        self.first = nn.Conv2d(samples * (COLOURS + 1), config.width, 3, padding=1)
        self.reasoning = ResidualReasoning(config.width)
        self.out = nn.Conv2d(config.width, samples * COLOURS, 3, padding=1)
        assert self.out.bias is not None
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def begin(self, image_n3hw: Tensor, known_n1hw: Tensor) -> ResidualProgress:
        """Fill smoothly, and look at all of it: the picture less its mean colour, and where the hole is."""
        smooth_n3hw = smooth_fill(image_n3hw.float(), known_n1hw)
        centred_n3hw = _CONTRAST * (smooth_n3hw - smooth_n3hw.mean((2, 3), keepdim=True))
        seen_n4hw = torch.cat([centred_n3hw, 1 - known_n1hw], dim=1).to(image_n3hw.dtype)
        return ResidualProgress(self.first(functional.pixel_unshuffle(seen_n4hw, _BLOCK_PX)), smooth_n3hw)

    def advance(self, progress: ResidualProgress) -> ResidualProgress:
        """Run one recurrence."""
        return progress._replace(features_nchw=self.reasoning(progress.features_nchw))

    def reached(self, progress: ResidualProgress, known_n1hw: Tensor) -> Tensor:  # noqa: ARG002
        """Return ones: the whole hole is filled from the beginning."""
        return torch.ones_like(known_n1hw)

    def finish(self, progress: ResidualProgress, image_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:  # noqa: ARG002
        """Add what the features predict to the smooth fill."""
        lacking_n3hw = functional.pixel_shuffle(self.out(progress.features_nchw), _BLOCK_PX)
        return (progress.smooth_n3hw + lacking_n3hw.float()).to(image_n3hw.dtype)
