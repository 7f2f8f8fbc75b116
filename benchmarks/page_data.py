"""What the pages show at the size of a nation, beside what ``benchmarks.nation`` makes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg

from benchmarks.nation import ask_one, make_nation, run_each
from registry_operators.ledger.database import Ledger
from registry_operators.settings.profile_fields import load_profile_fields, profile_fields_file
from registry_operators.steps.data_sync.definitions import publish
from registry_operators.steps.data_sync.report_sync import report_sync
from registry_operators.steps.report_run import report_run

PROFILES = 200_000
SYNCS = 10
_DOCUMENT = """\
name: {name}
source: {{ils: koha, connection: koha_main}}
type: create_and_update
profile_type: patron
match_on: [ils_record_id, email]
empty_fields: skip
incorrect_values: report
errors: continue
filter:
  - {{field: category_id, is_one_of: [UGRD, GRAD]}}
mapping:
  - {{from: firstname, to: first_name}}
  - {{from: surname, to: last_name}}
  - {{from: email, to: email}}
  - {{from: cardnumber, to: {{all_types: library_card_number}}}}
schedule: {{first: {first}, at: "04:30", every: 1 week}}
"""
# What the last pull would have changed beyond its limits; every 40th of its changes is a conflict.
_HELD = """
    update patron_sync.plan as plan
    set
        state = 'held', held_set_id = md5(plan.library)::uuid,
        is_conflict = plan.record_no %% 40 = 0, registry_changed_at = now(),
        cicero_changed_at = now() - interval '1 hour'
    where plan.run_id = %(run_id)s and plan.record_no <= 6000;
    insert into patron_sync.held_set (
        held_set_id, run_id, library, kind, digest, changes, allowed, population, asked_by,
        expires_at
    )
    select
        md5(plan.library)::uuid, plan.run_id, plan.library, 'pin_overwrites', repeat('0', 64),
        count(*), 300, 300000, 'schedule', now() + interval '7 days'
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s and plan.state = 'held'
    group by plan.run_id, plan.library;
    update patron_sync.held_set set digest = patron_sync.held_digest(held_set_id)
"""
_COUNTED = """
    update patron_sync.run_library as lib
    set read_count = counted.records
    from (
        select library, sum(records) as records
        from patron_sync.outcome where run_id = %(run_id)s group by library
    ) as counted
    where lib.run_id = %(run_id)s and lib.library = counted.library;
    update patron_sync.account set mismatches = '[]' where run_id = %(run_id)s
"""
_WAITING = """
    insert into patron_sync.pending (flow, library, patron_id, reason, since)
    select
        flow, library, patron_id, 'REFUSED',
        now() - make_interval(hours => patron_id::integer %% 900)
    from cicero.patron cross join (values ('pull'), ('push')) as flows (flow)
    where patron_id %% 97 = 0
"""
_PROFILES = """
    insert into data_sync.run (
        run_id, name, version, digest, source, ils, type, profile_type, empty_fields,
        incorrect_values, errors, match_on, required, is_dry_run, stage, state, read_count,
        unchanged_count, loaded_through, plan_id, started_at
    )
    values (
        %(run_id)s, %(name)s, 1, repeat('0', 64), 'koha_main', 'koha', 'create_and_update',
        'patron', 'skip', 'report', 'continue', '{ils_record_id,email}', '{}', false,
        'loaded', 'running', %(profiles)s::integer + 3000, 0, %(profiles)s, repeat('0', 64),
        now() - interval '1 hour'
    );
    insert into profiles.profile (type, fields, created_run, changed_run)
    select
        'patron',
        jsonb_build_object(
            'first_name', 'Person', 'last_name', 'Bench ' || i,
            'email', 'person' || i || '@example.org', 'library_card_number', 'N' || i
        ),
        %(run_id)s, %(run_id)s
    from generate_series(1, %(profiles)s::integer) as i;
    insert into profiles.source_link (source, record_id, profile_id)
    select 'koha_main', profile_id::text, profile_id from profiles.profile;
    insert into data_sync.plan (
        run_id, record_no, record_id, profile_id, action, fields, state
    )
    select
        %(run_id)s, row_number() over (order by profile_id), profile_id::text, profile_id, 'create',
        fields, 'confirmed'
    from profiles.profile;
    insert into data_sync.staged (run_id, record_no, record_id, filters, fields, problems)
    select
        %(run_id)s, i, i::text, '{"category_id": ["UGRD"]}', '{"first_name": "Person"}',
        case when i %% 20 = 0 then '[["email", "INCORRECT_VALUE"]]'::jsonb else '[]' end
    from generate_series(1, %(profiles)s::integer + 3000) as i;
    insert into data_sync.verdict (run_id, record_no, outcome, reason)
    select
        %(run_id)s, %(profiles)s::integer + i,
        case when i %% 3 = 0 then 'failed' else 'left_out' end,
        case when i %% 3 = 0 then 'REQUIRED_MISSING' else 'FILTERED' end
    from generate_series(1, 3000) as i
"""


def make_pages_data(url: str, patrons: int) -> UUID:
    """Make the nation, what was held in its last pull, who waits, and profiles; return the pull."""
    make_nation(url, patrons)
    sync_run = uuid4()
    with psycopg.connect(url, autocommit=True) as connection, Ledger.connect(url) as ledger:
        connection.execute("set session_replication_role = replica")  # no triggers
        (last_pull,) = ask_one(
            connection,
            "select run_id from patron_sync.run where flow = 'pull' order by started_at desc",
        )
        run_each(connection, _HELD, {"run_id": last_pull})
        for (run_id,) in connection.execute("select run_id from patron_sync.run").fetchall():
            report_run(ledger, run_id=run_id)
            run_each(connection, _COUNTED, {"run_id": run_id})
        run_each(connection, _WAITING, {})
        names = [f"students_{number}" for number in range(SYNCS)]
        _publish(ledger, names)
        values = {"run_id": sync_run, "name": names[0], "profiles": min(PROFILES, patrons)}
        run_each(connection, _PROFILES, values)
        report_sync(ledger, run_id=sync_run)
        connection.execute("vacuum (analyze)")
    return UUID(str(last_pull))


def count_rows(url: str) -> int:
    """Return how many rows the ledger has, roughly."""
    with psycopg.connect(url) as connection:
        (rows,) = ask_one(
            connection,
            "select sum(reltuples)::bigint from pg_class where relkind = 'r'"
            " and relnamespace in ('patron_sync'::regnamespace, 'data_sync'::regnamespace)",
        )
    return int(rows)


def _publish(ledger: Ledger, names: list[str]) -> None:
    fields = load_profile_fields(profile_fields_file())
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for name in names:
        publish(ledger, _DOCUMENT.format(name=name, first=tomorrow), fields, actor="benchmark")
