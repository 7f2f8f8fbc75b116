"""The list of data syncs, and what can be done with each by whom (D6)."""

from __future__ import annotations

import re

import pytest

from registry_operators.steps.data_sync.ask_run import list_asked
from registry_operators.steps.data_sync.definitions import publish, read_document, save_draft
from registry_operators.steps.data_sync.list_results import list_runs
from tests.db.sync_bench import a_document
from tests.web.sync_pages import FIELDS, plain, where

WEEKLY = 'schedule: {first: 2030-12-01, at: "06:30", every: 1 week}\n'
ONCE = 'schedule: {first: 2030-12-01, at: "06:30"}\n'
ALL = ("viewer", "operator", "admin")


@pytest.fixture
def put(ledger):
    def publish_one(name="readers", schedule="", **changes):
        publish(ledger, a_document(name=name, **changes) + schedule, FIELDS, actor="kari")

    return publish_one


@pytest.fixture
def row(as_):
    """What the list says of a data sync to a role, and which actions it offers."""

    def look(name="readers", role="viewer"):
        page = as_(role).get("syncs")
        part = page.text.partition(f'/syncs/{name}">')[2].partition("</tr>")[0]
        before, _, rest = part.partition('<ul class="deeds"')
        deeds, _, after = rest.partition("</ul>")
        actions = re.findall(r'href="/patron-sync/([^"]+)"', deeds)
        cells = " ".join(re.sub(r"<[^>]+>", " ", before + after).split())
        return cells, {one.rpartition("/")[2] for one in actions}

    return look


class TestList:
    def test_is_empty_at_first(self, viewer, admin):
        assert "There is no data sync yet." in plain(viewer.get("syncs"))
        assert "syncs/-/new" not in viewer.get("syncs").text
        assert "syncs/-/new" in admin.get("syncs").text

    def test_tells_status_next_run_and_totals(self, put, row, ledger, sync_runs):
        save_draft(ledger, "name: a_draft\n", actor="kari")
        put("weekly", WEEKLY)
        put("readers")
        _, account = sync_runs.run("readers")

        assert row("a_draft")[0].startswith("a_draft – draft –")
        assert row("weekly")[0].startswith("weekly i scheduled 1 Dec 2030 06:30 –")
        cells = row("readers")[0]
        assert cells.startswith("readers ✓ complete –")
        assert f"has succeeded {account.totals['created']} 0 0 0 0 0" in cells

    def test_tells_of_a_run_that_goes_on(self, put, row, sync_runs, db):
        put()
        sync_runs.run()
        db.execute("update data_sync.run set state = 'running'")

        assert "! running" in row()[0]
        assert not {"execute", "delete"} & row(role="admin")[1]

    def test_tells_of_a_newer_draft(self, put, row, ledger):
        put()
        save_draft(ledger, a_document(type="update"), actor="kari")

        assert "changed since it was published" in row()[0]

    def test_actions_follow_status_and_role(self, put, row, ledger, sync_runs):
        save_draft(ledger, "name: a_draft\n", actor="kari")
        put("weekly", WEEKLY)
        put("once", ONCE)
        put("readers")
        sync_runs.run("readers")

        def offered(name):
            kinds = {"basics", "execute", "execute?dry=yes", "cancel", "schedule", "delete"}
            return [sorted(row(name, role)[1] & kinds) for role in ALL]

        assert offered("a_draft") == [[], [], ["basics", "delete"]]
        assert offered("weekly") == [
            [], ["cancel", "execute?dry=yes"],
            ["basics", "cancel", "delete", "execute?dry=yes", "schedule"],
        ]  # fmt: skip
        assert offered("once") == [
            [], ["cancel", "execute", "execute?dry=yes"],
            ["basics", "cancel", "delete", "execute", "execute?dry=yes", "schedule"],
        ]  # fmt: skip
        assert offered("readers") == [
            [], ["execute", "execute?dry=yes"], ["delete", "execute", "execute?dry=yes"],
        ]  # fmt: skip


class TestOne:
    def test_tells_what_it_does_without_values_about_anybody(self, put, viewer, admin):
        put(filter="[{field: email, equals: nora@example.org},"
                   " {field: category_id, is_one_of: [UGRD]}]")  # fmt: skip

        text = plain(viewer.get("syncs/readers"))

        assert "E-mail equals …" in text
        assert "Patron category is one of UGRD" in text
        assert "nora@example.org" not in viewer.get("syncs/readers").text
        assert "nora@example.org" in admin.get("syncs/readers").text

    def test_lists_its_runs(self, put, viewer, sync_runs):
        put()
        run_id, account = sync_runs.run(is_dry_run=True)

        page = viewer.get("syncs/readers")

        assert f"syncs/-/runs/{run_id}" in page.text
        assert f"dry run 1 kari {account.read}" in plain(page)

    @pytest.mark.parametrize("name", ["nothing", "-", "{{7*7}}", "a%00b", "x" * 3000, "'--"])
    def test_an_unknown_one_is_not_found(self, viewer, admin, name):
        for browser, path in ((viewer, "syncs/{}"), (admin, "syncs/{}/basics"),
                              (admin, "syncs/{}/filter"), (admin, "syncs/{}/delete")):  # fmt: skip
            answer = browser.get(path.format(name))
            assert answer.status_code in {200, 404}
            assert "49" not in plain(answer).partition("Number of")[0] or name != "{{7*7}}"

    def test_a_script_in_a_description_is_text(self, ledger, viewer, admin):
        nasty = "<script>alert(1)</script>{{ 7 * 7 }}"
        text = a_document().replace("source:", f"description: '{nasty}'\nsource:", 1)
        save_draft(ledger, text, actor="<b>kari</b>")

        pages = [viewer.get("syncs/readers")]
        pages += [admin.get(f"syncs/readers/{step}") for step in ("basics", "review", "text")]
        for page in (one.text for one in pages):
            assert "<script>alert" not in page
            assert "<b>kari" not in page
            assert "&lt;script&gt;alert(1)" in page


