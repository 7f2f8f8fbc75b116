"""Rows of JSON that were written once and are served again, kept in a file and not in memory."""

import os
import tempfile
import weakref
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence

from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population

MAX_FILE_BYTES = 512 * 1024 * 1024
_MAX_SHAPES = 4
_BATCH = 2000
Render = Callable[[Patron], bytes]


class _RowFile:
    """An unnamed temporary file of rows, and by index where each lies; length 0 is not there."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the next line
        weakref.finalize(self, self._file.close)
        self._end = 0
        self._starts = array("Q")
        self._lengths = array("I")

    def get(self, index: int) -> bytes | None:
        if index >= len(self._lengths) or not (length := self._lengths[index]):
            return None
        return os.pread(self._file.fileno(), length, self._starts[index])

    def put(self, rows: Sequence[tuple[int, bytes]]) -> None:
        if not rows or self._end > MAX_FILE_BYTES:
            return
        missing = max(index for index, _ in rows) + 1 - len(self._lengths)
        if missing > 0:
            self._starts.frombytes(bytes(8 * missing))
            self._lengths.frombytes(bytes(self._lengths.itemsize * missing))
        os.pwrite(self._file.fileno(), b"".join(row for _, row in rows), self._end)
        for index, row in rows:
            self._starts[index], self._lengths[index] = self._end, len(row)
            self._end += len(row)


class Rows:
    """
    Serialised patrons; those that nobody has changed are rendered once for each shape.

    A shape is the list of fields that a caller asked for. The four shapes used last are kept.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        self._files: OrderedDict[str, _RowFile] = OrderedDict()

    def warm(self, shape: str, render: Render) -> None:
        """Render everybody in this shape now, so that the first reader gets rows at full speed."""
        for first in range(0, self._population.size, _BATCH):
            last = min(first + _BATCH, self._population.size)
            self.of(range(first, last), shape, render)

    def of(self, indexes: Sequence[int], shape: str, render: Render) -> list[bytes]:
        """Return one row for each index, in the same order."""
        file = self._files.setdefault(shape, _RowFile())
        self._files.move_to_end(shape)
        if len(self._files) > _MAX_SHAPES:
            self._files.popitem(last=False)
        rows, fresh = [], []
        for index in indexes:
            if self._population.is_changed(index):
                rows.append(render(self._population.patron(index)))
                continue
            row = file.get(index)
            if row is None:
                row = render(self._population.patron(index))
                fresh.append((index, row))
            rows.append(row)
        file.put(fresh)
        return rows
