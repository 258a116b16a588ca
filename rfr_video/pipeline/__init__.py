"""The sentence: read → mask → fill → composite → write."""
