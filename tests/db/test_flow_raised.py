"""Patrons who are raised anew while a run is under way are not settled by it (X5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.ledger.database import Ledger
from registry_operators.steps import run_flow as flows
from registry_operators.steps.check_outbox import overdue_entries
from registry_operators.steps.outbox import OutboxChoice, retry_outbox
from tests.db.flow_world import World
from tests.db.sql_bench import here, run_at
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_patron

Late = Callable[[str, Callable[[], object]], None]
RAISE = (
    "insert into patron_sync.pending as pending (flow, library, patron_id, reason)"
    " values ('pull', '2030000', 1, 'EXPIRED') on conflict (flow, library, patron_id)"
    " do update set waits = false, raised_xid = excluded.raised_xid"
)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Late:
    """Let something happen once, just before a step of a flow begins."""

    def interpose(step: str, happening: Callable[[], object]) -> None:
        original = getattr(flows, step)

        def then(*args: Any, **kwargs: Any) -> Any:
            monkeypatch.setattr(flows, step, original)
            happening()
            return original(*args, **kwargs)

        monkeypatch.setattr(flows, step, then)

    return interpose


@pytest.fixture
def other_session(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that another job has not ended yet."""
    with psycopg.connect(database_url) as connection:
        yield connection


def waiting(world: World, flow: str = "pull") -> list[tuple[Any, ...]]:
    return [row[2:4] for row in world.state("pending")["pending"] if row[0] == flow]


@pytest.fixture
def failed(world: World) -> int:
    """A patron whose last pull failed, so that the next one asks the registry about them."""
    patron_id, _ = world.both(a_patron())
    world.rounds(1)
    world.cicero.db.execute(
        "insert into patron_sync.pending (flow, library, patron_id, reason, since)"
        " values ('pull', %s, %s, 'UNAVAILABLE', now() - interval '2 days')",
        [LIBRARY, patron_id],
    )
    return patron_id


def test_who_was_dealt_with_is_settled(world: World, failed: int) -> None:
    assert world.pull()[LIBRARY].read == 1

    assert waiting(world) == []


def test_who_is_raised_by_a_push_during_a_pull_is_taken_up_by_the_next_pull(
    world: World, failed: int, late: Late
) -> None:
    def push_finds_another_pin() -> None:
        world.registry.of(0).pin = world.registry.add(9, pin="1357").pin
        world.cicero.change_card(failed, a_card_number(50))
        run_id = run_at(world, "push", "guarded")
        with Ledger.connect(world.cicero.db.info.dsn) as ledger:
            ledger.run("push/add_pull_pending", **here(run_id))

    late("move_watermark", push_finds_another_pin)
    world.pull()

    assert waiting(world) == [(failed, Reason.UNAVAILABLE)]
    assert world.pull()[LIBRARY].writes == 1
    assert waiting(world) == []
    assert world.cicero.pin(failed) == ("1357", False, "registry")


def test_who_is_raised_by_a_transaction_that_ends_after_the_reading_is_not_lost(
    world: World, failed: int, late: Late, other_session: psycopg.Connection[Any]
) -> None:
    other_session.execute(RAISE)
    late("move_watermark", other_session.commit)

    world.pull()

    assert len(waiting(world)) == 1
    world.pull()
    assert waiting(world) == []


def test_who_is_raised_during_a_run_that_is_refused_does_not_wait_for_a_person(
    world: World, late: Late
) -> None:
    refused = world.cicero.add(a_patron(card=a_card_number(0, OTHER_LIBRARY)))
    world.push()
    world.cicero.set_pin(refused, "1357")
    late("move_watermark", lambda: retry_outbox(world.ledger, OutboxChoice(), actor="kari"))

    assert world.push()[LIBRARY].failures == {Reason.NUMBER_NOT_RESERVED: 1}

    assert world.push()[LIBRARY].read == 1
    assert world.push()[LIBRARY].read == 0


def test_the_alarm_counts_from_the_first_time(world: World, failed: int, late: Late) -> None:
    world.cicero.db.execute("update patron_sync.pending set since = since - interval '2 days'")
    late("move_watermark", lambda: world.cicero.db.execute(RAISE))

    world.pull()

    assert [row.oldest_days for row in overdue_entries(world.ledger, 3)] == [4]


def test_a_raise_of_before_a_restore_is_settled(world: World, failed: int) -> None:
    world.cicero.db.execute("update patron_sync.pending set raised_xid = '999999999'::xid8")

    world.pull()

    assert waiting(world) == []
