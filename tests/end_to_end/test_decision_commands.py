"""``patron-sync plan``, ``held`` and ``outbox`` as a person types them."""

from __future__ import annotations

import getpass
import json
import re
from uuid import UUID

import pytest
import yaml

from registry_operators.settings.time_zone import libraries_file

LIBRARY = "2030000"
PULL = ("pull", "--library", LIBRARY)
CICERO = ("card", "pin", "patron", "consent", "deleted_patron", "change")
LEDGER = ("base", "pending", "watermark", "card_sequence", "taken_card_number", "held_set")


@pytest.fixture
def strict(tmp_path):
    """A file of libraries in which one PIN and one card number a night is too much."""
    content = yaml.safe_load(libraries_file().read_text(encoding="utf-8"))
    none = {"percent": 0, "at_least": 0}
    content["guards"] = {"limits": {"pin_overwrites": none, "card_overwrites": none}}
    file = tmp_path / "libraries.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return {"PATRON_SYNC_LIBRARIES": str(file)}


@pytest.fixture
def held(patron_sync, strict, db):
    """A pull that somebody else has started holds PINs and card numbers; the sets by kind."""
    code, _, err = patron_sync("run", *PULL, **strict)
    assert code == 0, err
    db.execute("update patron_sync.held_set set asked_by = 'schedule'")
    _, out, _ = patron_sync("held", "list", "--json")
    return {one["kind"]: one for one in json.loads(out)}


@pytest.fixture
def personal(db):
    """Whatever would tell who somebody is, or let somebody in."""
    rows = db.execute(
        "select national_id, surname, null from cicero.patron union all"
        " select card_number, null, null from cicero.card union all"
        " select encode(pin_encrypted, 'hex'), encode(pin_encrypted, 'base64'),"
        " encode(pin_fingerprint, 'hex') from cicero.pin"
    ).fetchall()
    return {text for row in rows for text in row if text}


def told_of(personal, *texts):
    return {one for one in personal for text in texts if re.search(rf"\b{re.escape(one)}\b", text)}


def state(db):
    return {
        table: sorted(db.execute(f"select * from {table}").fetchall(), key=repr)  # noqa: S608
        for table in (
            *(f"cicero.{one}" for one in CICERO),
            *(f"patron_sync.{one}" for one in LEDGER),
        )
    }


def test_a_plan_has_the_id_of_the_run_that_follows_and_writes_nothing(
    patron_sync,
    registry,
    db,
    personal,
):
    patron_sync("run", "push", "--library", LIBRARY)
    before, writes = state(db), registry.admin.summary()["tally"]["writes"]

    code, out, err = patron_sync("plan", *PULL, "--show", "20", "--json")

    assert (code, err) == (0, "")
    plan = json.loads(out)
    now = state(db)
    assert [name for name in now if now[name] != before[name]] == []
    assert registry.admin.summary()["tally"]["writes"] == writes
    planned = sum(row["changes"] for row in plan["kinds"])
    assert len(plan["changes"]) == min(20, planned) > 5
    assert set(plan["changes"][0]) == {
        "library", "person", "field", "target", "action", "rule", "state", "reason", "is_conflict",
        "registry_changed_at", "cicero_changed_at",
    }  # fmt: skip
    assert all("step=guard" in line for line in plan["guards"])
    assert told_of(personal, out) == set()

    assert patron_sync("run", *PULL)[0] == 0
    ids = db.execute("select plan_id, is_dry_run from patron_sync.run where flow = 'pull'"
                     " order by started_at").fetchall()  # fmt: skip
    assert ids == [(plan["plan_id"], True), (plan["plan_id"], False)]


def test_a_plan_for_people_shows_kinds_and_masked_rows(patron_sync, strict, personal):
    code, out, _ = patron_sync("plan", *PULL, "--show", "3", COLUMNS="200", **strict)

    assert code == 0
    assert re.search(r"plan [0-9a-f]{16}", out)
    assert len(re.findall(r"person=[0-9a-f]{10} ", out)) == 3
    assert f"AUDIT flow=pull step=guard library={LIBRARY}" in out
    assert "allowed=0" in out
    assert "rule=pin_overwrites state=held" in out
    assert told_of(personal, out) == set()


def test_held_list_shows_what_waits_masked(patron_sync, held, personal):
    code, text, _ = patron_sync("held", "list", "--show", "2")
    _, out, _ = patron_sync("held", "list", "--show", "2", "--json")

    assert code == 0
    for kind, one in held.items():
        line = next(line for line in text.splitlines() if line.startswith(one["held_set_id"]))
        assert f"{one['changes']} {kind} (0 allowed), {one['waiting']} waiting" in line
    assert [len(one["sample"]) for one in json.loads(out)] == [2, 2]
    assert told_of(personal, text, out) == set()


