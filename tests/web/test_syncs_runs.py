"""A run of a data sync: progress, results, lists, error log, decisions, undo (D4.3, D5, X2, X7)."""

from __future__ import annotations

import csv
import re
from uuid import UUID, uuid4

import pytest

from registry_operators.domain.keys import record_pseudonym
from registry_operators.errors import UnavailableError
from registry_operators.steps.data_sync.definitions import publish
from registry_operators.steps.data_sync.list_results import OUTCOMES, records_page
from registry_operators.web.views import syncs_records
from tests.db.sync_bench import a_document
from tests.factories import KEYS
from tests.web.sync_pages import FIELDS, plain, where


@pytest.fixture
def put(ledger):
    def publish_one(**changes):
        publish(ledger, a_document(**changes), FIELDS, actor="kari")

    return publish_one


@pytest.fixture
def living(koha):
    return sum(one["deleted_on"] is None for one in koha.admin.patrons(limit=1000))


@pytest.fixture
def ran(put, sync_runs, koha):
    """A run with incorrect values, records left out, and one that failed; its path."""
    koha.admin.patch(5, fields={"emails": ["nobody"]})
    put(filter="[{field: patron_id, not_equals: '1'}, {field: patron_id, not_equals: '2'}]")
    run_id, account = sync_runs.run()
    return f"syncs/-/runs/{run_id}", account


@pytest.fixture
def held(put, sync_runs, koha):
    """Thirty patrons more than yesterday wait for a person; the path of the run."""
    put()
    sync_runs.run()
    koha.admin.insert(30)
    run_id, account = sync_runs.run()
    assert account.totals["held"] == 30
    return f"syncs/-/runs/{run_id}"


def table_of(answer):
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))


class TestProgress:
    @pytest.mark.parametrize("stage", ["opened", "extracted", "filtered", "planned", "guarded"])
    def test_each_step_has_its_state(self, ran, viewer, db, stage):
        path, account = ran
        db.execute("update data_sync.run set state = 'running', stage = %s, finished_at = null,"
                   " loaded_through = 5", (stage,))  # fmt: skip

        page = viewer.get(path)

        text, order = plain(page), ["opened", "extracted", "filtered", "planned", "guarded"]
        assert text.count("✓ done") == order.index(stage)
        assert text.count("i now") == 1
        assert 'hx-trigger="every 2s"' in page.text
        assert f"library system {account.read}" in text
        if stage == "guarded":
            last = db.execute("select max(record_no) from data_sync.plan").fetchone()[0]
            assert f"Write the profiles 5 of {last}" in text

    def test_the_part_asks_again_until_the_run_is_over(self, ran, viewer, db):
        path, _ = ran
        db.execute("update data_sync.run set state = 'running', stage = 'opened'")
        part = viewer.get(path, headers={"HX-Request": "true"})
        assert "<html" not in part.text
        assert 'hx-trigger="every 2s"' in part.text
        assert "Look again" in part.text  # without JavaScript

        db.execute("update data_sync.run set state = 'succeeded', stage = 'done'")

        part = viewer.get(path, headers={"HX-Request": "true"})
        assert "every 2s" not in part.text
        assert "Results" in part.text

    def test_a_run_that_failed_says_where_and_why(self, put, sync_runs, viewer, operator, koha):
        put(errors="stop")
        koha.admin.patch(3, fields={"emails": ["nobody"]})
        run_id = uuid4()
        with pytest.raises(Exception, match="stop at the first"):
            sync_runs.run(run_id=run_id)

        text = plain(viewer.get(f"syncs/-/runs/{run_id}"))

        assert "has failed" in text
        assert "stop at the first" in text
        assert "✕ failed Hold it against the limits" in text
        assert "Go on with the run" not in text
        assert "Go on with the run" in plain(operator.get(f"syncs/-/runs/{run_id}"))

    @pytest.mark.parametrize("run_id", ["5b0c2d5e-0000-4000-8000-000000000001", "x", "1"])
    def test_an_unknown_run_is_not_found(self, viewer, operator, run_id):
        for browser, path in ((viewer, ""), (viewer, "/records?outcome=created"),
                              (viewer, "/errors.csv"), (operator, "/undo"),
                              (operator, "/approve")):  # fmt: skip
            assert browser.get(f"syncs/-/runs/{run_id}{path}").status_code in {400, 404}


