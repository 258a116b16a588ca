"""Carrying a few hand-made masks along what moves: motion, appearance, edges, both directions of time."""
