"""What a data sync's document means: its fields looked up, its values read (spec D2, D3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.conditions import Operator, comparable, first_day
from registry_operators.domain.sync.definition import (
    FilterRow,
    MappingRow,
    Schedule,
    SyncDefinition,
)
from registry_operators.domain.sync.field_values import (
    DataType,
    IncorrectValueError,
    Value,
    to_value,
)
from registry_operators.domain.sync.transforms import Transform
from registry_operators.errors import ConfigurationError
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.profile_fields import (
    ALL_TYPES,
    SYSTEM,
    ProfileField,
    ProfileFields,
)

if TYPE_CHECKING:
    from registry_operators.settings.data_sync import MappingBlock, SyncDocument

RECORD_ID = "ils_record_id"
_WITHIN = re.compile(r"([1-9]\d{0,4}) (days?|weeks?|months?|years?)")
_NO_OPERAND = {Operator.IS_EMPTY, Operator.IS_NOT_EMPTY}


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong.

    :param place: Keys and indexes that lead to it.
    :param line: Where it is known better than by its place.
    """

    place: tuple[str | int, ...]
    text: str
    line: int | None = None


@dataclass(slots=True)
class _Reading:
    """Reads one document; what is wrong is collected, so that all is told at once."""

    document: SyncDocument
    fields: ProfileFields
    problems: list[Problem]
    catalogue: Catalogue | None = None
    targets: dict[str, ProfileField] = field(default_factory=dict)

    def wrong(self, place: tuple[str | int, ...], text: str) -> None:
        self.problems.append(Problem(place, text))


def read_meaning(
    document: SyncDocument, fields: ProfileFields, text: str, problems: list[Problem]
) -> SyncDefinition | None:
    """Return the definition; ``None`` or one with holes where problems were added."""
    reading = _Reading(document, fields, problems)
    schedule = _schedule(reading)
    _check_after(reading)
    try:
        reading.catalogue = load_catalogue(document.source.ils)
    except ConfigurationError as error:
        reading.wrong(("source", "ils"), f"source.ils: {error}")
        return None
    filter_rows = tuple(_filter(reading))
    profile_type = _profile_type(reading)
    if profile_type is None:
        for index, row in enumerate(document.mapping):
            _sources(reading, ("mapping", index), row)
        return None
    reading.targets = fields.of_type(profile_type)
    mapping = tuple(_mapping(reading, profile_type))
    _check_targets(reading, mapping)
    _check_keys(reading)
    return SyncDefinition(
        document.name, document.description, document.source.ils, document.source.connection,
        document.type, profile_type, tuple(document.match_on), document.empty_fields,
        document.incorrect_values, document.errors, filter_rows, mapping, schedule, text,
        follows_pull=document.after is not None,
    )  # fmt: skip


def read_conditions(
    document: SyncDocument, fields: ProfileFields, catalogue: Catalogue, problems: list[Problem]
) -> tuple[FilterRow, ...]:
    """Return the conditions of a document of which the rest may be missing; wrong ones left out."""
    return tuple(_filter(_Reading(document, fields, problems, catalogue)))


def _profile_type(reading: _Reading) -> str | None:
    """Return the type of the profiles: the one that is named, or the one of the mapping."""
    document, types = reading.document, reading.fields.types
    known = ", ".join(sorted(types))
    mapped = {
        row.to["type"] for row in document.mapping if isinstance(row.to, dict) and "type" in row.to
    }
    named = document.profile_type
    if named is not None and named not in types:
        reading.wrong(("profile_type",), f"profile_type: no type {named!r}; known are {known}")
        return None
    wanted = mapped | ({named} if named else set())
    if len(wanted) > 1:
        reading.wrong(
            ("mapping",),
            f"the mapping has fields of {len(wanted)} types ({', '.join(sorted(wanted))}); a "
            "profile has one type, so make one sync for each",
        )
        return None
    if not wanted and len(types) > 1:
        reading.wrong((), f"which type do the profiles have? write profile_type: one of {known}")
        return None
    if unknown := wanted - set(types):
        reading.wrong(("mapping",), f"no type {unknown.pop()!r}; known are {known}")
        return None
    return (wanted or set(types)).pop()


