"""``patron-sync sync`` and ``fields`` as a person types them, before a Koha."""

from __future__ import annotations

import csv
import getpass
import json
import os
from urllib.parse import urlsplit

import pytest
import yaml

from registry_operators.settings.time_zone import libraries_file
from stand_ins.koha.process import serving_koha
from tests.db.sync_bench import a_document

SCHEDULE = 'schedule: {first: 2030-12-01, at: "06:30", every: 1 week}\n'
ONCE = 'schedule: {first: 2030-12-01, at: "06:30"}\n'


@pytest.fixture
def koha():
    with serving_koha(60) as koha:
        yield koha


@pytest.fixture
def environment(database_url, koha):
    """A database and a Koha; no registry."""
    place = urlsplit(koha.url)
    fields = {"conn_type": "http", "host": place.hostname, "port": place.port,
              "login": "demo-client", "password": "demo-secret"}  # fmt: skip
    return {
        **os.environ,
        "PATRON_DB_URL": database_url,
        "AIRFLOW_CONN_KOHA_MAIN": json.dumps(fields),
        "COLUMNS": "160",
    }


@pytest.fixture
def sync(patron_sync):
    """Run a command of the group that must succeed; return what it answers in JSON."""

    def call(*arguments, **options):
        code, out, err = patron_sync("sync", *arguments, "--json", **options)
        assert code == 0, err
        return json.loads(out)

    return call


@pytest.fixture
def living(koha):
    return sum(one["deleted_on"] is None for one in koha.admin.patrons(limit=1000))


def profiles(db) -> int:
    return int(db.execute("select count(*) from profiles.profile").fetchone()[0])


def test_a_document_is_checked_and_everything_wrong_is_told(patron_sync, sync, tmp_path):
    path = tmp_path / "readers.yaml"
    path.write_text(a_document().replace("from: email", "from: e_mail").replace("skip", "maybe"))

    code, out, err = patron_sync("sync", "validate", str(path))

    assert (code, out) == (1, "")
    assert "2 things to correct; nothing was saved" in err
    assert "line 6: empty_fields" in err
    assert "koha has no field 'e_mail'" in err
    path.write_text(a_document())
    assert sync("validate", str(path)) == {"name": "readers", "correct": True}
    code, _, err = patron_sync("sync", "validate", str(tmp_path / "nothing.yaml"))
    assert (code, "cannot be read" in err) == (1, True)


def test_a_draft_is_saved_published_shown_and_listed(patron_sync, sync):
    text = a_document() + SCHEDULE + "# a remark  \n"

    assert sync("save", "-", typed="name: readers\nmapping:\n") == {"name": "readers", "version": 1}
    assert [(one["status"], one["version"]) for one in sync("list")] == [("draft", None)]
    code, _, err = patron_sync("sync", "publish", "readers")
    assert (code, "to correct" in err) == (1, True)
    assert sync("save", "-", typed=text)["version"] == 2
    assert sync("publish", "readers") == {"name": "readers", "version": 2}

    assert patron_sync("sync", "show", "readers") == (0, text, "")
    assert sync("show", "readers", "--version", "2")["text"] == text
    (row,) = sync("list")
    assert (row["status"], row["next_run"]) == ("scheduled", "2030-12-01 05:30:00+00:00")
    code, out, _ = patron_sync("sync", "list")
    assert (code, "2030-12-01 06:30 CET" in out) == (0, True)


def test_a_sync_is_cancelled_put_back_and_deleted(patron_sync, sync, db):
    sync("publish", "-", typed=a_document() + SCHEDULE)

    assert sync("cancel", "readers") == {"name": "readers", "cancelled": True}
    assert [(one["status"], one["is_cancelled"]) for one in sync("list")] == [("draft", True)]
    code, _, err = patron_sync("sync", "cancel", "readers")
    assert (code, "on no schedule" in err) == (1, True)
    assert sync("publish", "readers")["version"] == 1
    assert [one["status"] for one in sync("list")] == ["scheduled"]
    sync("run", "readers")
    before = profiles(db)
    assert sync("delete", "readers") == {"name": "readers", "deleted": True}

    assert (sync("list"), profiles(db)) == ([], before)
    code, _, err = patron_sync("sync", "delete", "readers")
    assert (code, "no data sync 'readers'" in err) == (1, True)
    assert sync("show", "readers", "--version", "1")["text"] == a_document() + SCHEDULE
    actions = db.execute("select action, actor from patron_sync.audit_event"
                         " where kind = 'act' order by event_no").fetchall()  # fmt: skip
    assert [action for action, _ in actions] == [
        "publish_sync", "cancel_sync", "publish_sync", "delete_sync",
    ]  # fmt: skip
    assert {actor for _, actor in actions} == {getpass.getuser()}


