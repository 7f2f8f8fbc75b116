"""
Measure at the size of a nation: a night without changes, and ``patron-sync why``.

``python -m benchmarks.nation`` makes ``BENCH_PATRONS`` (1,000,000) patrons with 30 runs by SQL in a
server of its own. It runs a push and a pull in which nothing has changed, asks about some of the
patrons, and plans 65,000 changes with and without the indexes that are there for the question. It
writes ``.local/bench/nation.json``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.situation import KEYS
from benchmarks.sizes import ROOT
from registry_operators.clients.pin_cipher import PinCipher
from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.rehearsal import rehearsal
from registry_operators.ledger.schema import migrate
from registry_operators.settings.embedded_postgres import embedded_postgres
from registry_operators.settings.libraries import LibrariesConfig, load_libraries
from registry_operators.steps.explain_patron import Question, explain_patron
from registry_operators.steps.open_run import RunRequest
from registry_operators.steps.plan_changes import plan_changes
from registry_operators.steps.ports import Secrets
from registry_operators.steps.run_flow import run_flow
from stand_ins.people import DEMO_PIN_KEY

LIMIT_S = 3.0
PLANNED = 65_000
NATION = ("2030000", "2040000", "2050000")

# Cicero: every tenth patron without consent; both sides agree on all the others.
_CICERO = """
    insert into cicero.patron (
        patron_id, library, national_id, person_key, surname, first_name, created_at
    )
    overriding system value
    select
        i, (%(libraries)s::text[])[1 + i %% 3], lpad(i::text, 11, '0'),
        sha256(int8send(i)), 'Bench', 'Person', now() - interval '90 days'
    from generate_series(1, %(patrons)s::bigint) as i;
    insert into cicero.card (patron_id, library, card_number, kind, origin)
    select patron_id, library, 'N' || lpad(patron_id::text, 9, '0'), 'national', 'librarian'
    from cicero.patron;
    insert into cicero.pin (patron_id, pin_encrypted, pin_fingerprint, origin)
    select patron_id, sha256(int8send(-patron_id)), sha256(person_key), 'patron'
    from cicero.patron;
    insert into cicero.consent (patron_id, given_by, given_at)
    select patron_id, 'patron', now() - interval '90 days'
    from cicero.patron where patron_id %% 10 > 0;
    insert into patron_sync.base (library, person_key, field, fingerprint, run_id, agreed_at)
    select
        patron.library, patron.person_key, agreed.field,
        case agreed.field when 'pin' then sha256(patron.person_key) else patron_sync.fingerprint(
            patron.person_key, agreed.field,
            case agreed.field
                when 'card' then 'N' || lpad(patron_id::text, 9, '0') else 'related'
            end, %(inner_pad)s, %(outer_pad)s
        ) end,
        gen_random_uuid(), now() - interval '60 days'
    from cicero.patron
    cross join (values ('relation'), ('card'), ('pin')) as agreed (field)
    where patron_id %% 10 > 0
"""
# A night: of a pull 70,000 staged, 65,000 changes, 10,000 patrons taken out and 20,000 strangers;
# of a push a third of that. What was staged is kept for the last seven days.
_RUN = """
    insert into patron_sync.run (
        run_id, flow, is_full, is_dry_run, state, config_digest, started_at, finished_at
    )
    select
        %(run_id)s, %(flow)s, false, false, 'succeeded', '-',
        now() - make_interval(hours => 12 * %(ago)s), now() - make_interval(hours => 12 * %(ago)s);
    insert into patron_sync.run_library (
        run_id, library, stage, syncs_card, syncs_pin, read_count
    )
    select %(run_id)s, library, 'done', true, true, 0
    from unnest(%(libraries)s::text[]) as library;
    create temporary table night on commit drop as
    select
        row_number() over () as record_no,
        1 + (random() * (%(patrons)s::bigint - 1))::bigint as patron_id
    from generate_series(1, %(staged)s);
    insert into patron_sync.plan (
        run_id, library, record_no, field, target, patron_id, person_key, action, reason,
        value_fingerprint, state, settled_at
    )
    select
        %(run_id)s, patron.library, night.record_no, 'pin', %(target)s, patron.patron_id,
        patron.person_key, 'update', 'REGISTRY_CHANGED', sha256(patron.person_key), 'confirmed',
        now()
    from night inner join cicero.patron using (patron_id)
    where night.record_no <= %(planned)s;
    insert into patron_sync.verdict (
        run_id, library, record_no, step, outcome, reason, person_key, patron_id
    )
    select
        %(run_id)s, patron.library, %(staged)s + night.record_no, 'consent_filter', 'left_out',
        'NO_CONSENT', patron.person_key, patron.patron_id
    from night inner join cicero.patron using (patron_id)
    where night.record_no <= %(staged)s / 7;
    insert into patron_sync.verdict (run_id, library, record_no, step, outcome, reason)
    select
        %(run_id)s, (%(libraries)s::text[])[1 + i %% 3], 1000000 + i, 'consent_filter', 'left_out',
        'UNKNOWN_PERSON'
    from generate_series(1, %(strangers)s) as i;
    insert into patron_sync.staged_patron (
        run_id, library, record_no, patron_id, person_key, card_number, pin_encrypted,
        pin_fingerprint
    )
    select
        %(run_id)s, patron.library, night.record_no, patron.patron_id, patron.person_key,
        'N' || lpad(patron.patron_id::text, 9, '0'), sha256(person_key), sha256(person_key)
    from night inner join cicero.patron using (patron_id)
    where %(ago)s <= 14;
    insert into cicero.change (library, patron_id, changed_at)
    select patron.library, patron.patron_id, now() - make_interval(hours => 12 * %(ago)s)
    from night inner join cicero.patron using (patron_id)
    where night.record_no <= 20000