class TestResults:
    def test_every_total_opens_the_list_behind_it(self, ran, viewer):
        path, account = ran
        page = viewer.get(path)
        assert "The numbers add up" in page.text

        for outcome in OUTCOMES:
            number = account.totals[outcome]
            assert (f"records?outcome={outcome}" in page.text) == bool(number)
            rows = 0
            url: str | None = f"{path}/records?outcome={outcome}"
            while url:
                listing = viewer.get(url)
                rows += len(re.findall(r'<th scope="row">', listing.text))
                following = re.search(r'href="/patron-sync/([^"]+)" rel="next"', listing.text)
                url = following[1].replace("&amp;", "&") if following else None
            assert rows == number

    def test_lists_go_page_by_page(self, ran, viewer, monkeypatch):
        path, account = ran
        monkeypatch.setattr(syncs_records, "_PAGE", 5)
        seen: list[str] = []
        url: str | None = f"{path}/records?outcome=created"
        while url:
            page = viewer.get(url)
            names = re.findall(r'<th scope="row"><code>(\w+)</code>', page.text)
            assert len(names) <= 5
            seen += names
            following = re.search(r'href="/patron-sync/([^"]+)" rel="next"', page.text)
            url = following[1].replace("&amp;", "&") if following else None

        assert len(seen) == len(set(seen)) == account.totals["created"]
        assert "Back to the first" in page.text

    def test_a_reason_narrows_the_list(self, ran, viewer):
        path, account = ran

        text = plain(viewer.get(f"{path}/records?outcome=left_out&reason=FILTERED"))

        assert text.count("The filter does not mean it FILTERED") == min(
            account.reasons["left_out"]["FILTERED"], 50
        )
        assert "There is none." in plain(
            viewer.get(f"{path}/records?outcome=left_out&reason=NO_PROFILE")
        )
        assert viewer.get(f"{path}/records?outcome=lost").status_code == 404

    def test_a_record_is_a_pseudonym_and_to_operators_a_link(self, ran, viewer, operator):
        path, _ = ran
        name = record_pseudonym("koha_main", "5", KEYS)

        seen = [browser.get(f"{path}/problems").text for browser in (viewer, operator)]

        assert [name in text for text in seen] == [True, True]
        assert ["members.pl?number=5" in text for text in seen] == [False, True]
        assert "number 5 in the library system" not in plain(viewer.get(f"{path}/problems"))

    def test_the_error_log_names_field_kind_and_reason(self, ran, viewer, operator):
        path, _ = ran

        rows = table_of(operator.get(f"{path}/errors.csv"))

        assert rows == [{
            "pseudonym": record_pseudonym("koha_main", "5", KEYS), "record": "5",
            "link": "https://koha.example.org/members.pl?number=5", "outcome": "incorrect value",
            "field": "email", "value_class": "email", "reason": "NOT_AN_EMAIL",
        }]  # fmt: skip
        (masked,) = table_of(viewer.get(f"{path}/errors.csv"))
        assert (masked["record"], masked["link"]) == ("", "")
        assert "nobody" not in operator.get(f"{path}/errors.csv").text

    def test_a_download_has_all_rows_and_no_formula(self, ran, operator, db, monkeypatch):
        monkeypatch.setattr(syncs_records, "_CSV_PAGE", 7)
        path, account = ran
        db.execute("update data_sync.staged set record_id = '=1+1|' || record_id"
                   " where record_no = 1")  # fmt: skip

        rows = table_of(operator.get(f"{path}/records.csv?outcome=created"))
        left_out = table_of(operator.get(f"{path}/records.csv?outcome=left_out&reason=FILTERED"))

        assert len(rows) == account.totals["created"]
        assert len(left_out) == account.reasons["left_out"]["FILTERED"]
        cells = [cell for row in rows + left_out for cell in row.values()]
        assert "'=1+1|1" in cells
        assert [cell for cell in cells if cell[:1] in set("=+-@\t\r") - {""} and cell] == []

    def test_a_slow_download_keeps_no_connection_between_two_pages(self, ran, room, monkeypatch):
        monkeypatch.setattr(syncs_records, "_CSV_PAGE", 7)
        run_id = UUID(ran[0].rpartition("/")[2])
        read = (records_page, run_id, "created")
        pages = [syncs_records._pages(room, *read, reason=None) for _ in range(20)]

        assert {len(next(one)) for one in pages} == {7}  # more of them than the pool has

    def test_what_was_removed_for_its_age_is_told(self, ran, viewer, db):
        path, account = ran
        db.execute("update data_sync.run set records_gone_at = now(), values_gone_at = now()")

        page = viewer.get(path)

        assert "removed for their age" in page.text
        assert "records?outcome" not in page.text
        assert f"{account.totals['created']} created" in plain(page)


