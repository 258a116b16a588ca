"""Files in and out: probing, decoding, native planes, encoding. PyAV lives here and nowhere else."""
