"""The statements of ``include/sql/why`` that tell of data syncs, each run twice."""

from __future__ import annotations

import pytest

from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id

FILTER = "[{field: category_id, equals: UGRD}, {field: surname, starts_with: ny}]"


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """Run 1 creates two profiles and leaves one record out; run 2 changes the first."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1), a_record(2), a_record(3, category_id="STAFF", email="x")]
    syncs.run(filter=FILTER)
    syncs.ils.records[0] |= {"surname": "Nygaard", "cardnumber": None}
    syncs.run(filter=FILTER, empty_fields="replace")
    return syncs


def twice(world: SyncWorld, statement: str, **parameters):
    first = world.ledger.rows(statement, **parameters)
    assert world.ledger.rows(statement, **parameters) == first
    return first


def records_of(world: SyncWorld, number: int, *record_ids: str):
    return twice(
        world, "why/list_sync_records", run_ids=[a_sync_run_id(number)],
        sources=["koha_main"] * len(record_ids), record_ids=list(record_ids),
    )  # fmt: skip


def test_read_profiles_names_fields_and_tells_no_value(syncs, query) -> None:
    ((profile_id,),) = query("select profile_id from profiles.source_link where record_id = '1'")

    (row,) = twice(syncs, "why/read_profiles", profile_ids=[profile_id, 999])

    assert (row.type, row.created_run) == ("patron", a_sync_run_id(1))
    assert row.fields == ["birth_date", "email", "first_name", "last_name"]


def test_list_sync_runs_lists_the_newest_of_each_system(syncs, query) -> None:
    query("insert into data_sync.run select (one).* from (select jsonb_populate_record(run,"
          " '{\"source\": \"alma_main\", \"run_id\": \"5b0c2d5e-0000-4000-8000-000000000001\"}')"
          " as one from data_sync.run limit 1) as other")  # fmt: skip

    one = twice(syncs, "why/list_sync_runs", sources=["koha_main"], runs=1)
    all_of_them = twice(syncs, "why/list_sync_runs", sources=["alma_main", "koha_main"], runs=9)

    assert [row.run_id for row in one] == [a_sync_run_id(2)]
    assert one[0].conditions == ["category_id equals", "surname starts_with"]
    assert [row.source for row in all_of_them].count("koha_main") == 2
    assert len(all_of_them) == 3


def test_list_sync_records_tells_outcome_fields_and_unmet_conditions(syncs) -> None:
    created, left_out = records_of(syncs, 1, "1", "3")
    (updated,) = records_of(syncs, 2, "1")
    (unchanged,) = records_of(syncs, 2, "2")

    assert (created.outcome, created.action, created.unmet) == ("created", "create", [])
    assert created.written == [
        "birth_date", "email", "first_name", "last_name", "library_card_number",
    ]  # fmt: skip
    assert (left_out.outcome, left_out.reason, left_out.unmet, left_out.problems) == (
        "left_out", "FILTERED", ["category_id equals"], ["email NOT_AN_EMAIL"],
    )  # fmt: skip
    assert (updated.written, updated.cleared) == (["last_name"], ["library_card_number"])
    assert (unchanged.outcome, unchanged.action) == ("unchanged", None)
    assert records_of(syncs, 1, "99") == []


def test_list_sync_records_tells_what_an_undo_put_back_and_left(syncs, query) -> None:
    query("update profiles.profile set fields = fields || '{\"last_name\": \"Lie\"}'"
          " where fields ->> 'first_name' = 'Nora 1'")  # fmt: skip
    undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))

    (row,) = records_of(syncs, 2, "1")

    assert (row.reversed, row.kept) == (["library_card_number"], ["last_name"])


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("run set stage = 'filtered'", None),
        ("run set stage = 'guarded'", "unchanged"),
        ("staged set fields = null, filters = null", "unchanged"),
    ],
    ids=["not judged yet", "under way", "blanked"],
)
def test_list_sync_records_judges_by_how_far_the_run_came(syncs, query, change, outcome) -> None:
    query(f"update data_sync.{change}")

    (row,) = records_of(syncs, 2, "2")

    assert row.outcome == outcome


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("held", "held"), ("failed", "failed"), ("dropped", "left_out"), ("planned", "waiting")],
)
def test_list_sync_records_tells_what_was_not_written(syncs, query, state, outcome) -> None:
    query("update data_sync.run set loaded_through = 0, stage = 'guarded'")
    query("update data_sync.plan set state = %s, reason = 'X'", state)

    (row,) = records_of(syncs, 2, "1")

    assert (row.outcome, row.reason) == (outcome, "X")
