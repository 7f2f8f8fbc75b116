"""Nothing of a person is left in the ledger when they ask for it (X10)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry_operators.domain.keys import pin_fingerprint
from registry_operators.domain.pin import Pin
from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.steps.erase_person import ErasureRequest, erase_person
from registry_operators.steps.report_run import report_run
from registry_operators.steps.sign_audit import sign_head
from registry_operators.steps.verify_audit import verify_audit
from tests.db.flow_world import World
from tests.db.sql_bench import run_at
from tests.db.undo_bench import undo
from tests.factories import (
    KEYS,
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_ROWS = "select one::text from patron_sync.{} as one"
_TABLES = "select tablename from pg_tables where schemaname = 'patron_sync' order by tablename"


def erase(world: World, **request: Any):
    return erase_person(world.ledger, KEYS, ErasureRequest(**({"asked_by": "kari"} | request)))


def dump(world: World) -> str:
    """Every row of the ledger as text; bytes in hex digits."""
    db = world.cicero.db
    names = [name for (name,) in db.execute(_TABLES).fetchall()]
    return "\n".join(
        f"{name}: {row}" for name in names for (row,) in db.execute(_ROWS.format(name)).fetchall()
    )


def traces_of(world: World, index: int, *values: str) -> list[str]:
    """The lines of the dump in which something of a person stands."""
    patron, key = a_patron(index), a_person_key(index)
    marks = [
        a_national_id(index),
        patron.surname,
        patron.first_name,
        key.hex(),
        key.hex()[:40],
        *(pin_fingerprint(key, Pin(pin), KEYS).hex() for pin in ("4711", "2468", "7314")),
        *values,
    ]
    return [line for line in dump(world).splitlines() if any(mark in line for mark in marks)]


@pytest.fixture
def busy(world: World) -> World:
    """A person at two libraries of whom every table of the ledger tells, and somebody else."""
    for library in (LIBRARY, OTHER_LIBRARY):
        world.cicero.add(a_patron(library=library, card=a_card_number(0)))
    world.both(a_patron(1))
    world.rounds()
    world.registry.change(world.registry.of(0), card=a_card_number(60), pin="2468")
    world.registry.change(world.registry.of(1), card=a_card_number(61), pin="1357")
    world.pull()
    undo(world)
    world.cicero.change_card(1, a_card_number(62))
    world.push()
    query = world.cicero.db.execute
    query(
        "insert into patron_sync.pending (flow, library, patron_id, reason)"
        " select 'push', library, patron_id, 'UNAVAILABLE' from cicero.patron"
    )
    query(
        "insert into patron_sync.taken_card_number (library, patron_id, card_number, run_id)"
        " values (%s, 1, 'N105999999', %s)", [LIBRARY, a_run_id(1)],
    )  # fmt: skip
    return world


_CARDS = tuple(a_card_number(index) for index in (0, 60, 62))


@pytest.mark.parametrize(
    "who",
    [
        {"patron_id": 1},
        {"card_number": a_card_number(60)},
        {"card_number": a_card_number(62)},
        {"national_id": a_national_id(0)},
    ],
    ids=["patron id", "replaced card", "card", "national id"],
)
def test_nothing_of_the_person_is_found_in_the_ledger(busy: World, who) -> None:
    assert traces_of(busy, 0, *_CARDS)
    others = traces_of(busy, 1, a_card_number(61))

    erasure = erase(busy, **who)

    assert traces_of(busy, 0, *_CARDS) == []
    assert traces_of(busy, 1, a_card_number(61)) == others
    assert erasure.patrons_here == 2
    assert all(erasure.rows[place] for place in (
        "base", "change", "difference", "journal", "pending", "plan", "staged_patron",
        "taken_card_number", "undo_change",
    ))  # fmt: skip


def test_a_reserved_number_is_kept_without_its_person_and_never_given_out(busy: World) -> None:
    erase(busy, patron_id=1)

    lines = [line for line in dump(busy).splitlines() if "N105999999" in line]
    used = busy.ledger.rows("run/list_used_card_numbers", card_numbers=["N105999999"])
    assert lines == ["retired_card_number: (N105999999)"]
    assert [row.card_number for row in used] == ["N105999999"]


def test_the_chain_verifies_and_knows_no_more_than_the_short_pseudonym(
    busy: World, tmp_path: Path
) -> None:
    key = AuditKey(bytes(range(32)))
    sign_head(busy.ledger, key, tmp_path, NOW)

    erase(busy, national_id=a_national_id(0), note="asked by letter")

    account = verify_audit(busy.ledger, AuditVerifier([key.public_key]), tmp_path)
    query = busy.cicero.db.execute
    assert account.broken is None
    assert query("select count(*) > 0 from patron_sync.audit_event where person = %s",
                 [a_person_key(0).hex()[:10]]).fetchall() == [(True,)]  # fmt: skip
    act = "select actor, person, detail ->> 'note' from patron_sync.audit_event where action = %s"
    assert query(act, ["erase"]).fetchall() == [("kari", None, "asked by letter")]


def test_every_run_adds_up_afterwards(busy: World) -> None:
    busy.cicero.set_pin(1, "2468")
    open_run = run_at(busy, "push", "guarded")
    before = {tally.library: tally.read for tally in report_run(busy.ledger, run_id=open_run)}

    erase(busy, patron_id=1)

    runs = [a_run_id(number + 1) for number in range(busy.runs)] + [open_run]
    for run_id in runs:
        assert all(tally.adds_up for tally in report_run(busy.ledger, run_id=run_id))
    after = report_run(busy.ledger, run_id=open_run)
    assert {tally.library: tally.read for tally in after} == before
    assert after[0].left_out["ERASED"] == 1


def test_a_dry_run_counts_the_same_and_removes_nothing(busy: World) -> None:
    before = dump(busy)

    told = erase(busy, patron_id=1, is_dry_run=True)

    assert dump(busy) == before
    assert erase(busy, patron_id=1) == told


def test_a_second_erasure_finds_nothing_more(busy: World) -> None:
    erase(busy, patron_id=1)

    again = erase(busy, patron_id=1)

    assert sum(again.rows.values()) == 0


def test_a_deleted_patron_whose_removal_is_settled_goes_wholly(busy: World) -> None:
    busy.cicero.delete(1)
    busy.cicero.delete(2)
    busy.push()

    erasure = erase(busy, patron_id=1)

    assert traces_of(busy, 0, *_CARDS) == []
    assert (erasure.patrons_here, erasure.open_removals) == (0, 0)
    assert busy.state("deleted")["deleted"] == []


def test_an_open_removal_keeps_what_it_needs_and_says_so(busy: World) -> None:
    busy.cicero.delete(1)

    erasure = erase(busy, patron_id=1)

    assert erasure.open_removals == 1
    assert traces_of(busy, 0, *_CARDS) == []
    assert busy.push()[LIBRARY].writes == 1
    assert erase(busy, patron_id=1).open_removals == 0


def test_a_patron_who_went_before_the_first_run_is_found_by_national_id(world: World) -> None:
    world.cicero.delete(world.cicero.add(a_patron()))

    erasure = erase(world, national_id=a_national_id(0))

    assert erasure.open_removals == 1
    assert world.cicero.db.execute("select * from cicero.change").fetchall() == []


def test_traces_of_before_are_found_for_a_patron_who_came_back_today(busy: World) -> None:
    busy.cicero.delete(1)
    patron_id = busy.cicero.add(a_patron(card=a_card_number(70)))

    erase(busy, patron_id=patron_id)

    assert traces_of(busy, 0, *_CARDS) == []


def test_consent_that_is_still_there_is_told(busy: World) -> None:
    busy.cicero.withdraw(2)

    erasure = erase(busy, patron_id=1)

    assert (erasure.patrons_here, erasure.consenting) == (2, 1)


def test_held_changes_of_the_person_go_and_the_others_are_asked_about_anew(world: World) -> None:
    for index in range(30):
        world.both(a_patron(index))
    world.rounds()
    for index in range(30):
        world.registry.change(world.registry.of(index), pin="2468")
    world.pull()
    (before,) = world.ledger.rows("held/list_sets", state="open")

    erasure = erase(world, patron_id=1)

    (after,) = world.ledger.rows("held/list_sets", state="open")
    assert erasure.rows["held_set"] == 1
    assert (before.changes, after.changes) == (30, 29)
    assert after.digest != before.digest


def test_an_earlier_wrong_national_id_does_not_erase_whose_it_is(world: World) -> None:
    world.registry.add(1)
    mistaken = world.cicero.add(a_patron(1))
    world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=a_card_number(1)))
    world.push()
    world.cicero.db.execute(
        "update cicero.patron set national_id = %s where patron_id = %s",
        [a_national_id(0), mistaken],
    )
    world.push()

    erase(world, patron_id=mistaken)

    assert [row for row in world.state("base")["base"] if row[0] == OTHER_LIBRARY]


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"patron_id": 1, "card_number": "N100000001"},
        {"national_id": "12345678901"},
        {"card_number": "N100000099"},
    ],
    ids=["nobody named", "two ways", "wrong check digits", "no trace"],
)
def test_what_cannot_be_is_refused(busy: World, who) -> None:
    before = dump(busy)

    with pytest.raises(DecisionRefusedError):
        erase(busy, **who)

    assert dump(busy) == before
