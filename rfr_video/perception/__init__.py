"""Feature networks: what a trained classifier sees in a picture, for losses and for measuring."""
