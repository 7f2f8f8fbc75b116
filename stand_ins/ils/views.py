"""Lists of patrons that are asked for page by page: who fits, in which order."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from stand_ins.ils.population import Population

Fits = Callable[[int], bool]
Key = Callable[[int], Any]
MAX_KEPT = 2_000_000
"""Patrons in all views that are kept; the view used longest ago goes first."""


class View:
    """
    The living patrons that fit, by their index, ordered by a key or as their ids ascend.

    Who is as the seed made them is looked at once; after a change, only changed patrons are looked
    at again.
    """

    def __init__(self, population: Population, fits: Fits | None, key: Key | None) -> None:
        self._population = population
        self._fits = fits
        self._key = key
        self._fitting = bytearray()
        self._keys: list[Any] = []
        self._version = -1
        self._indexes: Sequence[int] = ()

    def indexes(self) -> Sequence[int]:
        """Return who fits now, in order."""
        if self._version != self._population.version:
            self._look_again()
            self._version = self._population.version
        return self._indexes

    def _look_again(self) -> None:
        size, deleted = self._population.size, self._population.deleted
        changed = self._population.is_changed
        for index in range(len(self._fitting)):
            if changed(index) and not deleted[index]:
                self._look_at(index)
        for index in range(len(self._fitting), size):
            self._fitting.append(0)
            if self._key is not None:
                self._keys.append(None)
            if not deleted[index]:
                self._look_at(index)
        found = [index for index, fits in enumerate(self._fitting) if fits and not deleted[index]]
        if self._key is not None:
            found.sort(key=self._keys.__getitem__)
        self._indexes = found

    def _look_at(self, index: int) -> None:
        fits = self._fits is None or self._fits(index)
        self._fitting[index] = fits
        if fits and self._key is not None:
            self._keys[index] = self._key(index)


class Views:
    """The views used last, by what was asked for."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._kept: OrderedDict[Hashable, View] = OrderedDict()

    def indexes(self, name: Hashable, fits: Fits | None, key: Key | None = None) -> Sequence[int]:
        """Return who fits, in order; equal names must stand for equal questions."""
        view = self._kept.get(name)
        if view is None:
            view = self._kept[name] = View(self._population, fits, key)
        self._kept.move_to_end(name)
        while len(self._kept) > max(1, MAX_KEPT // max(1, self._population.size)):
            self._kept.popitem(last=False)
        return view.indexes()
