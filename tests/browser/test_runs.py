"""What operators do: look at a run, approve what it held, ask why, take it back."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from stand_ins.people import national_card_number
from tests.browser.every_page import last_pull
from tests.browser.history import in_order
from tests.browser.inspection import grave_findings, too_wide
from tests.browser.look import DESK, IN_AIRFLOW, JOURNEY, PHONE
from tests.browser.stage import Stage, until

DAG = "registry_to_cicero"


@pytest.fixture
def night(stage: Stage) -> dict[str, Any]:
    """The pull that Airflow's scheduler made, ended; it holds four sets."""
    return stage.first_run(DAG)


class TestRun:
    def test_numbers_lead_to_the_records_behind_them(self, person, stage):
        one = person("viewer", IN_AIRFLOW)
        one.open(f"runs/{last_pull(stage)}")
        told = one.here.locator("#account tbody tr").first
        number = int(told.locator("td").last.inner_text())

        told.locator("a").last.click()

        one.reads("Value that was to be changed")
        assert one.here.locator("main tbody tr").count() == min(number, 50)

    def test_its_accounts_are_downloaded_as_csv(self, person, stage):
        one = person("viewer", IN_AIRFLOW)
        one.open(f"runs/{last_pull(stage)}")

        with one.page.expect_download() as taken:
            one.follow("Download CSV")

        rows = list(csv.DictReader(io.StringIO(Path(taken.value.path()).read_text("utf-8-sig"))))
        assert len(rows) == 5
        assert {row["library"] for row in rows} >= {"2030000", "2070000"}

    def test_is_a_tab_of_the_run_in_airflow(self, person, stage, night, shoot):
        one = person("viewer", IN_AIRFLOW)
        run = quote(night["dag_run_id"], safe="")

        one.page.goto(f"{stage.url}/dags/{DAG}/runs/{run}/plugin/patron-sync-run")

        one.reads("What became of the records")
        shoot(one, "run-in-airflow")
        ((run_id,),) = stage.query(
            "select run_id from patron_sync.held_set order by held_at desc limit 1"
        )
        assert one.address.startswith(f"runs/{run_id}")


class TestHeld:
    @pytest.mark.parametrize("look", JOURNEY, ids=str)
    def test_a_set_is_approved_and_carried_out(self, person, stage, night, look):
        ((set_id, changes),) = stage.query(
            "select held_set_id, changes from patron_sync.held_set where state = 'open'"
            " order by held_set_id limit 1"
        )
        one = person("operator", look)
        one.open("held")
        one.here.locator(f"a[href$='held/{set_id}']").first.click()
        one.arrives(f"held/{set_id}")
        assert one.here.locator("main tbody tr").count() == changes

        one.fill("Why", "the registry has announced new numbers")
        one.press("Approve")

        one.reads("The changes were approved. Airflow carries them out.")
        until(
            lambda: stage.query(
                "select 1 from patron_sync.held_set where held_set_id = %s and state = 'applied'",
                set_id,
            ),
            "the set is not carried out",
        )
        if look.has_script:  # the page has asked again by itself
            one.reads(
                "Approved by %(name)s and carried out, as far as nothing had changed since.",
                name="operator",
            )
        written = stage.query(
            "select state, count(*) from patron_sync.plan where held_set_id = %s group by state",
            set_id,
        )
        assert written == [("confirmed", changes)]

    def test_a_decision_needs_a_reason(self, person, stage, night):
        ((set_id,),) = stage.query(
            "select held_set_id from patron_sync.held_set where state = 'open' limit 1"
        )
        one = person("operator", PHONE, may_complain=True)
        one.open(f"held/{set_id}")

        one.fill("Why", "   ")
        one.press("Reject")

        one.reads("Say why in a few words; it stands in the audit trail.")
        assert stage.query(
            "select state from patron_sync.held_set where held_set_id = %s", set_id
        ) == [("open",)]  # fmt: skip


@pytest.mark.parametrize("look", JOURNEY, ids=str)
def test_why_not_this_patron_is_answered_in_both_directions(person, look, shoot):
    one = person("operator", look)
    one.open("why")

    one.fill("Card number", national_card_number(in_order(0)[21]))
    one.press("Tell me why")

    one.reads("What the last runs did, the newest first")
    if look is IN_AIRFLOW:
        shoot(one, "why")
    assert one.address == "why"
    assert one.here.locator("ol.timeline > li").count() > 3
    if look.has_script:  # axe-core is one
        assert grave_findings(one) == []
    assert too_wide(one) == []


class TestUndo:
    @pytest.mark.parametrize("look", JOURNEY, ids=str)
    def test_a_run_is_taken_back_after_a_look_at_what_would_happen(self, person, stage, look):
        run_id = self.run_to_undo(stage)
        one = person("operator", look)
        one.open(f"runs/{run_id}")

        one.follow("Take it back …")
        one.fill("Why", "the registry was wrong that night")
        one.press("Show what would happen")
        one.reads("What would happen")
        one.press("Take it back")

        one.page.wait_for_load_state("networkidle")
        until(lambda: self.reversed_changes(stage, run_id), "nothing was taken back")
        one.open(f"runs/{run_id}/undone")
        one.reads("Taken back")
        assert one.here.locator("#undone tbody tr").count() >= 1

    def run_to_undo(self, stage) -> str:
        """A pull of the history that wrote something, and that nobody has taken back."""
        ((run_id,),) = stage.query(
            "select run.run_id from patron_sync.run inner join patron_sync.account"
            " using (run_id) where flow = 'pull' and started_at < now() - interval '36 hours'"
            " and not exists (select 1 from patron_sync.undo where undo.run_id = run.run_id)"
            " group by run.run_id, started_at having sum(writes) between 1 and 20"
            " order by started_at desc limit 1"
        )
        return str(run_id)

    def reversed_changes(self, stage, run_id):
        return stage.query(
            "select 1 from patron_sync.undo_change where run_id = %s and state = 'reversed'",
            run_id,
        )


def test_a_viewer_finds_no_button_that_is_not_for_viewers(person, stage):
    one = person("viewer", DESK)

    one.open(f"runs/{last_pull(stage)}")

    assert one.link("Take it back …").count() == 0
    assert one.link("Why?").count() == 0
