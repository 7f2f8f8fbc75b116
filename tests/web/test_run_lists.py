"""The lists behind the numbers of a run: narrowed, by key, masked, and as files."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from registry_operators.web.views import run_lists
from tests.db.run_bench import HELD, a_mixed_pull
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_library_config,
    a_national_id,
    a_patron,
)
from tests.web.test_runs import rows_of, text_of

RECORDS = "Records"


@pytest.fixture
def mixed(world):
    return a_mixed_pull(world)


def lines_of(answer):
    """The lines of a file, without its mark."""
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


class TestRecords:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 22), (f"library={LIBRARY}", 11), ("outcome=held", HELD), ("outcome=left_out", 13),
            ("outcome=left_out&reason=CONSENT_WITHDRAWN", 1), ("field=card", 4),
            (f"field=card&library={OTHER_LIBRARY}", 1), ("outcome=failed&field=pin", 0),
            ("reason=NEVER_HEARD_OF", 0), ("library=9999999", 0),
        ],
    )  # fmt: skip
    def test_are_narrowed_on_the_page_and_in_the_file(self, viewer, mixed, query, count) -> None:
        rows = rows_of(viewer.get(f"runs/{mixed}/records?{query}"), RECORDS)
        lines = lines_of(viewer.get(f"runs/{mixed}/records.csv?{query}"))

        assert len([row for row in rows if len(row) > 1]) == count
        assert len(lines) == 1 + count

    @pytest.mark.parametrize(
        "query",
        ["outcome=nonsense", "field=national_id", "reason=a%27--", "library=203", "after=x",
         "after=2030000-", "library=%27%20or%201=1", "outcome=held%00"],
    )  # fmt: skip
    def test_take_no_other_filter(self, viewer, mixed, query) -> None:
        for page in ("records", "records.csv"):
            answer = viewer.get(f"runs/{mixed}/{page}?{query}")
            assert answer.status_code == (200 if "after" in query and page != "records" else 400)

    def test_are_turned_page_by_page(self, viewer, mixed, monkeypatch) -> None:
        monkeypatch.setattr(run_lists, "_MOST", 5)
        found, address = [], f"runs/{mixed}/records?outcome=left_out"

        while address:
            answer = viewer.get(address)
            found += [tuple(row[:2]) for row in rows_of(answer, RECORDS)]
            following = re.search(r'href="/patron-sync/([^"]+)" rel="next"', answer.text)
            address = html.unescape(following[1]) if following else ""

        assert len(found) == len(set(found)) == 13

    def test_say_what_became_of_them(self, viewer, mixed) -> None:
        (row,) = rows_of(viewer.get(f"runs/{mixed}/records?outcome=failed"), RECORDS)

        assert row[0] == "Fjordby bibliotek"
        assert row[4:6] == ["✕ failed", "The card number is somebody else's CARD_IN_USE"]
        assert row[6] == "Card number: changed in Cicero ✕ failed"

    def test_name_nobody(self, viewer, operator, mixed) -> None:
        for browser in (viewer, operator):
            for page in ("records", "records.csv", "conflicts", "conflicts.csv"):
                text = browser.get(f"runs/{mixed}/{page}").text
                for index in (*range(8), 20, 21):
                    for value in (a_national_id(index), a_card_number(index), f"200{index}",
                                  a_patron(index).surname):  # fmt: skip
                        assert value not in text, (page, value)

    def test_show_the_card_number_covered(self, viewer, mixed) -> None:
        rows = rows_of(viewer.get(f"runs/{mixed}/records?outcome=held"), RECORDS)

        assert [row[3] for row in rows] == ["N·······01", "N·······02", "N·······03"]
        lines = lines_of(viewer.get(f"runs/{mixed}/records.csv?outcome=held"))
        assert [line[3] for line in lines[1:]] == [row[3] for row in rows]

    def test_let_an_operator_ask_why_without_a_number_in_the_address(
        self, viewer, operator, mixed
    ) -> None:
        page = f"runs/{mixed}/records?outcome=held"

        forms = re.findall(
            r'method="post" action="(.*?)">\s*<input type="hidden" name="patron_id" value="(.*?)"',
            operator.get(page).text,
        )

        assert {action for action, _ in forms} == {"/patron-sync/why"}
        assert operator.post("why", {"patron_id": forms[0][1]}).status_code == 200
        assert "Why?" not in viewer.get(page).text

    def test_that_were_removed_for_their_age_are_said_to_be(self, viewer, mixed, db) -> None:
        db.execute("delete from patron_sync.plan")

        told = text_of(viewer.get(f"runs/{mixed}/records?outcome=held"), RECORDS)

        assert "There is no such record. What a run read is removed after some days" in told

    def test_of_a_page_that_found_none_yet_go_on(self, viewer, mixed, monkeypatch) -> None:
        from registry_operators.steps import list_records

        monkeypatch.setattr(list_records, "_TRIES", 0)

        answer = viewer.get(f"runs/{mixed}/records?outcome=failed")

        assert "there is more to look through" in answer.text
        assert 'rel="next"' in answer.text

    def test_a_script_in_a_library_is_text(self, viewer, mixed, libraries_yaml) -> None:
        name = "=<script>alert(1)</script>{{ 7 * 7 }}\"'"
        libraries_yaml(libraries={LIBRARY: a_library_config(name=name)})

        for page in ("", "/records", "/conflicts", "/undone"):
            text = viewer.get(f"runs/{mixed}{page}").text
            assert "<script>alert" not in text
            assert "{{ 7 * 7 }}" in text or page == "/undone"


class TestFiles:
    def test_are_whole_however_large_a_batch_is(self, viewer, mixed, monkeypatch) -> None:
        whole = {
            page: lines_of(viewer.get(f"runs/{mixed}/{page}.csv"))
            for page in ("records", "conflicts")
        }
        monkeypatch.setattr(run_lists, "_BATCH", 1)

        for page, lines in whole.items():
            assert lines_of(viewer.get(f"runs/{mixed}/{page}.csv")) == lines

    def test_have_no_formula(self, viewer, mixed, db) -> None:
        db.execute(
            "update patron_sync.verdict set reason = '=HYPERLINK(1)'"
            " where reason = 'UNKNOWN_PERSON'"
        )

        lines = lines_of(viewer.get(f"runs/{mixed}/records.csv?outcome=left_out"))

        assert "'=HYPERLINK(1)" in {line[5] for line in lines}
        assert "=HYPERLINK(1)" not in {line[5] for line in lines}

    def test_are_not_kept_by_the_browser(self, viewer, mixed) -> None:
        answer = viewer.get(f"runs/{mixed}/records.csv")

        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"].startswith("attachment; ")


class TestConflicts:
    def test_have_the_times_of_both_sides(self, viewer, mixed) -> None:
        (row,) = rows_of(viewer.get(f"runs/{mixed}/conflicts"), "Conflicts")

        assert row[0] == "Fjordby bibliotek"
        assert row[2] == "Card number"
        assert re.fullmatch(r"\d+ \w+ \d{4} \d\d:\d\d", row[3])
        assert re.fullmatch(r"\d+ \w+ \d{4} \d\d:\d\d", row[4])
        assert row[3] != row[4]
        assert row[5] == "changed in Cicero: ✓ written"

    def test_are_turned_page_by_page(self, viewer, mixed, db, monkeypatch) -> None:
        db.execute("update patron_sync.plan set is_conflict = true where run_id = %s", [mixed])
        monkeypatch.setattr(run_lists, "_MOST", 2)
        found, address = 0, f"runs/{mixed}/conflicts"

        while address:
            answer = viewer.get(address)
            found += len(rows_of(answer, "Conflicts"))
            following = re.search(r'href="/patron-sync/([^"]+)" rel="next"', answer.text)
            address = html.unescape(following[1]) if following else ""

        assert found == HELD + 4
        assert len(lines_of(viewer.get(f"runs/{mixed}/conflicts.csv"))) == 1 + found
        assert len(lines_of(viewer.get(f"runs/{mixed}/conflicts.csv?library={OTHER_LIBRARY}"))) == 2

    @pytest.mark.parametrize("after", ["x", "2030000-1", "2030000-1-card-cicero-x", "'--"])
    def test_go_on_from_a_place_only(self, viewer, mixed, after) -> None:
        assert viewer.get(f"runs/{mixed}/conflicts?after={after}").status_code == 400
