"""What to replace it with: fillers, and the blend of their pixels into the planes."""
