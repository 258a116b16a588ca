#!/usr/bin/env python3
"""Runs rfr-video from a checkout; the installed command is ``rfr-video``."""

import sys

from rfr_video.cli import main

sys.exit(main())
