"""Published data syncs become DAG files, which stay while the database is away."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from registry_operators.errors import SyncError
from registry_operators.steps.data_sync.definitions import cancel, delete, publish
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
    assert SCHEDULE.strip() in dag.doc_md
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
        assert dag.schedule is None
        assert "Cancelled" in dag.doc_md
        assert here.get_current_version() != before

    def test_published_again_it_makes_no_run_for_the_time_between(self, bundle, published, ledger):
        published()
        cancel(ledger, "readers", actor="kari")
        published()

        dag = load(refreshed(bundle()))[0]["data_sync_readers"]

        assert dag.timetable.summary.startswith("every week")
        assert datetime.now(UTC) - dag.start_date < timedelta(minutes=5)
