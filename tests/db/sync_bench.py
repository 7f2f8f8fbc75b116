"""A library system in memory, and data syncs from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.domain.sync.catalogue import SourceField
from registry_operators.ledger.database import Ledger
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.data_sync import parse_definition
from registry_operators.settings.guards import Guards
from registry_operators.settings.profile_fields import load_profile_fields
from registry_operators.steps.data_sync.open_sync import SyncRequest
from registry_operators.steps.data_sync.ports import PinnedSync
from registry_operators.steps.data_sync.report_sync import SyncAccount
from registry_operators.steps.data_sync.run_sync import run_sync

TODAY = date(2026, 3, 2)
_RUNS = UUID("5b0c2d5e-0000-4000-8000-00000000da7a")
FIELDS = load_profile_fields(CONFIG_DIR / "profile_fields.yaml")
DOCUMENT = """\
name: {name}
source: {{ils: koha, connection: koha_main}}
type: {type}
profile_type: patron
match_on: {match_on}
empty_fields: {empty_fields}
incorrect_values: {incorrect_values}
errors: {errors}
filter: {filter}
mapping:
  - {{from: firstname, to: first_name}}
  - {{from: surname, to: last_name}}
  - {{from: email, to: email}}
  - {{from: cardnumber, to: {{all_types: library_card_number}}}}
  - {{from: date_of_birth, to: {{type: patron, field: birth_date}}}}
"""


def a_document(**changes: Any) -> str:
    values = {
        "name": "readers",
        "type": "create_and_update",
        "match_on": "[ils_record_id, email]",
        "empty_fields": "skip",
        "incorrect_values": "report",
        "errors": "continue",
        "filter": "[]",
    }
    return DOCUMENT.format(**values | changes)


def a_sync(text: str | None = None, version: int = 1, **changes: Any) -> PinnedSync:
    definition = parse_definition(text or a_document(**changes), FIELDS)
    return PinnedSync(
        definition, version, f"{version:064x}", load_catalogue(definition.ils),
        FIELDS.of_type(definition.profile_type),
    )  # fmt: skip


def a_record(index: int = 1, **changes: Any) -> dict[str, Any]:
    """A patron of Koha, as its API tells of one."""
    record: dict[str, Any] = {
        "patron_id": index,
        "firstname": f"Nora {index}",
        "surname": "Nyberg",
        "email": f"nora.{index}@example.org",
        "cardnumber": f"2900000{index:07d}",
        "date_of_birth": "2004-03-19",
        "category_id": "UGRD",
    }
    return record | changes


@dataclass(slots=True)
class MemoryIls:
    """A library system whose patrons are a list; pages of two."""

    records: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 2
    fail_behind: int | None = None
    error: Exception | None = None
    asked: list[IlsQuery] = field(default_factory=list)

    def check(self) -> None:
        """Always there."""

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        self.asked.append(query)
        start = int(after or 0)
        while True:
            if self.error is not None and start == self.fail_behind:
                raise self.error
            chunk = self.records[start : start + self.page_size]
            start += self.page_size
            is_last = start >= len(self.records)
            yield IlsPage([dict(one) for one in chunk], str(start), is_last)
            if is_last:
                return

    def count(self, query: IlsQuery) -> int | None:
        return len(self.records)

    def extra_fields(self) -> list[SourceField]:
        return []


@dataclass(slots=True)
class SyncWorld:
    """Runs data syncs from one system; every account must add up."""

    ledger: Ledger
    ils: MemoryIls = field(default_factory=MemoryIls)
    guards: Guards = field(default_factory=Guards)
    runs: int = 0
    lines: list[str] = field(default_factory=list)

    def run(
        self,
        sync: PinnedSync | None = None,
        *,
        number: int | None = None,
        is_dry_run: bool = False,
        **changes: Any,
    ) -> SyncAccount:
        if number is None:
            self.runs += 1
            number = self.runs
        self.lines = []
        account = run_sync(
            self.ledger, self.ils, sync or a_sync(**changes), self.guards,
            SyncRequest(is_dry_run=is_dry_run), a_sync_run_id(number), today=TODAY,
            tell=self.lines.append,
        )  # fmt: skip
        assert account.adds_up, account
        return account

    def profiles(self) -> list[dict[str, Any]]:
        rows = self.ledger._connection.execute(
            "select fields from profiles.profile order by fields ->> 'first_name', profile_id"
        ).fetchall()
        return [row[0] for row in rows]


def a_sync_run_id(number: int) -> UUID:
    return uuid5(_RUNS, str(number))


def totals(account: SyncAccount) -> dict[str, int]:
    """The outcomes that are not zero."""
    return {name: count for name, count in account.totals.items() if count}
