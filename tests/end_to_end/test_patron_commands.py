"""``patron-sync patron`` as a librarian types it, with a real database and a real registry."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from registry_operators.cli import app
from registry_operators.paths import CONFIG_DIR
from stand_ins.people import national_card_number, person
from tests.factories import LIBRARY

KNOWN, UNKNOWN = person(1), person(90_001)  # of another library's patrons; of nobody's
SIMPLE, GOOD = "1234", "2580"
NOBODY_THERE = json.dumps(
    {
        "conn_type": "http",
        "login": "x",
        "password": "y",
        "extra": {"vendor_secret": "z", "endpoint": "http://127.0.0.1:9/"},
    }
)


@pytest.fixture
def call(environment, monkeypatch):
    """Run a command of the group in this process; return exit code, standard output and error."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments, typed="", **changes):
        done = CliRunner().invoke(
            app, ["patron", *arguments], input=typed, env=changes, catch_exceptions=False
        )
        return done.exit_code, done.stdout, done.stderr

    return call


@pytest.fixture
def patron(call):
    """Run a command of the group that is to succeed; return its JSON."""

    def succeed(*arguments, **how):
        code, out, err = call(*arguments, "--json", **how)
        assert code == 0, err
        return json.loads(out)

    return succeed


@pytest.fixture
def create(patron):
    def call(who, *options, typed="", **changes):
        return patron(
            "create", "--library", LIBRARY, "--surname", who.surname, "--first-name",
            who.first_name, "--person-id-stdin", *options,
            typed=f"{who.national_id}\n{typed}", **changes,
        )  # fmt: skip

    return call


@pytest.fixture
def push(patron_sync):
    def call(**changes):
        patron_sync("run", "push", "--library", LIBRARY, "--json", **changes)

    return call


def of_registry(registry, who):
    """The registry's record of a person: libraries related, card number, whether it has a PIN."""
    found = registry.admin.find(national_id=who.national_id)
    return [(one["relations"], one["fields"]["lnr"], bool(one["pin"])) for one in found]


def counts(db):
    return db.execute(
        "select (select count(*) from cicero.patron), (select count(*) from cicero.card),"
        " (select count(*) from patron_sync.pending)"
    ).fetchall()


def looks(db):
    """Who looked at whom, and who asked the registry about whom."""
    return [action for (action,) in db.execute(
        "select action from patron_sync.audit_event where action in"
        " ('ask', 'find_patron', 'show_patron') order by event_no")]  # fmt: skip


def test_a_person_whom_the_registry_knows_brings_card_and_pin(
    create, patron, push, registry, db
) -> None:
    before = counts(db)
    foretold = create(KNOWN, "--consent", "--dry-run")
    assert counts(db) == before
    assert looks(db) == ["ask"]

    made = create(KNOWN, "--consent", "--yes")

    assert (foretold["dry_run"], foretold["rule"], made["rule"]) == (True, "D2", "D2")
    assert (made["card_number"], made["pin_source"]) == (national_card_number(1), "REGISTRY")
    assert "drawn_pin_told_once" not in made
    push()
    ((relations, number, _),) = of_registry(registry, KNOWN)
    assert LIBRARY in relations
    assert number == made["card_number"]
    found = patron("find", "--library", LIBRARY, "--person-id-stdin", typed=KNOWN.national_id)
    assert found["patron_ids"] == [made["patron_id"]]
    found = patron("find", "--library", LIBRARY, "--card", made["card_number"])
    assert found["patron_ids"] == [made["patron_id"]]
    patron("show", str(made["patron_id"]))
    patron("consent", "list", str(made["patron_id"]))
    assert looks(db)[-4:] == ["find_patron", "find_patron", "show_patron", "show_patron"]


def test_a_person_whom_nobody_knows_gets_a_number_and_a_drawn_pin_that_is_never_sent(
    create, patron, push, registry, tmp_path: Path
) -> None:
    draws = {"PATRON_SYNC_LIBRARIES": str(a_file_that_draws_pins(tmp_path))}

    made = create(UNKNOWN, "--consent", "--yes", **draws)

    assert (made["next_push"], made["must_change_pin"]) == ("NEW_RECORD", True)
    assert made["drawn_pin_told_once"].isdigit()
    push(**draws)
    assert of_registry(registry, UNKNOWN) == [([LIBRARY], made["card_number"], False)]
    patron("pin", "change", str(made["patron_id"]), "--pin-stdin", typed=GOOD)
    push(**draws)
    assert of_registry(registry, UNKNOWN) == [([LIBRARY], made["card_number"], True)]
    again = patron("pin", "hand-out", str(made["patron_id"]), **draws)
    assert again["drawn_pin_told_once"].isdigit()
    assert "drawn_pin_told_once" not in patron("pin", "hand-out", str(made["patron_id"]))


def a_file_that_draws_pins(folder: Path) -> Path:
    text = (CONFIG_DIR / "libraries.yaml").read_text("utf-8")
    key = '    default_pin: "7314"'
    path = folder / "libraries.yaml"
    path.write_text(text.replace(key, f"    pin_rules: {{newcomers: random}}\n{key}"), "utf-8")
    return path


def test_a_silent_registry_is_asked_again_by_the_push_and_show_says_so(
    create, patron, patron_sync, push
) -> None:
    made = create(KNOWN, "--consent", "--yes", AIRFLOW_CONN_REGISTRY_2030000=NOBODY_THERE)

    assert (made["next_push"], made["card_source"]) == ("LOOKUP_PENDING", "SEQUENCE")
    code, out, err = patron_sync("patron", "show", str(made["patron_id"]))
    assert code == 0, err
    told = " ".join(out.split())
    assert "LOOKUP_PENDING. The registry did not answer when the patron was created" in told
    assert "Handed out on" in told
    assert KNOWN.surname in told
    push()
    told = patron("show", str(made["patron_id"]), "--library", LIBRARY)
    assert "LOOKUP_PENDING" not in json.dumps(told)
    assert KNOWN.national_id not in json.dumps(told)


