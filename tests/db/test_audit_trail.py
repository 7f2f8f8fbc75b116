"""The audit trail under whole runs, under two writers, and under attack (spec X9, X10)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from registry_operators.domain.audit_chain import BreakKind
from registry_operators.domain.decision import Decision
from registry_operators.errors import LedgerError, LoginRefusedError
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.schema import migrate
from registry_operators.steps.sign_audit import HEADS_FILE, sign_head
from registry_operators.steps.verify_audit import AuditAccount, verify_audit
from tests.db.flow_world import World
from tests.factories import LIBRARY, a_national_id, a_patron, a_person_key, a_run_id

KEY = AuditKey(bytes(range(32)))
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def trail(ledger: Ledger) -> AuditTrail:
    return AuditTrail(ledger)


@pytest.fixture
def verify(ledger: Ledger, tmp_path: Path) -> Callable[[], AuditAccount]:
    return lambda: verify_audit(ledger, AuditVerifier([KEY.public_key]), tmp_path)


@pytest.fixture
def seven(ledger: Ledger, trail: AuditTrail, tmp_path: Path) -> Path:
    """Seven events, of which the fifth was signed; the folder of the heads."""
    for number in range(1, 8):
        trail.append("approve", actor="kari", subject=f"set {number}")
        if number == 5:
            assert sign_head(ledger, KEY, tmp_path, NOW) is not None
    return tmp_path


@pytest.fixture
def attack(db: psycopg.Connection[Any]) -> Callable[..., None]:
    """Write as the database's administrator, whom no trigger and no key stops."""

    def write(*statements: str) -> None:
        db.execute("alter table patron_sync.audit_event disable trigger all")
        try:
            for statement in statements:
                db.execute(statement)
        finally:
            db.execute("alter table patron_sync.audit_event enable trigger all")

    return write


@pytest.fixture
def without_key(db: psycopg.Connection[Any]):
    """Let numbers occur twice, for as long as the test lasts."""
    db.execute("alter table patron_sync.audit_event drop constraint audit_event_pkey")
    yield
    db.execute("alter table patron_sync.audit_event disable trigger all")
    db.execute("delete from patron_sync.audit_event")
    db.execute("alter table patron_sync.audit_event enable trigger all")
    db.execute("alter table patron_sync.audit_event add primary key (event_no)")


_CHANGE = "update patron_sync.audit_event set {} where event_no = {}"
_REMOVE = "delete from patron_sync.audit_event where event_no {} {}"
_ERASE = "delete from patron_sync.{} where person_key = %s"
_REHASH = """
do $$
declare one record; before bytea := decode(repeat('00', 32), 'hex');
begin
    for one in select * from patron_sync.audit_event order by event_no loop
        before := sha256(before || convert_to(patron_sync.audit_text(
            patron_sync.audit_origin(one.at, one.kind, one.flow, one.library, one.run_id,
            one.plan_id, one.step), one.target, one.field, one.action, one.rule, one.state,
            one.reason, one.person, one.actor, one.detail), 'UTF8'));
        update patron_sync.audit_event set digest = before where event_no = one.event_no;
    end loop;
end $$
"""
_FORGED = (
    "insert into patron_sync.audit_event (event_no, at, kind, action, actor, digest)"
    " values ({}, now(), 'act', 'reject', 'ola', sha256('forged'))"
)
_SHIFT = (
    "update patron_sync.audit_event set event_no = event_no + 100 where event_no >= {0};"
    "update patron_sync.audit_event set event_no = event_no - 99 where event_no >= {0} + 100"
)