def test_an_approved_set_is_carried_out_and_not_shown_again(patron_sync, held, db):
    one = held["pin_overwrites"]

    code, out, err = patron_sync(
        "held", "approve", one["held_set_id"], "--reason", "a campaign", "--digest", one["digest"],
        "--json",
    )  # fmt: skip

    assert code == 0, err
    assert json.loads(out)["applied"] is True
    assert "step=apply_held" in json.loads(out)["audit"][0]
    row = db.execute("select state, decided_by, decision_reason from patron_sync.held_set"
                     " where kind = 'pin_overwrites'").fetchone()  # fmt: skip
    assert row == ("applied", getpass.getuser(), "a campaign")
    listed = json.loads(patron_sync("held", "list", "--json")[1])
    assert [other["kind"] for other in listed] == ["card_overwrites"]
    listed = json.loads(patron_sync("held", "list", "--all", "--json")[1])
    assert {other["state"] for other in listed} == {"applied", "open"}


def test_a_rejected_set_is_not_carried_out(patron_sync, held, db):
    before = db.execute("select * from cicero.card order by card_id").fetchall()

    code, out, _ = patron_sync(
        "held", "reject", held["card_overwrites"]["held_set_id"], "--reason", "a mistake"
    )

    changes = held["card_overwrites"]["changes"]
    assert (code, out) == (0, f"Rejected; {changes} changes are not made.\n")
    assert db.execute("select * from cicero.card order by card_id").fetchall() == before
    kinds = [one["kind"] for one in json.loads(patron_sync("held", "list", "--json")[1])]
    assert kinds == ["pin_overwrites"]


def test_nothing_waits_is_said(patron_sync, db):
    db.execute("delete from cicero.deleted_patron")

    assert patron_sync("held", "list")[:2] == (0, "Nothing waits for a decision.\n")
    assert json.loads(patron_sync("held", "list", "--json")[1]) == []
    assert patron_sync("outbox", "list")[:2] == (0, "Nothing waits.\n")
    assert json.loads(patron_sync("outbox", "list", "--json")[1]) == []


@pytest.mark.parametrize("decide", ["approve", "reject"])
@pytest.mark.parametrize(
    ("held_set", "told"),
    [("12", "the id of a set is a UUID"), (str(UUID(int=7)), "there is no held set")],
)
def test_a_wrong_id_is_one_clear_sentence(patron_sync, decide, held_set, told):
    code, out, err = patron_sync("held", decide, held_set, "--reason", "right", COLUMNS="300")

    assert (code, out) == (1, "")
    assert err.startswith(f"DECISION_REFUSED {told}")
    assert len(err.splitlines()) == 1


def test_a_set_that_is_decided_and_a_wrong_digest_are_told(patron_sync, held):
    pins, cards = (held[kind]["held_set_id"] for kind in ("pin_overwrites", "card_overwrites"))
    patron_sync("held", "reject", pins, "--reason", "a mistake")

    for arguments, told in (
        ((pins,), "rejected by"), ((cards, "--digest", "0" * 64), "has changed since it was shown"),
    ):  # fmt: skip
        code, _, err = patron_sync("held", "approve", *arguments, "--reason", "x", COLUMNS="300")
        assert (code, told in err) == (1, True)


@pytest.fixture
def waiting(patron_sync, db):
    """Three patrons whom the registry has refused."""
    ids = [row[0] for row in db.execute("select patron_id from cicero.patron limit 3")]
    for patron_id, reason in zip(ids, ("REFUSED", "REFUSED", "NUMBER_NOT_RESERVED"), strict=True):
        db.execute("insert into patron_sync.pending (flow, library, patron_id, reason, waits)"
                   " values ('push', %s, %s, %s, true)", [LIBRARY, patron_id, reason])  # fmt: skip
    return ids


def test_the_outbox_shows_who_waits_for_whom(patron_sync, waiting, personal):
    code, text, _ = patron_sync("outbox", "list", COLUMNS="200")
    _, out, _ = patron_sync("outbox", "list", "--reason", "NUMBER_NOT_RESERVED", "--json")

    assert (code, text.count("a person")) == (0, 3)
    (row,) = json.loads(out)
    assert (row["entry_id"], row["waits"], row["attempts"]) == (waiting[2], True, 1)
    assert told_of(personal, text, out) == set()


def test_the_outbox_is_retried_and_dropped(patron_sync, waiting, db):
    tried = patron_sync("outbox", "retry", "--reason", "REFUSED")
    assert tried[:2] == (0, "2 patrons are tried again by the next run.\n")
    again = patron_sync("outbox", "retry", "--patron-id", str(waiting[2]), "--json")
    assert json.loads(again[1]) == {"retried": 1}

    dropped = patron_sync("outbox", "drop", "--patron-id", str(waiting[0]), "--why", "moved")
    assert dropped[:2] == (0, "1 entries dropped.\n")
    dropped = patron_sync("outbox", "drop", "--reason", "REFUSED", "--why", "moved", "--json")
    assert json.loads(dropped[1]) == {"dropped": 1}

    assert db.execute("select patron_id from patron_sync.pending").fetchall() == [(waiting[2],)]


@pytest.mark.parametrize("how", [("--why", "all"), ("--library", LIBRARY, "--why", " ")])
def test_dropping_all_or_without_a_reason_is_refused(patron_sync, waiting, db, how):
    code, out, err = patron_sync("outbox", "drop", *how)

    assert (code, out) == (1, "")
    assert "to drop needs a reason" in err
    assert db.execute("select count(*) from patron_sync.pending").fetchone() == (3,)
