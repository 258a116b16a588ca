"""RFR-Net: fills a hole from its border inwards, one recurrence at a time; and what its forms share.

Source: Li et al., "Recurrent Feature Reasoning for Image Inpainting", CVPR 2020. Parameter names and
arithmetic are those of the published code, so that its checkpoints load as they are. The module stores
nothing between calls. The other form: residual.py. Loading and running on real crops: weights.py, runtime.py.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from rfr_video.errors import UsageError
from rfr_video.rfrnet.attention import AttentionState, KnowledgeConsistentAttention
from rfr_video.rfrnet.layers import (
    DECODER_SLOPE,
    Bottleneck,
    PartialConv2d,
    Window,
    dilated,
    doubling,
    halving,
    partial_ratio,
)

SIZE_STEP_PX = 16
FIRST_WINDOW = Window(7, 2, 3)
TAIL_WINDOW = Window(3, 1, 1)
COLOURS = 3


Form = Literal["published", "residual"]


@dataclass(frozen=True, kw_only=True)
class RFRConfig:
    """The form and size of a network.

    Attributes:
        width: Channels at the finest level, a multiple of 8; the coarsest has 8 times as many in the
            published form, 4 times in the residual one.
        kernel: Side of the partial convolutions that grow the known area, odd; published form only.
        recurrences: How often features are reasoned about, unless a call says otherwise.
        form: ``published`` grows the known area and predicts colours; ``residual`` sees a smooth fill of the
            whole hole and predicts what that lacks.
    """

    width: int = 64
    kernel: int = 7
    recurrences: int = 6
    form: Form = "published"

    def __post_init__(self) -> None:
        if self.width < 8 or self.width % 8:
            raise UsageError(f"width is {self.width}; give a positive multiple of 8, such as 64")
        if self.kernel < 3 or self.kernel % 2 == 0:
            raise UsageError(f"kernel is {self.kernel}; give an odd number from 3 on, such as 7")
        if self.recurrences < 1:
            raise UsageError(f"recurrences is {self.recurrences}; give at least 1, such as 6")
        if self.form not in get_args(Form):
            raise UsageError(f"form is {self.form!r}; give {' or '.join(get_args(Form))}")

    @property
    def growing_window(self) -> Window:
        """The window of the partial convolutions that grow the known area, on half the resolution."""
        return Window(self.kernel, 1, self.kernel // 2)

    def reach_px(self, recurrences: int) -> float:
        """Return how far inwards from its border a hole gets filled, in pixels; infinite if residual."""
        if self.form == "residual":
            return math.inf
        return FIRST_WINDOW.padding + 2 * (self.kernel // 2) * (1 + 2 * recurrences)


PUBLISHED = RFRConfig()
SMALLER_HOLES = RFRConfig(kernel=5)
COMPACT = RFRConfig(width=32, recurrences=1, form="residual")


class Progress(NamedTuple):
    """How far a fill has come; everything on half the resolution, masks float32 with 1 = known."""

    features_nchw: Tensor
    known_n1hw: Tensor
    sum_nchw: Tensor
    count_n1hw: Tensor
    attention: AttentionState | None


class FeatureReasoning(nn.Module):
    """Six encoder and five decoder blocks with skip connections, attention behind the third decoder."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enc_1 = halving(width, 2 * width)
        self.enc_2 = halving(2 * width, 4 * width)
        self.enc_3 = halving(4 * width, 8 * width)
        self.enc_4 = dilated(8 * width, 8 * width, slope=0.0)
        self.enc_5 = dilated(8 * width, 8 * width, slope=0.0)
        self.enc_6 = dilated(8 * width, 8 * width, slope=0.0)
        self.dec_5 = dilated(16 * width, 8 * width, slope=DECODER_SLOPE)
        self.dec_4 = dilated(16 * width, 8 * width, slope=DECODER_SLOPE)
        self.dec_3 = doubling(16 * width, 8 * width)
        self.att = KnowledgeConsistentAttention(8 * width)
        self.dec_2 = doubling(12 * width, 4 * width)
        self.dec_1 = doubling(6 * width, width)

    def forward(
        self, features_nchw: Tensor, known_n1hw: Tensor, state: AttentionState | None
    ) -> tuple[Tensor, AttentionState]:
        """Return features of the same shape, and the attention's state for the next recurrence."""
        level_1 = self.enc_1(features_nchw)
        level_2 = self.enc_2(level_1)
        level_3 = self.enc_3(level_2)
        level_4 = self.enc_4(level_3)
        level_5 = self.enc_5(level_4)
        deepest = self.enc_6(level_5)
        decoded = self.dec_5(torch.cat([deepest, level_5], dim=1))
        decoded = self.dec_4(torch.cat([decoded, level_4], dim=1))
        decoded = self.dec_3(torch.cat([decoded, level_3], dim=1))
        decoded, next_state = self.att(decoded, known_n1hw[:, :, ::4, ::4], state)
        decoded = self.dec_2(torch.cat([decoded, level_2], dim=1))
        return self.dec_1(torch.cat([decoded, level_1], dim=1)), next_state


