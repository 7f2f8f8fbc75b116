"""Asking why: who is found, what is shown, and what asking leaves behind."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.rehearsal import LEFT_OUT
from registry_operators.paths import SQL_DIR
from tests.db.flow_world import World
from tests.db.why_bench import ask, code, last, now, story
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
)


@pytest.mark.parametrize(
    "question",
    [{"patron_id": 4242}, {"card_number": "N199999999"}, {"national_id": a_national_id(9)}],
    ids=["number", "card", "national id"],
)
def test_who_was_never_seen_gets_a_clear_answer(world: World, question) -> None:
    answer = ask(world, **question)

    assert not answer.is_known
    assert answer.says
    assert answer.patrons == ()


def test_the_same_person_at_another_library_is_told_too(world: World) -> None:
    world.cicero.add(a_patron())
    other = world.cicero.add(a_patron(library=OTHER_LIBRARY, card=None, consent=False))
    world.rounds(1)

    answer = ask(world, card_number=a_card_number())

    assert [(one.library, one.is_asked_for) for one in answer.patrons] == [
        (LIBRARY, True), (OTHER_LIBRARY, False)
    ]  # fmt: skip
    assert answer.patrons[1].patron_id == other
    assert code(now(answer.patrons[1], "push")) == Reason.NO_CONSENT


def test_a_national_id_finds_patrons_whom_no_run_has_seen(world: World) -> None:
    patron_id = world.cicero.add(a_patron(pin=None))

    answer = ask(world, national_id=a_national_id())

    assert [one.patron_id for one in answer.patrons] == [patron_id]
    assert answer.patrons[0].pseudonym is None


def test_a_national_id_with_wrong_digits_is_an_error_that_does_not_repeat_it(world: World) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ask(world, national_id="01018012345")

    assert "01018012345" not in str(caught.value)


def test_only_the_number_that_was_typed_is_in_the_answer(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(1)
    world.cicero.change_card(patron_id, a_card_number(77))
    world.push()

    text = json.dumps(ask(world, card_number=a_card_number()).as_dict(), default=str)

    assert a_card_number() in text
    assert a_card_number(77) not in text
    for secret in (a_national_id(), "4711", a_patron().surname, a_patron().first_name):
        assert secret not in text
    assert a_person_key().hex()[:10] in text
    assert a_person_key().hex() not in text


def test_asking_leaves_nothing_behind(world: World, query) -> None:
    patron_id, person = world.both(a_patron(0))
    world.cicero.add(a_patron(1, card=None, pin=None))
    world.rounds(1)
    world.registry.change(person, pin="2580")
    counts = (
        "select (select count(*) from patron_sync.run), (select count(*) from patron_sync.plan),"
        " (select count(*) from patron_sync.staged_patron),"
        " (select count(*) from patron_sync.verdict), (select count(*) from cicero.change),"
        " (select count(*) from patron_sync.audit_event where kind <> 'act'),"
        " (select xmin::text || next_value"
        " from patron_sync.card_sequence order by library limit 1)"
    )
    before = (query(counts), world.state())

    told = story(world, patron_id, registry=True)

    assert now(told, "pull").outcome == "updated"
    assert (query(counts), world.state()) == before


def test_who_asks_the_registry_stands_in_the_audit_trail_and_no_value_does(
    world: World, query
) -> None:
    known, _ = world.both(a_patron(0))
    world.rounds(1)
    world.cicero.add(a_patron(1, consent=False))
    new = world.cicero.add(a_patron(2, library=OTHER_LIBRARY, card=None))
    acts = (
        "select action, actor, library, person, detail from patron_sync.audit_event"
        " where kind = 'act' order by event_no"
    )

    for patron_id in (known, new, new - 1):
        story(world, patron_id)
        story(world, patron_id, registry=True)

    assert query(acts) == [
        ("ask", "kari", LIBRARY, a_person_key(0).hex()[:10], {}),
        ("ask", "kari", OTHER_LIBRARY, a_person_key(2).hex()[:10], {}),
    ]


def test_what_is_told_of_now_is_what_the_next_run_does(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="2580")
    world.cicero.change_card(patron_id, a_card_number(50))

    told = story(world, patron_id, registry=True)
    world.push()
    did = story(world, patron_id)

    would, was = now(told, "push"), last(did, "push")
    assert would.is_due
    assert (would.outcome, [replace(one, state="") for one in would.changes]) == (
        was.outcome, [replace(one, state="") for one in was.changes]
    )  # fmt: skip


def test_as_many_runs_are_told_as_are_asked_for(world: World) -> None:
    patron_id = world.cicero.add(a_patron())
    world.rounds(3)

    answer = ask(world, patron_id=patron_id, runs=2)

    assert [one.flow for one in answer.patrons[0].history] == ["pull", "push"]


@pytest.mark.parametrize("statement", sorted(LEFT_OUT))
def test_what_a_rehearsal_leaves_out_is_a_statement_of_the_engine(statement: str) -> None:
    assert (SQL_DIR / f"{statement}.sql").is_file()
