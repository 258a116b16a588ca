"""RFR-Net: the network, its weights and its runtime."""
