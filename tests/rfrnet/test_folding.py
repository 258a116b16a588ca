"""Folded batch normalisation."""

import torch
from rfrnet_factory import random_batch, random_network
from torch import nn

from rfr_video.rfrnet.folding import fold_batch_norms


def test_a_folded_network_computes_the_same_and_leaves_the_original_alone():
    network = random_network()
    folded = fold_batch_norms(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    batch = random_batch(2, 64, 64)
    with torch.inference_mode():
        wanted_n3hw, seen_n3hw = network(*batch), folded(*batch)
    assert float((seen_n3hw - wanted_n3hw).norm() / wanted_n3hw.norm()) < 1e-5
    assert network.state_dict().keys() == random_network().state_dict().keys()
