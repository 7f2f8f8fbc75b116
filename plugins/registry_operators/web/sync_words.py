"""The codes of data syncs in the words of the people who look at them."""

from __future__ import annotations

from typing import Any

from registry_operators.domain.reasons import Reason
from registry_operators.domain.sync.conditions import Operator
from registry_operators.domain.sync.definition import (
    EmptyFields,
    IncorrectValues,
    OnError,
    SyncType,
)
from registry_operators.domain.sync.field_values import DataType, Incorrect
from registry_operators.domain.sync.record_mapper import Defect
from registry_operators.domain.sync.transforms import Transform
from registry_operators.settings.profile_fields import ALL_TYPES, SYSTEM
from registry_operators.web.language import mark

STATUSES = {
    "draft": mark("draft"),
    "scheduled": mark("scheduled"),
    "running": mark("running"),
    "complete": mark("complete"),
    "starting": mark("waits for Airflow"),
}
STATUS_KINDS = {
    "draft": "off", "scheduled": "info", "running": "warn", "complete": "good", "starting": "warn",
}  # fmt: skip
RUN_STATES = {
    "running": mark("goes on"),
    "succeeded": mark("has succeeded"),
    "failed": mark("has failed"),
    "held": mark("waits for a decision"),
}
RUN_STATE_KINDS = {"running": "info", "succeeded": "good", "failed": "bad", "held": "warn"}
OUTCOMES = {
    "created": mark("created"),
    "updated": mark("updated"),
    "unchanged": mark("unchanged"),
    "left_out": mark("left out"),
    "held": mark("held"),
    "failed": mark("errors"),
    "waiting": mark("not written yet"),
}
OUTCOME_KINDS = {"created": "good", "updated": "good", "held": "warn", "failed": "bad"}
REASONS: dict[str, str] = {
    "FILTERED": mark("The filter does not mean it"),
    "HAS_PROFILE": mark("It has a profile already, and the sync only creates"),
    "NO_PROFILE": mark("It has no profile, and the sync only updates"),
    Reason.REJECTED: mark("Somebody rejected the change that was held"),
    Reason.EXPIRED: mark("Nobody decided in time on the change that was held"),
    "UNDONE": mark("The run was taken back while the change was held"),
    Reason.ERASED: mark("The person was erased; only the count is left"),
    Reason.LIMIT_EXCEEDED: mark("There are more changes of the kind than the limit allows"),
    Defect.REDACTED: mark("The account may not see the record"),
    Defect.NO_RECORD_ID: mark("The record has no id"),
    "SAME_RECORD_TWICE": mark("The record came twice; the later one was used"),
    "SEVERAL_PROFILES": mark("A key leads to several profiles"),
    "SEVERAL_RECORDS": mark("A key leads several records to one profile"),
    "OTHER_TYPE": mark("Its profile has another type"),
    Reason.CHANGED_SINCE_PLAN: mark("Somebody else changed the profile first"),
    "CHANGED_SINCE": mark("Somebody has changed it since the run"),
    "GONE": mark("It is not there any more"),
    Incorrect.MISSING: mark("A required field has no value"),
    Incorrect.NOT_TEXT: mark("It is no plain text"),
    Incorrect.TOO_LONG: mark("It is too long, or there are too many"),
    Incorrect.NOT_AN_EMAIL: mark("It is no e-mail address"),
    Incorrect.NOT_A_PHONE: mark("It is no phone number"),
    Incorrect.NOT_A_DATE: mark("It is no date"),
    Incorrect.NOT_A_NUMBER: mark("It is no number"),
    Incorrect.NOT_YES_OR_NO: mark("It is neither yes nor no"),
    Incorrect.NOT_A_CHOICE: mark("The list of choices has no such term"),
}
TYPES: dict[str, str] = {
    SyncType.CREATE: mark("Create profiles; those that are there are left alone"),
    SyncType.UPDATE: mark("Update profiles; none is created"),
    SyncType.CREATE_AND_UPDATE: mark("Create and update profiles"),
}
FREQUENCIES = {
    "single": mark("Single: it runs once"),
    "recurring": mark("Recurring: it runs on a schedule"),
}
EMPTY: dict[str, str] = {
    EmptyFields.SKIP: mark("Skip: the profile keeps its value"),
    EmptyFields.REPLACE: mark("Replace: the field of the profile is emptied"),
}
INCORRECT: dict[str, str] = {
    IncorrectValues.REPORT: mark("Report it as an error"),
    IncorrectValues.SKIP: mark("Skip it; it is counted all the same"),
}
ERRORS: dict[str, str] = {
    OnError.CONTINUE: mark("Continue, and report them"),
    OnError.STOP: mark("Stop at the first; nothing is written then"),
}
OPERATORS: dict[str, str] = {
    Operator.EQUALS: mark("equals"),
    Operator.NOT_EQUALS: mark("does not equal"),
    Operator.CONTAINS: mark("contains"),
    Operator.STARTS_WITH: mark("starts with"),
    Operator.IS_EMPTY: mark("is empty"),
    Operator.IS_NOT_EMPTY: mark("is not empty"),
    Operator.BEFORE: mark("is before"),
    Operator.AFTER: mark("is after"),
    Operator.WITHIN_LAST: mark("is within the last"),
    Operator.AT_LEAST: mark("is at least"),
    Operator.AT_MOST: mark("is at most"),
    Operator.IS_ONE_OF: mark("is one of"),
}
DATA_TYPES: dict[str, str] = {
    DataType.TEXT: mark("text"),
    DataType.EMAIL: mark("e-mail"),
    DataType.PHONE: mark("phone"),
    DataType.DATE: mark("date"),
    DataType.NUMBER: mark("number"),
    DataType.YES_NO: mark("yes or no"),
    DataType.CHOICE: mark("choice from a list"),
}
TRANSFORMS: dict[str, str] = {
    Transform.TRIM: mark("single blanks"),
    Transform.LOWER: mark("small letters"),
    Transform.UPPER: mark("capital letters"),
    Transform.TITLE: mark("Capital Initials"),
    Transform.SURNAME: mark("the surname of a whole name"),
    Transform.FIRST_NAME: mark("the first names of a whole name"),
    Transform.SPLIT_COMMAS: mark("several values, parted by commas"),
    Transform.DATE_FORMAT: mark("a date in the format beside it"),
}
LEVELS = {SYSTEM: mark("System fields"), ALL_TYPES: mark("Fields of all types")}
UNITS = {
    "day": mark("days"), "week": mark("weeks"), "month": mark("months"), "year": mark("years"),
}  # fmt: skip
UNIT_ONE = {
    "day": mark("day"), "week": mark("week"), "month": mark("month"), "year": mark("year"),
}  # fmt: skip
STAGES = (
    ("opened", mark("Read the patrons of the library system")),
    ("extracted", mark("Filter the records")),
    ("filtered", mark("Plan what is created and changed")),
    ("planned", mark("Hold it against the limits")),
    ("guarded", mark("Write the profiles")),
    ("loaded", mark("Count and report")),
)
"""Each stage at which a run can stand, and what it does behind it."""
PREVIEWED = {
    "create": mark("would be created"),
    "update": mark("would be changed"),
    "link": mark("would be linked to a profile"),
    "unchanged": mark("would stay as it is"),
}
AIRFLOW_STATES = {
    "queued": mark("queued"),
    "running": mark("running"),
    "success": mark("succeeded"),
    "failed": mark("failed"),
}
WORDS: dict[str, Any] = {
    "STATUSES": STATUSES, "STATUS_KINDS": STATUS_KINDS, "RUN_STATES": RUN_STATES,
    "RUN_STATE_KINDS": RUN_STATE_KINDS, "OUTCOMES": OUTCOMES, "OUTCOME_KINDS": OUTCOME_KINDS,
    "REASONS": REASONS, "TYPES": TYPES, "FREQUENCIES": FREQUENCIES, "EMPTY": EMPTY,
    "INCORRECT": INCORRECT, "ERRORS": ERRORS, "OPERATORS": OPERATORS, "DATA_TYPES": DATA_TYPES,
    "TRANSFORMS": TRANSFORMS, "LEVELS": LEVELS, "UNITS": UNITS, "UNIT_ONE": UNIT_ONE,
    "PREVIEWED": PREVIEWED, "AIRFLOW_STATES": AIRFLOW_STATES,
}  # fmt: skip
"""All of them, for templates."""
