"""Keeping the libraries that read stills from talking: what matters is said by an error or a note."""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quiet(logger_name: str) -> Generator[None]:
    """Silence a logger, and all warnings, in the block."""
    logger = logging.getLogger(logger_name)
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
