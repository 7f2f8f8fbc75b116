"""
All patrons of one stand-in: made by index when they are asked for, with changes laid over them.

What lists are filtered by (times, kind, library, category) stands in arrays of a few bytes a
patron; everything else is computed. 200,000 patrons take about 3 MB before anything changes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stand_ins.hashing import mix
from stand_ins.ils.clock import DAY_S, Clock, day_of, ordinal_of
from stand_ins.ils.patrons import CATEGORIES, KINDS, LIBRARIES, Patron, index_in, seeded_patron

FIRST_CREATED_S = 1_388_534_400
"""2014-01-01; patrons are created evenly from here on, in the order of their index."""
STORY_BEGINS_S = 1_790_812_800
"""2026-10-01; nothing that was seeded is younger."""
HOLE_EVERY = 10
"""Every tenth record id is a hole, as deleted and purged records leave behind."""

_TIMES, _CODES, _PICK = 42, 43, 44
_CODE_COLUMNS = ("kind", "library", "category")


class Population:
    """
    The patrons with index 0 to `size` - 1; `first_id` is the record id of index 0.

    `version` grows with every change, so that what was found before can be thrown away.
    """

    def __init__(self, patrons: int, seed: int, *, first_id: int, clock: Clock) -> None:
        self.seed = seed
        self.first_id = first_id
        self.clock = clock
        self.version = 0
        self.created = array("I")
        self.updated = array("I")
        self.deleted = array("H")
        self.codes = {name: array("B") for name in _CODE_COLUMNS}
        self._changes: dict[int, dict[str, Any]] = {}
        self._apart_s = (STORY_BEGINS_S - FIRST_CREATED_S) / max(patrons, 1)
        for index in range(patrons):
            self._seed_columns(index, patrons)

    @property
    def size(self) -> int:
        """How many patrons there are, deleted ones included."""
        return len(self.updated)

    @property
    def deleted_count(self) -> int:
        """How many of them are deleted."""
        return self.size - self.deleted.count(0)

    def id_of(self, index: int) -> int:
        """Return the record id of an index; ids ascend with it, with holes."""
        return self.first_id + index + index // (HOLE_EVERY - 1)

    def index_of(self, record_id: int) -> int | None:
        """Return the index of a record id, or None for a hole or an id that was never given."""
        tens, rest = divmod(record_id - self.first_id, HOLE_EVERY)
        index = tens * (HOLE_EVERY - 1) + rest
        is_given = rest < HOLE_EVERY - 1 and 0 <= index < self.size
        return index if is_given else None

    def index_from(self, record_id: int) -> int:
        """Return the first index whose record id is not below this one."""
        tens, rest = divmod(max(record_id - self.first_id, 0), HOLE_EVERY)
        return tens * (HOLE_EVERY - 1) + rest

    def is_changed(self, index: int) -> bool:
        """Tell whether the patron differs from what the seed alone gives."""
        return index in self._changes

    def candidates(self, text: str) -> list[int]:
        """Return who may have this barcode, alternative id or e-mail."""
        index = index_in(text)
        near = [] if index is None else [i for i in (index, index + 1) if i < self.size]
        folded = text.casefold()
        told = (i for i, changes in self._changes.items() if _tells(changes, folded))
        return sorted({*near, *told})

    def patron(self, index: int) -> Patron:
        """Return the patron as it is now."""
        day = self.deleted[index]
        kind, library, category = (self.codes[name][index] for name in _CODE_COLUMNS)
        seeded = seeded_patron(
            index,
            self.seed,
            number=self.id_of(index),
            codes=(kind, library, category),
            times_s=(self.created[index], self.updated[index]),
            deleted_on=day_of(day) if day else None,
        )
        changes = self._changes.get(index)
        return seeded._replace(**changes) if changes else seeded

    def where(self, predicate: Callable[[Patron], bool], indexes: Iterable[int]) -> Iterator[int]:
        """Yield those of the indexes whose living patron it is true of."""
        return (i for i in indexes if not self.deleted[i] and predicate(self.patron(i)))

    def set(self, index: int, values: Mapping[str, Any], *, at_s: int | None = None) -> None:
        """Change fields of a patron; it counts as updated at `at_s`, or now."""
        values = dict(values)
        for name in _CODE_COLUMNS:
            if name in values:
                self.codes[name][index] = values.pop(name)
        self.updated[index] = self.clock.now() if at_s is None else at_s
        self._changes.setdefault(index, {}).update(values)
        self.version += 1

    def insert(self, count: int) -> list[int]:
        """Add patrons with the next indexes, created now; return the indexes."""
        first, now = self.size, self.clock.now()
        for index in range(first, first + count):
            self._seed_columns(index, 0)
            self.created[index] = self.updated[index] = now
            self.deleted[index] = 0
            self._changes[index] = {}
        self.version += 1
        return list(range(first, first + count))

    def delete(self, indexes: Iterable[int]) -> list[int]:
        """Delete patrons as of today; return those that were not deleted already."""
        today = ordinal_of(self.clock.today())
        gone = [index for index in indexes if not self.deleted[index]]
        for index in gone:
            self.deleted[index] = today
            self._changes.setdefault(index, {})
        self.version += 1
        return gone

    def living(self) -> Iterator[int]:
        """Yield the indexes of all patrons that are not deleted, in order."""
        return (index for index, day in enumerate(self.deleted) if not day)

    def picked(self, count: int, seed: int) -> list[int]:
        """Return so many living patrons, or all, chosen by the seed alone; in order."""
        alive = self.size - self.deleted_count
        if count * 4 > alive:
            shuffled = sorted(self.living(), key=lambda index: mix(index, seed, _PICK))
            return sorted(shuffled[:count])
        found: set[int] = set()
        draw = 0
        while len(found) < count:
            index = mix(draw, seed, _PICK) % self.size
            draw += 1
            if not self.deleted[index]:
                found.add(index)
        return sorted(found)

    def _seed_columns(self, index: int, patrons: int) -> None:
        created = (
            FIRST_CREATED_S + int(index * self._apart_s) if index < patrons else STORY_BEGINS_S
        )
        bits = mix(index, self.seed, _TIMES)
        age = STORY_BEGINS_S - created
        updated = created + (bits >> 8) % max(age, 1)
        self.created.append(created)
        self.updated.append(updated)
        gone = updated // DAY_S + 1
        self.deleted.append(gone if index % 97 == 96 else 0)
        bits = mix(index, self.seed, _CODES)
        for name, choices in zip(_CODE_COLUMNS, (KINDS, LIBRARIES, CATEGORIES), strict=True):
            bits, code = divmod(bits, len(choices))
            self.codes[name].append(code)


def _tells(changes: Mapping[str, Any], folded: str) -> bool:
    """Tell whether changes gave somebody a barcode, alternative id or e-mail like the text."""
    texts = (
        *changes.get("emails", ()),
        *changes.get("barcodes", ()),
        *([changes["unique_id"]] if "unique_id" in changes else []),
    )
    return any(one.casefold() in folded for one in texts)
