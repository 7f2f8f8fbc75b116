"""One library's failure and the others; watermarks; sequences (N1.5, N2.2, N2.4, N4.2)."""

from __future__ import annotations

from datetime import datetime

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import ConfigurationError, RunFailedError
from registry_operators.steps import run_flow as flows
from registry_operators.steps.report_run import raise_if_failed
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
)


def marks(world: World) -> dict[tuple[str, str], object]:
    return {(flow, library): time or xid
            for flow, library, time, xid in world.state("watermark")["watermark"]}  # fmt: skip


def with_sequence(first: str, last: str, after: str | None = None, **changes):
    sequence = {"prefix": "N", "first": first, "last": last, "next": after or first}
    return a_config(
        _2030000=a_library_config(card_sequence=sequence, **changes),
        _2040000=a_library_config(OTHER_LIBRARY),
    )


@pytest.mark.parametrize("trouble", ["refused_libraries", "away_libraries"])
def test_one_librarys_failure_leaves_the_others_done_and_its_watermark_unmoved(
    world: World, trouble: str
) -> None:
    world.cicero.add(a_patron(0))
    world.cicero.add(a_patron(1, library=OTHER_LIBRARY))
    setattr(world.registry, trouble, {LIBRARY})

    tallies = world.push()

    assert tallies[LIBRARY].failure_code in {"LOGIN_REFUSED", "UNAVAILABLE"}
    assert tallies[OTHER_LIBRARY].created == 1
    assert list(marks(world)) == [("push", OTHER_LIBRARY)]


def test_the_run_of_a_failed_library_is_red_and_names_it(world: World, query) -> None:
    world.cicero.add(a_patron())
    world.registry.refused_libraries = {LIBRARY}

    tallies = world.push()

    assert query("select state from patron_sync.run") == [("failed",)]
    with pytest.raises(RunFailedError, match=LIBRARY):
        raise_if_failed(list(tallies.values()))


def test_what_a_failed_night_left_is_done_by_the_next(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.refused_libraries = {LIBRARY}
    world.cicero.change_card(patron_id, a_card_number(50))
    world.rounds(1)

    world.registry.refused_libraries = set()
    world.rounds(1)

    assert person.card == a_card_number(50)
    assert world.cicero.card(patron_id) == a_card_number(50)


def test_a_registry_change_of_a_failed_night_is_read_by_the_next(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, card=a_card_number(50))
    world.registry.away_libraries = {LIBRARY}
    world.pull()
    world.registry.pass_time(days=3)

    world.registry.away_libraries = set()
    world.pull()

    assert world.cicero.card(patron_id) == a_card_number(50)


def test_a_library_without_connection_fails_alone(world: World, monkeypatch) -> None:
    original = world.registry.connect

    def connect(library: str):
        if library == LIBRARY:
            raise ConfigurationError("the connection is missing")
        return original(library)

    monkeypatch.setattr(world.registry, "connect", connect)
    tallies = world.pull()

    assert tallies[LIBRARY].failure_code == "CONFIGURATION"
    assert tallies[OTHER_LIBRARY].failure_code is None


def test_a_disabled_library_makes_no_call_and_no_write_and_says_so(world: World) -> None:
    world.config = a_config(_2030000=a_library_config(enabled=False))
    patron_id, person = world.both(a_patron(card=None))

    tallies = world.rounds()

    assert [tally.is_enabled for tally in tallies] == [False] * 4
    assert not world.registry.calls
    assert world.cicero.card(patron_id) is None
    assert not person.relations


def test_the_watermark_of_a_pull_is_the_registrys_time(world: World) -> None:
    world.pull()

    assert marks(world)["pull", LIBRARY] == world.registry.now


def test_a_watermark_never_moves_backwards(world: World) -> None:
    world.pull()
    first = marks(world)

    world.registry.now = datetime(2026, 1, 1)  # noqa: DTZ001  the registry's times have no zone
    world.pull()

    assert marks(world) == first


def test_an_exhausted_sequence_makes_its_library_red_and_says_what_to_do(world: World) -> None:
    world.config = with_sequence("105000000", "105000000")
    given = [world.cicero.add(a_patron(index, card=None)) for index in range(3)]
    other = world.cicero.add(a_patron(9, library=OTHER_LIBRARY, card=None))

    tallies = world.push()

    tally = tallies[LIBRARY]
    assert tally.failure_code == Reason.SEQUENCE_EXHAUSTED
    assert "card_sequence" in (tally.failure_detail or "")
    assert tally.failures == {Reason.SEQUENCE_EXHAUSTED: 2}
    assert [world.cicero.card(one) for one in given] == ["N105000000", None, None]
    assert world.cicero.card(other) == "N115000000"


def test_a_longer_sequence_serves_those_who_waited(world: World) -> None:
    world.config = with_sequence("105000000", "105000000")
    given = [world.cicero.add(a_patron(index, card=None)) for index in range(3)]
    world.push()

    world.config = with_sequence("105000000", "105000009")
    tally = world.push()[LIBRARY]

    assert tally.failure_code is None
    assert [world.cicero.card(one) for one in given] == [f"N10500000{n}" for n in range(3)]


def test_numbers_in_use_are_skipped_and_none_is_given_twice(world: World) -> None:
    world.cicero.add(a_patron(7, card="N105000001"))
    world.cicero.add(a_patron(8, library=OTHER_LIBRARY, card="N105000002"))
    first = world.cicero.add(a_patron(0, card=None))
    second = world.cicero.add(a_patron(1, card=None))
    world.push()

    third = world.cicero.add(a_patron(2, card=None))
    world.push()

    cards = [world.cicero.card(one) for one in (first, second, third)]
    assert cards == ["N105000000", "N105000003", "N105000004"]


def test_the_number_of_a_deleted_patron_is_not_given_again(world: World) -> None:
    world.cicero.delete(world.cicero.add(a_patron(0, card=None)))
    gone = world.cicero.add(a_patron(1, card=None))
    world.push()
    world.cicero.delete(gone)

    patron_id = world.cicero.add(a_patron(2, card=None))
    world.push()

    assert world.cicero.card(patron_id) == "N105000001"


def test_numbers_outside_the_reserved_series_are_given_and_stay_local(world: World) -> None:
    world.config = with_sequence("905000000", "905000009")
    patron_id = world.cicero.add(a_patron(card=None))

    tally, *_ = world.rounds()

    assert world.cicero.cards(patron_id) == {"N905000000": ("local", "active", "sequence")}
    assert not world.registry.writes()
    assert tally.updated == 1


def test_an_abandoned_run_gives_its_patrons_the_same_numbers_in_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron_id = world.cicero.add(a_patron(card=None))
    with monkeypatch.context() as patch:
        patch.setattr(flows, "plan_changes", lambda *_, **__: [])
        world.push()

    world.push()

    assert world.cicero.card(patron_id) == "N105000000"
