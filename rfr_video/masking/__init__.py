"""What to replace: sources of masks, and the holes that become of them."""
