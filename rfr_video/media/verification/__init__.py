"""Two files side by side: how samples, packets and labels of a result differ from those of its source."""