class TestHeld:
    def test_what_is_held_is_told_and_decided_by_operators(self, held, viewer, operator):
        text = plain(viewer.get(held))

        assert "profiles created 30" in text
        assert f"{held}/approve" not in viewer.get(held).text
        assert f"{held}/approve" in operator.get(held).text

    def test_is_approved_with_a_reason(self, living, held, operator, db):
        asked = operator.get(f"{held}/approve")
        assert "profiles created" in plain(asked)
        assert asked.text.count('<th scope="row"><code>') == 10
        assert f"{held}/records?outcome=held" in asked.text
        assert "patron-sync/profiles/" not in asked.text.partition("<main")[2]  # none is there yet

        assert where(operator.post(f"{held}/approve", {"reason": "a new school"})) == (
            f"{held}?done=approved"
        )

        assert "30 created" in plain(operator.get(held))
        assert db.execute("select count(*) from profiles.profile").fetchone() == (living + 30,)
        assert db.execute("select decided_by from data_sync.run where decision = 'approved'"
                          ).fetchall() == [("operator",)]  # fmt: skip
        assert operator.post(f"{held}/approve", {"reason": "again"}).status_code == 409

    @pytest.mark.parametrize("language", ["en", "nb"])
    def test_fields_that_are_emptied_are_told_in_words(
        self, put, sync_runs, koha, operator, language
    ):
        put(empty_fields="replace")
        sync_runs.run()
        for one in koha.admin.patrons(limit=1000):
            if one["deleted_on"] is None:
                koha.admin.patch(one["id"], fields={"emails": []})
        run_id, _ = sync_runs.run()
        operator.headers["Accept-Language"] = language

        text = plain(operator.get(f"syncs/-/runs/{run_id}/reject"))

        says = {"en": "profiles in which email is emptied", "nb": "profiler der email tømmes"}
        assert says[language] in text

    def test_is_rejected_with_a_reason(self, living, held, operator, db):
        assert where(operator.post(f"{held}/reject", {"reason": "a mistake"})).endswith("rejected")

        assert "Somebody rejected the change that was held" in plain(operator.get(held))
        assert db.execute("select count(*) from profiles.profile").fetchone() == (living,)

    @pytest.mark.parametrize("deed", ["approve", "reject", "undo"])
    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_needs_a_reason(self, held, operator, deed, reason):
        answer = operator.post(f"{held}/{deed}", {"reason": reason})

        assert answer.status_code == 400
        assert "Say why" in answer.text

    def test_four_eyes_see_more_than_two(self, put, sync_runs, koha, operator):
        put()
        sync_runs.run()
        koha.admin.insert(30)
        run_id, _ = sync_runs.run(asked_by="operator")

        answer = operator.post(f"syncs/-/runs/{run_id}/approve", {"reason": "mine"})

        assert answer.status_code == 409
        assert "four_eyes" in answer.text

    def test_an_approval_that_was_broken_off_is_taken_up_again(self, held, operator, db):
        operator.post(f"{held}/approve", {"reason": "a new school"})
        db.execute("update data_sync.run set state = 'running', stage = 'guarded'"
                   " where decision = 'approved'")  # fmt: skip
        assert "Approve again" in plain(operator.get(held))

        assert operator.post(f"{held}/approve", {"reason": "go on"}).status_code == 303
        assert "has succeeded" in plain(operator.get(held))


class TestUndo:
    def test_shows_what_it_would_do_and_does_it(self, ran, operator, viewer, db):
        path, account = ran
        created = account.totals["created"]
        db.execute(
            """update profiles.profile set fields = fields || '{"city": "Bergen"}'
               where profile_id = (select min(profile_id) from profiles.profile)"""
        )

        preview = plain(operator.get(f"{path}/undo"))
        assert f"{created - 1} would be reversed 1 would be kept" in preview
        assert "Somebody has changed it since the run" in preview
        assert db.execute("select count(*) from profiles.profile").fetchone() == (created,)
        assert where(operator.post(f"{path}/undo", {"reason": "the wrong library"})) == (
            f"{path}?done=undone"
        )

        assert db.execute("select count(*) from profiles.profile").fetchone() == (1,)
        text = plain(viewer.get(path))
        assert f"{created - 1} reversed, 1 kept." in text
        notes = "select detail ->> 'note' from patron_sync.audit_event where action = 'undo'"
        assert db.execute(f"{notes} and kind = 'act'").fetchall() == [("the wrong library",)]

    def test_a_dry_run_has_nothing_to_take_back(self, put, sync_runs, operator):
        put()
        run_id, _ = sync_runs.run(is_dry_run=True)

        assert f"{run_id}/undo" not in operator.get(f"syncs/-/runs/{run_id}").text
        assert operator.get(f"syncs/-/runs/{run_id}/undo").status_code == 409


class TestResume:
    def test_a_run_that_airflow_does_not_have_is_told_how(
        self, put, sync_runs, operator, monkeypatch
    ):
        monkeypatch.setattr("registry_operators.clients.ils_http._pause_s", lambda *_: 0.0)
        put()
        run_id = uuid4()
        broken = sync_runs.connection
        sync_runs.connection = type(broken)("koha_main", "http", "127.0.0.1", port=9,
                                            login="x", password="y")  # fmt: skip
        with pytest.raises(UnavailableError):
            sync_runs.run(run_id=run_id)
        assert operator.get(f"syncs/-/runs/{run_id}/resume").status_code == 200

        answer = operator.post(f"syncs/-/runs/{run_id}/resume")

        assert answer.status_code == 409
        assert f"sync run readers --resume {run_id}" in answer.text
