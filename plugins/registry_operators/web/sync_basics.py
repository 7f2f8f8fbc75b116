"""The first and the last step of a data sync as forms: what it is, and when it runs (D1, D4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from registry_operators.domain.sync.definition import (
    EmptyFields,
    IncorrectValues,
    OnError,
    SyncType,
)
from registry_operators.domain.sync.field_values import DataType
from registry_operators.settings.data_sync_meaning import RECORD_ID
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.web.sync_form_values import as_date, as_text, line, period, period_of

SINGLE, RECURRING = "single", "recurring"
UNITS = ("day", "week", "month")
USUAL_KEYS = (RECORD_ID, "email")
MOST_KEYS = 6
_CHOICES: dict[str, str] = {
    "empty_fields": EmptyFields.SKIP,
    "incorrect_values": IncorrectValues.REPORT,
    "errors": OnError.CONTINUE,
}
"""Keys of the document with what they mean where they are not there."""


@dataclass(frozen=True, slots=True)
class Basics:
    """The fields of the first step."""

    name: str = ""
    description: str = ""
    ils: str = ""
    connection: str = ""
    type: str = SyncType.CREATE_AND_UPDATE
    frequency: str = SINGLE
    profile_type: str = ""
    match_on: tuple[str, ...] = USUAL_KEYS
    empty_fields: str = EmptyFields.SKIP
    incorrect_values: str = IncorrectValues.REPORT
    errors: str = OnError.CONTINUE

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        source = content.get("source")
        given = source if isinstance(source, dict) else {}
        keys = content.get("match_on", list(USUAL_KEYS))
        return cls(
            as_text(content.get("name")),
            as_text(content.get("description")),
            as_text(given.get("ils")),
            as_text(given.get("connection")),
            as_text(content.get("type", SyncType.CREATE_AND_UPDATE)),
            RECURRING if "every" in _block(content) or content.get("after") else SINGLE,
            as_text(content.get("profile_type")),
            tuple(map(as_text, keys)) if isinstance(keys, list) else (),
            *(as_text(content.get(key, usual)) for key, usual in _CHOICES.items()),
        )

    @classmethod
    def of_form(cls, form: Mapping[str, Any]) -> Self:
        """Return what was filled in."""
        keys = (line(form, f"key-{number}") for number in range(MOST_KEYS))
        return cls(
            line(form, "name"),
            line(form, "description"),
            line(form, "ils"),
            line(form, "connection"),
            line(form, "type"),
            line(form, "frequency"),
            line(form, "profile_type"),
            tuple(dict.fromkeys(key for key in keys if key)),
            *(line(form, key) for key in _CHOICES),
        )

    def changes(self, content: Mapping[str, Any], *, is_new: bool = False) -> dict[str, Any]:
        """
        Return the keys of a document that are to change; ``None`` for those that are to go.

        :param is_new: Write out also what is as usual, so that a reader need not know it.
        """
        before = Basics.of_content(content)
        wanted: dict[str, Any] = {}
        if is_new or (self.ils, self.connection) != (before.ils, before.connection):
            pair = (("ils", self.ils), ("connection", self.connection))
            wanted["source"] = {name: value for name, value in pair if value} or None
        for key in ("name", "description", "type", "profile_type", *_CHOICES):
            if is_new or getattr(self, key) != getattr(before, key):
                wanted[key] = str(getattr(self, key)) or None
        if is_new or self.match_on != before.match_on:
            wanted["match_on"] = list(self.match_on) or None
        if self.frequency != before.frequency:
            wanted["schedule"] = _schedule_for(self.frequency, _block(content))
            if content.get("after"):
                wanted["after"] = None
        return wanted


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """
    The fields of the last step.

    :param amount: Of a recurring sync, with ``unit``: every so many days, weeks or months.
    """

    first: str = ""
    at: str = ""
    amount: str = "1"
    unit: str = "week"
    last: str = ""

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        block = _block(content)
        amount, unit = period_of(block.get("every")) or ("1", "week")
        return cls(
            as_text(block.get("first")), _time(block.get("at")), amount, unit,
            as_text(block.get("last")),
        )  # fmt: skip

    @classmethod
    def of_form(cls, form: Mapping[str, Any]) -> Self:
        """Return what was filled in."""
        return cls(
            line(form, "first"), line(form, "at"), line(form, "amount") or "1",
            line(form, "unit"), line(form, "last"),
        )  # fmt: skip

    def changes(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schedule that a document is to get, if it is to get another one."""
        if self == ScheduleForm.of_content(content):
            return {}
        block: dict[str, Any] = {"first": as_date(self.first), "at": self.at}
        if "every" in _block(content):
            block |= {"every": period(self.amount, self.unit), "last": as_date(self.last)}
        return {"schedule": {name: value for name, value in block.items() if value} or None}


def key_choices(fields: ProfileFields, profile_type: str) -> list[tuple[str, str]]:
    """Return the fields by which a record can be matched to a profile, with their labels."""
    types = [profile_type] if profile_type in fields.types else list(fields.types)
    found = {
        name: one.label
        for type_name in types
        for name, one in fields.of_type(type_name).items()
        if not one.is_list and one.data_type is not DataType.YES_NO
    }
    return list(found.items())


def _schedule_for(frequency: str, block: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a schedule that says how often; what is still missing is asked in the last step."""
    if frequency == RECURRING:
        return {**block, "every": period("1", "week")}
    return {name: value for name, value in block.items() if name not in {"every", "last"}} or None


def _block(content: Mapping[str, Any]) -> Mapping[str, Any]:
    block = content.get("schedule")
    return block if isinstance(block, dict) else {}


def _time(value: Any) -> str:
    # YAML reads 10:30 without quotes as 630, a number to the base of sixty.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return f"{value // 60:02d}:{value % 60:02d}"
    return as_text(value)