class Inpainter(nn.Module, ABC):
    """What all forms share: an image with a hole in, an image out, by way of recurrences.

    ``begin``, any number of ``advance``, then ``finish``; what goes from one to the next is the form's own.
    """

    config: RFRConfig

    @abstractmethod
    def begin(self, image_n3hw: Tensor, known_n1hw: Tensor) -> Any:
        """Take in an image that is 0 in the hole, sides multiples of 16, and its float32 mask."""

    @abstractmethod
    def advance(self, progress: Any) -> Any:
        """Run one recurrence."""

    @abstractmethod
    def finish(self, progress: Any, image_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:
        """Produce the raw output after as many recurrences as wanted; the image and mask as for ``begin``."""

    @abstractmethod
    def reached(self, progress: Any, known_n1hw: Tensor) -> Tensor:
        """Return what is known or filled by now, float32, of the shape of the mask; 1 = reached."""

    def forward(self, image_n3hw: Tensor, known_n1hw: Tensor, *, recurrences: int | None = None) -> Tensor:
        """Fill a hole.

        Args:
            image_n3hw: RGB in [0, 1], the network's own dtype, (N, 3, H, W) of any height and width. What is
                in the hole does not matter.
            known_n1hw: (N, 1, H, W), 1 = known, 0 = hole.
            recurrences: Instead of the configured number.

        Returns:
            The raw output, (N, 3, H, W): about [0, 1], not clipped, known pixels not put back.
        """
        height, width = image_n3hw.shape[2:]
        image_n3hw, known_n1hw = _padded(image_n3hw, known_n1hw)
        progress = self.begin(image_n3hw, known_n1hw)
        for _ in range(recurrences or self.config.recurrences):
            progress = self.advance(progress)
        return self.finish(progress, image_n3hw, known_n1hw)[:, :, :height, :width]

    def steps(
        self, image_n3hw: Tensor, known_n1hw: Tensor, *, recurrences: int | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the raw output after each recurrence, and what was :meth:`reached` by then.

        Arguments as for :meth:`forward`.
        """
        height, width = image_n3hw.shape[2:]
        image_n3hw, known_n1hw = _padded(image_n3hw, known_n1hw)
        progress = self.begin(image_n3hw, known_n1hw)
        for _ in range(recurrences or self.config.recurrences):
            progress = self.advance(progress)
            output_n3hw = self.finish(progress, image_n3hw, known_n1hw)
            reached_n1hw = self.reached(progress, known_n1hw)
            yield output_n3hw[:, :, :height, :width], reached_n1hw[:, :, :height, :width]


class RFRNet(Inpainter):
    """The published form: the whole network, its parameters named as in the published code."""

    def __init__(self, config: RFRConfig = PUBLISHED) -> None:
        super().__init__()
        assert config.form == "published"
        self.config = config
        width = config.width
        self.Pconv1 = PartialConv2d(COLOURS, width, window=FIRST_WINDOW)
        self.bn1 = nn.BatchNorm2d(width)
        self.Pconv2 = PartialConv2d(width, width, window=config.growing_window)
        self.bn20 = nn.BatchNorm2d(width)
        self.Pconv21 = PartialConv2d(width, width, window=config.growing_window)
        self.Pconv22 = PartialConv2d(width, width, window=config.growing_window)
        self.bn2 = nn.BatchNorm2d(width)
        self.RFRModule = FeatureReasoning(width)
        self.Tconv = nn.ConvTranspose2d(width, width, 4, stride=2, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.tail1 = PartialConv2d(COLOURS + width, width // 2, window=TAIL_WINDOW)
        self.tail2 = Bottleneck(width // 2)
        self.out = nn.Conv2d(width, COLOURS, 3, padding=1, bias=False)

    def begin(self, image_n3hw: Tensor, known_n1hw: Tensor) -> Progress:
        """Take in an image that is 0 in the hole, sides multiples of 16, and its float32 mask."""
        features_nchw, known_n1hw = _grow(self.Pconv1, image_n3hw, known_n1hw)
        features_nchw = functional.relu(self.bn1(features_nchw)) * known_n1hw.to(features_nchw.dtype)
        features_nchw, known_n1hw = _grow(self.Pconv2, features_nchw, known_n1hw)
        features_nchw = functional.relu(self.bn20(features_nchw)) * known_n1hw.to(features_nchw.dtype)
        return Progress(features_nchw, known_n1hw, features_nchw, known_n1hw, None)

    def advance(self, progress: Progress) -> Progress:
        """Run one recurrence: grow the known area, then reason about all of it."""
        features_nchw, known_n1hw = _grow(self.Pconv21, progress.features_nchw, progress.known_n1hw)
        features_nchw, known_n1hw = _grow(self.Pconv22, features_nchw, known_n1hw)
        features_nchw = functional.leaky_relu(self.bn2(features_nchw))
        features_nchw, attention = self.RFRModule(features_nchw, known_n1hw, progress.attention)
        features_nchw = features_nchw * known_n1hw.to(features_nchw.dtype)
        return Progress(
            features_nchw,
            known_n1hw,
            progress.sum_nchw + features_nchw,
            progress.count_n1hw + known_n1hw,
            attention,
        )

    def reached(self, progress: Progress, known_n1hw: Tensor) -> Tensor:  # noqa: ARG002
        """Return what is known by now, which grows with every recurrence."""
        return functional.interpolate(progress.known_n1hw, scale_factor=2.0, mode="nearest")

    def finish(self, progress: Progress, image_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:
        """Merge the recurrences, each pixel over those that knew it, and produce the raw output.

        Args:
            progress: After as many recurrences as wanted.
            image_n3hw: As given to :meth:`begin`.
            known_n1hw: Likewise.
        """
        weight_n1hw = progress.count_n1hw.clamp(min=1.0).reciprocal()
        merged_nchw = progress.sum_nchw * weight_n1hw.to(progress.sum_nchw.dtype)
        merged_nchw = functional.leaky_relu(self.bn3(self.Tconv(merged_nchw)))
        reached_n1hw = self.reached(progress, known_n1hw)
        joined_nchw = torch.cat([image_n3hw, merged_nchw * reached_n1hw.to(merged_nchw.dtype)], dim=1)
        width = self.config.width
        count_n1hw = TAIL_WINDOW.count(COLOURS * known_n1hw + width * reached_n1hw)
        ratio_n1hw, _ = partial_ratio(count_n1hw, full=(COLOURS + width) * TAIL_WINDOW.area)
        first_nchw = functional.leaky_relu(self.tail1(joined_nchw, ratio_n1hw))
        return self.out(torch.cat([first_nchw, self.tail2(first_nchw)], dim=1))


def _padded(image_n3hw: Tensor, known_n1hw: Tensor) -> tuple[Tensor, Tensor]:
    """Return an image that is 0 in the hole and its float32 mask, padded to multiples of 16."""
    height, width = image_n3hw.shape[2:]
    padding = (0, -width % SIZE_STEP_PX, 0, -height % SIZE_STEP_PX)
    known_n1hw = functional.pad(known_n1hw.float(), padding, mode="replicate")
    image_n3hw = functional.pad(image_n3hw, padding, mode="replicate") * known_n1hw.to(image_n3hw.dtype)
    return image_n3hw, known_n1hw


def _grow(conv: PartialConv2d, features_nchw: Tensor, known_n1hw: Tensor) -> tuple[Tensor, Tensor]:
    """Return the partial convolution's features and the grown mask."""
    ratio_n1hw, known_n1hw = partial_ratio(conv.window.count(known_n1hw), full=conv.window.area)
    return conv(features_nchw, ratio_n1hw), known_n1hw
