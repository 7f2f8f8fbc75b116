"""The statements behind the pages of profiles, each run twice."""

from __future__ import annotations

import pytest

from tests.db.sync_bench import SyncWorld, a_document, a_record, a_sync, a_sync_run_id


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """Three patrons; the second has got another name by a later run of another data sync."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(number) for number in (1, 2, 3)]
    syncs.run()
    syncs.ils.records[1]["surname"] = "Berg"
    syncs.run(a_sync(a_document(name="others")))
    return syncs


@pytest.fixture
def ids(syncs, query):
    """The profiles of the three patrons, in their order."""
    return [
        row[0] for row in query("select profile_id from profiles.source_link order by record_id")
    ]


@pytest.fixture
def listed(ledger):
    def call(**scope):
        usual = {"type": None, "sync": None, "after_id": 0, "page_size": 10}
        return ledger.rows("pages/list_profiles", **usual | scope)

    return call


def test_list_profiles_lists_page_by_page(ids, listed):
    for _ in range(2):
        assert [row.profile_id for row in listed()] == sorted(ids)
    assert [row.profile_id for row in listed(page_size=2)] == sorted(ids)[:2]
    assert [row.profile_id for row in listed(after_id=sorted(ids)[1])] == sorted(ids)[2:]


def test_list_profiles_filters_by_type_and_by_who_changed_them_last(ids, listed, query):
    query("update profiles.profile set type = 'staff' where profile_id = %s", ids[0])

    assert [row.profile_id for row in listed(type="staff")] == [ids[0]]
    assert [row.profile_id for row in listed(sync="others")] == [ids[1]]
    assert [row.profile_id for row in listed(sync="readers")] == sorted([ids[0], ids[2]])
    assert [row.profile_id for row in listed(sync="readers", type="staff")] == [ids[0]]
    assert listed(sync="others", after_id=ids[1]) == []
    assert {(row.profile_id, row.sync) for row in listed()} == {
        (ids[0], "readers"), (ids[1], "others"), (ids[2], "readers"),
    }  # fmt: skip


def test_list_profiles_has_those_that_no_run_changed_too(listed, query):
    query("insert into profiles.profile (type, fields) values ('staff', '{}')")

    (row,) = listed()

    assert (row.sync, row.run_id, row.fields) == (None, None, {})


def test_read_profile_reads_one(ids, ledger):
    for _ in range(2):
        (row,) = ledger.rows("pages/read_profile", profile_id=ids[1])

    assert (row.type, row.fields["last_name"]) == ("patron", "Berg")
    assert ledger.rows("pages/read_profile", profile_id=0) == []


def test_list_value_origins_tells_which_run_wrote_each_value(ids, ledger):
    for _ in range(2):
        rows = ledger.rows("pages/list_value_origins", profile_id=ids[1])

    assert {row.field: (row.sync, row.run_id) for row in rows} == {
        "birth_date": ("readers", a_sync_run_id(1)),
        "email": ("readers", a_sync_run_id(1)),
        "first_name": ("readers", a_sync_run_id(1)),
        "last_name": ("others", a_sync_run_id(2)),
        "library_card_number": ("readers", a_sync_run_id(1)),
    }
    assert [row.field for row in rows] == sorted(row.field for row in rows)


def test_list_profile_records_tells_which_records_it_is(ids, ledger, query):
    query("insert into profiles.source_link (source, record_id, profile_id)"
          " values ('alma', 'x', %s)", ids[0])  # fmt: skip

    for _ in range(2):
        rows = ledger.rows("pages/list_profile_records", profile_id=ids[0])

    assert [(row.source, row.record_id) for row in rows] == [("alma", "x"), ("koha_main", "1")]


def test_list_profile_syncs_names_each_data_sync_that_has_run(syncs, ledger):
    syncs.run(a_sync(a_document(name="tried")), is_dry_run=True)

    for _ in range(2):
        assert [row.name for row in ledger.rows("pages/list_profile_syncs")] == [
            "others",
            "readers",
        ]
