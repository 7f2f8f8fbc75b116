"""``patron-sync`` as a person types it, with a real database and a real registry server."""

from __future__ import annotations

import json


def test_push_then_pull_then_nothing_more_to_do(patron_sync):
    accounts = []
    for flow in ("push", "pull", "push", "pull"):
        code, out, err = patron_sync("run", flow, "--json")
        assert code == 0, err
        accounts.append(json.loads(out)["flows"])

    assert all(row["adds_up"] for rows in accounts for row in rows)
    assert sum(row["writes"] for row in accounts[0]) > 0
    assert sum(row["writes"] for rows in accounts[2:] for row in rows) == 0


def test_tells_each_step_in_audit_lines_without_a_person(patron_sync):
    _, _, err = patron_sync("run", "pull", "--library", "2030000")

    lines = [line for line in err.splitlines() if line.startswith("AUDIT ")]
    assert lines
    assert all("flow=pull" in line and "library=2030000" in line for line in lines)
    assert "step=consent_filter library=2030000" in err
    assert "N10" not in err


def test_status_says_what_was_completed(patron_sync):
    patron_sync("run", "pull", "--library", "2030000")

    code, out, _ = patron_sync("status", "--json")

    rows = {(row["library"], row["flow"]): row for row in json.loads(out)}
    assert code == 0
    assert rows["2030000", "pull"]["last_state"] == "done"
    assert rows["2040000", "pull"]["completed_at"] is None
    assert rows["2060000", "push"]["last_state"] == "disabled"


def test_why_tells_of_a_patron_by_card_and_never_takes_a_national_id_as_argument(patron_sync, db):
    patron_sync("run", "push", "--library", "2030000")
    number, national_id, patron_id = db.execute(
        "select card_number, national_id, patron_id from cicero.card"
        " join cicero.patron using (patron_id) join cicero.consent using (patron_id)"
        " where kind = 'national' and card.library = '2030000' and withdrawn_at is null limit 1"
    ).fetchone()

    code, out, err = patron_sync("why", "--card", number, "--ask", "--json")

    told = json.loads(out)
    assert code == 0, err
    assert told["is_known"]
    assert patron_id in {one["patron_id"] for one in told["patrons"]}
    assert national_id not in out
    code, out, _ = patron_sync("why", "--person-id-stdin", typed=f"{national_id}\n")
    assert f"patron {patron_id}" in out.replace("\n", " ")
    assert national_id not in out
    events = db.execute(
        "select reason from patron_sync.audit_event where action = 'explain_patron'"
        " order by event_no"
    ).fetchall()
    assert events == [("BY_CARD",), ("BY_NATIONAL_ID",)]
    code, _, err = patron_sync("why")
    assert code == 1
    assert "--person-id-stdin" in err


def test_config_check_logs_in_when_asked(patron_sync):
    code, out, err = patron_sync("config", "check", "--online", "--json")

    assert code == 0, err
    assert set(json.loads(out)["log_ins"].values()) == {"ok"}


def test_config_check_names_what_is_missing(patron_sync):
    code, _, err = patron_sync("config", "check", AIRFLOW_CONN_REGISTRY_2040000="")

    assert code == 1
    assert "registry_2040000" in err.replace("\n", "")
    assert "library 2040000" in err.replace("\n", "")


def test_a_library_without_log_in_makes_the_command_fail_and_the_others_are_done(patron_sync):
    code, out, err = patron_sync(
        "run", "pull", "--json",
        AIRFLOW_CONN_REGISTRY_2030000=json.dumps({"login": "x", "password": "y", "host": "h"}),
    )  # fmt: skip
    rows = {row["library"]: row for row in json.loads(out)["flows"]}

    assert code == 1
    assert rows["2030000"]["failure"] == "UNAVAILABLE"
    assert rows["2040000"]["updated"] > 0
    assert "library 2030000" in err


def test_an_unknown_library_is_an_error_that_lists_the_known(patron_sync):
    code, _, err = patron_sync("run", "pull", "--library", "9999999")

    assert code == 1
    assert "2030000, 2040000" in err.replace("\n", " ")


def commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_every_command_answers_in_json_when_asked():
    import typer

    from registry_operators.cli import app

    found = dict(commands(typer.main.get_command(app)))

    assert len(found) >= 9
    assert [name for name, command in found.items()
            if not any("--json" in option.opts for option in command.params)] == []  # fmt: skip