"""
_MARKS = """
    insert into patron_sync.watermark (flow, library, registry_time, cicero_xid, run_id)
    select
        flow, library,
        case flow when 'pull' then localtimestamp end,
        case flow when 'push' then %(xid)s::text::xid8 end, gen_random_uuid()
    from unnest(%(libraries)s::text[]) as library
    cross join (values ('pull'), ('push')) as flows (flow)
"""
# A night that stands before its plan: every record brings another PIN.
_STAGED = """
    insert into patron_sync.run (run_id, flow, is_full, is_dry_run, config_digest)
    values (%(run_id)s, 'pull', false, false, '-');
    insert into patron_sync.run_library (run_id, library, stage, syncs_card, syncs_pin)
    select %(run_id)s, library, 'assigned', true, true
    from unnest(%(libraries)s::text[]) as library;
    insert into patron_sync.staged_patron (
        run_id, library, record_no, patron_id, person_key, card_number, pin_encrypted,
        pin_fingerprint, changed_at
    )
    select
        %(run_id)s, library, row_number() over (), patron_id, person_key,
        'N' || lpad(patron_id::text, 9, '0'), sha256(person_key), sha256(sha256(person_key)),
        localtimestamp
    from (select * from cicero.patron order by random() limit %(planned)s) as patron