class TestWholeRuns:
    def test_every_settled_change_of_push_and_pull_has_an_event(
        self, world: World, query, verify
    ) -> None:
        for index in range(3):
            world.cicero.add(a_patron(index))
        world.cicero.add(a_patron(3, card=None, pin=None))
        world.push()
        world.registry.change(world.registry.of(0), pin="1357")
        world.pull()

        settled = query(
            "select run_id, library, target, field, action, reason, state, outcome_reason,"
            " left(encode(person_key, 'hex'), 10) from patron_sync.plan"
            " where state in ('confirmed', 'failed', 'dropped') and settled_at is not null"
        )
        events = query(
            "select run_id, library, target, field, action, rule, state, reason, person"
            " from patron_sync.audit_event where kind = 'write'"
        )

        assert len(settled) > 9
        assert sorted(events, key=repr) == sorted(settled, key=repr)
        assert verify().broken is None

    def test_events_say_what_the_audit_lines_say(self, world: World, query) -> None:
        world.cicero.add(a_patron(0))
        world.cicero.add(a_patron(1, consent=False))
        world.cicero.add(a_patron(2, card=None, local_card="L0000001"))

        for flow in ("push", "pull"):
            world.run(flow)
            rows = query(
                "select flow, step, library, detail, target, field, action, rule, state, reason"
                " from patron_sync.audit_event where kind = 'decision' and run_id = %s",
                a_run_id(world.runs),
            )
            told = [
                dict(pair.split("=") for pair in line.split()[1:])
                for line in world.audit
                if "step=report" not in line
            ]
            names = ("target", "field", "action", "rule", "state", "reason")
            known = [
                {"flow": flow, "step": step, "library": library}
                | {name: str(count) for name, count in (detail or {}).items()}
                | {name: value for name, value in zip(names, labels, strict=True) if value}
                for flow, step, library, detail, *labels in rows
            ]
            assert len(told) > 8
            assert sorted(known, key=lambda one: sorted(one.items())) == sorted(
                told, key=lambda one: sorted(one.items())
            )

    def test_a_library_that_failed_has_an_event_with_the_cause(self, world: World, query) -> None:
        connect = world.registry.connect

        def away(library: str) -> Any:
            if library == LIBRARY:
                raise LoginRefusedError("the registry refused the log-in")
            return connect(library)

        world.registry.connect = away  # type: ignore[method-assign]
        world.pull()

        assert query(
            "select flow, step, state, reason, detail from patron_sync.audit_event"
            " where library = %s",
            LIBRARY,
        ) == [("pull", "extract", "failed", "LOGIN_REFUSED", None)]

    def test_a_repeated_run_tells_nothing_twice(self, world: World, query) -> None:
        world.cicero.add(a_patron(0))
        world.push()
        count = "select count(*) from patron_sync.audit_event"
        before = query(count)

        world.push(number=1)

        assert before[0][0] > 5
        assert query(count) == before

    def test_no_event_holds_a_value_or_more_of_a_person_than_ten_digits(self, world: World) -> None:
        world.cicero.add(a_patron(0, pin="1357"))
        world.push()

        lines = b"\n".join(world.ledger.lines("audit/export_events"))

        assert a_person_key(0).hex()[:10].encode() in lines
        for secret in (a_national_id(0), a_patron(0).card, a_patron(0).surname,
                       a_person_key(0).hex()[:11]):  # fmt: skip
            assert str(secret).encode() not in lines

    def test_the_chain_holds_when_a_person_is_erased_everywhere_else(
        self, world: World, query, verify
    ) -> None:
        patron_id = world.cicero.add(a_patron(0))
        world.cicero.add(a_patron(1))
        world.push()
        before = verify().events
        for table in ("plan", "verdict", "staged_patron", "base"):
            query(_ERASE.format(table), a_person_key(0))
        world.cicero.delete(patron_id)
        AuditTrail(world.ledger).append("erase", actor="kari", person_key=a_person_key(0))

        account = verify()

        assert account.broken is None
        assert account.events == before + 1

    def test_a_change_without_an_event_is_not_committed(
        self, world: World, trail: AuditTrail, query
    ) -> None:
        world.cicero.add(a_patron(0))
        world.push()

        def settle() -> None:
            with world.ledger.transaction():
                trail.append("approve", actor="kari")
                trail.append_writes(
                    a_run_id(1), LIBRARY, target="registry", fields=["card"], expected=2
                )

        with pytest.raises(LedgerError, match="2 changes were settled and 0"):
            settle()
        assert query("select count(*) from patron_sync.audit_event where kind = 'act'") == [(0,)]


