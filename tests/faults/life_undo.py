"""
A run is undone in the middle of a life: what still is as the run wrote it goes back (I13).

What a run wrote is not asked of the ledger: it is seen by comparing both sides before and after.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from registry_operators.domain.keys import pin_fingerprint
from registry_operators.steps.undo_run import UndoRequest, undo_run
from tests.factories import KEYS, SECRETS, a_person_key

if TYPE_CHECKING:
    from tests.faults.any_life import Life

Key = tuple[str, int, str]  # target, index of the person, field
Values = dict[Key, Any]
Settled = tuple[str, str | None]
SIDES = ("cicero", "registry")
_ROWS = """
select change.library, change.person_key, change.field, change.target, plan.action,
    plan.state = 'confirmed', change.state, change.reason, change.was_sent
from patron_sync.undo_change as change
left join patron_sync.plan as plan using (run_id, library, record_no, field, target)
where change.run_id = %s
"""
_WRITTEN = """
select person_key, field, target, state
from patron_sync.plan
where run_id = %s
    and (
        state = 'confirmed'
        or state = 'failed' and outcome_reason = 'UNAVAILABLE' and field <> 'relation'
        and target = 'registry'
    )
"""
_BACK, _KEPT = ("reversed", None), ("kept", "TARGET_CHANGED")


@dataclass(frozen=True, slots=True)
class Row:
    """
    What became of taking back one change.

    :param is_confirmed: Whether the run got an answer.
    """

    library: str
    index: int
    field: str
    target: str
    action: str
    is_confirmed: bool
    state: str
    reason: str | None
    was_sent: bool

    @property
    def key(self) -> Key:
        return self.target, self.index, self.field

    @property
    def settled(self) -> Settled:
        return self.state, self.reason


@dataclass(frozen=True, slots=True)
class Moment:
    """
    Both sides, what was undone of a run so far, and who consents.

    :param here: Indexes of the patrons who are in Cicero.
    """

    values: Values
    rows: dict[Key, Row]
    here: set[int]
    consenting: set[int]


def values_of(life: Life) -> Values:
    """Cards, PINs and relations of everybody on both sides; PINs as fingerprints."""
    found: Values = {}
    for patron_id, card, fingerprint, must_change, origin in life.ask(
        "select patron.patron_id, card_number, pin_fingerprint, must_change, pin.origin"
        " from cicero.patron left join cicero.pin on pin.patron_id = patron.patron_id"
        " left join cicero.card on card.patron_id = patron.patron_id"
        "  and card.kind = 'national' and card.status = 'active'"
    ):
        index = life.index_of(patron_id)
        found["cicero", index, "card"] = card
        found["cicero", index, "pin"] = fingerprint and (fingerprint, must_change, origin)
    for person in life.registry.people:
        if person.national_id:
            index = life.people[person.national_id]
            found["registry", index, "card"] = person.card
            found["registry", index, "pin"] = pin_mark(index, person.pin)
            found["registry", index, "relation"] = frozenset(person.relations)
    return found


@lru_cache(maxsize=10_000)
def pin_mark(index: int, encrypted: str) -> bytes | None:
    """The fingerprint of a person's PIN as the registry has it."""
    pin = SECRETS.cipher.decrypt(encrypted) if encrypted else None
    return None if pin is None else pin_fingerprint(a_person_key(index), pin, KEYS)


def differing(before: Values, after: Values) -> dict[Key, tuple[Any, Any]]:
    """What is another value now: the old one and the new one."""
    return {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }


def undo_and_look(life: Life, run_id: UUID, **trouble: int) -> None:
    """Undo a run, in trouble or in peace, and see that just that went back which may."""
    before, told = _moment(life, run_id), None
    strangers = life.strangers()
    life.undone += 1
    with life.in_trouble(**trouble):
        request = UndoRequest(run_id, "kari", note="as discussed")
        told = undo_run(life.world.ledger, life.registry.connect, SECRETS, request,
                        uuid5(run_id, str(life.undone)), concurrency=1)  # fmt: skip
    after = _moment(life, run_id)
    counts = Counter(row.settled for row in after.rows.values())
    life.tell("undo", run_id, trouble, dict(counts))
    for row in after.rows.values():
        if before.rows.get(row.key) != row:
            life.counts[f"undo {row.state}"] = life.counts.get(f"undo {row.state}", 0) + 1
    life.check_strangers(strangers)
    look = Look(life.wrote.get(run_id, {}), before, after)
    look.check_changes()
    life.apart.update(look.apart())
    life.reversed |= {row.key[1:] for row in after.rows.values() if row.state == "reversed"}
    if told is not None:
        look.check_rows(may_fail=any(trouble.values()))
        missing = _written(life, run_id) - after.rows.keys()
        assert missing == set(), f"written, and neither back nor counted (I13): {missing}"
        assert sum((Counter({(one.state, one.reason): one.changes}) for one in told),
                   Counter()) == counts  # fmt: skip


def check_apart(life: Life, before: Values) -> None:
    """A run carries no value that was put back, until one side changes."""
    after = values_of(life)
    for (index, name), pair in list(life.apart.items()):
        was, now = (tuple(moment.get((side, index, name)) for side in SIDES)
                    for moment in (before, after))  # fmt: skip
        if was == pair:
            assert now == pair, f"a run does again what was undone (I13): {index} {name}"
        else:
            del life.apart[index, name]