"""


def main() -> None:
    """Measure and print; ends with code 1 when an answer or a night takes more than 3 seconds."""
    patrons = int(os.environ.get("BENCH_PATRONS", "1000000"))
    tell = Console(stderr=True).print
    with (
        tempfile.TemporaryDirectory(prefix="patron-sync-why-") as folder,
        embedded_postgres(Path(folder) / "pg") as url,
    ):
        tell(f"Making {patrons} patrons and 30 runs")
        migrate(url)
        make_nation(url, patrons)
        with Ledger.connect(url) as ledger:
            tell("Running a push and a pull without changes")
            nights = _quiet_nights(ledger)
            tell("Asking")
            answers = _answers(ledger, patrons)
        tell(f"Planning {PLANNED} changes with and without the indexes")
        plans = _plans(url)
    _show(nights, answers, plans)
    file = ROOT / ".local" / "bench" / "nation.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        json.dumps({"nights_s": nights, "answers_s": answers, "plans_s": plans}, indent=2) + "\n"
    )
    if max(*answers.values(), *nights.values()) > LIMIT_S:
        sys.exit(f"an answer or a quiet night took longer than {LIMIT_S:.0f} s")


def make_nation(url: str, patrons: int) -> None:
    """Fill a migrated database with so many patrons at three libraries, and 30 runs."""
    inner_pad, outer_pad = KEYS.fingerprint_pads
    shared: dict[str, Any] = {"libraries": list(NATION), "patrons": patrons}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no triggers
        run_each(connection, _CICERO, shared | {"inner_pad": inner_pad, "outer_pad": outer_pad})
        for ago in range(30, 0, -1):
            is_pull = ago % 2 == 1
            numbers = (70_000, PLANNED, 20_000) if is_pull else (25_000, 20_000, 0)
            staged, planned, strangers = (min(number, patrons) for number in numbers)
            run_each(connection, _RUN, shared | {
                "run_id": uuid4(), "flow": "pull" if is_pull else "push", "ago": ago,
                "target": "cicero" if is_pull else "registry",
                "staged": staged, "planned": planned, "strangers": strangers,
            })  # fmt: skip
        (xid,) = ask_one(connection, "select pg_current_xact_id()::text")
        connection.execute(_MARKS, shared | {"xid": xid})
        connection.execute("vacuum (analyze)")


def run_each(connection: psycopg.Connection[Any], text: str, values: dict[str, Any]) -> None:
    """Run statements one by one in a transaction, each with its own of the values."""
    with connection.transaction():
        for statement in text.split(";\n"):
            connection.execute(statement.encode(), values)


def ask_one(connection: psycopg.Connection[Any], statement: str) -> Any:
    """Return the first row of a statement."""
    return connection.execute(statement.encode()).fetchone()


class _Silence:
    """A registry of which nobody has changed: "ingen treff" to everything."""

    server_time = datetime(2026, 3, 2, 6)  # noqa: DTZ001  the registry's times have no zone

    def changes_since(self, since: datetime) -> _Silence:
        """Return a feed without records."""
        return self

    def __iter__(self) -> Iterator[RegistryPatron]:
        """Yield nothing."""
        return iter(())

    def find(self, identifier: str) -> list[RegistryPatron]:
        """Find nobody."""
        return []

    def create(self, upload: RegistryUpload) -> Answer:
        """Refuse: nothing may be sent."""
        raise RuntimeError("a quiet night wrote to the registry")

    def update(self, card_number: str, upload: RegistryUpload) -> Answer:
        """Refuse: nothing may be sent."""
        raise RuntimeError("a quiet night wrote to the registry")

    def remove_relation(self, card_number: str) -> Answer:
        """Refuse: nothing may be sent."""
        raise RuntimeError("a quiet night wrote to the registry")


def _quiet_nights(ledger: Ledger) -> dict[str, float]:
    """Return the seconds of all steps of a push and a pull that find nothing, medians of three."""
    secrets = Secrets(KEYS, PinCipher(DEMO_PIN_KEY))
    config = _config()
    seconds: dict[str, list[float]] = {"push": [], "pull": []}

    def night(flow: str) -> float:
        request = RunRequest(flow, NATION)
        silence = _Silence()
        return _timed(
            lambda: run_flow(ledger, config, lambda _: silence, secrets, request, uuid4())
        )

    night("push")  # sees what the seeded runs left
    for _ in range(3):
        for flow, taken in seconds.items():
            taken.append(night(flow))
    return {flow: median(taken) for flow, taken in seconds.items()}


def _answers(ledger: Ledger, patrons: int) -> dict[str, float]:
    """Return the seconds of the first question, and of the slowest and the median of 20 more."""
    config = _config()
    secrets = Secrets(KEYS, PinCipher(DEMO_PIN_KEY))

    def ask(number: int) -> float:
        question = (
            Question(patron_id=number) if number % 2 else Question(card_number=f"N{number:09d}")
        )
        return _timed(lambda: explain_patron(ledger, config, secrets, question))

    first = ask(7)
    others = [ask(1 + number * (patrons // 21)) for number in range(1, 21)]
    unknown = _timed(
        lambda: explain_patron(ledger, config, secrets, Question(patron_id=10 * patrons))
    )
    return {"first": first, "median": median(others), "slowest": max(others), "unknown": unknown}


def _config() -> LibrariesConfig:
    return load_libraries(ROOT / "include" / "config" / "libraries.yaml")


def _plans(url: str) -> dict[str, float]:
    """
    Return the seconds of a pull's plan with and without its index, medians of nine.

    Undone each time and vacuumed, so that pages are filled that the index knows already: that is
    what costs it most.
    """
    run_id = uuid4()
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    with psycopg.connect(url, autocommit=True) as connection, Ledger.connect(url) as ledger:
        connection.execute("set session_replication_role = replica")  # no triggers
        values = {"run_id": run_id, "libraries": list(NATION), "planned": PLANNED}
        run_each(connection, _STAGED, values)
        connection.execute("vacuum (analyze) patron_sync.staged_patron")
        _plan(connection, ledger, run_id, "with")
        for number in range(9):
            for name in ("with", "without") if number % 2 else ("without", "with"):
                seconds[name].append(_plan(connection, ledger, run_id, name))
    return {name: median(taken) for name, taken in seconds.items()}


def _plan(
    connection: psycopg.Connection[Any], ledger: Ledger, run_id: UUID, with_or_without: str
) -> float:
    connection.execute("vacuum patron_sync.plan")
    connection.execute("checkpoint")
    (index,) = ask_one(connection, "select pg_get_indexdef('patron_sync.plan_by_patron'::regclass)")
    if with_or_without == "without":
        connection.execute("drop index patron_sync.plan_by_patron")
    with rehearsal(ledger) as trial:
        taken = _timed(lambda: plan_changes(trial, KEYS, run_id=run_id))
    if with_or_without == "without":
        connection.execute(index)
    return taken


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _show(nights: dict[str, float], answers: dict[str, float], plans: dict[str, float]) -> None:
    table = Table("what", "seconds", title="at the size of a nation")
    for name, seconds in nights.items():
        table.add_row(f"{name} of a night without changes", f"{seconds:.2f}")
    for name, seconds in answers.items():
        table.add_row(f"answer, {name}", f"{seconds:.2f}")
    for name, seconds in plans.items():
        table.add_row(f"plan of {PLANNED} changes {name} its index", f"{seconds:.2f}")
    slower = plans["with"] / plans["without"] - 1
    table.add_row("the index makes the plan slower by", f"{slower:.1%}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
