"""Seeing through translucent overlays: the true sample is still in the picture, mixed with the overlay's."""
