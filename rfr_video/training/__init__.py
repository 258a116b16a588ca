"""Making weights: recipes, data, losses, and the run that turns them into a network."""