def _filter(reading: _Reading) -> Iterator[FilterRow]:
    for index, row in enumerate(reading.document.filter):
        place = ("filter", index)
        operators = [key for key in row if key != "field"]
        if "field" not in row or len(operators) != 1:
            reading.wrong(place, "filter: write {field: …, operator: value}, one operator a row")
            continue
        source = _source(reading, place, str(row["field"]))
        if source is None:
            continue
        name = operators[0]
        if name not in {operator.value for operator in source.operators}:
            known = ", ".join(sorted(source.operators))
            reading.wrong(
                place, f"filter: {source.name} ({source.data_type}) cannot be asked {name!r}; "
                f"it has {known}"
            )  # fmt: skip
            continue
        operator = Operator(name)
        try:
            operand = _operand(source.data_type, operator, row[name])
        except ValueError as error:
            reading.wrong(place, f"filter: {source.name} {name}: {error}")
            continue
        raw = row[name] if isinstance(row[name], list) else [row[name]]
        written = () if operand is None else tuple(str(one).strip() for one in raw)
        yield FilterRow(source, operator, operand, written)


def _operand(data_type: DataType, operator: Operator, raw: Any) -> Any:
    """
    Return what a condition compares with.

    :raises ValueError: With what to write instead.
    """
    if operator in _NO_OPERAND:
        if raw is not True:
            raise ValueError("write true after it")
        return None
    if operator is Operator.WITHIN_LAST:
        match = _WITHIN.fullmatch(str(raw).strip())
        if match is None:
            raise ValueError("write a number and days, weeks, months or years, such as 6 months")
        first_day(int(match[1]), match[2], date.today())  # noqa: DTZ011  only tried
        return int(match[1]), match[2]
    if operator is Operator.IS_ONE_OF:
        if not isinstance(raw, list) or not raw:
            raise ValueError("write a list of values in brackets")
        return tuple(_value(data_type, one) for one in raw)
    return _value(data_type, raw)


def _value(data_type: DataType, raw: Any) -> Value:
    value = None if isinstance(raw, (list, dict)) else comparable(data_type, raw)
    if value is None:
        raise ValueError(f"the value is no {data_type}, or empty; empty is asked with is_empty")
    return value


def _source(reading: _Reading, place: tuple[str | int, ...], name: str) -> SourceField | None:
    catalogue = reading.catalogue
    found = None if catalogue is None else catalogue.find(name)
    if found is None and catalogue is not None:
        near = [known for known in catalogue.fields if known.startswith(name[:3])][:5]
        hint = f"; perhaps {', '.join(near)}" if near else ""
        reading.wrong(
            place,
            f"{catalogue.ils} has no field {name!r}{hint} "
            f"(patron-sync fields {catalogue.ils} lists them)",
        )
    return found


def _mapping(reading: _Reading, profile_type: str) -> Iterator[MappingRow]:
    for index, row in enumerate(reading.document.mapping):
        place = ("mapping", index)
        target = _target(reading, place, row.to, profile_type)
        sources = _sources(reading, place, row)
        if target is None or sources is None:
            continue
        constant = None
        if row.constant is not None:
            try:
                constant = to_value(target.data_type, row.constant, target.choices)
            except IncorrectValueError as error:
                reading.wrong(place, f"mapping to {target.name}: constant is {error.reason}")
                continue
        transforms = _transforms(reading, place, row)
        yield MappingRow(sources, constant, transforms, target.name, target.level)


