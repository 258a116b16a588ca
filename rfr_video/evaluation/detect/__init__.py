"""Measuring detectors: damage is made where the truth is known, looked for, and compared with it."""
