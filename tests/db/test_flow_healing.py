"""What once went wrong in a hostile reading, each as staff would see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import MalformedAnswerError, UnavailableError
from registry_operators.settings.retention import Retention
from registry_operators.steps import run_flow as flows
from registry_operators.steps.apply_retention import apply_retention
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    a_config,
    a_library_config,
    a_national_id,
    a_patron,
)
from tests.unit.steps.fake_registry import LibrarysView

Before = Callable[[str, Callable[[], Any]], None]


@pytest.fixture
def before(monkeypatch) -> Before:
    """Let something happen just before a step of a flow begins."""

    def interpose(step: str, happening: Callable[[], Any]) -> None:
        original = getattr(flows, step)

        def late(*args: Any, **kwargs: Any) -> Any:
            happening()
            return original(*args, **kwargs)

        monkeypatch.setattr(flows, step, late)

    return interpose


def digits_of(world: World, patron_id: int) -> str | None:
    pin = world.cicero.pin(patron_id)
    return pin[0] if pin else None


def away() -> None:
    raise UnavailableError("away")


def test_a_change_made_while_consent_was_withdrawn_arrives_when_it_returns(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.cicero.withdraw(patron_id)
    world.rounds(1)
    world.registry.pass_time(hours=1)
    world.registry.change(person, pin="9999")
    world.rounds(1)

    world.cicero.consent(patron_id)
    world.rounds(2)

    assert digits_of(world, patron_id) == "9999"


def test_clearing_an_older_run_brings_no_old_value_back(world: World, before, monkeypatch) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="1111")
    with monkeypatch.context() as broken:
        broken.setattr(flows, "apply_to_cicero", lambda *_, **__: away())
        with pytest.raises(UnavailableError):
            world.run("pull", number=77)
    world.registry.pass_time(hours=24)
    world.registry.change(person, pin="2222")
    world.pull()

    tally = world.run("pull", number=77)[LIBRARY]

    assert tally.failure_code == "SUPERSEDED_RUN"
    assert digits_of(world, patron_id) == "2222"


def test_a_pin_that_a_patron_changed_since_the_plan_stays(world: World, before) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="1111")
    before("apply_to_cicero", lambda: world.cicero.set_pin(patron_id, "5555"))

    tally = world.pull()[LIBRARY]

    assert tally.failures == {Reason.CHANGED_SINCE_PLAN: 1}
    assert digits_of(world, patron_id) == "5555"


def test_a_card_that_a_librarian_changed_since_the_plan_stays(world: World, before) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, card="N100000777")
    before("apply_to_cicero", lambda: world.cicero.change_card(patron_id, "N100000888"))

    tally = world.pull()[LIBRARY]

    assert tally.failures == {Reason.CHANGED_SINCE_PLAN: 1}
    assert world.cicero.card(patron_id) == "N100000888"


def test_a_registry_that_dies_in_mid_batch_fails_the_library(world: World, monkeypatch) -> None:
    for index in range(30):
        world.cicero.add(a_patron(index))
    answered: list[object] = []
    create = LibrarysView.create

    def dies(self, upload):
        if len(answered) == 3:
            away()
        answered.append(upload)
        return create(self, upload)

    with monkeypatch.context() as broken:
        broken.setattr(LibrarysView, "create", dies)
        tally = world.push()[LIBRARY]
    healed = world.push()[LIBRARY]

    assert tally.failure_code == "UNAVAILABLE"
    assert healed.failure_code is None
    assert len(world.registry.people) == 30


def test_one_record_that_the_registry_chokes_on_stops_nobody_else(world: World, monkeypatch):
    for index in range(5):
        world.both(a_patron(index))
    find = LibrarysView.find

    def chokes(self, identifier):
        if identifier == a_national_id(3):
            raise MalformedAnswerError("a SOAP fault")
        return find(self, identifier)

    monkeypatch.setattr(LibrarysView, "find", chokes)
    tally = world.push()[LIBRARY]

    assert tally.failures == {Reason.MALFORMED_ANSWER: 1}
    assert tally.updated == 4


class TestACorrectedNationalId:
    def correct(self, world: World, patron_id: int, index: int = 50) -> None:
        world.cicero.db.execute(
            "update cicero.patron set national_id = %s where patron_id = %s",
            [a_national_id(index), patron_id],
        )

    def test_takes_the_relation_from_the_person_who_was_meant_before(self, world: World) -> None:
        patron_id, person = world.both(a_patron())
        world.rounds(1)

        self.correct(world, patron_id)
        world.rounds(1)

        assert LIBRARY not in person.relations

    def test_does_so_also_when_the_patron_is_deleted_at_once(self, world: World) -> None:
        patron_id, person = world.both(a_patron())
        world.rounds(1)

        self.correct(world, patron_id)
        world.cicero.delete(patron_id)
        world.rounds(1)

        assert LIBRARY not in person.relations
        assert all(national_id is None for _, national_id, _ in world.state("deleted")["deleted"])

    def test_keeps_the_pin_readable(self, world: World) -> None:
        patron_id, _ = world.both(a_patron(pin="8642"))
        world.rounds(1)

        self.correct(world, patron_id)
        world.cicero.change_card(patron_id, "N100000555")
        world.rounds(1)

        assert world.registry.pin_of(50) == "8642"


def test_a_card_of_ours_under_another_national_id_is_a_failure_and_not_a_stranger(world: World):
    _, person = world.both(a_patron())
    world.rounds(1)
    world.registry.pass_time(hours=1)
    person.national_id = a_national_id(60)
    world.registry.change(person, pin="2222")

    tally = world.pull()[LIBRARY]

    assert tally.failures == {Reason.OTHER_PERSONS_CARD: 1}


def test_a_database_that_was_restored_elsewhere_misses_no_change(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(1)
    world.cicero.db.execute(
        "update patron_sync.watermark set cicero_xid = '999999999'::xid8 where flow = 'push'"
    )
    world.push()

    world.cicero.set_pin(patron_id, "3333")
    tally = world.push()[LIBRARY]

    assert world.registry.pin_of(0) == "3333"
    assert tally.read == 1


def test_a_mark_of_another_server_hides_no_change_however_few_transactions_it_counts(
    world: World,
) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(1)
    world.cicero.set_pin(patron_id, "3333")
    world.cicero.db.execute(
        "update patron_sync.watermark set server_id = server_id - 1,"
        " cicero_xid = pg_snapshot_xmin(pg_current_snapshot()) where flow = 'push'"
    )

    first, second = world.push()[LIBRARY], world.push()[LIBRARY]

    assert world.registry.pin_of(0) == "3333"
    assert (first.updated, second.read) == (1, 0)


def test_a_log_in_that_is_refused_at_the_load_is_told_as_such(world: World, before) -> None:
    for index in range(3):
        world.cicero.add(a_patron(index))
    before("apply_to_registry", lambda: world.registry.refused_libraries.add(LIBRARY))

    tally = world.push()[LIBRARY]

    assert tally.failures == {"LOGIN_REFUSED": 3}
    assert tally.failure_code == "LOGIN_REFUSED"


def test_the_reason_of_each_failure_stands_in_the_log(world: World) -> None:
    world.cicero.add(a_patron(national_id="01010112345", pin=None))

    world.push()

    assert (
        f"AUDIT flow=push step=report library={LIBRARY} failed=1 reason=INVALID_NATIONAL_ID"
        in world.audit
    )


class TestPrivacy:
    def test_of_strangers_not_even_a_pseudonym_stays(self, world: World) -> None:
        world.registry.add(5)

        world.pull()

        rows = world.cicero.db.execute("select reason, person_key from patron_sync.verdict")
        assert rows.fetchall() == [(Reason.UNKNOWN_PERSON, None), (Reason.UNKNOWN_PERSON, None)]

    def test_values_of_old_runs_are_removed_by_the_housekeeping(self, world: World) -> None:
        world.both(a_patron())
        world.rounds(1)
        world.cicero.db.execute(
            "update patron_sync.run set started_at = started_at - interval '8 days'"
        )

        apply_retention(world.ledger, Retention(), datetime.now(UTC))

        count = "select count(*) from patron_sync.staged_patron where library = %s"
        assert world.cicero.db.execute(count, [LIBRARY]).fetchone() == (0,)

    def test_no_national_id_is_kept_of_a_deleted_patron_without_consent(self, ledger, cicero):
        blocks = {f"_{LIBRARY}": a_library_config(enabled=False)}
        world = World(ledger, cicero, config=a_config(**blocks))
        patron_id = cicero.add(a_patron(consent=False))

        cicero.delete(patron_id)

        assert [row[1] for row in world.state("deleted")["deleted"]] == [None]


def test_a_blocked_national_card_is_told_as_such(world: World) -> None:
    world.both(a_patron())
    world.rounds(1)

    world.cicero.db.execute("update cicero.card set status = 'blocked'")

    assert world.push()[LIBRARY].left_out == {Reason.CARD_BLOCKED: 1}
