"""Remove a person's profiles and traces in data syncs, on request (spec X10)."""

from __future__ import annotations

from collections.abc import Sequence

from registry_operators.domain.sync.identifiers import identifier_forms
from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.find_records import FoundRecord, Sought, find_records
from registry_operators.steps.data_sync.report_sync import report_sync


def erase_records(ledger: Ledger, found: Sequence[FoundRecord]) -> dict[str, int]:
    """
    Remove profiles with their links, and the records from staging and plans.

    In the caller's transaction. Records stay as counts of nobody, so that every run adds up; held
    changes of the person are dropped, and their runs reported anew. Waits for a batch of a data
    sync that is being written.

    :return: Place to rows.
    """
    ledger.rows("data_sync/lock_profiles")
    records = [one for one in found if one.record_id is not None]
    who = {
        "profile_ids": sorted({one.profile_id for one in found if one.profile_id is not None}),
        "sources": [one.source for one in records],
        "record_ids": [one.record_id for one in records],
    }
    held = ledger.rows("erase/list_held_syncs", **who)
    rows = {row.place: row.rows for row in ledger.rows("erase/forget_records", **who)}
    for run in held:
        report_sync(ledger, run_id=run.run_id)
    return rows


def refuse_ambiguous(
    ledger: Ledger, card_number: str, patron_ids: Sequence[int], other_fields: Sequence[str]
) -> None:
    """
    Refuse a typed card number that may be several people's.

    A local number may have been given out by several libraries; a national one has one owner, who
    is found by the patron in Cicero.

    :param patron_ids: The patrons in Cicero who have the number.
    :raises DecisionRefusedError: It stands in several profiles, or records without one, or in one
        that need not be the patron's.
    """
    typed = Sought(tuple(identifier_forms([card_number], [])))
    known = Sought.of_patrons(ledger, patron_ids)
    if set(typed.identifiers) <= set(known.identifiers):
        return
    sure = {one.owner for one in find_records(ledger, known, other_fields)}
    unsure = [one for one in find_records(ledger, typed, other_fields) if one.owner not in sure]
    if len({one.owner for one in unsure}) + bool(patron_ids) > 1:
        names = ", ".join(sorted({one.name for one in unsure}))
        also = " and a patron in Cicero has it too" if patron_ids else ""
        raise DecisionRefusedError(
            f"that number stands in records of library systems ({names}){also}; libraries may have "
            "given it to several people, so name each that is meant: --record, --patron-id"
        )