def test_a_run_is_previewed_tried_made_and_its_results_are_told(
    patron_sync, sync, koha, living, db, tmp_path
):
    koha.admin.patch(3, fields={"emails": ["nobody"]})
    text = a_document(filter="[{field: category_id, is_not_empty: true}]") + ONCE
    shown = sync("preview", "-", "--show", "3", typed=text)
    sync("publish", "-", typed=text)
    # As if it had been published long ago.
    db.execute("update data_sync.definition set text = replace(text, '2030', '2020')")
    db.execute("update data_sync.definition_version set text = replace(text, '2030', '2020')")
    dry = sync("run", "readers", "--dry-run")

    assert (len(shown), {one["outcome"] for one in shown}) == (3, {"create"})
    assert "…" in shown[0]["changes"][0]["after"]
    assert profiles(db) == 0
    code, out, err = patron_sync("sync", "run", "readers")
    assert code == 0, err
    assert "step=series sync=readers version=1 state=complete" in err
    assert "adds up" in out
    results = sync("results", "readers", "--outcome", "created")
    assert results["created"] == dry["created"] == profiles(db) == len(results["records"]) == living
    assert results["problems"] == {"email NOT_AN_EMAIL": 1}
    assert [one["status"] for one in sync("list")] == ["complete"]

    log = tmp_path / "errors.csv"
    sync("results", "readers", "--errors-csv", str(log))
    assert list(csv.reader(log.read_text(encoding="utf-8").splitlines())) == [
        ["record", "outcome", "field", "reason"], ["3", "incorrect value", "email", "NOT_AN_EMAIL"],
    ]  # fmt: skip
    code, _, err = patron_sync("sync", "results", "readers", "--outcome", "lost")
    assert (code, "no outcome 'lost'" in err) == (1, True)
    code, _, err = patron_sync("sync", "results", "nobody")
    assert (code, "has not run yet" in err) == (1, True)


def test_a_run_is_taken_back(patron_sync, sync, living, db):
    sync("publish", "-", typed=a_document())
    run = sync("run", "readers")["run_id"]

    dry = sync("undo", run, "--dry-run")
    assert (dry["reversed"], dry["kept"], profiles(db)) == (living, 0, living)
    code, out, _ = patron_sync("sync", "undo", run, "--reason", "the wrong library")

    assert (code, profiles(db)) == (0, 0)
    assert f"{living} reversed, 0 kept." in out
    assert sync("results", "readers")["undone"]["reversed"] == living
    code, _, err = patron_sync("sync", "undo", "x")
    assert (code, "no id of a run" in err) == (1, True)


@pytest.fixture
def strict(tmp_path):
    """No more than twenty new profiles in a run; somebody may approve their own runs."""
    content = yaml.safe_load(libraries_file().read_text(encoding="utf-8"))
    content["guards"] = {"approval": {"four_eyes": False}}
    file = tmp_path / "libraries.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return {"PATRON_SYNC_LIBRARIES": str(file)}


@pytest.fixture
def held(sync, koha, living):
    """Thirty patrons more than yesterday wait for a person; the id of the run."""
    sync("publish", "-", typed=a_document())
    sync("run", "readers")
    koha.admin.insert(30)
    account = sync("run", "readers")
    assert (account["held"], account["unchanged"]) == (30, living)
    return account["run_id"]


def test_what_is_held_is_approved(patron_sync, sync, held, strict, living, db):
    (one,) = sync("held")
    assert (one["run_id"], one["changes"]) == (held, {"create": 30})
    code, out, _ = patron_sync("sync", "held")
    assert (code, "readers version 1: 30 create; until" in out) == (0, True)
    code, _, err = patron_sync("sync", "approve", held, "--reason", "a new school")
    assert (code, "four_eyes" in err) == (1, True)

    account = sync("approve", held, "--reason", "a new school", **strict)

    assert (account["created"], account["adds_up"]) == (30, True)
    assert (profiles(db), sync("held")) == (living + 30, [])


