"""``python -m rfr_video`` is the command ``rfr-video``."""

import sys

from rfr_video.cli import main

sys.exit(main())
