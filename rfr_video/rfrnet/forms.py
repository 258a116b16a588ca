"""From a config to the network that it describes."""

from rfr_video.rfrnet.network import Inpainter, RFRConfig, RFRNet
from rfr_video.rfrnet.residual import ResidualRFRNet


def build_network(config: RFRConfig) -> Inpainter:
    """Build an untrained network, on torch's default device, in training mode."""
    return RFRNet(config) if config.form == "published" else ResidualRFRNet(config)
