"""The statements of ``include/sql/desk`` that find a patron's library, a request, a deletion."""

from __future__ import annotations

import psycopg
import pytest

from registry_operators.ledger.database import Ledger
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_national_id, a_patron


def twice(world: World, statement: str, patron_id: int):
    first = world.ledger.rows(statement, patron_id=patron_id)
    assert world.ledger.rows(statement, patron_id=patron_id) == first
    return [tuple(row) for row in first]


def test_find_library_names_the_one_of_the_patron(world: World) -> None:
    one = world.cicero.add(a_patron(0))
    other = world.cicero.add(a_patron(0, library=OTHER_LIBRARY))
    gone = world.cicero.add(a_patron(1))
    world.cicero.delete(gone)

    found = [twice(world, "desk/find_library", patron_id) for patron_id in (one, other, gone)]

    assert found == [[(LIBRARY,)], [(OTHER_LIBRARY,)], []]


def test_read_deletion_tells_the_last_one_and_whether_the_person_is_back(world: World) -> None:
    patron_id = world.cicero.add(a_patron(0))
    silent = world.cicero.add(a_patron(1, consent=False))
    world.push(libraries=(LIBRARY,))
    world.cicero.delete(patron_id)
    world.cicero.delete(silent)

    ((library, deleted_at, had_consent, settled_at, is_back),) = twice(
        world, "desk/read_deletion", patron_id
    )
    assert (library, had_consent, settled_at, is_back) == (LIBRARY, True, None, False)
    ((_, _, had_consent, _, _),) = twice(world, "desk/read_deletion", silent)
    assert not had_consent
    world.cicero.add(a_patron(0))
    world.push(libraries=(LIBRARY,))
    ((_, again_at, _, settled_at, is_back),) = twice(world, "desk/read_deletion", patron_id)
    assert (again_at, is_back) == (deleted_at, True)
    assert settled_at > deleted_at


def test_read_deletion_knows_nobody_without_a_national_id(world: World) -> None:
    patron_id = world.cicero.add(a_patron(0, national_id=None, pin=None))
    world.cicero.delete(patron_id)

    assert twice(world, "desk/read_deletion", patron_id) == []


@pytest.mark.parametrize(
    ("library", "key", "national_id", "is_found"),
    [
        (LIBRARY, b"\x07" * 32, None, True),
        (OTHER_LIBRARY, b"\x07" * 32, None, False),
        (LIBRARY, b"\x08" * 32, None, False),
        (LIBRARY, b"\x07" * 32, a_national_id(0), False),
    ],
    ids=["the request", "another library", "another request", "a former key of somebody known"],
)
def test_find_ticket_knows_the_request_and_no_other(
    world: World, library, key, national_id, is_found
) -> None:
    (one,) = world.ledger.rows(
        "desk/add_patron", library=LIBRARY, national_id=national_id, person_key=None,
        pin_key=b"\x07" * 32, surname="Nyberg", first_name="", name_origin="librarian",
        created_by="librarian",
    )  # fmt: skip

    for _ in range(2):
        rows = world.ledger.rows("desk/find_ticket", library=library, pin_key=key)
        assert rows == ([(one.patron_id,)] if is_found else [])


def test_lock_ticket_keeps_the_same_request_waiting_until_the_end(database_url: str) -> None:
    tries = "select pg_try_advisory_xact_lock(hashtextextended(%s, 1))"
    with (
        psycopg.connect(database_url, autocommit=True) as other,
        Ledger.connect(database_url) as ledger,
    ):
        with ledger.transaction():
            for _ in range(2):
                ledger.rows("desk/lock_ticket", ticket="ab")
            assert other.execute(tries, ["ab"]).fetchone() == (False,)
            assert other.execute(tries, ["cd"]).fetchone() == (True,)

        assert other.execute(tries, ["ab"]).fetchone() == (True,)
