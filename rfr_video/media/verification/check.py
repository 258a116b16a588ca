"""One thing that was compared, and what came of it."""

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What came of a comparison."""

    SAME = "same"
    CLOSE = "close"  # as a lossy codec leaves it
    EXPLAINED = "explained"  # not the same, but as the plan or the container has it
    DIFFERS = "differs"


@dataclass(frozen=True)
class Check:
    """One thing that was compared.

    Attributes:
        name: What it is called.
        outcome: What came of it.
        detail: What was seen, in words.
    """

    name: str
    outcome: Outcome
    detail: str
