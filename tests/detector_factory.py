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