def test_a_deleted_patron_is_shown_with_the_state_of_the_removal(
    create, patron, patron_sync, push, registry
) -> None:
    number = str(create(KNOWN, "--consent", "--yes")["patron_id"])
    push()
    assert LIBRARY in of_registry(registry, KNOWN)[0][0]
    refused, _, err = patron_sync("patron", "delete", number, typed="y\n")

    deleted = patron("delete", number, "--yes")

    assert (refused, "--yes" in err, deleted["removal"]) == (1, True, "open")
    assert "would take up the removal" in json.dumps(patron("show", number)["next_push"])
    push()
    _, out, _ = patron_sync("patron", "show", number)
    assert "The removal was settled on" in " ".join(out.split())
    assert LIBRARY not in of_registry(registry, KNOWN)[0][0]
    assert patron("show", number)["state"] == "settled"


def test_consent_card_and_name_of_a_patron_change(create, patron, db) -> None:
    made = create(UNKNOWN, "--no-consent", "--yes", "--card", "LOCAL-1")
    number = str(made["patron_id"])

    assert (made["rule"], made["card_kind"], made["next_push"]) == ("N0", "local", "NONE")
    patron("consent", "give", number)
    patron("consent", "withdraw", number)
    history = patron("consent", "list", number)
    assert [(one["given_by"], one["given_through"]) for one in history] == [("librarian", "desk")]
    assert history[0]["withdrawn_at"]
    assert patron("card", "change", number, "N105123456")["card_kind"] == "national"
    patron("card", "block", number, "LOCAL-1")
    patron("name", number, "--surname", "Vik")
    shown = patron("show", number)
    assert (shown["surname"], shown["first_name"]) == ("Vik", "")
    assert [(one["card_number"], one["status"]) for one in shown["cards"]] == [
        ("N105123456", "active"), ("LOCAL-1", "blocked")
    ]  # fmt: skip
    actors = db.execute("select distinct actor from patron_sync.audit_event").fetchall()
    assert [actor.partition(":")[0] for (actor,) in actors] == ["desk"]


def test_a_refusal_names_the_rule_and_never_the_value(create, call) -> None:
    create(KNOWN, "--consent", "--yes")
    wrong = KNOWN.national_id[:-1] + str((int(KNOWN.national_id[-1]) + 1) % 10)
    named = ["create", "--library", LIBRARY, "--surname", "Vik", "--person-id-stdin", "--yes"]
    said = []
    for typed, more in (
        (wrong, ["--consent"]),
        (f"{UNKNOWN.national_id}\n{SIMPLE}", ["--consent", "--pin-stdin"]),
        (KNOWN.national_id, ["--no-consent"]),
        (UNKNOWN.national_id, ["--consent", "--card", national_card_number(1)]),
        (UNKNOWN.national_id, []),
    ):
        code, out, err = call(*named, *more, typed=f"{typed}\n")
        assert code != 0
        assert not any(secret in out + err for secret in typed.split())
        said.append(err)

    codes = ("INVALID_NATIONAL_ID", "SIMPLE_PIN", "PATRON_EXISTS", "CARD_IN_USE", "--consent")
    assert [code for code, text in zip(codes, said, strict=True) if code not in text] == []


def test_a_national_id_typed_at_the_terminal_is_not_shown(environment, db) -> None:
    typed = [("National id: ", KNOWN.national_id), ("PIN: ", GOOD), ("PIN again: ", GOOD),
             ("[y/N]: ", "y")]  # fmt: skip
    code, screen = at_a_terminal(
        environment, typed, "patron", "create", "--library", LIBRARY, "--surname", KNOWN.surname,
        "--consent", "--pin-prompt",
    )  # fmt: skip

    assert code == 0, screen
    assert "Row C2 of the table of scenarios decided." in " ".join(screen.split())
    assert "was created at library 2030000" in screen
    assert not any(secret in screen for secret in (KNOWN.national_id, GOOD))
    origins = db.execute("select origin from cicero.pin order by changed_at desc limit 1")
    assert origins.fetchone() == ("librarian",)


def at_a_terminal(environment, typed, *arguments):
    """Run the command with a terminal of its own, and type each answer at its prompt."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [Path(sys.executable).with_name("patron-sync"), *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        screen = ""
        for prompt, answer in typed:
            seen = len(screen)
            while prompt not in screen[seen:]:
                screen += os.read(ours, 4096).decode()
            os.write(ours, f"{answer}\n".encode())
        try:
            while more := os.read(ours, 4096):
                screen += more.decode()
        except OSError:  # so Linux says that nobody writes any more
            os.close(ours)
    return process.returncode, screen


def test_no_option_takes_a_secret() -> None:
    group = typer.main.get_command(app).commands["patron"]  # type: ignore[attr-defined]
    options = [
        option
        for name, command in group.commands.items()
        for one in [*getattr(command, "commands", {name: command}).values()]
        for option in one.params
    ]

    about = ("pin", "person_id", "national", "birth", "secret", "code")
    found = [one for one in options if any(word in (one.name or "") for word in about)]
    assert {one.name for one in found} == {
        "person_id_stdin", "no_national_id", "pin_prompt", "pin_stdin"
    }  # fmt: skip
    assert all(one.is_flag for one in found)
