"""Burned-in text: subtitles and captions, found without reading them.

Strokes → letters → lines (what a picture shows); track (from frame to frame) → confidence, footprint → cues.
"""
