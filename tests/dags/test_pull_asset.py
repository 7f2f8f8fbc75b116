"""What the pull ends with, and the data syncs that follow it."""

from __future__ import annotations

import pytest
from airflow.models.asset import AssetEvent, AssetModel
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.session import create_session

from registry_operators.operators.assets import CICERO_PATRONS
from registry_operators.steps.data_sync.definitions import cancel, publish
from tests.dags.test_dag_runs import run
from tests.dags.test_data_sync_bundle import bundle, load, refreshed  # noqa: F401  a fixture
from tests.db.sync_bench import FIELDS
from tests.unit.settings.test_data_sync_after import AFTER, CICERO


def renewals() -> int:
    with create_session() as session:
        events = session.query(AssetEvent).join(AssetModel, AssetEvent.asset_id == AssetModel.id)
        return events.filter(AssetModel.uri == CICERO_PATRONS.uri).count()


@pytest.mark.parametrize(
    ("dag_id", "conf", "more"),
    [
        ("registry_to_cicero", {"libraries": ["2030000"]}, 1),
        ("registry_to_cicero", {}, 1),
        ("registry_to_cicero", {"libraries": ["2030000"], "dry_run": True}, 0),
        ("registry_to_cicero", {"libraries": ["2070000"]}, 0),
        ("cicero_to_registry", {"libraries": ["2030000"]}, 0),
    ],
    ids=["done", "done for some", "dry run", "failed for all", "push"],
)
def test_the_pull_renews_ciceros_patrons(dag_bag, world, dag_id, conf, more) -> None:
    before = renewals()

    run(dag_bag, dag_id, **conf)

    assert renewals() - before == more


class TestFollowing:
    @pytest.fixture
    def followed(self, bundle, ledger):  # noqa: F811
        """The DAG of a data sync that follows the pull, as the scheduler has it."""

        def make(*, cancelled=False):
            publish(ledger, CICERO + AFTER, FIELDS, actor="kari")
            if cancelled:
                cancel(ledger, "patrons", actor="kari")
            dags, errors = load(refreshed(bundle()))
            assert errors == {}
            stored = DagSerialization.serialize_dag(dags["data_sync_patrons"])
            return DagSerialization.deserialize_dag(stored)

        return make

    def test_it_begins_when_the_asset_is_renewed(self, followed) -> None:
        timetable = followed().timetable

        assert timetable.summary == "Asset or by hand"
        assert [one.uri for _, one in timetable.asset_condition.iter_assets()] == [
            CICERO_PATRONS.uri
        ]

    def test_a_cancelled_one_follows_nothing(self, followed) -> None:
        timetable = followed(cancelled=True).timetable

        assert timetable.summary == "by hand"
        assert not list(timetable.asset_condition.iter_assets())
