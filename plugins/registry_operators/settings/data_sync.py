"""
One data sync as a YAML document (spec D1 to D4, X11; the form is in ``docs/data_syncs.md``).

The document is kept as it was written, so that it round-trips exactly. Everything that is wrong is
told at once, each with its line, what was found and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from registry_operators.domain.sync.definition import (
    EmptyFields,
    FilterRow,
    IncorrectValues,
    OnError,
    SyncDefinition,
    SyncType,
)
from registry_operators.domain.sync.sync_schedule import next_run, run_days, run_time
from registry_operators.domain.sync.transforms import Transform
from registry_operators.errors import ConfigurationError
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.data_sync_meaning import Problem, read_conditions, read_meaning
from registry_operators.settings.marked_yaml import MarkedYaml, NotPlainError, load_marked
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.settings.sound_parts import SoundParts, sound_parts

KEYS = (
    "name", "description", "source", "type", "profile_type", "match_on", "empty_fields",
    "incorrect_values", "errors", "filter", "mapping", "schedule", "after",
)  # fmt: skip
_EVERY = re.compile(r"([1-9]\d{0,2}) (day|week|month)s?")
_LONGEST = 256 * 1024
_MOST_TOLD = 100
_Scalar = str | int | float | bool
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_Name = Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceBlock(_Strict):
    """
    Where the patrons come from.

    :param ils: Library system: ``alma``, ``cicero``, ``koha``, ``sierra`` or ``symphony``.
    :param connection: Id of the Airflow Connection.
    """

    ils: str
    connection: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")]


class MappingBlock(_Strict):
    """
    One row of the mapping; exactly one of ``from``, ``first_of`` and ``constant``.

    :param from_field: A field of the library system.
    :param first_of: Several fields; the first one that is not empty counts.
    :param constant: The same value for everybody.
    :param to: Field of the profile, by its level: ``email``, ``{all_types: language}`` or
        ``{type: student, field: programme}``.
    :param transform: What is done to the value, in order.
    :param date_format: How dates are written there, such as ``%d.%m.%Y``.
    """

    from_field: Annotated[str | None, Field(alias="from")] = None
    first_of: Annotated[list[str] | None, Field(min_length=1)] = None
    constant: _Scalar | date | None = None
    to: str | dict[str, str]
    transform: Transform | list[Transform] = []
    date_format: str | None = None


class ScheduleBlock(_Strict):
    """
    When it runs, in local time.

    :param first: Day of the first run.
    :param at: Time of day, such as ``"06:30"``.
    :param every: Interval, such as ``1 week``; without it there is one run.
    :param last: Last day on which it may run.
    """

    first: date
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    every: str | None = None
    last: date | None = None

    @field_validator("at", mode="before")
    @classmethod
    def _time_is_text(cls, value: Any) -> Any:
        # YAML reads 10:30 without quotes as 630, a number to the base of sixty.
        is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1440
        return f"{value // 60:02d}:{value % 60:02d}" if is_number else value

    @field_validator("every")
    @classmethod
    def _is_an_interval(cls, text: str | None) -> str | None:
        if text is not None and not _EVERY.fullmatch(text):
            raise ValueError("write a number and day(s), week(s) or month(s), such as 2 weeks")
        return text

    @property
    def interval(self) -> tuple[int, str] | None:
        """Number and unit of ``every``."""
        match = _EVERY.fullmatch(self.every or "")
        return None if match is None else (int(match[1]), match[2])

    @property
    def time(self) -> time:
        """The time of day."""
        return time.fromisoformat(self.at)


class SyncDocument(_Strict):
    """
    The whole document; what its fields mean is checked by ``data_sync_meaning``.

    :param name: Also the name of the DAG.
    :param description: For people.
    :param source: Where the patrons come from.
    :param type: What it may do to profiles.
    :param profile_type: Type of the profiles, where no row of the mapping names one.
    :param match_on: Keys that lead to a profile, in order.
    :param empty_fields: Whether an empty field empties that of the profile.
    :param incorrect_values: Whether a value that does not fit is an error.
    :param errors: Whether the first error ends the run.
    :param filter: Conditions, which must all be met.
    :param mapping: A row for each field of the profile.
    :param schedule: Without it, and without ``after``, the data sync is run by hand.
    :param after: ``pull``: it runs each time that the nightly pull has ended; from Cicero only.
    """

    name: _Name
    description: Annotated[str, Field(max_length=1000)] = ""
    source: SourceBlock
    type: SyncType
    profile_type: str | None = None
    match_on: Annotated[list[str], Field(min_length=1)] = ["ils_record_id", "email"]
    empty_fields: EmptyFields = EmptyFields.SKIP
    incorrect_values: IncorrectValues = IncorrectValues.REPORT
    errors: OnError = OnError.CONTINUE
    filter: list[dict[str, Any]] = []
    mapping: Annotated[list[MappingBlock], Field(min_length=1)]
    schedule: ScheduleBlock | None = None
    after: Literal["pull"] | None = None


def parse_definition(
    text: str, fields: ProfileFields, where: str = "the definition"
) -> SyncDefinition:
    """
    Read and check one document.

    :param where: Its file or name, for the messages.
    :raises ConfigurationError: With one line for each thing that is wrong.
    """
    problems: list[Problem] = []
    marked = _load(text, where)
    document = _shape(marked, fields, problems)
    definition = None
    if document is not None:
        definition = read_meaning(document, fields, text, problems)
    if problems or definition is None:
        raise _wrong(where, marked, problems)
    return definition


def read_filter(
    ils: str, rows: object, fields: ProfileFields
) -> tuple[tuple[FilterRow, ...], dict[int, str]]:
    """
    Read the filter of a document that is not finished (D1.7).

    :param rows: What stands under ``filter``, whatever it is.
    :return: The conditions that can be read, and what is wrong with the others by their index.
    :raises ConfigurationError: There is no such library system.
    """
    catalogue = load_catalogue(ils)
    listed = rows if isinstance(rows, list) else []
    sound = [row if isinstance(row, dict) else {} for row in listed]
    problems: list[Problem] = []
    document = SyncDocument.model_construct(filter=sound)
    found = read_conditions(document, fields, catalogue, problems)
    return found, {int(one.place[1]): one.text for one in problems}


def refuse_past_schedule(
    text: str,
    definition: SyncDefinition,
    now: datetime,
    zone: ZoneInfo,
    where: str = "the definition",
) -> None:
    """
    Refuse a document none of whose runs is still to come (D4.2).

    :param now: Aware.
    :param zone: The zone in which schedules are meant; the message names it.
    :raises ConfigurationError: The only run, or the last one, was due already.
    """
    schedule = definition.schedule
    if schedule is None or next_run(schedule, now, zone) is not None:
        return
    *_, day = run_days(schedule)
    due = run_time(schedule, day, zone).astimezone(zone)
    which, key = ("only", "first") if schedule.every is None else ("last", "last")
    problem = Problem(
        ("schedule",),
        f"schedule: its {which} run was due at {due:%Y-%m-%d %H:%M} ({zone.key}), and it is "
        f"{now.astimezone(zone):%Y-%m-%d %H:%M} there; write a later day for {key}, or leave "
        "schedule out and run it by hand",
    )
    raise _wrong(where, load_marked(text), [problem])


def name_of(text: str, where: str = "the definition") -> str:
    """
    Return the name of a document that may be unfinished.

    :raises ConfigurationError: It is no YAML, or has no name of the right form.
    """
    content = _load(text, where).content
    name = content.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{where}: needs a name of small letters, digits and underscores: `name: new_students`"
        )
    return name


def name_if_any(text: str) -> str | None:
    """Return the name of a text that may be no document at all; ``None`` where it has none."""
    try:
        return name_of(text)
    except ConfigurationError:
        return None


def is_good_name(name: str) -> bool:
    """Say whether a data sync can have a name."""
    return _NAME.fullmatch(name) is not None


def refuse_too_long(text: str, where: str = "the definition") -> None:
    """
    Refuse a text that is longer than any document needs to be.

    :raises ConfigurationError: It has more than 256 Ki characters.
    """
    if len(text) > _LONGEST:
        raise ConfigurationError(f"{where}: longer than {_LONGEST // 1024} KiB; split the sync")


def _load(text: str, where: str) -> MarkedYaml:
    refuse_too_long(text, where)
    try:
        marked = load_marked(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        usual = "not valid YAML; check blanks and quotes"
        hint = error.problem if isinstance(error, NotPlainError) else usual
        raise ConfigurationError(f"{where}{line}: {hint}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{where}: has a value that YAML cannot read") from None
    if not isinstance(marked.content, dict):
        raise ConfigurationError(f"{where}: must be a mapping that begins with `name: …`")
    return marked


def _shape(
    marked: MarkedYaml, fields: ProfileFields, problems: list[Problem]
) -> SyncDocument | None:
    problems += [
        Problem((name,), f"{name} stands here for the second time; keep one", line)
        for name, line in marked.repeated
    ]
    present = [key for key in marked.content if key in KEYS]
    if present != [key for key in KEYS if key in present]:
        problems.append(Problem((), f"write the keys in this order: {', '.join(KEYS)}"))
    try:
        return SyncDocument.model_validate(marked.content)
    except ValidationError as error:
        found = [_told(problem) for problem in error.errors()]
    problems += found
    _judge_rest(sound_parts(marked.content, [one.place for one in found]), fields, problems)
    return None


def _judge_rest(sound: SoundParts, fields: ProfileFields, problems: list[Problem]) -> None:
    """Judge what has the right form, so that its author need not ask twice."""
    try:
        document = SyncDocument.model_validate(sound.content)
    except ValidationError:
        return
    found: list[Problem] = []
    read_meaning(document, fields, "", found)
    problems += [
        replace(one, place=sound.original(one.place))
        for one in found
        if not sound.says_nothing_of(one.place)
    ]


def _told(problem: Mapping[str, Any]) -> Problem:
    # A union's own steps, such as `str` or `list[...]`, are nobody's keys.
    place = tuple(step for step in problem["loc"] if isinstance(step, int) or step.isidentifier())
    message = problem["msg"].removeprefix("Value error, ")
    match problem["type"]:
        case "missing":
            message = "is missing; add it"
        case "extra_forbidden":
            message = "is not known; remove it or correct its spelling"
    return Problem(place, f"{'.'.join(str(step) for step in place) or 'the document'}: {message}")


def _wrong(where: str, marked: MarkedYaml, problems: list[Problem]) -> ConfigurationError:
    lines = sorted(
        {(problem.line or marked.line(problem.place), problem.text) for problem in problems}
    )
    told = "\n".join(f"  line {line}: {text}" for line, text in lines[:_MOST_TOLD])
    more = f"\n  and {len(lines) - _MOST_TOLD} more" if len(lines) > _MOST_TOLD else ""
    count = f"{len(lines)} thing{'s' if len(lines) > 1 else ''}"
    return ConfigurationError(f"{where}: {count} to correct; nothing was saved\n{told}{more}")
