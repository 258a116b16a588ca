"""Filling from other frames: borrow what was seen there, synthesise the rest once, carry it along."""