class TestExecute:
    def test_is_asked_first_and_then_waits_for_airflow(self, put, operator, ledger, row):
        put()
        assert "Execute readers now?" in plain(operator.get("syncs/readers/execute"))

        run = where(operator.post("syncs/readers/execute"))

        (asked,) = list_asked(ledger)
        assert run == f"syncs/-/runs/{asked.run_id}"
        assert (asked.asked_by, asked.is_dry_run) == ("operator", False)
        assert "waits for Airflow" in row()[0]
        assert where(operator.post("syncs/readers/execute")) == run  # twice is once

    def test_a_dry_run_is_asked_for_as_such(self, put, operator, ledger):
        put(schedule=WEEKLY)
        assert "It writes no profile." in plain(operator.get("syncs/readers/execute?dry=yes"))

        where(operator.post("syncs/readers/execute", {"dry": "yes"}))

        assert [one.is_dry_run for one in list_asked(ledger)] == [True]

    @pytest.mark.parametrize("reason", ["not published", "recurring", "running"])
    def test_is_refused_where_it_cannot_be(self, put, operator, ledger, sync_runs, db, reason):
        if reason == "not published":
            save_draft(ledger, a_document(), actor="kari")
        else:
            put(schedule=WEEKLY if reason == "recurring" else "")
        if reason == "running":
            sync_runs.run()
            db.execute("update data_sync.run set state = 'running'")

        answer = operator.post("syncs/readers/execute")

        assert answer.status_code == 409
        assert reason in answer.text
        assert list_asked(ledger) == []

    def test_is_taken_back(self, put, operator, viewer, ledger):
        put()
        run = where(operator.post("syncs/readers/execute"))
        assert "withdraw" not in viewer.get(run).text

        assert where(operator.post(f"{run}/withdraw")) == "syncs?done=withdrawn"

        assert "operator took the run back" in plain(viewer.get(run))
        assert list_asked(ledger) == []
        assert operator.post(f"{run}/withdraw").status_code == 409


class TestCancel:
    def test_takes_it_off_its_schedule_after_asking(self, put, operator, row):
        put(schedule=WEEKLY)
        assert "Take readers off its schedule?" in plain(operator.get("syncs/readers/cancel"))

        assert where(operator.post("syncs/readers/cancel")) == "syncs/readers?done=cancelled"

        assert "off its schedule" in row()[0]
        assert operator.post("syncs/readers/cancel").status_code == 409
        assert {"basics", "schedule"} <= row(role="admin")[1]


class TestDelete:
    def test_says_what_stays_and_deletes_no_profile(
        self, put, admin, viewer, sync_runs, db, ledger
    ):
        put()
        run_id, account = sync_runs.run()
        assert "No profile is deleted" in plain(admin.get("syncs/readers/delete"))

        assert where(admin.post("syncs/readers/delete")) == "syncs?done=deleted"

        assert "There is no data sync yet." in plain(viewer.get("syncs"))
        assert db.execute("select count(*) from profiles.profile").fetchone() == (
            account.totals["created"],
        )
        assert "has succeeded" in plain(viewer.get(f"syncs/-/runs/{run_id}"))
        assert len(list_runs(ledger, "readers")) == 1
        action = "select action, actor from patron_sync.audit_event where action = 'delete_sync'"
        assert db.execute(action).fetchall() == [("delete_sync", "admin")]

    def test_waits_for_a_run_to_end(self, put, admin, sync_runs, db):
        put()
        sync_runs.run()
        db.execute("update data_sync.run set state = 'running'")

        assert admin.post("syncs/readers/delete").status_code == 409


class TestEditing:
    def test_a_complete_sync_is_copied_and_not_edited(self, put, admin, sync_runs, ledger):
        put()
        sync_runs.run()
        for step in ("basics", "filter", "mapping", "review", "text", "schedule"):
            answer = admin.get(f"syncs/readers/{step}")
            assert answer.status_code == 409
            assert "Copy it, and change the copy." in answer.text

        assert where(admin.post("syncs/readers/copy")) == "syncs/readers_2/basics?done=copied"

        assert read_document(ledger, "readers_2") == a_document(name="readers_2")
        assert admin.get("syncs/readers_2/basics").status_code == 200

    def test_a_scheduled_one_is_edited_while_the_published_version_stays(
        self, put, admin, ledger, row
    ):
        put(schedule=WEEKLY)

        assert admin.get("syncs/readers/basics").status_code == 200
        save_draft(ledger, a_document(type="update") + WEEKLY, actor="kari")

        assert "changed since it was published" in row()[0]
        assert "scheduled" in row()[0]

    def test_a_draft_that_is_no_yaml_is_copied_as_it_is(self, admin, ledger):
        save_draft(ledger, "mapping: [", actor="kari", name="readers")

        where(admin.post("syncs/readers/copy"))

        assert read_document(ledger, "readers_2") == "mapping: ["