def test_what_is_held_is_rejected(patron_sync, sync, held, living, db):
    code, out, _ = patron_sync("sync", "reject", held, "--reason", "a mistake")

    assert (code, "nothing of it is written" in out) == (0, True)
    assert profiles(db) == living
    assert sync("results", "readers")["reasons"] == {"left_out": {"REJECTED": 30}}
    assert patron_sync("sync", "held")[1] == "Nothing waits for a decision.\n"


def test_a_system_that_refuses_us_is_told_in_a_sentence(patron_sync, sync):
    sync("publish", "-", typed=a_document())
    wrong = {"conn_type": "http", "host": "127.0.0.1", "port": 1, "login": "", "password": ""}

    code, _, err = patron_sync("sync", "run", "readers", AIRFLOW_CONN_KOHA_MAIN=json.dumps(wrong))

    assert (code, "CONFIGURATION connection koha_main" in err) == (1, True)
    code, _, err = patron_sync("sync", "run", "others")
    assert (code, "'others' is not published" in err) == (1, True)


def test_a_run_goes_on_with_the_version_and_the_day_that_it_began_with(
    patron_sync, sync, environment, living, db
):
    sync("publish", "-", typed=a_document())
    wrong = environment["AIRFLOW_CONN_KOHA_MAIN"].replace("demo-secret", "wrong")
    code, _, err = patron_sync("sync", "run", "readers", AIRFLOW_CONN_KOHA_MAIN=wrong)
    assert (code, "LOGIN_REFUSED" in err) == (1, True)
    (row,) = sync("list")
    sync("publish", "-", typed=a_document(type="update"))
    db.execute("update data_sync.run set started_at = started_at - interval '3 days'")

    account = sync("run", "readers", "--resume", row["last_run_id"])

    assert (row["last_state"], account["created"]) == ("failed", living)
    assert db.execute("select version, state from data_sync.run").fetchall() == [(1, "succeeded")]
    code, _, err = patron_sync("sync", "run", "others", "--resume", row["last_run_id"])
    assert (code, "is one of data sync 'readers'" in err) == (1, True)


def test_the_fields_of_a_system_are_listed(patron_sync):
    code, out, _ = patron_sync("fields", "koha")
    assert (code, "extended_attributes.<NAME>" in out) == (0, True)
    code, out, _ = patron_sync("fields", "koha", "--connection", "koha_main", "--json")

    rows = {row["name"]: row for row in json.loads(out)}

    assert code == 0
    assert rows["email"]["data_type"] == "email"
    assert "starts_with" in rows["surname"]["operators"]
    assert not {"password", "pin"} & set(rows)
    code, _, err = patron_sync("fields", "aleph")
    assert (code, "no library system 'aleph'" in err) == (1, True)


@pytest.mark.parametrize("deed", ["validate", "publish"])
def test_a_schedule_that_lies_in_the_past_is_refused(patron_sync, sync, deed):
    text = a_document() + ONCE.replace("2030", "2020")

    code, _, err = patron_sync("sync", deed, "-", typed=text)

    assert code == 1
    assert "schedule: its only run was due at 2020-12-01 06:30 (Europe/Oslo)" in err
    assert sync("list") == []


def test_what_waits_expires_or_was_removed_is_told(patron_sync, sync, held, db):
    assert "held: " in patron_sync("sync", "list")[1]
    assert "; until 20" in patron_sync("sync", "list")[1]
    (row,) = sync("list")
    assert (row["last_state"], row["expired"], row["held_until"] is None) == ("held", 0, False)
    results = sync("results", "readers")
    assert (results["state"], results["values_gone_at"]) == ("held", None)

    db.execute("update data_sync.run set values_gone_at = now()")
    told = patron_sync("sync", "results", "readers")[1]
    db.execute("update data_sync.run set records_gone_at = now()")

    assert "its values were removed for their age" in told
    assert "its records were removed for their age" in patron_sync("sync", "results", "readers")[1]


def test_a_text_that_is_no_document_yet_is_kept_under_a_name(patron_sync, sync):
    code, _, err = patron_sync("sync", "save", "-", typed="mapping: [")
    assert (code, "not valid YAML" in err) == (1, True)

    assert sync("save", "-", "--as", "readers", typed="mapping: [") == {
        "name": "readers", "version": 1,
    }  # fmt: skip
    assert patron_sync("sync", "show", "readers")[1] == "mapping: ["