class TestAttacks:
    def test_an_untouched_trail_is_whole(self, seven, verify) -> None:
        account = verify()

        assert account.as_dict() == {
            "is_whole": True, "events": 7, "last_no": 7, "trimmed_up_to": 0, "heads": 1,
            "signed_up_to": 5, "sealed": 0, "broken": None,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "column",
        ["at = at + interval '1 microsecond'", "kind = 'decision'", "flow = 'pull'",
         "library = '2030000'", "run_id = gen_random_uuid()", "plan_id = ''", "step = 'load'",
         "target = 'cicero'", "field = 'pin'", "action = 'reject'", "rule = 'SEQUENCE'",
         "state = 'failed'", "reason = 'REFUSED'", "person = '0123456789'", "actor = 'ola'",
         "actor = E'kari\\t'", "actor = null, action = E'kari\\tapprove'",
         "detail = '{\"subject\": \"set 30\"}'", "detail = null", "digest = sha256('x')"],
    )  # fmt: skip
    @pytest.mark.parametrize("number", [1, 3, 7])
    def test_a_changed_column_is_found(self, seven, verify, attack, column, number) -> None:
        attack(_CHANGE.format(column, number))

        assert verify().broken[:2] == (number, BreakKind.CHANGED)

    @pytest.mark.parametrize(("number", "renumbers"), [(1, False), (3, False), (3, True)])
    def test_a_removed_row_is_found(self, seven, verify, attack, number, renumbers) -> None:
        attack(
            _REMOVE.format("=", number),
            # In two moves, because numbers are unique at every moment.
            *[
                "update patron_sync.audit_event set event_no = event_no + 99 where event_no > 3",
                "update patron_sync.audit_event set event_no = event_no - 100 where event_no > 99",
            ]
            * renumbers,
        )

        kind = BreakKind.CHANGED if renumbers else BreakKind.MISSING
        assert verify().broken[:2] == (number, kind)

    def test_the_oldest_events_cannot_go_without_a_note(self, seven, verify, attack) -> None:
        attack("delete from patron_sync.audit_event where event_no <= 3")

        assert verify().broken[:2] == (1, BreakKind.MISSING)

    @pytest.mark.parametrize(("after", "broken"), [(4, 5), (0, 1)])
    def test_a_cut_tail_is_found_by_the_signed_head(
        self, seven, verify, attack, after, broken
    ) -> None:
        attack(_REMOVE.format(">", after))

        assert verify().broken[:2] == (broken, BreakKind.CUT)

    def test_a_tail_that_grew_again_after_a_cut_is_found(
        self, seven, verify, attack, trail: AuditTrail
    ) -> None:
        attack("delete from patron_sync.audit_event where event_no > 3")
        for _ in range(4):
            trail.append("approve", actor="kari")

        assert verify().broken[:2] == (5, BreakKind.HEAD_DIFFERS)

    @pytest.mark.parametrize("number", [1, 4, 6])
    def test_an_inserted_row_is_found(self, seven, verify, attack, number) -> None:
        attack(_SHIFT.format(number), _FORGED.format(number))

        assert verify().broken[:2] == (number, BreakKind.INSERTED)

    def test_a_row_put_at_the_end_is_found(self, seven, verify, attack) -> None:
        attack(_FORGED.format(8))

        assert verify().broken[:2] == (8, BreakKind.CHANGED)

    def test_a_row_with_a_number_that_is_there_is_found(
        self, seven, without_key, verify, attack
    ) -> None:
        attack(_FORGED.format(4))

        assert verify().broken[:2] == (4, BreakKind.INSERTED)

    @pytest.mark.parametrize(("one", "other"), [(3, 4), (2, 6)])
    def test_swapped_rows_are_found(self, seven, verify, attack, one, other) -> None:
        attack(
            *(
                _CHANGE.format(f"event_no = {new}", old)
                for old, new in ((one, 99), (other, one), (99, other))
            )
        )

        # Of neighbours the second follows from the event before: the first was put in between.
        kind = BreakKind.INSERTED if other == one + 1 else BreakKind.CHANGED
        assert verify().broken[:2] == (one, kind)

    def test_a_chain_made_anew_is_found_by_the_signed_head(self, seven, verify, attack) -> None:
        attack("update patron_sync.audit_event set actor = 'ola' where event_no = 2", _REHASH)

        assert verify().broken[:2] == (5, BreakKind.HEAD_DIFFERS)

    def test_a_chain_made_anew_is_not_signed_again(
        self, ledger: Ledger, seven: Path, attack
    ) -> None:
        attack("update patron_sync.audit_event set actor = 'ola' where event_no = 2", _REHASH)

        with pytest.raises(LedgerError, match=r"event 5 .* was signed"):
            sign_head(ledger, KEY, seven, NOW)

    def test_a_forged_head_is_found(self, seven: Path, verify, attack, query) -> None:
        attack("update patron_sync.audit_event set actor = 'ola' where event_no = 2", _REHASH)
        (digest,) = query("select digest from patron_sync.audit_event where event_no = 5")[0]
        file = seven / HEADS_FILE
        signed = file.read_text()
        file.write_text(signed.replace(signed.split('"digest": "')[1][:64], digest.hex()))

        assert verify().broken[:2] == (5, BreakKind.BAD_SIGNATURE)

    def test_a_head_of_another_key_is_found(self, ledger: Ledger, seven: Path, verify) -> None:
        sign_head(ledger, AuditKey(bytes(32)), seven, NOW)

        assert verify().broken[:2] == (7, BreakKind.BAD_SIGNATURE)

    def test_a_line_that_is_no_head_is_found(self, seven: Path, verify) -> None:
        with (seven / HEADS_FILE).open("a") as file:
            file.write('{"event_no": 6}\n')

        assert verify().broken[:2] == (0, BreakKind.BAD_SIGNATURE)

    def test_a_trimming_with_another_digest_is_found(
        self, seven, verify, attack, trail: AuditTrail
    ) -> None:
        trail.trim(datetime.now(UTC) + timedelta(days=1), actor="kari")
        trail.append("approve", actor="kari")
        attack(
            "update patron_sync.audit_event set detail = detail || "
            "jsonb_build_object('up_to', 7, 'digest', repeat('00', 32)) where event_no = 8",
        )

        assert verify().broken[:2] == (8, BreakKind.CHANGED)