def _written(life: Life, run_id: UUID) -> set[Key]:
    """What a run has written, and no later one; also where the answer was lost."""
    runs = list(life.wrote)
    later = {key for one in runs[runs.index(run_id) + 1 :] for key in life.wrote[one]}
    return {
        key
        for mark, name, target, state in life.ask(_WRITTEN, run_id)
        if (key := (target, life.index_of_key[mark], name)) in life.wrote[run_id].keys() - later
        or state == "confirmed"
    }


def _moment(life: Life, run_id: UUID) -> Moment:
    rows = [Row(library, life.index_of_key[bytes(key)], *rest)
            for library, key, *rest in life.ask(_ROWS, run_id)]  # fmt: skip
    return Moment(
        values_of(life),
        {row.key: row for row in rows},
        {index for _, index in life.patrons.values()},
        {life.index_of(one) for one in life.consenting()},
    )


@dataclass(frozen=True, slots=True)
class Look:
    """
    Compares what an undo did with what it should have done.

    :param wrote: What the run wrote: old and new value.
    """

    wrote: dict[Key, tuple[Any, Any]]
    before: Moment
    after: Moment

    def check_changes(self) -> None:
        """Whatever is another value now is the old one of what the run wrote."""
        rows = self.after.rows
        for key, (was, now) in differing(self.before.values, self.after.values).items():
            if key[2] == "relation":
                libraries = {one.library for one in rows.values() if one.index == key[1]}
                assert (was or frozenset()) ^ (now or frozenset()) <= libraries, key
                continue
            assert key in rows, f"an undo changes what the run did not write (I13): {key}"
            old, new = self.wrote.get(key, (None, None))
            assert _same(was, new), f"an undo changes what was changed since (I13): {key}"
            assert now == old, f"an undo does not put the old value back (I13): {key}"
            assert rows[key].state == "reversed" or rows[key].was_sent, f"{rows[key]} went back"

    def check_rows(self, *, may_fail: bool) -> None:
        """Each change is counted as what became of it."""
        for row in self.after.rows.values():
            if may_fail and row.state == "failed":
                continue
            allowed = {self._expected(row, one.consenting) for one in (self.before, self.after)}
            assert row.settled in allowed, f"{row} should be {allowed} (I13)"
            if row.state == "reversed" and row.field != "relation" and not self._was_back(row):
                assert self.after.values[row.key] == self._wrote(row)[0], f"{row} is not back (I13)"

    def apart(self) -> dict[tuple[int, str], tuple[Any, Any]]:
        """Both sides' values where one has gone back and the other is as the run knew it."""
        found: dict[tuple[int, str], tuple[Any, Any]] = {}
        for row in self.after.rows.values():
            ours, theirs = (self.after.values.get((side, *row.key[1:])) for side in SIDES)
            other = theirs if row.target == "cicero" else ours
            is_new = row.state == "reversed" and not self._was_back(row) and row.key in self.wrote
            if row.field != "relation" and is_new and _same(other, self.wrote[row.key][1]):
                found[row.key[1:]] = ours, theirs
        return found

    def _expected(self, row: Row, consenting: set[int]) -> Settled:
        if self._was_back(row):
            return _BACK
        if row.index not in self.before.here:
            return "kept", "PATRON_DELETED"
        if row.index not in consenting:
            return "kept", "CONSENT_WITHDRAWN"
        if row.target == "cicero":
            return self._compared(row)
        if row.field == "relation":
            return self._expected_of_relation(row)
        return self._expected_in_registry(row)

    def _expected_in_registry(self, row: Row) -> Settled:
        if row.action == "create":
            return "kept", "CREATED_IN_REGISTRY"
        if self.wrote.get(row.key, (True, True))[0] is None:
            return "kept", "CANNOT_BE_EMPTIED"
        if ("registry", row.index, "card") not in self.before.values:
            return "kept", "NOT_IN_REGISTRY"
        return self._compared(row)

    def _expected_of_relation(self, row: Row) -> Settled:
        """A relation goes, if it is there, or if sending a value makes it again."""
        related = self.before.values.get(("registry", row.index, "relation"))
        if related is None:
            return "kept", "NOT_IN_REGISTRY"
        is_made = any(
            self.after.values[one.key] != self.before.values[one.key]
            for one in self.after.rows.values()
            if one.index == row.index and one.target == "registry" and one.field != "relation"
        )
        return _BACK if is_made or row.library in related or row.was_sent else _KEPT

    def _compared(self, row: Row) -> Settled:
        """What the run wrote goes back where it stands; a call that was lost may have done so."""
        if row.key not in self.wrote and not row.is_confirmed:
            return _KEPT  # the call was lost before it came through
        old, new = self._wrote(row)
        held, known = self.before.values[row.key], self.before.rows.get(row.key)
        is_back = known is not None and known.was_sent and _same(held, old)
        return _BACK if _same(held, new) or is_back else _KEPT

    def _was_back(self, row: Row) -> bool:
        known = self.before.rows.get(row.key)
        return known is not None and known.state == "reversed"

    def _wrote(self, row: Row) -> tuple[Any, Any]:
        assert row.key in self.wrote, f"{row} is taken back, and was not written"
        return self.wrote[row.key]


def _same(held: Any, value: Any) -> bool:
    """Whether it is the same value; a PIN of Cicero also tells where it came from."""
    marks = [one[0] if isinstance(one, tuple) else one for one in (held, value)]
    return bool(marks[0] == marks[1])
