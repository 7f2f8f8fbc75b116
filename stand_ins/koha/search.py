"""Finding patrons: which columns can be read without a whole row, and which index a query names."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from stand_ins.ils.folding import fold
from stand_ins.ils.patrons import barcode_of, index_in, unique_id_of
from stand_ins.ils.population import Population
from stand_ins.ils.views import Views
from stand_ins.koha import tables
from stand_ins.koha.fields import COLUMNS, Kind
from stand_ins.koha.matching import Test, attribute_columns, compiled
from stand_ins.koha.query_tree import All, Compare, Node
from stand_ins.koha.rows import KohaRows, Row

Order = tuple[tuple[str, bool], ...]
"""Columns, each with whether it descends."""
BY_ID: Order = (("patron_id", False),)
_BY_INDEX: tuple[Order, ...] = ((), BY_ID)


class Search:
    """Answers queries over the living patrons; what it finds is in the order of their ids."""

    def __init__(self, population: Population, rows: KohaRows) -> None:
        self._people = population
        self._rows = rows
        self._views = Views(population)
        self._cheap: dict[str, Callable[[int], Any]] = {
            "patron_id": population.id_of,
            "updated_on": lambda index: rows.local(population.updated[index]),
            "library_id": lambda index: tables.LIBRARIES[population.codes["library"][index]][0],
            "category_id": lambda index: tables.CATEGORIES[population.codes["kind"][index]][0],
        }

    def found(self, node: All, order: Order) -> Sequence[int]:
        """Return the indexes of the patrons that fit, in order."""
        low, high, rest = self._bounds(node)
        if rest and (named := self._named(rest)) is not None:
            fits = _Tester(self, rest)
            return self._ordered([one for one in named if low <= one < high and fits(one)], order)
        test = _Tester(self, rest) if rest else None
        key = None if order in _BY_INDEX else self._key(order)
        indexes = self._views.indexes((rest, None if key is None else order), test, key)
        if key is not None:
            return [one for one in indexes if low <= one < high] if (low, high) != (
                0, self._people.size) else indexes  # fmt: skip
        return indexes[bisect_left(indexes, low) : bisect_left(indexes, high)]

    def fits(self, node: All) -> Callable[[int], bool]:
        """Return what tells whether one patron fits, deleted ones too."""
        return _Tester(self, node.parts)

    def ordered(self, indexes: list[int], order: Order) -> list[int]:
        """Put some patrons in order."""
        return self._ordered(indexes, order)

    def values(self, index: int, attribute: Row | None = None) -> "_Values":
        """Return what gives the values of one patron's columns."""
        return _Values(self._people, self._rows, self._cheap, index, attribute)

    def attributes(self, index: int) -> list[Row]:
        """Return the extended attributes of a patron."""
        return self._rows.attributes(self._people.patron(index))

    def _bounds(self, node: All) -> tuple[int, int, tuple[Node, ...]]:
        """Take what is said of `patron_id` out of a query, as first and last index."""
        low, high, rest = 0, self._people.size, []
        from_id = self._people.index_from
        for part in _flat(node):
            match part:
                case Compare("patron_id", ">" | ">=" as name, int() | str() as value) if _is_id(
                    value
                ):
                    low = max(low, from_id(int(value) + (name == ">")))
                case Compare("patron_id", "<" | "<=" as name, int() | str() as value) if _is_id(
                    value
                ):
                    high = min(high, from_id(int(value) + (name == "<=")))
                case _:
                    rest.append(part)
        return low, high, tuple(rest)

    def _named(self, parts: tuple[Node, ...]) -> list[int] | None:
        """Return the few patrons that a query can mean if it names an id, or None."""
        for part in parts:
            match part:
                case Compare(column, "=" | "like" | "in" as name, value) if value is not None:
                    texts = value if isinstance(value, tuple) else (value,)
                    owners = [self._owners(column, str(one), name) for one in texts]
                    if None not in owners:
                        changed = self._views.indexes("changed", self._people.is_changed)
                        some = {one for group in owners for one in group or ()} | set(changed)
                        size, deleted = self._people.size, self._people.deleted
                        return sorted(one for one in some if one < size and not deleted[one])
        return None

    def _owners(self, column: str, text: str, name: str) -> tuple[int, ...] | None:
        """Say who may have a value from the start; None if it does not tell."""
        text = text.strip("%").lower() if name == "like" else text.lower()
        if column == "patron_id":
            index = self._people.index_of(int(text)) if text.isdecimal() else None
            return None if name == "like" else (() if index is None else (index,))
        index = index_in(text)
        if index is None or column not in ("cardnumber", "userid", "email"):
            return None
        if column == "cardnumber" and text != barcode_of(index):
            return None
        if column == "userid" and text.split("@")[0] != unique_id_of(index).lower():
            return None
        if column == "email" and "@" not in text:
            return None
        return (index, index + 1)  # a family's e-mail is that of the patron before

    def _key(self, order: Order) -> Callable[[int], Any]:
        def key(index: int) -> tuple[Any, ...]:
            values = self.values(index)
            return tuple(_sortable(column, values(column), down) for column, down in order)

        return key

    def _ordered(self, indexes: list[int], order: Order) -> list[int]:
        return indexes if order in _BY_INDEX else sorted(indexes, key=self._key(order))


class _Values:
    """One patron's values as the table holds them; a row is made only if it must be."""

    __slots__ = ("_attribute", "_cheap", "_index", "_people", "_row", "_rows")

    def __init__(
        self,
        people: Population,
        rows: KohaRows,
        cheap: dict[str, Callable[[int], Any]],
        index: int,
        attribute: Row | None,
    ) -> None:
        self._people, self._rows, self._cheap = people, rows, cheap
        self._index, self._attribute = index, attribute
        self._row: Row | None = None

    def __call__(self, column: str) -> Any:
        if column.startswith("a."):
            return self._attribute and self._attribute[column[2:]]
        if column in self._cheap and not self._people.is_changed(self._index):
            return self._cheap[column](self._index)
        if self._row is None:
            self._row = self._rows.row(self._people.patron(self._index))
        value = self._row.get(column)
        if COLUMNS[column] is Kind.TIME and value is not None:
            return str(value)[:19].replace("T", " ")
        return value


class _Tester:
    """Tells of an index whether the patron fits; with attributes, whether one of them fits."""

    def __init__(self, search: Search, parts: tuple[Node, ...]) -> None:
        self._search = search
        self._test: Test = compiled(All(parts))
        self._is_joined = attribute_columns(All(parts))

    def __call__(self, index: int) -> bool:
        joined: Iterable[Row | None] = (None,)
        if self._is_joined:
            joined = self._search.attributes(index) or (None,)
        return any(self._test(self._search.values(index, one)) for one in joined)


class _Descending:
    """Orders the other way round."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __lt__(self, other: "_Descending") -> bool:
        return bool(other._value < self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(other._value == self._value)

    def __hash__(self) -> int:
        return hash(self._value)


def _sortable(column: str, value: Any, down: bool) -> Any:
    """Put nulls first, text by what it is compared as."""
    if isinstance(value, str) and COLUMNS[column] is Kind.TEXT:
        value = fold(value)
    pair = (value is not None, "" if value is None else value)
    return _Descending(pair) if down else pair


def _is_id(value: int | str) -> bool:
    return str(value).isdecimal()


def _flat(node: All) -> Iterator[Node]:
    for part in node.parts:
        if isinstance(part, All):
            yield from _flat(part)
        else:
            yield part
