"""The statements of ``include/sql/data_sync`` that write, count and list, each run twice."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from registry_operators.steps.data_sync.definitions import publish, save_draft
from registry_operators.steps.data_sync.extract_records import extract_records
from registry_operators.steps.data_sync.filter_records import filter_records
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from registry_operators.steps.data_sync.plan_profiles import plan_profiles
from tests.db.sync_bench import (
    FIELDS,
    TODAY,
    SyncWorld,
    a_document,
    a_record,
    a_sync,
    a_sync_run_id,
)

RUN = a_sync_run_id(90)
BATCH = {"run_id": RUN, "after_no": 0, "through_no": 100}
VERSION = "0" * 32


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    return SyncWorld(ledger)


@pytest.fixture
def planned(syncs):
    """A run whose plan is made; returns the ledger."""

    def plan(*records, **changes):
        ledger, sync = syncs.ledger, a_sync(**changes)
        syncs.ils.records = list(records) or [a_record(1), a_record(2)]
        open_sync(ledger, sync, SyncRequest(), RUN, TODAY)
        extract_records(ledger, syncs.ils, sync, run_id=RUN, today=TODAY)
        filter_records(ledger, run_id=RUN)
        plan_profiles(ledger, run_id=RUN)
        return ledger

    return plan


def test_next_batch_ends_where_the_plan_does(planned):
    ledger = planned()
    ask = {"run_id": RUN, "batch_size": 1}

    ends = [
        ledger.rows("data_sync/next_batch", **ask, after_no=after)[0].through_no
        for after in (0, 1, 2)
    ]

    assert ends == [1, 2, None]


def test_create_profiles_and_link_profiles_make_a_profile_and_its_link(planned, query):
    ledger = planned()

    assert ledger.run("data_sync/create_profiles", **BATCH) == 2
    assert ledger.run("data_sync/link_profiles", **BATCH) == 2
    assert query("select count(*) from profiles.source_link") == [(2,)]


def test_link_profiles_leaves_a_link_that_is_there(syncs, planned, query):
    syncs.ils.records = [a_record(1)]
    syncs.run()
    before = query("select * from profiles.source_link order by record_id")
    ledger = planned(a_record(1, surname="Berg"))

    for _ in range(2):
        assert ledger.run("data_sync/link_profiles", **BATCH) == 0

    assert query("select * from profiles.source_link order by record_id") == before


def test_change_profiles_writes_values_and_who_wrote_them(syncs, planned, query):
    syncs.ils.records = [a_record(1)]
    syncs.run(empty_fields="replace")
    ledger = planned(a_record(1, surname="Berg", cardnumber=""), empty_fields="replace")

    for _ in range(2):
        assert ledger.run("data_sync/change_profiles", **BATCH) == 1

    ((fields, runs),) = query("select fields, field_runs from profiles.profile")
    assert fields["last_name"] == "Berg"
    assert "library_card_number" not in fields
    assert runs == {"last_name": str(RUN), "library_card_number": str(RUN)}


def test_fail_stale_takes_out_what_has_changed_since(syncs, planned, query):
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run()
    ledger = planned(a_record(1, surname="Berg"), a_record(2, surname="Berg"))
    query("update profiles.profile set fields = fields || '{\"last_name\": \"Dahl\"}'"
          " where fields ->> 'first_name' = 'Nora 1'")  # fmt: skip

    assert ledger.run("data_sync/fail_stale", **BATCH) == 1
    assert ledger.run("data_sync/fail_stale", **BATCH) == 0
    planned_now = "select record_no, state, reason from data_sync.plan where run_id = %s order by 1"
    assert query(planned_now, RUN) == [
        (1, "failed", "CHANGED_SINCE_PLAN"), (2, "planned", None),
    ]  # fmt: skip


def test_fail_stale_takes_out_a_creation_that_another_sync_has_made(syncs, planned, query):
    ledger = planned(a_record(1))
    query("insert into profiles.profile (profile_id, type, fields) values (9000, 'patron', '{}')")
    query("insert into profiles.source_link values ('koha_main', '1', 9000)")

    assert ledger.run("data_sync/fail_stale", **BATCH) == 1


def test_fail_stale_takes_out_a_change_of_a_profile_that_is_another_record_by_now(planned, query):
    query("insert into profiles.profile (type, fields)"
          " select 'patron', jsonb_build_object('email', 'nora.' || no || '@example.org')"
          " from generate_series(1, 2) as no")  # fmt: skip
    ledger = planned(a_record(1), a_record(2))
    query("insert into profiles.source_link select 'koha_main', '77', profile_id"
          " from profiles.profile where fields ->> 'email' like 'nora.1%%'")  # fmt: skip

    assert ledger.run("data_sync/fail_stale", **BATCH) == 1
    assert ledger.run("data_sync/fail_stale", **BATCH) == 0
    assert query("select record_no from data_sync.plan where state = 'failed'") == [(1,)]


class TestFailMatched:
    """Nobody is created whose profile another sync has made meanwhile."""

    @pytest.fixture
    def made(self, planned, query):
        """Two creations are planned; another run has written, and made the first profile."""

        def make(source="alma_main", kind="patron", email="NORA.1@example.org"):
            ledger = planned(a_record(1), a_record(2))
            query("insert into data_sync.run select (jsonb_populate_record(run, jsonb_build_object("
                  "'run_id', %s::text, 'name', 'others'))).* from data_sync.run",
                  str(a_sync_run_id(91)))  # fmt: skip
            query("insert into profiles.profile (profile_id, type, fields)"
                  " values (9000, %s, jsonb_build_object('email', %s::text))",
                  kind, email)  # fmt: skip
            query("insert into profiles.source_link values (%s, '1', 9000)", source)
            return ledger

        return make

    def test_fail_matched_takes_out_who_has_a_profile_by_the_key_now(self, made, query):
        ledger = made()

        assert ledger.run("data_sync/fail_matched", key="email", **BATCH) == 1
        assert ledger.run("data_sync/fail_matched", key="email", **BATCH) == 0
        assert query("select record_no, reason from data_sync.plan where state = 'failed'") == [
            (1, "CHANGED_SINCE_PLAN")
        ]

    @pytest.mark.parametrize(
        "other",
        [{"source": "koha_main"}, {"kind": "staff"}, {"email": "x@example.org"}],
        ids=["another record of the system", "another type", "somebody else"],
    )
    def test_a_profile_that_the_plan_would_not_have_matched_is_none(self, made, other):
        ledger = made(**other)

        assert ledger.run("data_sync/fail_matched", key="email", **BATCH) == 0

    def test_nobody_looks_where_no_other_run_has_been_at_work_since(self, made, query):
        ledger = made()
        query("update data_sync.run set finished_at = started_at - interval '1 hour'"
              " where name = 'others'")  # fmt: skip

        assert ledger.run("data_sync/fail_matched", key="email", **BATCH) == 0


def test_keep_place_never_goes_back(planned, query):
    ledger = planned()

    for place in (7, 3):
        ledger.run("data_sync/keep_place", run_id=RUN, through_no=place)

    assert query("select loaded_through from data_sync.run") == [(7,)]


def test_lock_profiles_lasts_for_the_transaction(planned, query):
    ledger = planned()
    free = "select pg_try_advisory_xact_lock(hashtextextended('profiles', 0))"

    with ledger.transaction():
        ledger.rows("data_sync/lock_profiles")
        ledger.rows("data_sync/lock_profiles")
        assert query(free) == [(False,)]
    assert query(free) == [(True,)]


def test_count_outcomes_tells_written_from_waiting(planned):
    ledger = planned(a_record(1), a_record(2), dict.fromkeys(a_record()))

    def counted():
        return [tuple(row) for row in ledger.rows("data_sync/count_outcomes", run_id=RUN)]

    assert counted() == [("failed", "REDACTED", 1), ("waiting", None, 2)]
    ledger.run("data_sync/keep_place", run_id=RUN, through_no=1)
    assert counted() == [
        ("created", None, 1), ("failed", "REDACTED", 1), ("waiting", None, 1),
    ]  # fmt: skip


def test_count_problems_and_list_problems_leave_out_who_is_not_meant(planned):
    ledger = planned(
        a_record(1, email="x"), a_record(2, email="y", category_id="STAFF"),
        filter="[{field: category_id, equals: UGRD}]",
    )  # fmt: skip

    counted = [tuple(row) for row in ledger.rows("data_sync/count_problems", run_id=RUN)]

    assert counted == [("email", "NOT_AN_EMAIL", 1)]


def test_list_problems_goes_on_behind_a_record(planned):
    ledger = planned(a_record(1, email="x"), a_record(2, email="y", date_of_birth="z"))

    def listed(after):
        rows = ledger.rows("data_sync/list_problems", run_id=RUN, after_no=after, page_size=10)
        return [(row.record_id, row.field) for row in rows]

    assert listed(0) == [("1", "email"), ("2", "birth_date"), ("2", "email")]
    assert listed(1) == [("2", "birth_date"), ("2", "email")]


def test_list_records_lists_one_outcome_page_by_page(syncs):
    syncs.ils.records = [a_record(index) for index in range(1, 5)]
    syncs.run(number=90)

    def listed(after, outcome="created"):
        rows = syncs.ledger.rows(
            "data_sync/list_records",
            run_id=RUN,
            outcome=outcome,
            reason=None,
            after_no=after,
            page_size=2,
        )
        return [row.record_id for row in rows]

    assert (listed(0), listed(2), listed(4)) == (["1", "2"], ["3", "4"], [])
    assert listed(0, "updated") == []


def test_preview_records_shows_before_and_after(syncs, planned):
    syncs.ils.records = [a_record(1)]
    syncs.run()
    ledger = planned(a_record(1, surname="Berg"))

    (row,) = ledger.rows("data_sync/preview_records", run_id=RUN, most=10)

    assert (row.outcome, row.before, row.after) == (
        "update",
        {"last_name": "Nyberg"},
        {"last_name": "Berg"},
    )


def test_close_run_keeps_the_account(planned, query):
    ledger = planned()
    end = {
        "run_id": RUN,
        "state": "held",
        "account": json.dumps({"read": 2}),
        "code": None,
        "detail": None,
    }

    for _ in range(2):
        ledger.run("data_sync/close_run", **end)

    assert query("select state, stage, account from data_sync.run") == [
        ("held", "done", {"read": 2})
    ]


class TestDefinitions:
    def test_save_definition_counts_another_text_as_another_version(self, ledger):
        row = {"name": "readers", "saved_by": "kari"}

        versions = [
            ledger.rows("data_sync/save_definition", **row, text=text)[0].version
            for text in ("a", "a", "b")
        ]

        assert versions == [1, 1, 2]

    def test_publish_definition_takes_the_version_that_was_checked(self, ledger):
        save_draft(ledger, a_document(), actor="kari")
        row = {"name": "readers", "digest": "0" * 64, "published_by": "kari"}

        assert ledger.rows("data_sync/publish_definition", **row, version=2) == []
        for _ in range(2):
            assert ledger.rows("data_sync/publish_definition", **row, version=1)[0].version == 1

    def test_read_definition_and_read_version_give_the_text_back_as_it_was(self, ledger):
        text = a_document() + "# a remark  \n"
        publish(ledger, text, FIELDS, actor="kari")
        save_draft(ledger, a_document(), actor="kari")

        (draft,) = ledger.rows("data_sync/read_definition", name="readers")
        assert (draft.text, draft.version, draft.published_version) == (a_document(), 2, 1)

    def test_read_version_reads_the_one_that_runs_or_the_one_that_is_named(self, ledger):
        for text in (a_document(), a_document() + "#\n"):
            publish(ledger, text, FIELDS, actor="kari")

        read = [
            [row.text for row in ledger.rows("data_sync/read_version", name="readers", version=one)]
            for one in (None, 1, 3)
        ]

        assert read == [[a_document() + "#\n"], [a_document()], []]

    def test_list_definitions_shows_the_last_run_that_wrote(self, ledger, syncs):
        publish(ledger, a_document(), FIELDS, actor="kari")
        syncs.ils.records = [a_record(1)]
        syncs.run(number=1)
        syncs.run(number=2, is_dry_run=True)

        (row,) = ledger.rows("data_sync/list_definitions")

        assert (row.last_run_id, row.last_state) == (a_sync_run_id(1), "succeeded")

    def test_list_runs_begins_with_the_newest(self, ledger, syncs):
        syncs.ils.records = [a_record(1)]
        syncs.run(number=1)
        syncs.run(number=2)

        rows = ledger.rows("data_sync/list_runs", name="readers", most=10)

        assert [row.run_id for row in rows] == [a_sync_run_id(2), a_sync_run_id(1)]

    def test_list_published_leaves_drafts_out(self, ledger):
        publish(ledger, a_document(), FIELDS, actor="kari")
        save_draft(ledger, a_document(name="draft"), actor="kari")

        (row,) = ledger.rows("data_sync/list_published")
        assert (row.name, row.version, row.is_cancelled) == ("readers", 1, False)

    def test_list_published_keeps_what_was_cancelled_and_publishing_begins_anew(self, ledger):
        publish(ledger, a_document(), FIELDS, actor="kari")
        (before,) = ledger.rows("data_sync/list_published")
        publish(ledger, a_document(), FIELDS, actor="kari")
        (same,) = ledger.rows("data_sync/list_published")
        ledger.run("data_sync/cancel_definition", name="readers")
        (cancelled,) = ledger.rows("data_sync/list_published")
        publish(ledger, a_document(), FIELDS, actor="kari")
        (again,) = ledger.rows("data_sync/list_published")

        assert same == before
        assert cancelled == before._replace(is_cancelled=True)
        assert (again.version, again.is_cancelled) == (1, False)
        assert again.since > before.since

    def test_cancel_definition_counts_once(self, ledger):
        publish(ledger, a_document(), FIELDS, actor="kari")

        assert ledger.run("data_sync/cancel_definition", name="readers") == 1
        assert ledger.run("data_sync/cancel_definition", name="readers") == 0

    def test_delete_definition_leaves_what_was_published(self, ledger):
        publish(ledger, a_document(), FIELDS, actor="kari")

        assert ledger.run("data_sync/delete_definition", name="readers") == 1
        assert ledger.run("data_sync/delete_definition", name="readers") == 0
        assert ledger.rows("data_sync/read_version", name="readers", version=1)
        assert save_draft(ledger, a_document(), actor="kari").version == 2

    def test_keep_bundle_and_list_bundle_remember_the_versions(self, ledger):
        for text in (a_document(), a_document() + "#\n"):
            publish(ledger, text, FIELDS, actor="kari")

        since = "2026-03-02T06:30:00+00:00"
        for version in (1, 2):
            documents = {"readers": {"version": version, "since": since, "is_cancelled": True}}
            ledger.run("data_sync/keep_bundle", version=VERSION, documents=json.dumps(documents))

        (row,) = ledger.rows("data_sync/list_bundle", version=VERSION)
        assert (row.version, row.text, row.is_cancelled) == (1, a_document(), True)
        assert row.since == datetime.fromisoformat(since)

    def test_list_bundle_knows_no_other_version(self, ledger):
        assert ledger.rows("data_sync/list_bundle", version="f" * 32) == []
