"""Turn a record of a library system into the values of a profile (spec D1.4, D1.5, D3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from registry_operators.domain.sync.catalogue import Catalogue
from registry_operators.domain.sync.conditions import comparable
from registry_operators.domain.sync.definition import EmptyFields, MappingRow, SyncDefinition
from registry_operators.domain.sync.field_values import (
    DataType,
    Incorrect,
    IncorrectValueError,
    Value,
    converter_of,
    to_value,
)
from registry_operators.domain.sync.record_path import Absent, Reader, compile_path, is_empty
from registry_operators.domain.sync.transforms import step_of

_MOST_IN_LIST = 100
_MISSING = object()


class Defect(StrEnum):
    """What makes a record unusable as a whole."""

    NO_RECORD_ID = "NO_RECORD_ID"
    REDACTED = "REDACTED"


class Target(Protocol):
    """The field of a profile that a value is for."""

    @property
    def data_type(self) -> DataType: ...
    @property
    def is_list(self) -> bool: ...
    @property
    def is_required(self) -> bool: ...
    @property
    def choices(self) -> Mapping[str, str]: ...


class MappedRecord(NamedTuple):
    """
    What a record says, in the form of profiles.

    A field of which the record says nothing (the key is not there) is in none of the three.

    :param filters: Values of the filtered fields as conditions compare them.
    :param fields: Values of the profile's fields.
    :param emptied: Fields that the record says are empty.
    :param problems: Field and reason of values that do not fit.
    """

    record_id: str | None
    defect: Defect | None = None
    filters: dict[str, list[Value]] = {}  # noqa: RUF012  never changed
    fields: dict[str, Value | list[Value]] = {}  # noqa: RUF012
    emptied: list[str] = []  # noqa: RUF012
    problems: list[tuple[str, Incorrect]] = []  # noqa: RUF012


_FieldReader = Callable[[Mapping[str, Any], MappedRecord], None]


class RecordMapper:
    """
    Maps the records of one definition; everything that can be is decided once, not for each record.

    :param targets: Field name to field, of the profiles' type.
    """

    def __init__(
        self, definition: SyncDefinition, catalogue: Catalogue, targets: Mapping[str, Target]
    ) -> None:
        self._record_id = compile_path(catalogue.record_id)
        self._marks = [compile_path(path) for path in catalogue.marks_redacted]
        self._readers = [_field_reader(row, targets[row.target]) for row in definition.mapping]
        # Who skips empty fields is told nothing of them; who replaces learns what was not cleared.
        replaces = definition.empty_fields is EmptyFields.REPLACE
        self._never_empty = {name for name, one in targets.items() if replaces and one.is_required}
        self._filters = [
            (row.field.name, row.field.data_type, compile_path(row.field.path))
            for row in {row.field.name: row for row in definition.filter}.values()
        ]

    def map(self, record: Mapping[str, Any]) -> MappedRecord:
        """Return what a record says; nothing of a record that is redacted or has no id."""
        found = self._record_id(record)
        record_id = str(found[0]) if isinstance(found, list) and found else None
        if self._marks and not any(read(record) for read in self._marks):
            return MappedRecord(record_id, Defect.REDACTED)
        if record_id is None:
            return MappedRecord(None, Defect.NO_RECORD_ID)
        mapped = MappedRecord(record_id, None, self._compared(record), {}, [], [])
        for read_field in self._readers:
            read_field(record, mapped)
        if mapped.emptied and self._never_empty:
            missing = (name for name in mapped.emptied if name in self._never_empty)
            mapped.problems.extend((name, Incorrect.MISSING) for name in missing)
        return mapped

    def _compared(self, record: Mapping[str, Any]) -> dict[str, list[Value]]:
        return {
            name: [
                value for raw in _list(read(record)) if (value := comparable(kind, raw)) is not None
            ]
            for name, kind, read in self._filters
        }


def _field_reader(row: MappingRow, target: Target) -> _FieldReader:
    """Return what puts one field of a record where it belongs."""
    if row.constant is not None:
        constant: Value | list[Value] = [row.constant] if target.is_list else row.constant

        def put_constant(_: Mapping[str, Any], mapped: MappedRecord) -> None:
            mapped.fields[row.target] = constant

        return put_constant
    if len(row.sources) == 1 and row.sources[0].is_flat and not (row.transforms or target.is_list):
        return _plain_reader(row.sources[0].path, row.target, target)
    read = _first_of([compile_path(source.path) for source in row.sources])
    steps = [step_of(transform, detail) for transform, detail in row.transforms]

    def put(record: Mapping[str, Any], mapped: MappedRecord) -> None:
        raw = read(record)
        if isinstance(raw, Absent):
            return
        try:
            values: Iterable[object] = raw
            for step in steps:
                values = step(list(values))
            _keep(row.target, target, list(values), mapped)
        except IncorrectValueError as error:
            mapped.problems.append((row.target, error.reason))

    return put


def _plain_reader(key: str, name: str, target: Target) -> _FieldReader:
    """
    Return what puts a field of the record itself into a field with one value.

    Most fields are of this kind, and a record has ten or more of them; what the longer way does for
    every form of field is left out here.
    """
    convert = converter_of(target.data_type, target.choices)

    def put(record: Mapping[str, Any], mapped: MappedRecord) -> None:
        raw = record.get(key, _MISSING)
        if type(raw) is str:  # nearly always
            is_none = not raw or raw.isspace()
        elif raw is _MISSING:
            return
        else:
            if isinstance(raw, list):
                raw = next((one for one in raw if not is_empty(one)), None)
            is_none = is_empty(raw)
        if is_none:
            mapped.emptied.append(name)
            return
        try:
            value = convert(raw)
        except IncorrectValueError as error:
            mapped.problems.append((name, error.reason))
            return
        if value == "":
            mapped.emptied.append(name)
        else:
            mapped.fields[name] = value

    return put


def _keep(name: str, target: Target, values: list[object], mapped: MappedRecord) -> None:
    """Convert and store; of a field with one value the first one counts."""
    if not values:
        mapped.emptied.append(name)
    elif target.is_list:
        if len(values) > _MOST_IN_LIST:
            raise IncorrectValueError(Incorrect.TOO_LONG)
        converted = [to_value(target.data_type, value, target.choices) for value in values]
        mapped.fields[name] = list(dict.fromkeys(converted))
    else:
        value = to_value(target.data_type, values[0], target.choices)
        if value == "":
            mapped.emptied.append(name)
        else:
            mapped.fields[name] = value


def _first_of(readers: list[Reader]) -> Reader:
    """Read the first field that has a value; absent only where the record has none of them."""
    if len(readers) == 1:
        return readers[0]

    def read(record: Mapping[str, Any]) -> list[Any] | Absent:
        result: list[Any] | Absent = readers[0](record)
        for reader in readers[1:]:
            if result:
                break
            other = reader(record)
            result = other if other or isinstance(result, Absent) else result
        return result

    return read


def _list(found: list[Any] | Absent) -> list[Any]:
    return found if isinstance(found, list) else []
