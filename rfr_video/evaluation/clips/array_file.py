"""Arrays in a temporary file, so that memory holds one of them at a time."""

from math import prod
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from rfr_video.media.target import translate

Scalar = TypeVar("Scalar", bound=np.generic)


class ArrayFile(Generic[Scalar]):
    """Arrays of one shape and type, appended one by one and read in any order.

    Args:
        path: The file; it is made by the first array.
        shape: Of every array.
        kind: Type of their elements.
    """

    def __init__(self, path: Path, *, shape: tuple[int, ...], kind: type[Scalar]) -> None:
        self._path = path
        self._shape = shape
        self._kind = np.dtype(kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> NDArray[Scalar]:
        """Return a copy of one array; raises :class:`IndexError` behind the last one."""
        if not 0 <= index < self._count:
            raise IndexError(index)
        size = prod(self._shape)
        data = np.fromfile(self._path, self._kind, size, offset=index * size * self._kind.itemsize)
        return data.reshape(self._shape)

    def append(self, array: NDArray[Scalar]) -> None:
        """Append an array; raises :class:`OutputError` when the disk is full."""
        assert (array.shape, array.dtype) == (self._shape, self._kind)
        try:
            with self._path.open("ab") as file:
                file.write(np.ascontiguousarray(array).data)
        except OSError as error:
            raise translate(error, self._path) from error
        self._count += 1
