"""Whether a result is what it should be: its source, but for the holes."""
