"""Published data syncs become DAG files, which stay while the database is away."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest
from airflow.timetables.base import TimeRestriction
from airflow.utils.types import DagRunType

from registry_operators.errors import SyncError
from registry_operators.steps.data_sync.ask_run import ask_for_run, hand_over, withdraw_run
from registry_operators.steps.data_sync.definitions import cancel, delete, pinned, publish
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from tests.db.sync_bench import FIELDS, a_document

SCHEDULE = 'schedule: {first: 2026-03-02, at: "06:30", every: 1 week, last: 2030-06-30}\n'
AWAY = "postgresql://nobody@127.0.0.1:1/nowhere?connect_timeout=1"


@pytest.fixture
def bundle(dag_bag, patron_db):
    """Make the bundle as DAG processor and workers do."""

    def make(version=None):
        from airflow.dag_processing.bundles.manager import DagBundlesManager

        return DagBundlesManager().get_bundle("data-syncs", version)

    return make


@pytest.fixture
def published(ledger):
    def put(name="readers", remark="", schedule=SCHEDULE):
        return publish(ledger, a_document(name=name) + schedule + remark, FIELDS, actor="kari")

    return put


def load(bundle):
    """The DAGs of a bundle and its import errors, as the DAG processor finds them."""
    from airflow.dag_processing.dagbag import BundleDagBag

    bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    return bag.dags, bag.import_errors


def refreshed(bundle):
    bundle.initialize()
    bundle.refresh()
    return bundle


def test_a_published_sync_becomes_a_dag_with_schedule_and_page(bundle, published):
    published()

    dags, errors = load(refreshed(bundle()))

    assert errors == {}
    dag = dags["data_sync_readers"]
    assert dag.timetable.summary.startswith("every week from 2026-03-02 06:30")
    assert dag.tags == {"data sync", "koha", "version 1"}
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert "| First name | first_name (system) |" in dag.doc_md
    assert "patron-sync sync show readers --version 1" in dag.doc_md
    assert [task.task_id for task in dag.topological_sort()] == [
        "open_run", "stage_patrons", "filter_records", "plan_profiles", "guard_profiles",
        "write_profiles", "report", "close_run",
    ]  # fmt: skip


def test_a_new_version_and_a_deletion_are_seen_at_the_next_refresh(bundle, published, ledger):
    published()
    published("others")
    here = refreshed(bundle())
    before = here.get_current_version()

    published(remark="# changed\n")
    delete(ledger, "others", actor="kari")
    here.refresh()

    dags, _ = load(here)
    assert set(dags) == {"data_sync_readers"}
    assert "version 2" in dags["data_sync_readers"].tags
    assert here.get_current_version() != before


def test_a_refresh_without_a_change_touches_no_file(bundle, published):
    published()
    here = refreshed(bundle())
    before = {path.name: path.stat().st_mtime_ns for path in here.path.iterdir()}

    here.refresh()

    assert {path.name: path.stat().st_mtime_ns for path in here.path.iterdir()} == before


def test_another_zone_is_seen_although_nothing_was_published(bundle, published, monkeypatch):
    published()
    here = refreshed(bundle())
    monkeypatch.setattr("registry_operators.settings.time_zone.local_zone_name", lambda: "UTC")

    here.refresh()

    assert load(here)[0]["data_sync_readers"].timetable.serialize()["zone"] == "UTC"


def test_a_pinned_version_is_made_again_on_a_worker_that_never_had_it(bundle, published):
    published()
    version = refreshed(bundle()).get_current_version()
    published(remark="# changed\n")
    published("others")

    pinned = bundle(version.version)
    pinned.initialize()

    dags, _ = load(pinned)
    assert set(dags) == {"data_sync_readers"}
    assert "version 1" in dags["data_sync_readers"].tags
    assert pinned.path != bundle().path
    assert pinned.get_current_version().version == version.version
    assert version.data["readers"]["version"] == 1


def test_a_version_that_nobody_knows_is_an_error(bundle):
    with pytest.raises(SyncError, match="start a new run"):
        bundle("f" * 32).initialize()


class TestRunsThatWereAskedFor:
    """D4.3: a request waits in the database until Airflow has seen the version."""

    @pytest.fixture
    def next_run(self, bundle):
        """Refresh the bundle as the DAG processor does; when is the DAG due, and by which id."""

        def look():
            dag = load(refreshed(bundle()))[0]["data_sync_readers"]
            info = dag.timetable.next_dagrun_info(
                last_automated_data_interval=None,
                restriction=TimeRestriction(dag.start_date, None, catchup=False),
            )
            if info is None:
                return None
            run_id = dag.timetable.generate_run_id(
                run_type=DagRunType.SCHEDULED, run_after=info.run_after, data_interval=None
            )
            return info.run_after, run_id

        return look

    def test_one_is_due_at_once_until_it_has_begun(self, published, next_run, ledger):
        published(schedule="")
        assert next_run() is None
        asked = ask_for_run(ledger, "readers", FIELDS, actor="kari")

        assert next_run() == (asked.asked_at, asked.dag_run_id)
        request = SyncRequest(asked_by=asked.asked_by)
        sync = pinned(ledger, "readers", FIELDS)
        open_sync(ledger, sync, request, asked.run_id, datetime.now(UTC).date())
        assert next_run() is None

    def test_one_that_airflow_was_given_or_somebody_took_back_is_not(
        self, published, next_run, ledger
    ):
        published(schedule="")
        first = ask_for_run(ledger, "readers", FIELDS, actor="kari")
        hand_over(ledger, first.run_id)
        assert next_run() is None
        withdraw_run(ledger, first.run_id, actor="kari")
        second = ask_for_run(ledger, "readers", FIELDS, actor="kari")
        assert next_run() == (second.asked_at, second.dag_run_id)

        withdraw_run(ledger, second.run_id, actor="kari")

        assert next_run() is None

    def test_one_waits_for_a_day_at_most(self, published, next_run, ledger, db):
        published(schedule="")
        ask_for_run(ledger, "readers", FIELDS, actor="kari")

        db.execute("update data_sync.request set asked_at = asked_at - interval '25 hours'")

        assert next_run() is None

    def test_a_later_version_takes_it_over_for_the_same_moment(
        self, published, next_run, ledger, bundle
    ):
        published(schedule="")
        asked = ask_for_run(ledger, "readers", FIELDS, actor="kari")
        published(schedule="", remark="# changed\n")

        assert next_run() == (asked.asked_at, asked.dag_run_id)
        (dag,) = load(bundle())[0].values()
        assert dag.start_date == asked.asked_at  # or Airflow would leave its tasks alone

    def test_a_cancelled_sync_has_it_without_its_schedule(self, published, next_run, ledger):
        soon = datetime.now(UTC).date() + timedelta(days=9)
        published(schedule=f'schedule: {{first: {soon}, at: "06:30"}}\n')
        cancel(ledger, "readers", actor="kari")
        asked = ask_for_run(ledger, "readers", FIELDS, actor="kari")

        assert next_run() == (asked.asked_at, asked.dag_run_id)

    def test_a_pinned_version_is_made_again_with_it(self, bundle, published, ledger):
        published(schedule="")
        asked = ask_for_run(ledger, "readers", FIELDS, actor="kari")
        version = refreshed(bundle()).get_current_version()
        withdraw_run(ledger, asked.run_id, actor="kari")
        refreshed(bundle())

        pinned_bundle = bundle(version.version)
        pinned_bundle.initialize()

        (dag,) = load(pinned_bundle)[0].values()
        assert dag.timetable.serialize()["asked"] == [asked.asked_at.isoformat()]


class TestWhileTheDatabaseIsAway:
    def test_known_dags_stay(self, bundle, published, monkeypatch):
        published()
        version = refreshed(bundle()).get_current_version()
        monkeypatch.setenv("PATRON_DB_URL", AWAY)

        here = refreshed(bundle())

        assert set(load(here)[0]) == {"data_sync_readers"}
        assert here.get_current_version() == version

    def test_a_bundle_without_files_is_not_taken_for_an_empty_one(self, bundle, monkeypatch):
        monkeypatch.setenv("PATRON_DB_URL", AWAY)
        here = bundle()

        with pytest.raises(SyncError):
            here.initialize()
        assert not here.is_initialized

    def test_a_dag_file_is_parsed_all_the_same(self, bundle, published, monkeypatch):
        published()
        here = refreshed(bundle())

        def refuse(*_, **__):
            raise AssertionError("a DAG file asked for a connection")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr("psycopg.connect", refuse)
        monkeypatch.setattr("registry_operators.ledger.database.Ledger.connect", refuse)
        dags, errors = load(here)

        assert (set(dags), errors) == ({"data_sync_readers"}, {})


def test_a_document_that_became_wrong_hurts_nobody_else(bundle, published, query_text):
    published()
    published("others")
    query_text("others", "firstname", "no_such_field")

    dags, errors = load(refreshed(bundle()))

    assert set(dags) == {"data_sync_readers"}
    ((where, problem),) = errors.items()
    assert where.endswith("data_sync_others.py")
    assert "koha has no field 'no_such_field'" in problem


@pytest.fixture
def query_text(db):
    def replace(name, old, new):
        db.execute(
            "update data_sync.definition_version set text = replace(text, %s, %s) where name = %s",
            (old, new, name),
        )

    return replace


@pytest.mark.parametrize(
    "description", ['"""\nraise SystemExit', "{name!r} {", "\\", "'; raise SystemExit #", "```"]
)
def test_no_text_of_a_document_is_run(bundle, ledger, description):
    import yaml

    text = a_document().replace(
        "source:", "description: " + yaml.safe_dump(description, default_style='"') + "source:", 1
    )
    publish(ledger, text, FIELDS, actor="kari")

    dags, errors = load(refreshed(bundle()))

    assert (set(dags), errors) == ({"data_sync_readers"}, {})


class TestCancelled:
    def test_keeps_its_dag_without_a_schedule(self, bundle, published, ledger):
        published()
        here = refreshed(bundle())
        before = here.get_current_version()
        cancel(ledger, "readers", actor="kari")

        here.refresh()

        dag = load(here)[0]["data_sync_readers"]
        assert dag.timetable.summary == "by hand"
        assert "Cancelled" in dag.doc_md
        assert here.get_current_version() != before

    def test_published_again_it_makes_no_run_for_the_time_between(self, bundle, published, ledger):
        published()
        cancel(ledger, "readers", actor="kari")
        published()

        dag = load(refreshed(bundle()))[0]["data_sync_readers"]

        assert dag.timetable.summary.startswith("every week")
        assert datetime.now(UTC) - dag.start_date < timedelta(minutes=5)