def _sources(
    reading: _Reading, place: tuple[str | int, ...], row: MappingBlock
) -> tuple[SourceField, ...] | None:
    given = [
        name
        for name, value in (
            ("from", row.from_field), ("first_of", row.first_of), ("constant", row.constant),
        )
        if value is not None
    ]  # fmt: skip
    if len(given) != 1:
        reading.wrong(place, "mapping: write exactly one of from, first_of and constant")
        return None
    names = [row.from_field] if row.from_field else row.first_of or []
    found = [_source(reading, place, name) for name in names]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def _target(
    reading: _Reading, place: tuple[str | int, ...], to: str | Mapping[str, str], profile_type: str
) -> ProfileField | None:
    if isinstance(to, str):
        name, level = to, SYSTEM
    elif set(to) == {"all_types"}:
        name, level = to["all_types"], ALL_TYPES
    elif set(to) == {"type", "field"}:
        name, level = to["field"], to["type"]
    else:
        reading.wrong(
            place,
            "mapping: write to: field, to: {all_types: field} or to: {type: type, field: field}",
        )
        return None
    found = reading.targets.get(name)
    if found is None or found.level != level:
        elsewhere = f"; it is one of level {found.level}" if found else ""
        of = f"type {profile_type}" if level == profile_type else f"level {level}"
        reading.wrong(place, f"mapping: profiles have no field {name!r} of {of}{elsewhere}")
        return None
    return found


def _transforms(
    reading: _Reading, place: tuple[str | int, ...], row: MappingBlock
) -> tuple[tuple[Transform, str], ...]:
    named = row.transform if isinstance(row.transform, list) else [row.transform]
    if (Transform.DATE_FORMAT in named) and row.date_format is None:
        reading.wrong(
            place, "mapping: date_format needs its format, such as date_format: '%d.%m.%Y'"
        )
    if row.date_format is not None and Transform.DATE_FORMAT not in named:
        named = [*named, Transform.DATE_FORMAT]
    return tuple(
        (one, row.date_format or "" if one is Transform.DATE_FORMAT else "") for one in named
    )


def _check_targets(reading: _Reading, mapping: tuple[MappingRow, ...]) -> None:
    seen: set[str] = set()
    for row in mapping:
        if row.target in seen:
            reading.wrong(("mapping",), f"mapping: two rows write {row.target}; use first_of")
        seen.add(row.target)
    if reading.document.type.creates:
        for name, target in reading.targets.items():
            if target.is_required and name not in seen:
                reading.wrong(
                    ("mapping",), f"mapping: {name} is required and nothing is mapped to it"
                )


def _check_keys(reading: _Reading) -> None:
    for index, key in enumerate(reading.document.match_on):
        place = ("match_on", index)
        target = reading.targets.get(key)
        if key == RECORD_ID:
            continue
        if target is None or target.is_list or target.data_type in {DataType.YES_NO}:
            reading.wrong(place, f"match_on: {key!r} is no field with one value; take {RECORD_ID}, "
                          "email, or another such field")  # fmt: skip


def _check_after(reading: _Reading) -> None:
    document = reading.document
    if document.after is None:
        return
    if document.schedule is not None:
        reading.wrong(
            ("after",), "after: there is a schedule as well; leave one of them out, as a data sync "
            "either follows the pull or has times of its own",
        )  # fmt: skip
    if document.source.ils != "cicero":
        reading.wrong(
            ("after",), f"after: the pull changes nothing in {document.source.ils}; write a "
            "schedule, or take the patrons from cicero",
        )  # fmt: skip


def _schedule(reading: _Reading) -> Schedule | None:
    block = reading.document.schedule
    if block is None:
        return None
    if block.last is not None and block.every is None:
        reading.wrong(("schedule", "last"), "schedule.last: only a recurring sync has a last day")
    if block.last is not None and block.last < block.first:
        reading.wrong(("schedule", "last"), "schedule.last: lies before the first day")
    return Schedule(block.first, block.time, block.interval, block.last)
