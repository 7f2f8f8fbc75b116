"""The statements that find and erase a person among profiles and data syncs, each run twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id
from tests.factories import OTHER_LIBRARY, a_card_number, a_national_id, a_patron

RUN = a_sync_run_id(1)
NOBODY: dict[str, Any] = {
    "identifiers": [], "patron_ids": [], "source": None, "record_id": None, "other_fields": [],
}  # fmt: skip


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """Two profiles, and a record that failed."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1), a_record(2), a_record(3), a_record(3)]
    syncs.run()
    return syncs


@pytest.fixture
def who(query) -> dict[str, Any]:
    """Record 1 and its profile, once the fixture before has run."""
    ((profile_id,),) = query("select profile_id from profiles.source_link where record_id = '1'")
    return {"profile_ids": [profile_id], "sources": ["koha_main"], "record_ids": ["1"]}


def test_list_identifiers_lists_what_is_nobody_elses(ledger, cicero) -> None:
    patron = cicero.add(a_patron(0, local_card="L0000001"))
    cicero.change_card(patron, a_card_number(60))
    gone = cicero.add(a_patron(1, library=OTHER_LIBRARY))
    cicero.delete(gone)
    cicero.add(a_patron(2))

    for _ in range(2):
        rows = ledger.rows("data_sync/list_identifiers", patron_ids=[patron, gone])
        assert [tuple(row) for row in rows] == [
            *((False, number) for number in sorted([a_national_id(0), a_national_id(1)])),
            (True, a_card_number(0)), (True, a_card_number(60)),
        ]  # fmt: skip


def test_list_identifiers_leaves_out_a_national_id_that_was_a_mistake(ledger, cicero, query):
    patron = cicero.add(a_patron(0, card=None))
    query("insert into cicero.deleted_patron (patron_id, library, national_id, had_consent)"
          " values (%s, %s, %s, true)", patron, OTHER_LIBRARY, a_national_id(7))  # fmt: skip

    rows = ledger.rows("data_sync/list_identifiers", patron_ids=[patron])

    assert [tuple(row) for row in rows] == [(False, a_national_id(0))]


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        ({"identifiers": ["29000000000001", "29000000000099"]}, [("koha_main", "1")]),
        ({"source": "koha_main", "record_id": "2"}, [("koha_main", "2")]),
        ({"source": "koha_main", "record_id": "3"}, [("koha_main", "3")]),
        ({"source": "alma_main", "record_id": "1"}, []),
        ({"identifiers": ["29000000000001"], "other_fields": ["library_card_number"]}, []),
        ({"patron_ids": [1]}, []),
        ({}, []),
    ],
    ids=["number", "record", "seen only", "other system", "other field", "no Cicero", "nobody"],
)
def test_find_records_finds_profiles_and_records(syncs, sought, expected) -> None:
    for _ in range(2):
        rows = syncs.ledger.rows("data_sync/find_records", **NOBODY | sought)
        assert [(row.source, row.record_id) for row in rows] == expected


def test_find_records_finds_a_value_in_a_list_and_a_record_by_what_was_planned(
    syncs, query
) -> None:
    query("update profiles.profile set fields = fields || %s::jsonb"
          " where fields ->> 'first_name' = 'Nora 2'",
          '{"interests": ["a", "N105000007"]}')  # fmt: skip
    query("delete from profiles.source_link where record_id = '1'")
    query("delete from profiles.profile where fields ->> 'first_name' = 'Nora 1'")
    query("update data_sync.staged set fields = null")

    found = [
        [(row.profile_id is None, row.record_id) for row in syncs.ledger.rows(
            "data_sync/find_records", **NOBODY | {"identifiers": [number]})]
        for number in ("N105000007", "29000000000001")
    ]  # fmt: skip

    assert found == [[(False, "2")], [(True, "1")]]


def test_find_records_knows_a_patron_of_cicero_as_a_record(syncs, query) -> None:
    query("update data_sync.run set ils = 'cicero'")

    rows = syncs.ledger.rows("data_sync/find_records", **NOBODY | {"patron_ids": [1, 9]})

    assert [row.record_id for row in rows] == ["1"]


def test_list_held_syncs_lists_runs_that_hold_something_of_the_person(syncs, who, query) -> None:
    assert syncs.ledger.rows("erase/list_held_syncs", **who) == []
    query("update data_sync.run set state = 'held'")
    query("update data_sync.plan set state = 'held' where record_no = 1")

    parts: list[dict[str, Any]] = [{}, {"profile_ids": []}, {"sources": [], "record_ids": []}]
    for part in parts:
        rows = syncs.ledger.rows("erase/list_held_syncs", **who | part)
        assert [row.run_id for row in rows] == [RUN]
    other = {"profile_ids": [], "sources": ["koha_main"], "record_ids": ["2"]}
    assert syncs.ledger.rows("erase/list_held_syncs", **other) == []


def test_forget_records_leaves_counts_of_nobody(syncs, who, query) -> None:
    counts = [
        {row.place: row.rows for row in syncs.ledger.rows("erase/forget_records", **who)}
        for _ in range(2)
    ]

    assert counts[0] == {"profile": 1, "source_link": 1, "sync_plan": 1, "sync_staged": 1}
    assert set(counts[1].values()) == {0}
    assert query("select record_id, defect, filters, fields, emptied from data_sync.staged"
                 " where record_no = 1") == [(None, "ERASED", None, None, None)]  # fmt: skip
    names = dict.fromkeys(("first_name", "last_name", "email", "library_card_number", "birth_date"))
    assert query("select record_id, fields, state, reason from data_sync.plan"
                 " where record_no = 1") == [("", names, "planned", None)]  # fmt: skip


@pytest.mark.parametrize(
    ("run", "plan", "expected"),
    [
        ("stage = 'guarded', loaded_through = 0", "state = 'planned'", ("dropped", "ERASED")),
        ("stage = 'guarded', loaded_through = 1", "state = 'planned'", ("planned", None)),
        ("stage = 'done', loaded_through = 0, is_dry_run = true", "state = 'planned'",
         ("planned", None)),
        ("state = 'held'", "state = 'held'", ("dropped", "ERASED")),
        ("stage = 'done'", "state = 'confirmed'", ("confirmed", None)),
    ],
    ids=["to be written", "written", "dry run", "held", "approved"],
)  # fmt: skip
def test_forget_records_drops_what_is_not_written_yet(
    syncs, who, query, run, plan, expected
) -> None:
    query(f"update data_sync.run set {run}")  # noqa: S608
    query(f"update data_sync.plan set {plan}")  # noqa: S608

    syncs.ledger.rows("erase/forget_records", **who)

    assert query("select state, reason from data_sync.plan where record_no = 1") == [expected]


@pytest.mark.parametrize(
    ("stage", "verdicts"),
    [("extracted", []), ("filtered", [(1, "left_out", "ERASED")]), ("planned", [])],
)
def test_forget_records_judges_a_record_that_no_step_will_judge(
    syncs, who, query, stage, verdicts
) -> None:
    query("update data_sync.run set stage = %s", stage)
    query("delete from data_sync.verdict")
    query("delete from data_sync.plan")

    syncs.ledger.rows("erase/forget_records", **who)

    assert query("select record_no, outcome, reason from data_sync.verdict") == verdicts