class TestSigning:
    def test_the_same_head_is_not_signed_twice(self, ledger: Ledger, seven: Path) -> None:
        results = [sign_head(ledger, KEY, seven, NOW) for _ in range(2)]

        assert [head and head.event_no for head in results] == [7, None]
        assert len((seven / HEADS_FILE).read_text().splitlines()) == 2

    def test_an_empty_trail_is_not_signed(self, ledger: Ledger, tmp_path: Path) -> None:
        assert sign_head(ledger, KEY, tmp_path, NOW) is None
        assert not (tmp_path / HEADS_FILE).exists()

    def test_signing_goes_on_after_the_signed_event_was_trimmed(
        self, ledger: Ledger, seven: Path, trail: AuditTrail, verify
    ) -> None:
        trail.trim(datetime.now(UTC) + timedelta(days=1), actor="kari")

        signed = sign_head(ledger, KEY, seven, NOW)

        assert signed is not None
        assert (signed.event_no, signed.at) == (8, "2026-11-22T03:00:00+00:00")
        account = verify()
        assert (account.broken, account.signed_up_to, account.trimmed_up_to) == (None, 8, 7)

    def test_an_earlier_key_may_be_named_beside_the_present_one(
        self, ledger: Ledger, seven: Path
    ) -> None:
        fresh = AuditKey(bytes(32))
        sign_head(ledger, fresh, seven, NOW)

        verifier = AuditVerifier([fresh.public_key, KEY.public_key])

        assert verify_audit(ledger, verifier, seven).signed_up_to == 7


