"""What stand-ins for detectors have in common."""

from itertools import islice


class LateDetector:
    """Tells of every frame after a look at so many frames ahead; ``found`` is what it tells."""

    def __init__(self, *, ahead=0):
        self.ahead = ahead

    def masks(self, frames):
        waiting = list(islice(frames, self.ahead))
        for frame in frames:
            waiting.append(frame)
            yield self.found(waiting.pop(0))
        yield from map(self.found, waiting)

    def found(self, frame):
        raise NotImplementedError


def most_held_back(masks_of, pictures):
    """How many more pictures than it has given masks a detector takes at most."""
    taken = 0

    def counted():
        nonlocal taken
        for one in pictures:
            taken += 1
            yield one

    return max(taken - given for given, _ in enumerate(masks_of(counted()), start=1))


def f1(masks, truths):
    """Return how well boolean masks match what is true."""
    hits = sum((mask & truth).sum() for mask, truth in zip(masks, truths, strict=True))
    return 2 * hits / (sum(mask.sum() for mask in masks) + sum(truth.sum() for truth in truths))
