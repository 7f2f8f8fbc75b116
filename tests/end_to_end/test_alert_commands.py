"""``patron-sync status --check`` and ``patron-sync watch``, as monitoring and cron call them."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from registry_operators.settings.time_zone import libraries_file
from tests.unit.clients.ils_stub import saying

GOOD_NIGHT = """
insert into patron_sync.run (run_id, flow, is_full, is_dry_run, config_digest, state, finished_at)
select gen_random_uuid(), flow, false, false, '', 'succeeded', now()
from unnest(array['pull', 'push']) as flow;
insert into patron_sync.run_library (run_id, library, stage, read_count, syncs_card, syncs_pin)
select run_id, library, 'done', 1, true, true from patron_sync.run,
    unnest(array['2030000', '2040000', '2050000', '2070000']) as library;
"""


@pytest.fixture
def settings(environment, tmp_path):
    """Change ``libraries.yaml`` for the command."""
    content = yaml.safe_load(libraries_file().read_text(encoding="utf-8"))
    file = tmp_path / "libraries.yaml"
    environment["PATRON_SYNC_LIBRARIES"] = str(file)

    def change(**blocks):
        file.write_text(yaml.safe_dump({**content, **blocks}), encoding="utf-8")

    change()
    return change


def test_the_check_ends_with_the_code_of_the_worst(patron_sync, settings, db) -> None:
    critical = patron_sync("status", "--check")
    db.execute(GOOD_NIGHT)
    right = patron_sync("status", "--check")
    db.execute("insert into patron_sync.card_sequence values ('2030000', 'N', 1, 100, 95, 9)")
    warning = patron_sync("status", "--check")
    nowhere = patron_sync("status", "--check", PATRON_DB_URL="postgresql://127.0.0.1:1/none")

    assert [code for code, _, _ in (right, warning, critical, nowhere)] == [0, 1, 2, 3]
    assert critical[1].startswith("patron-sync CRITICAL: NOT_DONE pull: not done by 07:00")
    assert right[1].startswith("patron-sync OK: nothing is wrong | ")
    assert nowhere[1].startswith("patron-sync UNKNOWN: UNAVAILABLE the patron database")
    line, _, numbers = warning[1].rstrip("\n").partition(" | ")
    assert line == ("patron-sync WARNING: SEQUENCE_ENDS library 2030000: card numbers left: 6, 6 %")
    assert "sequence_left=6;;;0" in numbers.split(" ")
    assert "warning_alerts=1;;;0" in numbers.split(" ")
    assert all(re.fullmatch(r"[0-9a-z_]+=\d+s?;;;0", one) for one in numbers.split(" "))
    assert "\n" not in line


def test_a_wrong_file_is_critical(patron_sync, settings) -> None:
    settings(libraries={"1": {}})

    code, out, _ = patron_sync("status", "--check", "--json")

    told = json.loads(out)
    assert (code, told["exit"]) == (2, 2)
    assert [alert["code"] for alert in told["alerts"]] == ["CONFIGURATION"]


def test_watch_tells_once_and_lists_every_time(patron_sync, settings) -> None:
    posted = []

    def answer(asked):
        posted.append(json.loads(asked.body))
        return 200, "", {}

    settings(alerts={"webhook": {}})
    with saying(answer) as url:
        test = patron_sync("watch", "--test", AIRFLOW_CONN_ALERT_WEBHOOK=url)
        told = [patron_sync("watch", AIRFLOW_CONN_ALERT_WEBHOOK=url) for _ in range(2)]

    assert test[:2] == (0, "Told: webhook.\n")
    assert [code for code, _, _ in told] == [0, 0]
    assert told[0][1] == told[1][1]
    assert "critical NOT_DONE: pull: not done by 07:00" in told[0][1]
    assert [len(message["alerts"]) for message in posted] == [0, 2]
