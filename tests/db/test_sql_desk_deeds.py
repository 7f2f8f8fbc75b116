"""The statements of ``include/sql/desk`` about what is done with a patron, each run twice."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.domain.keys import pin_fingerprint
from registry_operators.domain.pin import Pin
from registry_operators.ledger.pin_vault import PinVault
from tests.db.flow_world import World
from tests.db.sql_bench import know_persons, put, run_at
from tests.factories import (
    KEYS,
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_config,
    a_national_id,
    a_patron,
    a_person_key,
)

SYNC, HISTORY = "SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"


@pytest.fixture
def patron_id(world: World) -> int:
    """A patron without consent, whom a run has seen; somebody else is there too."""
    patron_id = world.cicero.add(a_patron(consent=False))
    world.cicero.add(a_patron(1))
    know_persons(world)
    return patron_id


def at(patron_id: int, library: str = LIBRARY) -> dict[str, Any]:
    return {"patron_id": patron_id, "library": library}


def twice(world: World, statement: str, **parameters: Any) -> list[Any]:
    """The rows of a statement that only reads."""
    rows = world.ledger.rows(statement, **parameters)
    assert world.ledger.rows(statement, **parameters) == rows
    return rows


def counts(world: World, statement: str, **parameters: Any) -> tuple[int, int]:
    """How many rows each of two calls writes."""
    return (world.ledger.run(statement, **parameters), world.ledger.run(statement, **parameters))


def test_delete_patron_leaves_the_removal(world: World, query) -> None:
    patron_id, other = (world.cicero.add(a_patron(index)) for index in (0, 1))
    assert world.ledger.rows("desk/delete_patron", **at(patron_id, OTHER_LIBRARY)) == []

    assert world.ledger.rows("desk/delete_patron", **at(patron_id)) == [(patron_id,)]
    assert world.ledger.rows("desk/delete_patron", **at(patron_id)) == []

    assert query("select patron_id from cicero.patron") == [(other,)]
    assert query("select patron_id, national_id, had_consent from cicero.deleted_patron") == [
        (patron_id, a_national_id(0), True)
    ]


def test_drop_held_leaves_others_and_what_is_not_held(world: World, query) -> None:
    ids = [world.both(a_patron(index))[0] for index in range(3)]
    world.rounds(1)
    world.config = a_config({"limits": {"pin_overwrites": {"percent": 0, "at_least": 0}}})
    for patron_id in ids:
        world.cicero.set_pin(patron_id, "8642")
    world.cicero.change_card(ids[0], a_card_number(60))
    run_at(world, "push", "guarded")

    assert counts(world, "desk/drop_held", patron_id=ids[0]) == (1, 0)

    assert query(
        "select patron_id, field, state, outcome_reason from patron_sync.plan"
        " where state <> 'confirmed' order by patron_id, field"
    ) == [
        (ids[0], "card", "planned", None),
        (ids[0], "pin", "dropped", "CONSENT_WITHDRAWN"),
        (ids[1], "pin", "held", "LIMIT_EXCEEDED"),
        (ids[2], "pin", "held", "LIMIT_EXCEEDED"),
    ]


def test_drop_pending_forgets_both_flows_of_one_patron(world: World, patron_id, query) -> None:
    for flow in ("pull", "push"):
        for who in (patron_id, patron_id + 1):
            put(world, "patron_sync.pending", flow=flow, reason="REFUSED", **at(who))

    assert counts(world, "desk/drop_pending", patron_id=patron_id) == (2, 0)

    assert query("select patron_id from patron_sync.pending") == [(patron_id + 1,)] * 2


def test_find_patrons_by_whatever_is_known(world: World, patron_id: int) -> None:
    unseen = world.cicero.add(a_patron(2, card=a_card_number(60)))
    world.cicero.change_card(unseen, a_card_number(2))
    world.cicero.add(a_patron(0, library=OTHER_LIBRARY))

    def found(library: str = LIBRARY, **known: Any) -> list[int]:
        nothing = {"person_key": None, "national_id": None, "card_number": None}
        rows = twice(world, "desk/find_patrons", library=library, **nothing | known)
        return [row.patron_id for row in rows]

    assert found(person_key=a_person_key(0)) == [patron_id]
    assert found(national_id=a_national_id(2)) == found(card_number=a_card_number(2)) == [unseen]
    assert found(card_number=a_card_number(60)) == found() == found("2999999") == []
    both: dict[str, Any] = {"person_key": a_person_key(0), "national_id": a_national_id(0)}
    assert found(**both, card_number=a_card_number(2)) == [patron_id, unseen]


def consent(patron_id: int, verb: str, who: str = "patron", kind: str = SYNC) -> dict[str, Any]:
    return {
        "patron_id": patron_id, "consent_type": kind, f"{verb}_by": who,
        f"{verb}_through": "cms_api" if who == "patron" else "desk",
    }  # fmt: skip


def test_give_consent_keeps_the_one_that_is_in_force(world: World, patron_id, query) -> None:
    assert counts(world, "desk/give_consent", **consent(patron_id, "given")) == (1, 0)
    assert world.ledger.run("desk/give_consent", **consent(patron_id, "given", "librarian")) == 0
    assert world.ledger.run("desk/give_consent", **consent(patron_id, "given", kind=HISTORY)) == 1

    assert query(
        "select consent_type, given_by, given_through from cicero.consent where patron_id = %s"
        " order by consent_id", patron_id,
    ) == [(SYNC, "patron", "cms_api"), (HISTORY, "patron", "cms_api")]  # fmt: skip


def test_withdraw_consent_ends_one_and_keeps_it(world: World, patron_id: int, query) -> None:
    for kind in (SYNC, HISTORY):
        world.ledger.run("desk/give_consent", **consent(patron_id, "given", kind=kind))

    ended = consent(patron_id, "withdrawn", "librarian")
    assert counts(world, "desk/withdraw_consent", **ended) == (1, 0)

    assert query(
        "select patron_id, withdrawn_at >= given_at, withdrawn_by, withdrawn_through"
        " from cicero.consent order by withdrawn_at, consent_id"
    ) == [
        (patron_id, True, "librarian", "desk"),
        (patron_id + 1, None, None, None),
        (patron_id, None, None, None),
    ]


def test_withdraw_consent_of_a_moment_ago_that_is_ahead_of_the_clock(world, patron_id) -> None:
    """A clock that was set back must not keep anybody from withdrawing."""
    put(
        world, "cicero.consent", patron_id=patron_id, given_by="patron",
        given_at="2999-01-01T00:00:00+00:00",
    )  # fmt: skip

    assert counts(
        world, "desk/withdraw_consent", **consent(patron_id, "withdrawn")
    ) == (1, 0)  # fmt: skip


def test_list_consents_tells_the_history(world: World, patron_id: int) -> None:
    for who in ("patron", "librarian"):
        world.ledger.run("desk/give_consent", **consent(patron_id, "given", who))
        if who == "patron":
            world.ledger.run("desk/withdraw_consent", **consent(patron_id, "withdrawn"))

    rows = twice(world, "desk/list_consents", patron_id=patron_id)

    assert [(row.given_by, row.given_through, row.withdrawn_by, row.withdrawn_through)
            for row in rows] == [
        ("patron", "cms_api", "patron", "cms_api"), ("librarian", "desk", None, None),
    ]  # fmt: skip
    assert [row.withdrawn_at is None for row in rows] == [False, True]


def test_list_children_of_a_guardian(world: World, patron_id: int) -> None:
    elsewhere = world.cicero.add(a_patron(2, library=OTHER_LIBRARY))
    for child, guardian in ((patron_id, 8), (patron_id + 1, 9), (elsewhere, 8)):
        put(
            world, "cicero.guardian", patron_id=child, person_key=a_person_key(guardian),
            name="Kari", contact="{}",
        )  # fmt: skip

    asked = {"library": LIBRARY, "person_key": a_person_key(8)}
    assert twice(world, "desk/list_children", **asked) == [(patron_id,)]


def test_queue_patron_raises_who_waits_for_a_person(world: World, patron_id, query) -> None:
    told = "select reason, attempts, waits, raised_xid > '0'::xid8 from patron_sync.pending"
    assert counts(world, "desk/queue_patron", **at(patron_id), reason="UPSERT") == (1, 1)
    assert query(told) == [("UPSERT", 0, False, True)]

    query("update patron_sync.pending set waits = true, reason = 'REFUSED', raised_xid = '0'")
    for _ in range(2):
        world.ledger.run("desk/queue_patron", **at(patron_id), reason="NEW_RECORD")

    assert query(told) == [("NEW_RECORD", 0, False, True)]


class TestReadPatron:
    def test_read_patron_of_the_library_alone(self, world: World, patron_id: int) -> None:
        assert twice(world, "desk/read_patron", **at(patron_id, OTHER_LIBRARY)) == []
        assert twice(world, "desk/read_patron", **at(99)) == []

    def test_read_patron_without_anything(self, world: World) -> None:
        patron_id = world.cicero.add(
            a_patron(national_id=None, card=None, pin=None, consent=False)
        )  # fmt: skip
        (row,) = twice(world, "desk/read_patron", **at(patron_id))

        assert (row.person_key, row.pin_key, row.has_national_id, row.has_pin) == (
            None, None, False, False,
        )  # fmt: skip
        assert (row.must_change, row.has_consent, row.settings, row.waits_for_person) == (
            False, False, {}, False,
        )  # fmt: skip
        assert (row.born_on, row.waiting_reason, row.guardian_name) == (None, None, None)

    def test_read_patron_with_everything(self, world: World, patron_id: int) -> None:
        world.cicero.set_pin(patron_id, "8642", must_change=True)
        world.ledger.run("desk/give_consent", **consent(patron_id, "given"))
        put(world, "cicero.patron_detail", patron_id=patron_id, settings='{"a": 1}')
        put(world, "cicero.guardian", patron_id=patron_id, person_key=a_person_key(8),
            name="Kari", contact="{}")  # fmt: skip
        for flow, waits in (("pull", False), ("push", True)):
            put(world, "patron_sync.pending", flow=flow, reason=flow, waits=waits, **at(patron_id))

        (row,) = twice(world, "desk/read_patron", **at(patron_id))

        assert (row.pin_key, row.national_id) == (a_person_key(0), a_national_id(0))
        assert (row.must_change, row.has_consent, row.settings) == (True, True, {"a": 1})
        assert (row.waiting_flow, row.waiting_reason, row.waits_for_person) == (
            "push",
            "push",
            True,
        )
        assert row.guardian_name == "Kari"

    def test_read_patron_keeps_the_key_before_a_correction_for_the_pin(
        self, world, patron_id, query
    ) -> None:
        query("update cicero.patron set national_id = %s where patron_id = %s", a_national_id(5),
              patron_id)  # fmt: skip

        (row,) = twice(world, "desk/read_patron", **at(patron_id))

        assert (row.person_key, row.pin_key) == (None, a_person_key(0))

    @pytest.mark.parametrize("how", ["withdrawn", "other"])
    def test_read_patron_tells_consent_in_force_to_this(self, world, patron_id, how) -> None:
        kind = SYNC if how == "withdrawn" else HISTORY
        world.ledger.run("desk/give_consent", **consent(patron_id, "given", kind=kind))
        if how == "withdrawn":
            world.ledger.run("desk/withdraw_consent", **consent(patron_id, "withdrawn"))

        assert not twice(world, "desk/read_patron", **at(patron_id))[0].has_consent


def test_set_pin_key_gives_one_key_to_who_has_none(world: World, patron_id: int) -> None:
    nobody = world.cicero.add(a_patron(national_id=None, card=None, pin=None))

    kept = [world.ledger.rows("desk/set_pin_key", patron_id=nobody, pin_key=bytes([one]) * 32)
            for one in (1, 2)]  # fmt: skip

    assert kept == [[(b"\1" * 32,)]] * 2
    assert world.ledger.rows("desk/set_pin_key", patron_id=patron_id, pin_key=b"\3" * 32) == []


def test_write_pin_takes_the_place_of_the_one_before(world: World, patron_id: int, query) -> None:
    key = a_person_key(0)

    def sealed(digits: str, **how: Any) -> dict[str, Any]:
        return {
            "patron_id": patron_id, "pin_encrypted": PinVault(KEYS).seal(key, Pin(digits)),
            "pin_fingerprint": pin_fingerprint(key, Pin(digits), KEYS), **how,
        }  # fmt: skip

    for digits, how in (
        ("8642", {"must_change": True, "origin": "default"}),
        ("9753", {"must_change": False, "origin": "patron"}),
    ):
        assert counts(world, "desk/write_pin", **sealed(digits, **how)) == (1, 1)
        assert world.cicero.pin(patron_id) == (digits, how["must_change"], how["origin"])
    assert query("select count(*) from cicero.pin") == [(2,)]
