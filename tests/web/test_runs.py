"""The pages of runs: the list, one run with numbers that add up, and the way in from Airflow."""

from __future__ import annotations

import html
import re
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest

from tests.db.run_bench import HELD, a_mixed_pull
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_run_id


@pytest.fixture
def mixed(world):
    return a_mixed_pull(world)


def text_of(answer, caption=None):
    """What is to be read on a page, or in one of its tables, with single blanks."""
    told = answer.text
    if caption is not None:
        told = told.partition(f"<caption>{caption}</caption>")[2].partition("</table>")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", told)))


def rows_of(answer, caption):
    """The cells of each row of a table."""
    table = answer.text.partition(f"<caption>{caption}</caption>")[2].partition("</table>")[0]
    return [
        [
            re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", cell))).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    ]


class TestList:
    def test_has_every_run_with_its_numbers(self, viewer, mixed) -> None:
        rows = rows_of(viewer.get("runs"), "Runs, the newest first")

        assert [row[1] for row in rows] == [
            "From the registry", "From the registry", "To the registry"
        ]  # fmt: skip
        assert rows[0][2:] == [
            "✓ done i full run", "2", "22", "0", "3", str(HELD), "1", "✓ adds up"
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("query", "count"),
        [("flow=push", 1), ("flow=pull", 2), ("state=succeeded", 3), ("state=failed", 1),
         ("flow=nonsense&state=", 3)],
    )  # fmt: skip
    def test_is_narrowed(self, viewer, mixed, query, count) -> None:
        rows = rows_of(viewer.get(f"runs?{query}"), "Runs, the newest first")

        assert len(rows) == count
        assert (rows[0] == ["There is no such run."]) == ("failed" in query)

    def test_goes_on_by_key(self, viewer, world) -> None:
        for _ in range(30):
            world.push()

        first = viewer.get("runs?flow=push")
        (found,) = re.findall(r'href="/patron-sync/(runs\?[^"]*)" rel="next"', first.text)
        address = html.unescape(found)
        second = viewer.get(address)

        links = [
            re.findall(r"patron-sync/runs/([0-9a-f-]{36})", one.text) for one in (first, second)
        ]
        assert [len(one) for one in links] == [25, 5]
        assert len({*links[0], *links[1]}) == 30
        assert "Back to the first" in second.text
        assert 'rel="next"' not in second.text

    @pytest.mark.parametrize("place", ["x", "2026-01-01~x", "~", "2026-01-01T00:00:00~" + "0" * 32])
    def test_does_not_go_on_from_nowhere(self, viewer, mixed, place) -> None:
        assert viewer.get(f"runs?before={place}").status_code == 404


class TestRun:
    def test_adds_up_in_sight(self, viewer, mixed) -> None:
        answer = viewer.get(f"runs/{mixed}")

        rows = rows_of(answer, "What became of the records")
        numbers = [(row[0], row[1].rpartition(" ")[2], int(row[2])) for row in rows]
        assert numbers == [
            ("– left out", "UNKNOWN_PERSON", 12),
            ("– left out", "CONSENT_WITHDRAWN", 1),
            ("i unchanged", "–", 2),
            ("✓ created", "–", 0),
            ("✓ updated", "–", 3),
            ("! held for a decision", "–", HELD),
            ("✕ failed", "CARD_IN_USE", 1),
            ("Together", "–", 22),
            ("Read", "up", 22),
        ]
        assert sum(number for *_, number in numbers[:-2]) == 22

    def test_has_the_same_numbers_by_library(self, viewer, mixed) -> None:
        rows = rows_of(viewer.get(f"runs/{mixed}"), "By library")

        assert rows == [
            ["Fjordby bibliotek", "✓ done", "11", "4", "1", "0", "2", "3", "1", "2", "1"],
            ["Skogvik bibliotek", "✓ done", "11", "9", "1", "0", "1", "0", "0", "1", "0"],
        ]

    def test_every_number_leads_to_its_records(self, viewer, mixed) -> None:
        page = viewer.get(f"runs/{mixed}")
        links = re.findall(r'class="number"><a href="/patron-sync/([^"]+)">([\d,]+)</a>', page.text)

        assert len(links) > 12
        for href, number in links:
            answer = viewer.get(html.unescape(href))
            caption = "Conflicts" if "conflicts" in href else "Records"
            assert len(rows_of(answer, caption)) == int(number), href

    def test_tells_plan_configuration_and_who_started_it(self, viewer, world, mixed, db) -> None:
        digest, plan = db.execute(
            "select config_digest, plan_id from patron_sync.run where run_id = %s", [mixed]
        ).fetchone()

        told = text_of(viewer.get(f"runs/{mixed}"))

        assert plan in told
        assert f"Configuration {digest}" in told
        assert "Configuration before the same" in told
        assert "Started by the schedule" in told
        db.execute(
            "update patron_sync.run set config_digest = 'older' where run_id = %s", [a_run_id(2)]
        )
        assert "another: older" in text_of(viewer.get(f"runs/{mixed}"))

    def test_leads_to_what_it_holds(self, viewer, mixed, db) -> None:
        ((set_id,),) = db.execute("select held_set_id from patron_sync.held_set").fetchall()

        answer = viewer.get(f"runs/{mixed}")

        assert f'href="/patron-sync/held/{set_id}"' in answer.text
        assert rows_of(answer, "Held for a decision")[0][3:6] == ["PINs replaced", "3", "2"]
        assert "somebody has decided" not in answer.text
        db.execute("update patron_sync.held_set set state = 'applied'")
        assert "somebody has decided" in viewer.get(f"runs/{mixed}").text

    def test_that_does_not_add_up_says_so(self, viewer, mixed, db) -> None:
        db.execute(
            "update patron_sync.outcome set records = 1 where reason = 'UNKNOWN_PERSON'"
            " and run_id = %s and library = %s", [mixed, LIBRARY],
        )  # fmt: skip

        answer = viewer.get(f"runs/{mixed}")

        assert (
            "Fjordby bibliotek does not add up: 11 records were read, and 9 have an outcome."
            in text_of(answer)
        )
        assert "without an outcome" in answer.text
        assert "adds up" not in text_of(answer, "What became of the records")

    def test_of_a_library_that_failed_tells_why(self, viewer, world, libraries_yaml) -> None:
        world.registry.refused_libraries = {LIBRARY}
        world.cicero.add(a_patron(0, library=OTHER_LIBRARY))
        world.pull()

        answer = viewer.get(f"runs/{a_run_id(1)}")

        assert "LOGIN_REFUSED" in text_of(answer, "By library")
        assert 'lang="en"' in answer.text.partition("<details>")[2].partition("</details>")[0]

    def test_that_goes_on_has_no_numbers_yet(self, viewer, world, mixed, db) -> None:
        db.execute("delete from patron_sync.account where run_id = %s", [mixed])
        db.execute(
            "update patron_sync.run_library set stage = 'planned' where run_id = %s", [mixed]
        )
        db.execute("update patron_sync.run set state = 'running' where run_id = %s", [mixed])

        answer = viewer.get(f"runs/{mixed}")

        assert "Its account is taken at the end of the run" in answer.text
        assert "<svg" not in answer.text
        assert rows_of(answer, "By library")[0][:3] == ["Fjordby bibliotek", "i planned", "11"]

    def test_of_many_libraries_is_turned_page_by_page(self, viewer, world, mixed, db) -> None:
        db.execute(
            "insert into patron_sync.run_library (run_id, library, stage, syncs_card, syncs_pin)"
            " select %s, '9' || lpad(i::text, 6, '0'), 'disabled', true, true"
            " from generate_series(1, 120) as i", [mixed],
        )  # fmt: skip

        first = viewer.get(f"runs/{mixed}")
        second = viewer.get(f"runs/{mixed}?after=9000098")

        assert f"/patron-sync/runs/{mixed}?after=9000098" in html.unescape(first.text)
        assert [len(rows_of(one, "By library")) for one in (first, second)] == [100, 22]

    def test_names_libraries_by_number_while_the_file_is_wrong(
        self, viewer, mixed, libraries_yaml
    ) -> None:
        libraries_yaml(timezone="Mars/Olympus")

        answer = viewer.get(f"runs/{mixed}")

        assert answer.status_code == 200
        assert rows_of(answer, "By library")[0][0] == LIBRARY

    def test_that_is_not_there_is_told(self, viewer, mixed) -> None:
        for address in ("", "/records", "/conflicts", "/undone", "/records.csv", "/libraries.csv",
                        "/conflicts.csv"):  # fmt: skip
            answer = viewer.get(f"runs/{uuid4()}{address}")
            assert answer.status_code == 404
            assert "The ledger has no such run." in answer.text

    def test_account_is_a_file_too(self, viewer, mixed) -> None:
        answer = viewer.get(f"runs/{mixed}/libraries.csv")

        lines = answer.content.decode("utf-8-sig").splitlines()
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="run-{mixed}-libraries.csv"' in answer.headers["content-disposition"]
        assert lines[0].startswith("library,stage,read,left_out")
        assert lines[1] == f"{LIBRARY},done,11,4,1,0,2,3,1,2,1,yes,"
        assert len(lines) == 3


class TestPicture:
    def test_has_what_the_table_has(self, viewer, mixed) -> None:
        svg = viewer.get(f"runs/{mixed}").text.partition("<svg")[2].partition("</svg>")[0]

        labels = re.findall(r'<tspan class="number">(\d+)</tspan> (.*?)</text>', svg)
        assert [(int(number), html.unescape(label)) for number, label in labels] == [
            (12, "left out: The registry told of somebody who is no patron here"),
            (1, "left out: The patron has withdrawn the consent"),
            (2, "unchanged"),
            (3, "updated"),
            (HELD, "held for a decision"),
            (1, "failed: The card number is somebody else's"),
        ]
        assert svg.count("<path") == len(labels)
        assert ">22</text>" in svg

    def test_is_told_to_those_who_do_not_see_it(self, viewer, mixed) -> None:
        svg = viewer.get(f"runs/{mixed}").text.partition("<svg")[2]

        assert 'role="img" aria-labelledby="flow-title flow-text"' in svg
        assert '<title id="flow-title">From what was read' in svg


class TestFromAirflow:
    def test_a_run_of_ours_is_found(self, viewer, world) -> None:
        dag, run = "registry_to_cicero", "scheduled__2026-11-22T05:00:00+00:00"
        run_id = uuid5(NAMESPACE_URL, f"{dag}/{run}")
        world.ledger.run(
            "run/open_run", run_id=run_id, flow="pull", is_full=False, is_dry_run=False,
            config_digest="x", asked_by="schedule", reconciliation_id=None,
        )  # fmt: skip

        answer = viewer.call("GET", "runs/by-airflow", params={"dag": dag, "run": run})

        assert answer.status_code == 303
        assert answer.headers["location"] == f"/patron-sync/runs/{run_id}"
        assert viewer.get(f"runs/{run_id}").status_code == 200

    def test_a_question_leads_to_its_set(self, viewer) -> None:
        set_id = uuid4()

        answer = viewer.get(f"runs/by-airflow?dag=apply_held_changes&run=held-{set_id}")

        assert answer.headers["location"] == f"/patron-sync/held/{set_id}"

    def test_a_data_sync_leads_to_its_run(self, viewer) -> None:
        answer = viewer.get("runs/by-airflow?dag=data_sync_readers&run=manual__1")

        run_id = uuid5(NAMESPACE_URL, "data_sync_readers/manual__1")
        assert answer.headers["location"] == f"/patron-sync/syncs/-/runs/{run_id}"

    @pytest.mark.parametrize(
        ("dag", "run"),
        [("housekeeping", "manual__1"), ("apply_held_changes", "manual__1"),
         ("registry_to_cicero", "../../x"), ("<script>", "'--")],
    )  # fmt: skip
    def test_any_other_is_told(self, viewer, dag, run) -> None:
        answer = viewer.call("GET", "runs/by-airflow", params={"dag": dag, "run": run})

        assert answer.status_code == 404
        assert "has not begun a synchronisation" in answer.text
        assert "<script>" not in answer.text


def test_norwegian_pages_are_norwegian(viewer, mixed) -> None:
    answer = viewer.get(f"runs/{mixed}", headers={"Accept-Language": "nb"})

    told = text_of(answer)
    assert "Hva det ble av postene" in told
    assert "utelatt" in told
    assert "Registeret meldte om en person som ikke er låner her" in told
