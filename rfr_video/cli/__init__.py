"""The command line. Importing it loads no heavy library; commands do when they run."""

from rfr_video.cli.app import main

__all__ = ["main"]
