"""Measuring on clips: something is burned in, taken out again, and compared with what was there."""
