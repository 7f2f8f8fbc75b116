"""A library over many data syncs: its system, its profiles, and what they must hold after each."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest

from registry_operators.clients.ils_messages import IlsClient
from registry_operators.errors import SyncError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.guards import Guards
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.definitions import pinned, publish
from registry_operators.steps.data_sync.list_results import OUTCOMES, list_records
from registry_operators.steps.data_sync.open_sync import SyncRequest
from registry_operators.steps.data_sync.ports import PinnedSync, read_sync_run
from registry_operators.steps.data_sync.report_sync import SyncAccount
from registry_operators.steps.data_sync.run_sync import run_sync
from tests.db.sync_bench import FIELDS, a_sync_run_id, totals
from tests.library_systems import LibrarySystem, Person, Profile, everybody

TODAY = date(2026, 11, 2)
SETTINGS = {
    "name": "readers",
    "type": "create_and_update",
    "match_on": "[ils_record_id, email]",
    "empty_fields": "skip",
    "incorrect_values": "report",
    "errors": "continue",
}
_DOCUMENT = """\
name: {name}
source: {{ils: {ils}, connection: {ils}_main}}
type: {type}
profile_type: patron
match_on: {match_on}
empty_fields: {empty_fields}
incorrect_values: {incorrect_values}
errors: {errors}
"""


@dataclass(slots=True)
class LibraryLife:
    """
    Lives it; every run is of a published definition, and its numbers must add up.

    :param expected: Record id to profile, as it must be now.
    :param small: Whether the client asks for small pages.
    :param is_filtered: Whether the definition has a filter; without, it means everybody.
    """

    system: LibrarySystem
    running: Any
    ledger: Ledger
    db: psycopg.Connection[Any]
    small: bool = True
    is_filtered: bool = True
    fields: ProfileFields = FIELDS
    guards: Guards = field(default_factory=Guards)
    expected: dict[str, Profile] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def client(self, **options: Any) -> IlsClient:
        """A client of its own, whose pauses are written down instead of made."""
        quick: dict[str, Any] = {
            "pause": self.waits.append,
            **(self.system.small if self.small else {}),
        }
        return self.system.client(self.running.api, **(quick | options))

    def document(self, **changes: str) -> str:
        """The definition with these settings."""
        rows = self.system.rows
        head = _DOCUMENT.format(ils=self.system.ils, **(SETTINGS | changes))
        return head + (rows if self.is_filtered else rows[rows.index("mapping:") :])

    def published(self, **changes: str) -> PinnedSync:
        """Publish the definition with these settings."""
        saved = publish(self.ledger, self.document(**changes), self.fields, actor="kari")
        return pinned(self.ledger, saved.name, self.fields, saved.version)

    def run(
        self,
        sync: PinnedSync | None = None,
        *,
        run_id: UUID | None = None,
        client: Any = None,
        **changes: Any,
    ) -> SyncAccount:
        """Run the definition, or go on with a run."""
        run_id = run_id or self.new_run_id()
        account = run_sync(
            self.ledger, client or self.client(), sync or self.published(**changes), self.guards,
            SyncRequest(asked_by="kari"), run_id, today=TODAY,
        )  # fmt: skip
        self.check(account, run_id)
        return account

    def fails(self, sync: PinnedSync, **options: Any) -> tuple[SyncError, UUID]:
        """Run what must fail before it writes into profiles; return why, and which run."""
        run_id, before = self.new_run_id(), self.rows_of_profiles()
        with pytest.raises(SyncError) as found:
            self.run(sync, run_id=run_id, **options)
        run = read_sync_run(self.ledger, run_id)
        assert (run.state, run.failure_code) == ("failed", found.value.code)
        assert self.rows_of_profiles() == before
        return found.value, run_id

    def new_run_id(self) -> UUID:
        return a_sync_run_id(next(self.numbers))

    def check(self, account: SyncAccount, run_id: UUID) -> None:
        """Compare the account with itself, with what is stored, and with the lists behind it."""
        assert account.adds_up, account
        assert account.totals["waiting"] == 0
        run = read_sync_run(self.ledger, run_id)
        assert (run.account, run.stage) == (account.as_dict(), "done")
        assert run.state == ("held" if account.totals["held"] else "succeeded")
        listed = {
            name: sum(1 for _ in list_records(self.ledger, run_id, name)) for name in OUTCOMES
        }
        assert listed == {name: account.totals[name] for name in OUTCOMES}

    def meant(self) -> dict[str, Person]:
        """Record id to person, of all whom the filter means today."""
        people = everybody(self.running)
        return {
            self.system.record_id(one): one
            for one in people
            if not self.is_filtered or self.system.means(one)
        }

    def follow(self, *, creates: bool = True, updates: bool = True) -> dict[str, int]:
        """Let what is expected follow the system, and return how many that concerns."""
        done = {"created": 0, "updated": 0, "unchanged": 0}
        for record_id, person in self.meant().items():
            before, told = self.expected.get(record_id), self.system.profile(person)
            if before is None and creates:
                self.expected[record_id] = told
                done["created"] += 1
            elif before is not None and updates:
                self.expected[record_id] = before | told
                done["unchanged" if before | told == before else "updated"] += 1
        return {name: count for name, count in done.items() if count}

    def profiles(self) -> dict[str, Profile]:
        """Record id to profile, as the database holds them; a profile has one record here."""
        rows = self.db.execute(
            "select link.record_id, profile.fields from profiles.profile as profile"
            " left join profiles.source_link as link using (profile_id)"
        ).fetchall()
        found = dict(rows)
        assert len(found) == len(rows), "a record has two profiles, or a profile has no record"
        return found

    def rows_of_profiles(self) -> tuple[Any, ...]:
        """A digest of all rows and of where they lie: another one after any write."""
        row: tuple[Any, ...] | None = self.db.execute(
            "select (select md5(string_agg(profile::text || xmin || ctid, '' order by profile_id))"
            " from profiles.profile), (select md5(string_agg(link::text || xmin || ctid, ''"
            " order by source, record_id)) from profiles.source_link as link)"
        ).fetchone()
        assert row
        return row

    def is_as_expected(self) -> bool:
        """Whether profiles hold what they must; tells the first few that do not."""
        found = self.profiles()
        wrong = [key for key in found.keys() | self.expected.keys()
                 if found.get(key) != self.expected.get(key)]  # fmt: skip
        for key in sorted(wrong)[:3]:
            print(key, "is", found.get(key), "and must be", self.expected.get(key))  # noqa: T201
        return not wrong

    def is_complete(self, account: SyncAccount) -> bool:
        """Whether everybody came, and came once, and profiles are as the system is."""
        assert account.read == len(everybody(self.running))
        assert left_over(account) == self.follow()
        return self.is_as_expected()

    def dial(self, name: str, operation: str = "", **keys: Any) -> None:
        """Switch one fault on, and all others off; it falls upon the reading of patrons."""
        dials = [{"dial": name, "operation": operation or self.system.listing, **keys}]
        self.running.admin.call("PUT", "faults", {"dials": dials})

    def heal(self) -> int:
        """Switch the faults off; return how often they fell upon a call."""
        dials = self.running.admin.call("GET", "faults")["dials"]
        self.running.admin.call("DELETE", "faults")
        return sum(one["fired"] for one in dials)


def left_over(account: SyncAccount) -> dict[str, int]:
    """The outcomes of the account that are not zero, without those who were left out."""
    return {name: count for name, count in totals(account).items() if name != "left_out"}


Living = Callable[..., LibraryLife]
