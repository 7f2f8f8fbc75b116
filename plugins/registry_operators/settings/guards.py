"""The limits of ``include/config/libraries.yaml`` (spec X2)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from registry_operators.domain.guards import Announcement, FailureLimits, GuardKind, Limit

_Percent = Annotated[float, Field(ge=0, le=100)]
_Count = Annotated[int, Field(ge=0)]

_DEFAULTS = {
    GuardKind.RELATION_REMOVALS: Limit(5, at_most=500),
    GuardKind.FIELD_CLEARS: Limit(2),
    GuardKind.CARD_OVERWRITES: Limit(1),
    GuardKind.PIN_OVERWRITES: Limit(1),
    GuardKind.CREATIONS: Limit(20),
    GuardKind.CONSENT_FLIPS: Limit(5),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitSetting(_Strict):
    """
    A limit in per cent of a library's consenting patrons, and in number.

    :param percent: Share that one run may change.
    :param at_least: So many are allowed however small the library is.
    :param at_most: Never more than so many, however large it is.
    """

    percent: _Percent
    at_least: _Count = 20
    at_most: _Count | None = None

    @property
    def limit(self) -> Limit:
        """The limit as a value of the domain."""
        return Limit(self.percent, self.at_least, self.at_most)


Limits = dict[Annotated[GuardKind, Field(strict=False)], LimitSetting]


class AnnouncedSetting(_Strict):
    """
    A mass change that is expected: so many a night, until a day.

    :param kind: Kind of change whose limit is raised.
    :param per_night: So many changes each night and library.
    :param until: Last day, in local time.
    :param libraries: Agency codes; without them all libraries.
    :param why: For people, and for the audit trail.
    """

    kind: GuardKind
    per_night: Annotated[int, Field(gt=0)]
    until: date
    libraries: list[str] = []
    why: Annotated[str, Field(min_length=1)]

    @property
    def announcement(self) -> Announcement:
        """The announcement as a value of the domain."""
        return Announcement(self.kind, self.per_night, self.until, frozenset(self.libraries))


class FailureSetting(_Strict):
    """
    From which share of failing records a run warns, ends red, or stops before it writes.

    :param warn_percent: From here on it is written down.
    :param critical_percent: From here on the run ends red.
    :param stop_percent: From here on nothing is written.
    :param from_records: Smaller readings are not judged.
    """

    warn_percent: _Percent = 1
    critical_percent: _Percent = 5
    stop_percent: _Percent = 40
    from_records: _Count = 200

    @model_validator(mode="after")
    def _is_in_order(self) -> FailureSetting:
        if not self.warn_percent <= self.critical_percent <= self.stop_percent:
            raise ValueError("warn_percent, critical_percent and stop_percent must not fall")
        return self

    @property
    def limits(self) -> FailureLimits:
        """The limits as a value of the domain."""
        return FailureLimits(
            self.warn_percent, self.critical_percent, self.stop_percent, self.from_records
        )


class ApprovalSetting(_Strict):
    """
    Who decides on held changes, and how long they wait.

    :param four_eyes: Whoever started a run may not approve what it holds.
    :param expire_days: Days until a held set expires.
    """

    four_eyes: bool = True
    expire_days: Annotated[int, Field(gt=0, le=7)] = 7


class Guards(_Strict):
    """
    All limits; what is not written keeps its default.

    ``expire_days`` is at most 7, because values wait in the staging area, which is kept so long.

    :param limits: Limit of each kind of change.
    :param source_shrink: How much smaller a full reading may be than the one before, or than known.
    :param failing_records: How many records may fail.
    :param announced: Mass changes that are expected.
    :param approval: Decisions on what was held.
    """

    limits: Limits = {}
    source_shrink: LimitSetting = LimitSetting(percent=10)
    failing_records: FailureSetting = FailureSetting()
    announced: list[AnnouncedSetting] = []
    approval: ApprovalSetting = ApprovalSetting()

    def limit(self, kind: GuardKind) -> Limit:
        """Return the limit of a kind."""
        setting = self.limits.get(kind)
        return _DEFAULTS[kind] if setting is None else setting.limit

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """The announced mass changes as values of the domain."""
        return tuple(setting.announcement for setting in self.announced)
