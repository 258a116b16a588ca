"""Knowledge-consistent attention: every position looks for similar ones, consistently over the recurrences.

Source: Li et al., CVPR 2020, section 3.3. The published code convolves one sample at a time and keeps its
scores on the module; here the batch is one matrix product, and the scores come in and go out as a value.

Summing a score over the nine positions around it is linear, so it is done on the features, before the
product instead of behind it.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

_NOT_ZERO = 1e-7  # the published constant: keeps a norm and a ratio from being 0


class AttentionState(NamedTuple):
    """What one recurrence leaves to the next, P = H·W being the positions.

    ``scores_npp`` is float32 (N, P, P); row p says where position p looks, and sums to 1.
    ``known_np1`` is float32 (N, P, 1); 1 = known.
    """

    scores_npp: Tensor
    known_np1: Tensor


class ConsistentScores(nn.Module):
    """Scores of similarity, blended with those of the previous recurrence by a learned ratio."""

    def __init__(self) -> None:
        super().__init__()
        self.ratio = nn.Parameter(torch.ones(1))

    def forward(
        self, features_nchw: Tensor, known_np1: Tensor, state: AttentionState | None
    ) -> tuple[Tensor, AttentionState]:
        """Return what every position collects, (N, P, C), and the state for the next recurrence."""
        shifted_npc = features_nchw.flatten(2).transpose(1, 2).float() + _NOT_ZERO
        keys_npc = functional.normalize(shifted_npc, dim=2, eps=_NOT_ZERO)
        queries_nchw = 9 * functional.avg_pool2d(features_nchw.float(), 3, 1, 1)
        queries_npc = queries_nchw.flatten(2).transpose(1, 2)
        scores_npp = torch.softmax(torch.bmm(queries_npc, keys_npc.transpose(1, 2)).float(), dim=2)
        if state is not None:
            ratio = self.ratio.float().abs() + _NOT_ZERO
            trust_np1 = state.known_np1 / (state.known_np1 + ratio)
            scores_npp = torch.lerp(scores_npp, state.scores_npp, trust_np1)
        dtype = features_nchw.dtype
        return torch.bmm(scores_npp.to(dtype), keys_npc.to(dtype)), AttentionState(scores_npp, known_np1)


class KnowledgeConsistentAttention(nn.Module):
    """Attention and the convolution that combines its result with the features it came from."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.att = ConsistentScores()
        self.combiner = nn.Conv2d(2 * channels, channels, 1)

    def forward(
        self, features_nchw: Tensor, known_n1hw: Tensor, state: AttentionState | None
    ) -> tuple[Tensor, AttentionState]:
        """Let every position borrow from similar ones.

        Args:
            features_nchw: (N, C, H, W).
            known_n1hw: Float32 (N, 1, H, W), 1 = known.
            state: What the previous recurrence returned; None in the first.

        Returns:
            Features of the same shape, and the state for the next recurrence. Memory grows with (H·W)².
        """
        known_np1 = known_n1hw.flatten(2).transpose(1, 2)
        collected_npc, next_state = self.att(features_nchw, known_np1, state)
        collected_nchw = collected_npc.transpose(1, 2).view(features_nchw.shape)
        return self.combiner(torch.cat([collected_nchw, features_nchw], dim=1)), next_state
