"""Motion: optical flow, the camera's own motion, sampling along both, and where shots begin."""
