"""Carrying masks over a whole video: stretch by stretch, from one keyframe or cut to the next.

Within a stretch a mask comes from the keyframe that begins it, from the one behind its end, or from both. A
stretch that has a keyframe behind it is kept on disk until that comes, about 100 kB per frame; memory holds
three pictures.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.masking.carry.appearance import Appearance
from rfr_video.masking.carry.carrier import Carried, Carrier, blended, snapped
from rfr_video.masking.carry.distance import Distance, distance_of, nowhere
from rfr_video.masking.carry.look import WorkingPicture
from rfr_video.masking.carry.spool import (
    Spool,
    pack_carried,
    pack_picture,
    unpack_carried,
    unpack_picture,
)
from rfr_video.motion.flow import Picture

UNKNOWN = 0.0
"""Confidence where no mask reaches."""


@dataclass(frozen=True)
class Seen:
    """A frame to carry masks to.

    Attributes:
        rgb: The picture, uint8 (H, W, 3).
        starts_shot: Whether nothing is carried over from the frames before.
        key: Its hand-made mask, bool (H, W), if it has one; an empty one says that the object is gone.
        is_flash: Whether it is an odd picture between two that show the same.
    """

    rgb: Picture
    starts_shot: bool
    key: npt.NDArray[np.bool_] | None = None
    is_flash: bool = False


@dataclass(frozen=True)
class _Key:
    picture: WorkingPicture
    distance: Distance

    @property
    def is_empty(self) -> bool:
        return not (self.distance > 0).any()


def carry(frames: Iterable[Seen], *, keys: int, report: Callable[[], None]) -> Iterator[Carried]:
    """Carry hand-made masks to all frames that they can reach.

    Args:
        frames: In order, all of one size.
        keys: How many of them have a mask.
        report: Told of progress, twice per frame.

    Yields:
        A mask per frame, in order.

    Raises:
        OutputError: There is no room for temporary files.
    """
    with Spool() as pictures, Spool() as backwards:
        stretch = _Stretch(None, pictures, backwards, report)
        for seen in frames:
            if seen.starts_shot:
                yield from stretch.close(None)
                stretch = _Stretch(None, pictures, backwards, report)
            if seen.key is None:
                yield from stretch.add(seen, keys_ahead=keys)
                continue
            keys -= 1
            key = _Key(WorkingPicture(seen.rgb), distance_of(seen.key))
            yield from stretch.close(key)
            stretch = _Stretch(key, pictures, backwards, report)
            for _ in range(2):
                report()
            yield Carried(key.distance, 1.0)
        yield from stretch.close(None)


class _Stretch:
    """Frames between two keyframes or cuts.

    Args:
        start: The keyframe before it, if it has one.
        pictures: An empty spool.
        backwards: Another one.
        report: See :func:`carry`.
    """

    def __init__(
        self, start: _Key | None, pictures: Spool, backwards: Spool, report: Callable[[], None]
    ) -> None:
        self._start = start
        self._pictures = pictures
        self._backwards = backwards
        self._report = report
        self._forward: Carrier | None = None
        self._flashes: set[int] = set()

    def add(self, seen: Seen, *, keys_ahead: int) -> Iterator[Carried]:
        """Take the next picture; gives its mask at once where nothing that comes can change it."""
        height, width = seen.rgb.shape[:2]
        if self._start is not None and self._start.is_empty:
            yield self._counted(Carried(nowhere(height, width), 1.0))
        elif keys_ahead:
            if seen.is_flash:
                self._flashes.add(len(self._pictures))
            self._pictures.append(pack_picture(seen.rgb))
        elif self._start is None:
            yield self._counted(Carried(nowhere(height, width), UNKNOWN))
        else:
            if self._forward is None:
                self._forward = _carrier(self._start, Appearance([_pair(self._start)]))
            carried = self._forward.hold() if seen.is_flash else self._forward.step(WorkingPicture(seen.rgb))
            yield self._counted(carried)

    def close(self, end: _Key | None) -> Iterator[Carried]:
        """Give the masks that are still due, once it is known what comes behind the stretch.

        Args:
            end: The keyframe that ends it; ``None`` at a cut or at the end of the video.
        """
        count = len(self._pictures)
        if not count:
            return
        end = None if end is None or end.is_empty else end
        keys = [_pair(key) for key in (self._start, end) if key is not None]
        if end is not None:
            self._carry_back(_carrier(end, Appearance(keys)))
        forward = _carrier(self._start, Appearance(keys)) if self._start is not None else None
        for number in range(count):
            picture = self._picture(number)
            carried = Carried(nowhere(picture.rect.height, picture.rect.width), UNKNOWN)
            if end is not None:
                record = self._backwards[count - 1 - number]
                carried = unpack_carried(record, height=picture.rect.height, width=picture.rect.width)
            if forward is not None:
                onward = self._carried_on(forward, picture, number)
                share = (number + 1) / (count + 1)
                carried = onward if end is None else blended([(onward, 1 - share), (carried, share)])
                if end is not None and number not in self._flashes:
                    edge = snapped(carried.distance, picture, forward.appearance)
                    carried = Carried(edge, carried.confidence)
            self._report()
            if end is None:
                self._report()
            yield carried
        self._pictures.clear()
        self._backwards.clear()

    def _carry_back(self, backward: Carrier) -> None:
        for number in reversed(range(len(self._pictures))):
            carried = self._carried_on(backward, self._picture(number), number)
            self._backwards.append(pack_carried(carried))
            self._report()

    def _carried_on(self, carrier: Carrier, picture: WorkingPicture, number: int) -> Carried:
        return carrier.hold() if number in self._flashes else carrier.step(picture)

    def _picture(self, number: int) -> WorkingPicture:
        return WorkingPicture(unpack_picture(self._pictures[number]))

    def _counted(self, carried: Carried) -> Carried:
        for _ in range(2):
            self._report()
        return carried


def _carrier(key: _Key, appearance: Appearance) -> Carrier:
    return Carrier(key.picture, key.distance, appearance)


def _pair(key: _Key) -> tuple[WorkingPicture, Distance]:
    return key.picture, key.distance