class TestOrder:
    def test_two_writers_append_one_after_the_other(
        self, database_url: str, ledger: Ledger, trail: AuditTrail, query, verify
    ) -> None:
        waiting = threading.Event()

        def second() -> None:
            with Ledger.connect(database_url) as other, other.transaction():
                other.rows("audit/read_head", signed_no=0)  # its transaction sees no event yet
                waiting.set()
                AuditTrail(other).append("approve", actor="ola")

        thread = threading.Thread(target=second)
        with ledger.transaction():
            trail.append("approve", actor="kari")
            thread.start()
            assert waiting.wait(10)
            thread.join(0.3)
            is_waiting = thread.is_alive()
        thread.join(10)

        assert is_waiting
        assert query("select event_no, actor from patron_sync.audit_event order by 1") == [
            (1, "kari"), (2, "ola"),
        ]  # fmt: skip
        assert verify().broken is None

    def test_what_is_rolled_back_leaves_no_gap(
        self, ledger: Ledger, trail: AuditTrail, verify
    ) -> None:
        with ledger.rolled_back():
            trail.append("approve", actor="kari")
        trail.append("reject", actor="kari")

        assert (verify().last_no, verify().broken) == (1, None)

    def test_many_writers_leave_one_chain(self, database_url: str, verify) -> None:
        def write(name: str) -> None:
            with Ledger.connect(database_url) as ledger:
                for _ in range(10):
                    AuditTrail(ledger).append("approve", actor=name)

        threads = [threading.Thread(target=write, args=(f"w{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert (verify().events, verify().broken) == (40, None)


class TestRefusals:
    @pytest.mark.parametrize(
        "statement",
        ["update patron_sync.audit_event set actor = 'ola'",
         "update patron_sync.audit_event set actor = 'ola' where false",
         "delete from patron_sync.audit_event",
         "delete from patron_sync.audit_event where event_no = 7",
         "delete from patron_sync.audit_event where event_no = 1",
         "truncate patron_sync.audit_event",
         "insert into patron_sync.audit_event (event_no, at, kind, digest)"
         " values (5, now(), 'act', sha256('x')) on conflict (event_no)"
         " do update set actor = 'ola'"],
    )  # fmt: skip
    def test_nothing_but_an_insert_is_let_through(self, seven, db, statement: str) -> None:
        with pytest.raises(psycopg.errors.RestrictViolation, match="append only"):
            db.execute(statement)

    @pytest.mark.parametrize(
        "statement",
        ["delete from patron_sync.audit_event where event_no <= 4",
         "delete from patron_sync.audit_event where event_no < 3",
         "delete from patron_sync.audit_event where event_no in (2, 3)"],
    )  # fmt: skip
    def test_a_note_of_a_trimming_lets_only_what_it_names_through(
        self, seven, db, statement: str
    ) -> None:
        db.execute(
            "insert into patron_sync.audit_event (event_no, at, kind, detail, digest)"
            " values (8, now(), 'trim', '{\"up_to\": 3}', sha256('x'))"
        )

        with pytest.raises(psycopg.errors.RestrictViolation):
            db.execute(statement)

    def test_the_ledger_says_that_the_table_refused(self, seven, ledger: Ledger) -> None:
        with pytest.raises(LedgerError, match="RestrictViolation, SQLSTATE 23001, audit_event"), \
                ledger.transaction():  # fmt: skip
            ledger._connection.execute("truncate patron_sync.audit_event")

    def test_the_auditors_role_may_append(self, seven, db, verify) -> None:
        ledger = Ledger(db)
        with ledger.transaction():
            db.execute("set local role patron_sync_auditor")
            AuditTrail(ledger).append("approve", actor="ola")

        assert (verify().events, verify().broken) == (8, None)

    @pytest.mark.parametrize(
        "statement",
        ["select actor from patron_sync.audit_event", "select 1 from patron_sync.plan",
         "select 1 from cicero.patron", "delete from patron_sync.audit_event",
         "update patron_sync.audit_event set at = now()", "truncate patron_sync.audit_event",
         "select patron_sync.trim_audit(now())", "select patron_sync.grant_audit()"],
    )  # fmt: skip
    def test_the_auditors_role_may_do_nothing_else(self, seven, db, statement: str) -> None:
        db.execute("set role patron_sync_auditor")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute(statement)


class TestMigration:
    @pytest.fixture
    def owner(self, postgres_url: str) -> Iterator[str]:
        """The URL of an empty database for somebody who may not make roles."""
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute("create role plain_owner login")
            server.execute("create database plain_database owner plain_owner")
            yield make_conninfo(postgres_url, dbname="plain_database", user="plain_owner")
            server.execute("drop database plain_database")
            server.execute("drop role plain_owner")

    def test_goes_on_without_the_role_and_grants_when_it_was_made_later(
        self, postgres_url: str, template_database, owner: str
    ) -> None:
        may_insert = (
            "select has_table_privilege('patron_sync_auditor', 'patron_sync.audit_event', 'insert')"
        )
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute("alter role patron_sync_auditor rename to somebody_else")
            try:
                migrate(owner)
            finally:
                server.execute("alter role somebody_else rename to patron_sync_auditor")
        with psycopg.connect(owner, autocommit=True) as connection:
            before = connection.execute(may_insert).fetchone()
            connection.execute("select patron_sync.grant_audit()")
            after = connection.execute(may_insert).fetchone()

        assert (before, after) == ((False,), (True,))

    def test_takes_the_role_that_another_database_has_made(
        self, template_database, owner: str
    ) -> None:
        migrate(owner)

        with psycopg.connect(owner) as connection:
            found = connection.execute(
                "select has_column_privilege('patron_sync_auditor', 'patron_sync.audit_event',"
                " 'digest', 'select')"
            ).fetchone()
        assert found == (True,)


@settings(max_examples=40)
@given(text=st.text(max_size=120), subject=st.text(max_size=20))
def test_whatever_a_person_types_is_kept_verifiable(ledger, text: str, subject: str) -> None:
    import tempfile

    AuditTrail(ledger).append("approve", actor="kari " + subject, subject=subject, note=text)

    with tempfile.TemporaryDirectory() as folder:
        assert verify_audit(ledger, AuditVerifier([]), Path(folder)).broken is None


def test_a_note_keeps_no_number_that_could_tell_a_person(trail: AuditTrail, query) -> None:
    trail.append(
        "reject", actor="kari", run_id=None, subject="set 12", reason="TOO_MANY",
        note=f"se {a_national_id(0)}, N100000001 og 010190 12345\nfra 4 til 12",
        counts={"changes": 7},
    )  # fmt: skip

    assert query("select actor, action, reason, detail from patron_sync.audit_event") == [
        ("kari", "reject", "TOO_MANY",
         {"subject": "set 12", "note": "se #, N# og # fra 4 til 12", "changes": 7}),
    ]  # fmt: skip


@pytest.mark.parametrize("missing", [{"action": " "}, {"actor": ""}])
def test_an_act_needs_a_name_and_somebody_who_did_it(trail: AuditTrail, missing) -> None:
    given = {"action": "approve", "actor": "kari"} | missing

    with pytest.raises(LedgerError, match="an action and an actor"):
        trail.append(given.pop("action"), **given)


def test_decisions_of_libraries_that_stay_are_not_told(trail: AuditTrail, query) -> None:
    decisions = [Decision("pull", "plan", library, {"changes": 1}) for library in ("1", "2")]

    trail.append_decisions(a_run_id(1), decisions, {"2"})
    trail.append_decisions(a_run_id(1), decisions, set())

    assert query("select library from patron_sync.audit_event") == [("2",)]
