"""Each statement of ``include/sql/audit``, run twice on a few rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.audit_chain import ChainReader
from registry_operators.ledger.database import Ledger
from tests.db.flow_world import World
from tests.db.sql_bench import run_at
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_person_key

_SETTLE = """
update patron_sync.plan
set state = case when field = 'pin' then 'failed' else 'confirmed' end,
    outcome_reason = case when field = 'pin' then 'REFUSED' end, settled_at = clock_timestamp()
where run_id = %s and target = 'registry' and record_no between %s and %s
"""


def append(ledger: Ledger, *events: dict[str, Any]) -> int:
    return ledger.run("audit/append_events", events=json.dumps(events))


def is_whole(ledger: Ledger) -> bool:
    reader = ChainReader()
    reader.read(ledger.lines("audit/export_events"))
    return reader.finish() == []


@pytest.fixture
def planned(world: World) -> UUID:
    """A push of two new patrons, planned: six changes in the registry."""
    world.cicero.add(a_patron(0))
    world.cicero.add(a_patron(1))
    return run_at(world, "push", "planned")


def whole(run_id: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "run_id": run_id, "library": LIBRARY, "target": "registry",
        "fields": ["card", "pin", "relation"], "first_no": 0, "last_no": 2**31 - 1,
    } | changes  # fmt: skip


def test_lock_chain_keeps_another_transaction_waiting(ledger: Ledger, query) -> None:
    held = (
        "select count(*) from pg_locks where locktype = 'advisory' and granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    with ledger.transaction():
        ledger.rows("audit/lock_chain")
        ledger.rows("audit/lock_chain")
        inside = query(held)

    assert inside == [(1,)]
    assert query(held) == [(0,)]


def test_append_writes_tells_what_was_settled_in_this_transaction_only(
    world: World, planned: UUID, query, db
) -> None:
    before = query("select coalesce(max(event_no), 0) from patron_sync.audit_event")[0][0]
    ledger = world.ledger
    db.execute(_SETTLE, [planned, 1, 1])

    with ledger.transaction():
        ledger._connection.execute(_SETTLE, [planned, 2, 2])
        first = ledger.run("audit/append_writes", **whole(planned))
    with ledger.transaction():
        again = ledger.run("audit/append_writes", **whole(planned))

    assert (first, again) == (3, 0)
    assert query(
        "select event_no, kind, flow, library, run_id, step, target, field, action, rule, state,"
        " reason, person, length(plan_id), actor, detail from patron_sync.audit_event"
        " where kind = 'write' order by event_no"
    ) == [
        (before + place, "write", "push", LIBRARY, planned, "load", "registry", field, "create",
         "NEW_PATRON", state, reason, a_person_key(1).hex()[:10], 16, None, None)
        for place, (field, state, reason) in enumerate(
            [("card", "confirmed", None), ("pin", "failed", "REFUSED"),
             ("relation", "confirmed", None)], 1
        )
    ]  # fmt: skip
    assert is_whole(ledger)


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"first_no": 2}, 3),
        ({"last_no": 1}, 3),
        ({"fields": ["pin"]}, 2),
        ({"target": "cicero"}, 0),
        ({"library": OTHER_LIBRARY}, 0),
    ],
)
def test_append_writes_takes_its_own_batch_only(
    world: World, planned: UUID, changes: dict[str, Any], count: int
) -> None:
    with world.ledger.transaction():
        world.ledger._connection.execute(_SETTLE, [planned, 1, 2])
        found = world.ledger.run("audit/append_writes", **whole(planned, **changes))

    assert found == count


def test_append_events_adds_them_in_their_order_and_again_when_called_again(
    ledger: Ledger, query
) -> None:
    events = [
        {"kind": "act", "action": "approve", "actor": "kari", "detail": {"subject": "set 1"}},
        {"kind": "decision", "step": "plan", "library": LIBRARY, "detail": {"changes": 3}},
    ]

    counts = [append(ledger, *events) for _ in range(2)]

    assert counts == [2, 2]
    assert query(
        "select event_no, kind, action, actor, step, detail from patron_sync.audit_event order by 1"
    ) == [
        (first + place, *row)
        for first in (1, 3)
        for place, row in enumerate(
            [("act", "approve", "kari", None, {"subject": "set 1"}),
             ("decision", None, None, "plan", {"changes": 3})]
        )
    ]  # fmt: skip
    assert is_whole(ledger)


def test_export_events_gives_a_line_an_event(ledger: Ledger) -> None:
    append(ledger, {"kind": "act", "action": "undo", "actor": "ola\\x", "detail": {"note": '"'}})

    first = list(ledger.lines("audit/export_events"))

    (line,) = first
    columns = line.split(b"\t")
    assert len(columns) == 18
    assert columns[0] == b"1"
    assert columns[2:4] == [b"act", rb"\N"]
    assert columns[15:17] == [rb"ola\\x", rb'{"note": "\\""}']
    assert len(bytes.fromhex(columns[17].decode())) == 32
    assert list(ledger.lines("audit/export_events")) == first


def test_list_events_gives_the_newest_first_and_filters(ledger: Ledger) -> None:
    run_id = "5b0c2d5e-0000-4000-8000-000000000009"
    append(ledger, *({"kind": "act", "action": name} for name in ("a", "b", "c")))
    append(ledger, {"kind": "decision", "run_id": run_id, "library": LIBRARY})

    def numbers(**changes: Any) -> list[int]:
        wanted = {"run_id": None, "library": None, "count": 10} | changes
        return [row.event_no for row in ledger.rows("audit/list_events", **wanted)]

    assert numbers() == numbers() == [4, 3, 2, 1]
    assert numbers(count=2) == [4, 3]
    assert numbers(run_id=run_id) == numbers(library=LIBRARY) == [4]
    assert numbers(library=OTHER_LIBRARY) == []


def test_read_head_gives_the_last_event_and_the_one_asked_for(ledger: Ledger, query) -> None:
    (empty,) = ledger.rows("audit/read_head", signed_no=0)
    append(ledger, {"kind": "act"}, {"kind": "act"})
    digests = [row[0] for row in query("select digest from patron_sync.audit_event order by 1")]

    found = [ledger.rows("audit/read_head", signed_no=1) for _ in range(2)]

    assert tuple(empty) == (0, bytes(32), None, 0)
    assert found[0] == found[1]
    (head,) = found[0]
    assert head.event_no == 2
    assert {head.digest, head.signed_digest} == set(digests)


def test_trim_events_removes_the_oldest_and_writes_it_down(ledger: Ledger, query) -> None:
    append(ledger, {"kind": "act"}, {"kind": "act"})
    cut = datetime.now(UTC)
    (digest,) = query("select digest from patron_sync.audit_event where event_no = 2")[0]
    append(ledger, {"kind": "act"})

    counts = [
        ledger.rows("audit/trim_events", before=cut, actor="kari")[0].removed for _ in range(2)
    ]

    assert counts == [2, 0]
    assert query(
        "select event_no, kind, actor, detail from patron_sync.audit_event order by 1"
    ) == [
        (3, "act", None, None),
        (4, "trim", "kari", {"up_to": 2, "removed": 2, "digest": digest.hex()}),
    ]
    assert is_whole(ledger)
    (head,) = ledger.rows("audit/read_head", signed_no=1)
    assert (head.trimmed_up_to, head.signed_digest) == (2, None)


def test_trim_events_leaves_a_trail_when_everything_is_old(ledger: Ledger) -> None:
    append(ledger, {"kind": "act"})

    for day in (1, 2):
        later = datetime.now(UTC) + timedelta(days=day)
        (row,) = ledger.rows("audit/trim_events", before=later, actor="kari")
        assert row.removed == 1
        assert is_whole(ledger)
