"""Runs on the workers of the stack, and what happens to them when a part of it goes away."""

from __future__ import annotations

import pytest

from tests.compose.registry import at_full_speed, holders, slow_down, slowed_calls
from tests.compose.stack import run

DEMO_RUNS = {"cicero_to_registry": 14, "registry_to_cicero": 13, "data_sync_demo_readers": 1}
"""The DAGs of the demo, and how many tasks each has at least."""

NEW_CARDS = """
with replaced as (
    update cicero.card set status = 'replaced'
    where kind = 'national' and status = 'active' and library <> '2060000'
        and patron_id between {first} and {first} + 199 and (patron_id - 1) / 5 % 40 >= 28
    returning patron_id, library, card_number
)
insert into cicero.card (patron_id, library, card_number, kind, status, origin)
select patron_id, library, 'N' || substr(card_number, 2)::int + 2000000, 'national', 'active',
    'librarian'
from replaced
returning card_number
"""
"""Other cards for patrons about whom there is nothing special, twelve in each library."""


@pytest.fixture
def slow_registry(stack):
    """A registry that takes so long over a change that a load can be met in its middle."""
    slow_down(stack, 2)
    yield
    at_full_speed(stack)


@pytest.fixture
def push_in_mid_load(stack, slow_registry, request):
    """A push that has begun to load; new cards, its path in the API, and the tasks that load."""
    cards = stack.ask(NEW_CARDS.format(first=request.param))
    push = stack.begin("cicero_to_registry")
    stack.until(lambda: slowed_calls(stack) > 3)
    loads = stack.until(
        lambda: [one for one in stack.tasks(push, "apply_to_registry") if one["state"] == "running"]
    )
    return cards, push, loads


def hosts(tasks):
    return {one["hostname"] for one in tasks}


def worker_hosts(stack):
    return {one["Config"]["Hostname"] for one in stack.containers("worker")}


def runs_of(stack):
    """Return the state of each run of each DAG, by its id."""
    told = stack.api("dags/~/dagRuns?limit=100")["dag_runs"]
    return {(one["dag_id"], one["dag_run_id"]): one["state"] for one in told}


def key_of(dag_run):
    _, dag, _, run_id = dag_run.split("/")
    return dag, run_id


def patrons_and_cards(stack):
    """Return what the patrons' database holds, as counts and digests."""
    return stack.ask(
        "select count(*), md5(string_agg(p::text, ',' order by patron_id)) from cicero.patron as p;"
        "select count(*), md5(string_agg(c::text, ',' order by card_id)) from cicero.card as c;"
        "select count(*) from profiles.profile; select count(*) from patron_sync.base"
    )


@pytest.mark.parametrize("dag", list(DEMO_RUNS))
def test_each_dag_of_the_demo_is_green_on_the_workers(stack, dag):
    first = f"dags/{dag}/dagRuns/{stack.api(f'dags/{dag}/dagRuns')['dag_runs'][0]['dag_run_id']}"

    tasks = [one for one in stack.tasks(first) if one["state"] != "skipped"]

    assert {one["state"] for one in tasks} == {"success"}
    assert len(tasks) >= DEMO_RUNS[dag]
    assert hosts(tasks) <= worker_hosts(stack)


def test_the_data_sync_has_made_profiles(stack):
    assert int(stack.ask("select count(*) from profiles.profile")[0]) > 500


def test_the_workers_share_mapped_tasks(stack):
    first = stack.api("dags/cicero_to_registry/dagRuns?order_by=id")["dag_runs"][0]["dag_run_id"]

    stages = stack.tasks(f"dags/cicero_to_registry/dagRuns/{first}", "stage_cicero_changes")

    assert hosts(stages) == worker_hosts(stack)
    assert len(stages) == 2


@pytest.mark.parametrize("push_in_mid_load", [1001], indirect=True, ids=["worker"])
def test_a_run_whose_worker_is_killed_in_mid_load_ends_right(stack, push_in_mid_load):
    cards, push, loads = push_in_mid_load
    victim, task = loads[0]["hostname"], loads[0]["map_index"]

    run(["docker", "kill", victim])
    state = stack.ended(push)
    run(["docker", "start", victim])

    again = stack.tasks(push, "apply_to_registry")[task]
    assert state == "success"
    assert (again["try_number"] > 1, again["hostname"] != victim) == (True, True)
    assert holders(stack, cards) == [1] * 48
    stack.until(stack.is_healthy)


@pytest.mark.parametrize(
    ("push_in_mid_load", "part"),
    [(2001, "postgres"), (3001, "redis")],
    indirect=["push_in_mid_load"],
    ids=["PostgreSQL", "Redis"],
)
def test_a_run_ends_right_although_a_part_restarts_in_mid_load(stack, push_in_mid_load, part):
    cards, push, _ = push_in_mid_load

    stack.compose("restart", part)

    assert stack.ended(push) == "success"
    assert holders(stack, cards) == [1] * 48
    stack.until(stack.is_healthy)


def test_down_and_up_loses_nothing_and_a_run_goes_on(stack):
    pull = stack.begin("registry_to_cicero")
    stack.until(lambda: any(one["state"] == "success" for one in stack.tasks(pull)))
    before, patrons = runs_of(stack), patrons_and_cards(stack)[0]

    stack.compose("down")
    stack.compose("up", "--detach")

    assert stack.ended(pull) == "success"
    stack.until(stack.is_healthy)
    after = runs_of(stack)
    assert {key: after[key] for key in before} == before | {key_of(pull): "success"}
    assert patrons_and_cards(stack)[0] == patrons
    stack.in_worker("patron-sync audit verify")


def test_a_backup_brings_back_what_was_lost(stack, tmp_path):
    command = " ".join(stack.words)
    stack.in_worker("patron-sync audit sign")
    held, runs = patrons_and_cards(stack), runs_of(stack)
    run(["env", f"COMPOSE={command}", "docker/backup.sh", str(tmp_path / "backup")])
    stack.ask("drop schema cicero, profiles cascade; delete from patron_sync.watermark")
    stack.ask("delete from dag_run", "airflow")
    stack.in_worker("rm -r /opt/airflow/audit/*")

    run(["env", f"COMPOSE={command}", "docker/restore.sh", str(tmp_path / "backup")])

    stack.until(stack.is_healthy)
    assert patrons_and_cards(stack) == held
    assert runs_of(stack) == runs
    assert "1 signed head" in stack.in_worker("patron-sync audit verify")
    assert stack.ended(stack.begin("cicero_to_registry")) == "success"
