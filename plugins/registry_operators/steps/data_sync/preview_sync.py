"""What a data sync would do to a few records, tried and undone (spec D4.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from registry_operators.clients.ils_messages import IlsClient, IlsPage, IlsQuery
from registry_operators.domain.sync.catalogue import Sensitivity, SourceField
from registry_operators.domain.sync.covering import covered, strictest
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.rehearsal import rehearsal
from registry_operators.steps.data_sync.extract_records import extract_records
from registry_operators.steps.data_sync.filter_records import filter_records
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from registry_operators.steps.data_sync.plan_profiles import plan_profiles
from registry_operators.steps.data_sync.ports import PinnedSync

_MOST_READ = 5_000


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """
    One record.

    :param changes: Field, value before and value after, each covered by its sensitivity; a new
        profile has no values before.
    """

    record_id: str
    outcome: str
    changes: list[tuple[str, str, str]]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "record": self.record_id,
            "outcome": self.outcome,
            "changes": [
                dict(zip(("field", "before", "after"), one, strict=True)) for one in self.changes
            ],
        }


def preview_sync(
    ledger: Ledger,
    client: IlsClient,
    sync: PinnedSync,
    *,
    today: date,
    most: int = 10,
    most_read: int = _MOST_READ,
) -> list[PreviewRow]:
    """
    Return what the sync would do to the first records that its filter means; writes nothing.

    The steps are those of a run, on the first records of the library system, rolled back.

    :param most: Records at most.
    :param most_read: So many records are read, and the rest of the last page.
    """
    run_id = uuid4()
    few = FirstRecords(client, most_read)
    hidden = _sensitivities(sync)
    with rehearsal(ledger) as trial:
        open_sync(trial, sync, SyncRequest(is_dry_run=True, asked_by="preview"), run_id, today)
        extract_records(trial, few, sync, run_id=run_id, today=today)
        filter_records(trial, run_id=run_id)
        plan_profiles(trial, run_id=run_id)
        rows = trial.rows("data_sync/preview_records", run_id=run_id, most=most)
    return [
        PreviewRow(
            row.record_id,
            row.outcome,
            [
                (
                    name,
                    covered(row.before.get(name), hidden[name]),
                    covered(row.after.get(name), hidden[name]),
                )
                for name in sorted({*row.before, *row.after})
                if row.before.get(name) != row.after.get(name)
            ],
        )
        for row in rows
    ]


def _sensitivities(sync: PinnedSync) -> Mapping[str, Sensitivity]:
    """Return how much each field is covered: as the profile's field says, or a source of it."""
    sources = {row.target: row.sources for row in sync.definition.mapping}
    return {
        name: strictest([target.sensitivity, *(one.sensitivity for one in sources.get(name, ()))])
        for name, target in sync.targets.items()
    }


@dataclass(frozen=True, slots=True)
class FirstRecords:
    """
    A library system that ends early.

    :param most: So many records are read, and the rest of the last page.
    """

    client: IlsClient
    most: int

    def check(self) -> None:
        """Ask the system."""
        self.client.check()

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """Yield pages until there are enough records."""
        count = 0
        for page in self.client.pages(query, after):
            count += len(page.records)
            yield page
            if count >= self.most:
                return

    def count(self, query: IlsQuery) -> int | None:
        """Ask the system."""
        return self.client.count(query)

    def extra_fields(self) -> list[SourceField]:
        """Ask the system."""
        return self.client.extra_fields()
